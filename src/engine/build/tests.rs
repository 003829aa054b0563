//! Tests of what needs no engine.
