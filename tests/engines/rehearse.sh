#!/bin/bash
# Runs a study with real engines of jobs, kills and stops some of its tasks, and compares what their parts hold with what one process
# gives: rehearse.sh ROLLCAST [ENGINE...], where an engine is parallel, slurm, dask or kubernetes. What is not installed is skipped
# with a message. Nothing needs a network or a cluster: Slurm runs on the loopback address, and the Indexed Job is rehearsed with the
# variables that it would set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
rollcast=$(realpath "${1:?usage: rehearse.sh ROLLCAST [ENGINE...]}")
shift
engines=${*:-parallel slurm dask kubernetes}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/bin"
cp "$rollcast" "$place/bin/rollcast"
export PATH="$place/bin:$PATH"
replications=${REPLICATIONS:-20000}
parts=8

say() { echo "engines: $*"; }
fail() { say "$*"; exit 1; }
planned() { # NAME ENGINE
    rollcast plan "$root/experiments/first-look.yaml" --quiet --replications "$replications" --parts "$parts" \
        --engine "$2" --out "$place/$1" >/dev/null
}

planned alone parallel
for number in $(seq 0 $((parts - 1))); do rollcast part "$place/alone" "$number" --threads 1 --quiet; done
rollcast sweep "$root/experiments/first-look.yaml" --quiet --replications "$replications" --out "$place/whole" >/dev/null

# What a study has is what one process after the other has written, and its merge is what one sweep writes.
same() { # NAME
    diff -r "$place/alone/parts" "$place/$1/parts" || fail "$1: the parts differ"
    rollcast merge "$place/$1" --quiet --out "$place/$1-merged" >/dev/null
    diff -r "$place/whole" "$place/$1-merged" || fail "$1: the merged result differs from that of one sweep"
    say "$1: the same bytes as one machine"
}

# Kills the first process that runs a part, as soon as the part has a block.
kill_one() { # NAME
    for _ in $(seq 600); do
        if compgen -G "$place/$1/parts/.*.tmp" >/dev/null; then
            local pid
            for pid in $(pgrep -f "^rollcast part " || true); do
                # Only one of this study: its directory is where the process works, or among its words.
                if [[ "$(readlink "/proc/$pid/cwd") $(tr '\0' ' ' <"/proc/$pid/cmdline")" == *"$place/$1"* ]]; then
                    kill -9 "$pid" && say "$1: one task was killed" && return
                fi
            done
        fi
        sleep 0.05
    done
    fail "$1: no task was found to be killed"
}

by_parallel() {
    command -v parallel >/dev/null || { say "skipped: no GNU parallel here"; return; }
    planned parallel parallel
    JOBS=2 "$place/parallel/run.sh" >"$place/parallel.log" 2>&1 &
    local run=$!
    kill_one parallel
    wait "$run" || { cat "$place/parallel.log"; fail "parallel: run.sh ended with an error"; }
    same parallel
}

by_slurm() {
    if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null || [ "$(id -u)" != 0 ]; then
        say "skipped: no Slurm with munge here, or not root"
        return
    fi
    planned slurm slurm
    "$here/slurm-on-loopback.sh" "$place/slurm-run"
    trap '"$here/slurm-on-loopback.sh" "$place/slurm-run" stop; rm -rf "$place"' EXIT
    export SLURM_CONF="$place/slurm-run/slurm.conf"
    # Small nodes have less memory than the scripts ask for.
    sed -i 's/^#SBATCH --mem=.*/#SBATCH --mem=64M/' "$place/slurm/part.sh" "$place/slurm/merge.sh"
    (cd "$place/slurm" && ./submit.sh)
    sleep 2
    # One task is killed hard and started again by hand, one is asked to stop and asks to be started again.
    local running
    running=$(squeue -h -r -t RUNNING -o '%i' | grep _ | head -2)
    [ "$(echo "$running" | wc -l)" = 2 ] || fail "slurm: two tasks were expected to run"
    scancel --batch --signal=TERM "$(echo "$running" | head -1)"
    scancel --signal=KILL "$(echo "$running" | tail -1)"
    for _ in $(seq 1200); do
        [ -z "$(squeue -h -o %i)" ] && break
        for job in $(squeue -h -r -o %i); do scontrol update JobId="$job" StartTime=now 2>/dev/null || true; done
        sleep 0.5
    done
    # The merge has said what is missing; the same submission brings it.
    if [ "$(find "$place/slurm/parts" -name '*.blocks' | wc -l)" != "$parts" ]; then
        (cd "$place/slurm" && ./submit.sh)
        for _ in $(seq 1200); do [ -z "$(squeue -h -o %i)" ] && break; sleep 0.5; done
    fi
    cat "$place"/slurm/logs/*.txt
    rm -rf "$place/slurm/logs"
    same slurm
}

by_dask() {
    python=${PYTHON:-python3}
    "$python" -c 'import dask.distributed' 2>/dev/null || { say "skipped: no dask.distributed here"; return; }
    planned dask dask
    "$python" "$place/dask/run.py" >"$place/dask.log" 2>&1 &
    local run=$!
    kill_one dask
    wait "$run" || { cat "$place/dask.log"; fail "dask: run.py ended with an error"; }
    same dask
}

# The manifest is held by a test of its own; here its command is run with its variables, the first one stopped as a drained node does.
by_kubernetes() {
    planned kubernetes kubernetes
    for number in $(seq 0 $((parts - 1))); do
        export JOB_COMPLETION_INDEX=$number
        code=0
        if [ "$number" = 0 ]; then
            rollcast part "$place/kubernetes/plan.json" --threads 1 --quiet --stop-after 100ms || code=$?
            [ "$code" = 75 ] || [ "$code" = 0 ] || fail "kubernetes: a stopped part ended with $code"
        fi
        rollcast part "$place/kubernetes/plan.json" --threads 1 --quiet
        unset JOB_COMPLETION_INDEX
    done
    same kubernetes
}

for engine in $engines; do "by_$engine"; done
