//! What signatures of real signers come to.
