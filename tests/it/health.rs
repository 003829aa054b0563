//! An image is run until its own HEALTHCHECK says how it is.

use crate::dockerd::Dockerd;
use crate::parts::BUSYBOX;
use crate::release::{Audit, Folder};
use crate::several_engines::{done, release};

/// A release of one image with this probe, which shall be run for this long; and its engine.
struct Sample {
    folder: Folder,
    engine: Dockerd,
    _registry: exitbar::embedded::Registry,
}

impl Sample {
    fn with(options: &str, probe: &str, program: &str, timeout: &str) -> Self {
        let engine = Dockerd::start();
        let dockerfile = format!(
            "FROM scratch\nCOPY busybox /bin/busybox\nUSER 10001\n\
             HEALTHCHECK {options} CMD [\"/bin/busybox\", \"sh\", \"-c\", \"{probe}\"]\n\
             ENTRYPOINT [\"/bin/busybox\", \"sh\", \"-c\", \"{program}\"]\n"
        );
        let platform = if cfg!(target_arch = "aarch64") { "linux/arm64" } else { "linux/amd64" };
        let more = format!("version = false\nhealthcheck = {{ run = true, timeout = \"{timeout}\" }}");
        let (folder, registry) = release(&[(&engine.host(), &[platform])], &dockerfile, &more);
        std::fs::copy(BUSYBOX, folder.path().join("busybox")).expect("busybox");
        done(&folder.run(&["build", "--yes"]));
        assert_eq!(folder.audit().status("non_root_healthcheck"), "COMPLETE", "before it is run");
        Self { folder, engine, _registry: registry }
    }

    /// The audit that runs it; nothing may be left of that.
    fn ran(&self) -> Audit {
        let audit = self.folder.audit_with(&["--run", "healthcheck"]);
        assert_eq!(self.engine.docker(&["ps", "--all", "--quiet"]), "", "a container is left");
        audit
    }
}

pub fn a_healthy_container_is_evidence_for_item_6() {
    // It becomes healthy: the first probe fails.
    let probe = "test -e /tmp/ready && echo fine";
    let sample = Sample::with(
        "--interval=1s --retries=30",
        probe,
        "busybox sleep 2; echo > /tmp/ready; busybox sleep 600",
        "1min",
    );
    let said = done(&sample.folder.run(&["run-version", "--yes"]));
    assert!(said.contains("until its healthcheck answers"), "{said}");
    assert!(said.contains("1 of 1 containers are healthy"), "{said}");
    let audit = sample.folder.audit();
    assert_eq!(audit.status("non_root_healthcheck"), "COMPLETE");
    audit.says("non_root_healthcheck", &["healthy when run natively", &sample.engine.host(), "fine"]);
}

pub fn an_unhealthy_container_fails_item_6_with_its_last_probe() {
    let sample = Sample::with(
        "--interval=1s --retries=2",
        "echo connection refused; exit 1",
        "busybox sleep 600",
        "1min",
    );
    let audit = sample.ran();
    assert_eq!(audit.status("non_root_healthcheck"), "FAILED", "{}", audit.item("non_root_healthcheck"));
    audit.says("non_root_healthcheck", &["unhealthy when run natively", "connection refused"]);
}

pub fn a_container_that_ends_before_it_is_healthy_fails_item_6() {
    let sample =
        Sample::with("--interval=1s --retries=2", "true", "echo no configuration >&2; exit 3", "1min");
    let audit = sample.ran();
    assert_eq!(audit.status("non_root_healthcheck"), "FAILED", "{}", audit.item("non_root_healthcheck"));
    audit.says("non_root_healthcheck", &["exits 3 before it is healthy", "no configuration"]);
}

pub fn a_container_that_is_still_starting_is_a_warning() {
    let sample = Sample::with("--interval=1h", "true", "busybox sleep 600", "2s");
    let audit = sample.ran();
    assert_eq!(audit.status("non_root_healthcheck"), "COMPLETE", "{}", audit.item("non_root_healthcheck"));
    audit.says("non_root_healthcheck", &["still said starting after 2 s"]);
}
