//! How the programs of the sample ran.

use crate::model::{
    Digest, Fact, FactKey, Level, Observed, Output, Platform, Reason, ReasonKind, Run, RunEnd, RunKind,
};

use super::{Sample, amd64, evidence};

impl Sample {
    /// Keeps a run with this exit code and output.
    pub fn ran(
        &mut self,
        config: &Digest,
        kind: RunKind,
        platform: &Platform,
        exit: i32,
        stdout: &str,
        stderr: &str,
    ) {
        let example = self.release.images[0].example.as_ref().filter(|_| kind == RunKind::Example);
        let outputs = example.map(|example| example.outputs.clone()).unwrap_or_default();
        let outputs = outputs.into_iter().map(|path| Output { path, size: Some(181) }).collect();
        let run = Run {
            platform: platform.clone(),
            how: "engine unix:///var/run/docker.sock".to_owned(),
            emulated: *platform != amd64(),
            ended: RunEnd::Exited(exit),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            millis: 120,
            outputs,
            raw: Vec::new(),
            pulled: Vec::new(),
        };
        self.put_run(config, kind, Observed::Seen(run));
    }

    /// Keeps what a run came to.
    pub fn put_run(&mut self, config: &Digest, kind: RunKind, run: Observed<Run>) {
        let key = self.run_key(config, kind);
        self.facts.insert(key, Fact::Run(run), evidence(Level::Verified));
    }

    /// The key of a run of the sample's command.
    pub fn run_key(&self, config: &Digest, kind: RunKind) -> FactKey {
        let runner = &self.release.images[0];
        let argv = match kind {
            RunKind::Version => runner.version.clone().unwrap().command,
            RunKind::Example => runner.example.clone().unwrap().command,
            RunKind::Healthcheck => Vec::new(),
        };
        FactKey::Run { config: config.clone(), kind, argv }
    }

    /// `--version` runs well on every platform that is built.
    pub fn run_version(&mut self) {
        for (_, local) in self.locals() {
            let config = local.config.clone();
            self.ran(&config, RunKind::Version, &local.platform, 0, "GreenLang v0.2.0\n", "");
        }
    }

    /// `--version` runs well natively; the other platform cannot be run here.
    pub fn run_version_natively(&mut self) {
        self.run_version();
        for (_, local) in self.locals().into_iter().filter(|(_, local)| local.platform != amd64()) {
            let reason = Reason::new(ReasonKind::NoEmulation, "this host cannot run linux/arm64")
                .cure("install qemu-user-static");
            self.put_run(&local.config, RunKind::Version, Observed::Unknown(reason));
        }
    }

    /// The example runs well on the native platform.
    pub fn run_example(&mut self) {
        let config = self.local("runner").images[0].config.clone();
        self.ran(&config, RunKind::Example, &amd64(), 0, "done\n", "");
    }
}
