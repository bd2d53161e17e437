#!/usr/bin/env bash
# The tables of docs/performance.md, measured here in one run: size by size, whole rollouts beside SimPy and a prototype
# without a control plane, several threads against one, and the event engine beside NeXosim's. Times are those on the core,
# which other work on the machine hardly changes; the clock on the wall, beside them for threads, needs it left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo bench --locked --quiet --bench growth
echo

(cd benches/peers && cargo run --release --locked --quiet --bin rollouts)
echo

cargo build --release --locked --quiet
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
seconds() {
    rm -rf "$out/sweep"
    local TIMEFORMAT='%R %U'
    { time target/release/rollcast sweep benches/sweep.yaml --out "$out/sweep" --threads "$1" --quiet >"$out/log"; } 2>&1
}
# In turn, so that a spell of noise meets both alike; the shortest counts, since noise only ever adds time.
cores=$(nproc)
for try in 1 2 3 4; do
    echo "$(seconds 1) $(seconds "$cores")"
done >"$out/times"
echo "| 500 scenarios, 1,000 replications each, files written | s on the wall | efficiency | s on all cores | efficiency |"
echo "|---|---:|---:|---:|---:|"
awk -v cores="$cores" '
    { for (i = 1; i <= 4; i++) if (NR == 1 || $i < least[i]) least[i] = $i }
    END {
        printf "| 1 thread | %.1f | | %.1f | |\n", least[1], least[2]
        printf "| %d threads | %.1f | %.0f %% | %.1f | %.0f %% |\n", cores, least[3], 100 * least[1] / (least[3] * cores),
            least[4], 100 * least[2] / least[4]
    }
' "$out/times"
echo

cd benches/peers
cargo run --release --locked --quiet --bin ratios
