//! What works here, and how to mend the rest: engines, platforms, registries, trust root, store, tools.

use tokio::sync::mpsc;

use super::World;
use crate::engine::{Engine, Kind};
use crate::model::{Access, Answer, DoctorLine, Health, Platform, Repository};
use crate::registry::{Method, now};
use crate::sigstore::Instance;

/// Where what was found goes, line by line.
struct Found {
    lines: mpsc::UnboundedSender<DoctorLine>,
    section: &'static str,
}

impl Found {
    fn begin(&mut self, section: &'static str) {
        self.section = section;
    }

    fn good(&self, line: impl std::fmt::Display) {
        self.say(Health::Good, &line, None);
    }

    fn note(&self, line: impl std::fmt::Display, cure: Option<&str>) {
        self.say(Health::Note, &line, cure);
    }

    fn bad(&self, line: impl std::fmt::Display, cure: Option<&str>) {
        self.say(Health::Bad, &line, cure);
    }

    /// Nobody who listens any more is no trouble: the examination ends by itself.
    fn say(&self, health: Health, line: &dyn std::fmt::Display, cure: Option<&str>) {
        let (section, cure) = (self.section, cure.map(str::to_owned));
        let _ = self.lines.send(DoctorLine { section, health, text: line.to_string(), cure });
    }
}

/// Looks at everything that the release needs, and says each line as soon as it is known. With `clean`, containers that
/// killed exitbars left behind are removed.
pub async fn examine(world: &World, clean: bool, lines: mpsc::UnboundedSender<DoctorLine>) {
    let mut found = Found { lines, section: "" };
    engines(world, clean, &mut found).await;
    platforms(world, &mut found).await;
    registries(world, &mut found).await;
    trust(world, &mut found).await;
    store(world, &mut found);
    tools(world, &mut found).await;
}

async fn engines(world: &World, clean: bool, found: &mut Found) {
    found.begin("Engines");
    for (platforms, engine) in world.engines.all().await {
        match engine {
            Ok(engine) => {
                let only = if platforms.is_empty() {
                    String::new()
                } else {
                    format!(", kept to {}", words(platforms))
                };
                let (address, version, native) = (engine.address(), engine.version(), engine.platform());
                found.good(format!("{address}: {} {version}, native for {native}{only}", kind(&engine)));
                if let Err(reason) = engine.builds() {
                    let text =
                        format!("it runs, and its images are pushed; it cannot build: {}", reason.text);
                    found.note(&text, reason.cure.as_deref());
                }
                leftovers(&engine, clean, found).await;
            }
            Err(reason) => found.bad(&reason.text, reason.cure.as_deref()),
        }
    }
}

/// What SBOMs are made by. Without it they come out of BuildKit's statements or from files.
async fn tools(world: &World, found: &mut Found) {
    found.begin("Tools");
    match super::syft_version(world).await {
        Ok(version) => found.good(format!("syft {version} makes SBOMs")),
        Err(reason) => found.note(&reason.text, Some("install syft, or set `source` of [sbom]")),
    }
    let scanners = super::scanners();
    for scanner in &scanners {
        found.good(format!("{} scans for vulnerabilities", scanner.name()));
    }
    if scanners.is_empty() {
        found.note(
            format!("neither trivy nor grype is on PATH: `exitbar scan` asks OSV at {}", world.wiring.osv),
            Some("install trivy or grype; OSV can be asked about attested SBOMs only"),
        );
    }
}

fn kind(engine: &Engine) -> &'static str {
    match engine.kind() {
        Kind::Docker => "Docker Engine",
        Kind::Podman => "podman",
    }
}

fn words(platforms: &[Platform]) -> String {
    platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

async fn leftovers(engine: &Engine, clean: bool, found: &mut Found) {
    let left = match engine.leftovers().await {
        Ok(left) => left,
        Err(reason) => return found.note(&reason.text, reason.cure.as_deref()),
    };
    let orphans: Vec<_> = left.iter().filter(|leftover| leftover.is_orphan()).collect();
    for orphan in &orphans {
        let id = orphan.id.get(..12).unwrap_or(&orphan.id);
        if clean {
            match engine.remove_container(&orphan.id).await {
                Ok(()) => {
                    found.good(format!("removed the container {id} ({}) of a killed exitbar", orphan.run));
                }
                Err(reason) => found.bad(&reason.text, reason.cure.as_deref()),
            }
        } else {
            found.note(
                format!("the container {id} ({}, {}) was left by a killed exitbar", orphan.run, orphan.state),
                Some("exitbar doctor --clean"),
            );
        }
    }
    if left.len() > orphans.len() {
        found.good(format!("{} containers of an exitbar that is running", left.len() - orphans.len()));
    }
}

/// Which engine serves which platform of the release.
async fn platforms(world: &World, found: &mut Found) {
    found.begin("Platforms");
    let mut wanted: Vec<&Platform> = world.release.images.iter().flat_map(|image| &image.platforms).collect();
    wanted.sort();
    wanted.dedup();
    for platform in wanted {
        match world.engines.for_platform(platform).await {
            Ok(assigned) => {
                let how = if assigned.emulated { "emulated" } else { "native" };
                found.good(format!("{platform}: {how} on {}", assigned.engine.address()));
            }
            Err(reason) => {
                found.bad(format!("{platform}: {}", reason.text), reason.cure.as_deref());
            }
        }
    }
}

async fn registries(world: &World, found: &mut Found) {
    found.begin("Registries");
    let mut seen: Vec<&str> = Vec::new();
    for (image, repository) in world.release.repositories() {
        if seen.contains(&repository.registry()) {
            continue;
        }
        seen.push(repository.registry());
        let exchange =
            world.registries.manifest(repository, image.tag.as_str(), Method::HEAD, Access::Anonymous).await;
        match exchange.answer {
            Answer::Http(answer) => found.good(format!(
                "{} answers ({} to {} without credentials)",
                repository.registry(),
                answer.status,
                repository.tagged(&image.tag)
            )),
            Answer::Failed(reason) => found.bad(&reason.text, reason.cure.as_deref()),
            _ => {}
        }
        credentials(world, repository, found).await;
    }
    for warning in world.registries.take_warnings() {
        found.note(warning, None);
    }
}

async fn credentials(world: &World, repository: &Repository, found: &mut Found) {
    let registry = repository.registry();
    if world.registries.has_credentials(repository).await {
        found.good(format!("{registry}: this machine has credentials"));
    } else {
        let cure = format!("docker login {registry}");
        found.note(
            format!("{registry}: no credentials, so nothing can be pushed that asks for them"),
            Some(&cure),
        );
    }
}

/// What signatures are held against. Asking for a newer one is what an audit does as well.
async fn trust(world: &World, found: &mut Found) {
    found.begin("Trust root");
    match world.trust_root(Instance::PublicGood).await {
        Ok(root) => {
            let age = root.age(now()).map(|age| format!(", {} h old", age.as_hours().max(0)));
            found.good(format!("{}{}", root.source(), age.unwrap_or_default()));
            if let Some(stale) = root.stale() {
                found.note(stale, Some("newer logs and authorities may be missing from it"));
            }
        }
        Err(reason) => found.bad(&reason.text, reason.cure.as_deref()),
    }
}

fn store(world: &World, found: &mut Found) {
    found.begin("Store");
    let folder = world.store.folder();
    match world.store.check() {
        Ok(()) => found.good(format!("{} can be written", folder.display())),
        Err(reason) => found.bad(&reason.text, reason.cure.as_deref()),
    }
    for warning in world.store.take_warnings() {
        found.note(warning, None);
    }
}
