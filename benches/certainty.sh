#!/usr/bin/env bash
# CPU seconds to a certainty: rollcast, plain, stratified and with a control variate, beside a SimPy model of the same rollouts, in one run.
# The method stands at the head of benches/certainty.py; options are passed on to it.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v python3 >/dev/null || ! python3 -c "import simpy" 2>/dev/null; then
    echo "skipped: no python3 with simpy here (pip install simpy)"
    exit 0
fi
cargo build --release --locked --quiet
python3 benches/certainty.py "$@"
