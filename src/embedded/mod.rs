//! A small OCI registry inside the process: the demo's two registries, and the counterpart of tests.
//!
//! It speaks the OCI distribution specification 1.1 over real HTTP on `127.0.0.1`: manifests, blobs, uploads,
//! mounts, tags, deletion and, where switched on, the referrers API. It can demand Basic or Bearer
//! authentication and can be told to misbehave ([`Fault`]) while it runs. Everything is kept in memory, up
//! to a limit. `docker-registry` is the check that it behaves like a real one (`tests/it`).
//!
//! ```no_run
//! use exitbar::embedded::{Options, Registry};
//!
//! let registry = Registry::start(Options::default())?;
//! println!("http://{}/v2/", registry.host());
//! # Ok::<(), std::io::Error>(())
//! ```

mod answer;
mod auth;
mod blobs;
mod faults;
pub mod github;
mod log;
mod loopback;
mod manifests;
mod options;
mod osv;
mod referrers;
mod route;
mod server;
pub mod sigstore;
mod storage;
mod traffic;

pub use auth::{Accounts, Auth, Refusal};
pub use faults::{Fault, Trouble};
pub use log::Request;
pub use options::Options;
pub use osv::Osv;
pub use server::Registry;

#[cfg(test)]
mod tests;
