//! The demo's source: configuration, Dockerfiles, release workflow, example.

use std::fs;
use std::io;
use std::path::Path;

use super::DemoOptions;

pub(super) fn write(folder: &Path, options: &DemoOptions) -> io::Result<()> {
    fs::create_dir_all(folder.join(".github/workflows"))?;
    fs::create_dir_all(folder.join("examples"))?;
    fs::write(folder.join("exitbar.toml"), configuration(options))?;
    fs::write(folder.join("Dockerfile.runner"), dockerfile("runner"))?;
    fs::write(folder.join("Dockerfile.full"), dockerfile("full"))?;
    fs::write(folder.join(".github/workflows/release.yml"), WORKFLOW)?;
    fs::write(folder.join("examples/demo.yaml"), "name: demo\nsteps: [load, compute, report]\n")
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn configuration(options: &DemoOptions) -> String {
    let [first, second] = &options.registries;
    let program = quoted(&options.program.display().to_string());
    let platforms = if options.native_only {
        format!("platforms = [{}]\n", quoted(&super::native().to_string()))
    } else {
        String::new()
    };
    let image = |name: &str, budget: &str| {
        format!(
            r#"
[[image]]
name = "{name}"
repositories = ["{first}/acme/greenlang-{name}", "{second}/acme/greenlang-{name}"]
budget = "{budget}"
local = "oci:dist/{name}"
build = {{ dockerfile = "Dockerfile.{name}", command = [{program}, "demo-build", "--folder", "."] }}
version = {{ command = ["gl", "--version"] }}
"#
        )
    };
    let runner = image("runner", "3MB");
    let full = image("full", "10MB");
    format!(
        r#"# The demo: the release of an audit report, at a hundredth of its size (367 MB of 300 MB are 3.67 MB of 3 MB here).

[release]
name = "greenlang"
version = "0.2.0"
source = "https://github.com/acme/greenlang"
{runner}example = {{ command = ["gl", "run", "demo.yaml"], inputs = "examples", outputs = ["out/report.json"] }}
{full}
[signature]
identity = "https://github.com/acme/greenlang/.github/workflows/release.yml@refs/tags/v0.2.0"
issuer = "https://token.actions.githubusercontent.com"

[audit]
run = ["version"]

# The demo generated these programs itself, so they may run as processes of this host, without a container.
[host_process]
allow = true
{platforms}
[store]
path = ".exitbar"
"#
    )
}

fn dockerfile(name: &str) -> String {
    format!(
        r#"# syntax=docker/dockerfile:1
ARG VERSION=0.2.0
ARG REVISION=4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345
FROM scratch AS files
COPY rootfs/ /

FROM scratch
ARG VERSION
ARG REVISION
COPY --from=files / /
ENV PATH=/usr/local/bin
WORKDIR /work
USER 10001
HEALTHCHECK --interval=30s --timeout=3s --retries=3 CMD ["/usr/local/bin/gl", "version"]
LABEL org.opencontainers.image.title="greenlang-{name}" \
      org.opencontainers.image.description="GreenLang {name} image of the exitbar demo" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.created="2025-01-20T00:00:00Z" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/acme/greenlang" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Acme"
ENTRYPOINT ["/usr/local/bin/gl"]
"#
    )
}

const WORKFLOW: &str = r#"name: release
on:
  push:
    tags: ["v*"]
permissions:
  contents: read
  packages: write
  id-token: write
jobs:
  release:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        image: [runner, full]
    steps:
      - uses: actions/checkout@v4
      - uses: docker/setup-qemu-action@v3
      - uses: docker/setup-buildx-action@v3
      - name: Build and push
        id: build
        uses: docker/build-push-action@v6
        with:
          file: Dockerfile.${{ matrix.image }}
          platforms: linux/amd64,linux/arm64
          push: true
          tags: |
            ghcr.io/acme/greenlang-${{ matrix.image }}:0.2.0
            docker.io/acme/greenlang-${{ matrix.image }}:0.2.0
      - uses: sigstore/cosign-installer@v3
      - name: Sign
        run: cosign sign --yes "ghcr.io/acme/greenlang-${{ matrix.image }}@${{ steps.build.outputs.digest }}"
      - name: SBOM
        uses: anchore/sbom-action@v0
        with:
          image: ghcr.io/acme/greenlang-${{ matrix.image }}@${{ steps.build.outputs.digest }}
          format: spdx-json
      - name: Scan
        uses: aquasecurity/trivy-action@0.28.0
        with:
          image-ref: ghcr.io/acme/greenlang-${{ matrix.image }}@${{ steps.build.outputs.digest }}
          severity: HIGH,CRITICAL
          exit-code: "1"
"#;
