#!/usr/bin/env bash
# Measures how many mutants the tests catch: run.sh PLACE [SAMPLE [FOLDER...]]. SAMPLE mutants of each folder are drawn at random, 700
# unless you say otherwise. Needs cargo-mutants (cargo install cargo-mutants --locked), an hour and more, and some GB in PLACE. What is
# there is not done again: run it with the same PLACE to go on, and remove PLACE/reach.json to measure new tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=$(realpath -m "${1:?usage: run.sh PLACE [SAMPLE [FOLDER...]]}")
sample=${2:-700}
folders=("${@:3}")
if [ ${#folders[@]} = 0 ]; then folders=(k8s stats metrics engine+sim); fi
mkdir -p "$place/copy"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$place/target}"
tool() { cargo run --quiet --manifest-path tests/mutants/Cargo.toml -- "$@"; }

if [ ! -f "$place/list.json" ]; then cargo mutants --list --json >"$place/list.json"; fi
git ls-files -z | xargs -0 cp --parents --update -t "$place/copy"
if [ ! -f "$place/built" ]; then
    tool build "$place/list.json" . "$place/copy" "$place/state.json" "$sample" 25
    touch "$place/built"
fi
(cd "$place/copy" && cargo test --no-run --locked --lib --test it --message-format json) >"$place/tests.json"
# Where cargo says that it put the tests of a kind.
tests() { sed -n "/\"profile\":.*\"test\":true/s/.*\"kind\":\[\"$1\"\].*\"executable\":\"\([^\"]*\)\".*/\1/p" "$place/tests.json"; }
if [ ! -f "$place/reached" ]; then
    tool reach "$place/copy" "$(tests lib)" "$(tests test)" "$place/reach.json"
    touch "$place/reached"
fi
for folder in "${folders[@]}"; do
    tool try "$place/state.json" "$place/copy" "$place/reach.json" "$place/outcomes.json" "$folder"
done
tool report "$place/state.json" "$place/outcomes.json"
