#!/usr/bin/env bash
# Builds what a release publishes, here as in the workflow of releases:
#
#   packaging/release.sh [archive | deb | wheel | sbom | vendor | krew | all]
#
#   archive  a static program with its completions, manual pages, licence, notes and the bundled experiments, as .tar.gz (the default)
#   deb      the same as a Debian package (needs cargo-deb)
#   wheel    the program and the module that reads its results, as a Python wheel (needs maturin)
#   sbom     the software bill of materials, CycloneDX as JSON (needs cargo-cyclonedx)
#   vendor   the sources of every dependency, and a check without a network that they are enough
#   krew     the manifest for kubectl's plugin manager, with the SHA-256 of each archive that lies in OUT
#   all      all of these, each of the optional ones skipped with a message where its program is missing; then SHA256SUMS
#
# TARGET   what to build for, the machine's own by default, such as aarch64-unknown-linux-musl
# OUT      where it goes, target/dist by default
# TWICE=1  builds the program a second time in another folder, and fails where a byte differs
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
target=${TARGET:-$(rustc -vV | sed -n 's/^host: //p')}
out=${OUT:-target/dist}
name="rollcast-$version-$target"
# The instant in every archive is that of the commit, so that a second build gives the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
mkdir -p "$out"
out=$(cd "$out" && pwd)

has() { command -v "$1" >/dev/null; }

# What the compiler is given for $target, in the folder $1. No path of this machine stands in the program, and Linux' needs no shared library.
flags() {
    local flags="--remap-path-prefix=$root=rollcast --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
    flags+=" --remap-path-prefix=$1=target"
    case $target in *-linux-*) flags+=" -C target-feature=+crt-static" ;; esac
    echo "$flags"
}

# The program for $target, built in the folder $1.
build() {
    # --target also where it is the machine's own: without it the flags would reach build scripts and procedural macros.
    # In one unit, which takes twice as long to build and some percent less to run.
    RUSTFLAGS=$(flags "$1") CARGO_TARGET_DIR=$1 CARGO_INCREMENTAL=0 cargo build --release --locked --quiet --bin rollcast \
        --target "$target" --config 'profile.release.strip="symbols"' --config 'profile.release.codegen-units=1'
}

program() { echo "$1/$target/release/rollcast$(case $target in *windows*) echo .exe ;; esac)"; }

built=
# Builds the program once for all parts.
once() {
    [ -z "$built" ] || return 0
    build "$root/target/release-build"
    built=$(program "$root/target/release-build")
    if [ -n "${TWICE:-}" ]; then
        build "$root/target/release-again"
        cmp "$built" "$(program "$root/target/release-again")"
        echo "built twice, the same bytes: $(sha256sum <"$built" | cut -d' ' -f1)"
    fi
}

# Whether the program just built runs on this machine.
runs_here() { "$built" --version >/dev/null 2>&1; }

# The program that writes completions and manual pages: the one just built, or, for another machine, one of this machine's.
native() { if runs_here; then "$built" "$@"; else cargo run --release --locked --quiet -- "$@"; fi; }

extras() {
    mkdir -p "$1/completions" "$1/man"
    native completions bash >"$1/completions/rollcast.bash"
    native completions zsh >"$1/completions/_rollcast"
    native completions fish >"$1/completions/rollcast.fish"
    native man --out "$1/man" 2>/dev/null
    cp packaging/kubectl_complete-rollcast "$1/"
}

archive() {
    once
    local folder
    folder=$(mktemp -d)
    mkdir "$folder/$name"
    # README's commands name the experiments.
    cp -r "$built" LICENSE README.md CHANGELOG.md experiments "$folder/$name/"
    extras "$folder/$name"
    chmod -R u=rwX,go=rX "$folder/$name"
    tar --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$folder" -c "$name" \
        | gzip -9n >"$out/$name.tar.gz"
    rm -r "$folder"
    echo "$out/$name.tar.gz"
}

deb() {
    once
    # cargo-deb takes the program from the target folder of the name that Cargo.toml says, and completions and pages beside it.
    extras target/release-extras
    ln -sfn rollcast target/release-extras/kubectl-rollcast
    mkdir -p "target/$target/release"
    cp "$built" "target/$target/release/rollcast"
    cargo deb --no-build --no-strip --locked --target "$target" --output "$out/"
}

# Built with the flags of the program, so that no path of this machine stands in it either.
wheel() {
    local folder="$root/target/release-build"
    # A project of Python takes its licence from its own folder.
    cp LICENSE packaging/python/
    (cd packaging/python && RUSTFLAGS=$(flags "$folder") CARGO_TARGET_DIR=$folder CARGO_INCREMENTAL=0 \
        maturin build --release --locked --target "$target" --out "$out" --compatibility "${COMPATIBILITY:-linux}")
    rm packaging/python/LICENSE
}

sbom() {
    cargo cyclonedx --format json --spec-version 1.5 --target "$target" --override-filename "$name.cdx" --quiet
    # It names the crate by the folder of this machine.
    sed "s|file://$root|file:///rollcast|g" "$name.cdx.json" >"$out/$name.cdx.json"
    rm "$name.cdx.json"
    echo "$out/$name.cdx.json"
}

# Proves that the vendored sources are enough: they are checked with no network at all. The container's recipe builds them.
vendor() {
    local folder="$root/target/vendored" archived="$out/rollcast-$version-vendored.tar.gz"
    rm -rf "$folder"
    mkdir -p "$folder/.cargo"
    git archive HEAD | tar -x -C "$folder"
    # The program names its commit also where there is no checkout.
    echo "{\"git\": {\"sha1\": \"$(git rev-parse HEAD)\"}, \"path_in_vcs\": \"\"}" >"$folder/.cargo_vcs_info.json"
    cargo vendor --locked --quiet --versioned-dirs "$folder/vendor" >"$folder/.cargo/config.toml"
    # The folder moves with its sources.
    sed -i "s|\"$folder/vendor\"|\"vendor\"|" "$folder/.cargo/config.toml"
    (cd "$folder" && CARGO_TARGET_DIR="$root/target/vendored-build" cargo check --release --locked --offline --quiet --bin rollcast)
    tar --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$folder" -c . \
        | gzip -9n >"$archived"
    echo "$archived"
}

# A platform whose archive is not in $out is left out of the manifest.
krew() {
    local filled platform archived
    filled=$(sed "s/VERSION/$version/g" packaging/krew.yaml)
    for platform in $(sed -n 's/.*SHA256_//p' packaging/krew.yaml); do
        archived="$out/rollcast-$version-$platform.tar.gz"
        if [ -f "$archived" ]; then
            filled=${filled//SHA256_$platform/$(sha256sum <"$archived" | cut -d' ' -f1)}
        else
            echo "left out of krew's manifest: no $archived"
        fi
    done
    awk 'function pass() { if (block !~ /SHA256_/) printf "%s", block; block = "" }
        /^    - selector:/ { pass() }
        { block = block $0 "\n" }
        END { pass() }' <<<"$filled" >"$out/rollcast-$version-krew.yaml"
    echo "$out/rollcast-$version-krew.yaml"
}

all() {
    archive
    if has cargo-deb; then deb; else echo "skipped: no cargo-deb here, so no Debian package"; fi
    if has maturin; then wheel; else echo "skipped: no maturin here, so no Python wheel"; fi
    if has cargo-cyclonedx; then sbom; else echo "skipped: no cargo-cyclonedx here, so no bill of materials"; fi
    vendor
    krew
    rm -f "$out/SHA256SUMS"
    local sums
    sums=$(cd "$out" && LC_ALL=C sha256sum -- *)
    echo "$sums" | tee "$out/SHA256SUMS"
}

case ${1:-archive} in
    archive | deb | wheel | sbom | vendor | krew | all) "${1:-archive}" ;;
    *) sed -n '2,17s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
