#!/usr/bin/env bash
# The tables of docs/performance.md, measured here: size by size, several threads against one, and the event
# engine beside NeXosim's. Takes about ten minutes; leave the machine alone meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo bench --locked --quiet --bench growth
echo

cargo build --release --locked --quiet
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
seconds() {
    rm -rf "$out/sweep"
    local start=$EPOCHREALTIME
    target/release/rollcast sweep benches/sweep.yaml --out "$out/sweep" --threads "$1" --quiet >"$out/log"
    awk -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { print end - start }'
}
# In turn, so that a spell of noise meets both alike; the shortest counts, since noise only ever adds time.
cores=$(nproc)
for try in 1 2 3 4; do
    echo "$(seconds 1) $(seconds "$cores")"
done >"$out/times"
echo "| 500 scenarios, 1,000 replications each, files written | s | efficiency |"
echo "|---|---:|---:|"
awk -v cores="$cores" '
    { if (NR == 1 || $1 < one) one = $1; if (NR == 1 || $2 < all) all = $2 }
    END { printf "| 1 thread | %.1f | |\n| %d threads | %.1f | %.0f %% |\n", one, cores, all, 100 * one / (all * cores) }
' "$out/times"
echo

cd benches/peers
cargo run --release --locked --quiet --bin ratios
