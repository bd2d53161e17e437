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
# A part must last for some seconds, so that its task can be found and killed.
replications=${REPLICATIONS:-400000}
parts=8

say() { echo "engines: $*"; }
fail() { say "$*"; exit 1; }
planned() { # NAME ENGINE
    rollcast plan "$root/experiments/first-look.yaml" --quiet --replications "$replications" --parts "$parts" \
        --what-if none --engine "$2" --out "$place/$1" >/dev/null
}

planned alone parallel
for number in $(seq 0 $((parts - 1))); do rollcast part "$place/alone" "$number" --threads 1 --quiet; done
rollcast sweep "$root/experiments/first-look.yaml" --quiet --replications "$replications" --what-if none --out "$place/whole" >/dev/null

# What a study has is what one process after the other has written, and its merge is what one sweep writes.
same() { # NAME
    diff -r "$place/alone/parts" "$place/$1/parts" || fail "$1: the parts differ"
    rollcast merge "$place/$1" --quiet --out "$place/$1-merged" >/dev/null
    diff -r "$place/whole" "$place/$1-merged" || fail "$1: the merged result differs from that of one sweep"
    say "$1: the same bytes as one machine"
}

# The first process that runs a part of a study, when the part has a block; where a word is given, one that has it in its environment.
running() { # NAME [VARIABLE=VALUE]
    local pid name
    for _ in $(seq 1200); do
        for pid in $(pgrep -f "rollcast part " || true); do
            # Only one of this study: its directory is where the process works, or among its words.
            name=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || continue
            [[ "$name" == rollcast\ * && "$(readlink "/proc/$pid/cwd") $name" == *"$place/$1"* ]] || continue
            [ -z "${2:-}" ] || tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -x "$2" >/dev/null || continue
            if compgen -G "$place/$1/parts/.*.$pid.tmp" >/dev/null; then
                echo "$pid"
                return
            fi
        done
        sleep 0.05
    done
    fail "$1: no task was found" >&2
}

by_parallel() {
    command -v parallel >/dev/null || { say "skipped: no GNU parallel here"; return; }
    planned parallel parallel
    JOBS=2 "$place/parallel/run.sh" >"$place/parallel.log" 2>&1 &
    local run=$! task
    task=$(running parallel)
    kill -9 "$task" && say "parallel: one task was killed"
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
    local job tasks
    (cd "$place/slurm" && ./submit.sh)
    # The array is submitted before the merge that waits for it.
    job=$(squeue -h -o %F | sort -n | head -1)
    [ -n "$job" ] || fail "slurm: no array was submitted"
    # One task is killed hard and started again by hand; one is asked to stop, and asks itself to be started again.
    until tasks=$(squeue -h -r -t RUNNING -j "$job" -o %K | head -2) && [ "$(echo "$tasks" | grep -c .)" = 2 ]; do sleep 0.2; done
    local stopped killed process
    stopped=$(echo "$tasks" | head -1)
    killed=$(echo "$tasks" | tail -1)
    # The hard one comes first: Slurm refuses to signal a task while it is busy with the array.
    process=$(running slurm "SLURM_ARRAY_TASK_ID=$killed")
    kill -9 "$process"
    until scontrol show job "${job}_$killed" | grep -q JobState=FAILED; do sleep 0.1; done
    running slurm "SLURM_ARRAY_TASK_ID=$stopped" >/dev/null
    for _ in $(seq 20); do
        scancel --batch --signal=TERM "${job}_$stopped" && break
        sleep 0.2
    done
    scontrol requeue "${job}_$killed"
    say "slurm: task $killed was killed and started again, task $stopped was stopped"
    for _ in $(seq 1200); do
        [ -z "$(squeue -h -o %i)" ] && break
        # A task that is started again waits for two minutes by itself.
        for id in $(squeue -h -r -t PENDING -j "$job" -o %i); do scontrol update JobId="$id" StartTime=now 2>/dev/null || true; done
        sleep 0.5
    done
    local state
    for task in "$stopped" "$killed"; do
        state=$(scontrol show job "${job}_$task" | grep -oE "(JobState|Reason|Restarts|ExitCode|StartTime|EndTime)=[^ ]*" | tr '\n' ' ')
        [[ "$state" == *"JobState=COMPLETED "*"Restarts="[1-9]* ]] ||
            fail "slurm: task $task was not started again, or did not end well: $state $(cat "$place/slurm/logs/part-$task.txt")
$(grep -h "JobId=" "$place"/slurm-run/*.log "$place"/slurm-run/*/*.log 2>/dev/null | tail -60)"
    done
    # The merge that ran before the killed task was started again has said what is missing; the same submission brings it.
    if [ ! -d "$place/slurm/result" ]; then
        (cd "$place/slurm" && ./submit.sh)
        for _ in $(seq 1200); do [ -z "$(squeue -h -o %i)" ] && break; sleep 0.5; done
    fi
    diff -r "$place/whole" "$place/slurm/result" || fail "slurm: what merge.sh wrote differs from one sweep"
    cat "$place"/slurm/logs/*.txt
    rm -rf "$place/slurm/logs"
    same slurm
}

by_dask() {
    python=${PYTHON:-python3}
    "$python" -c 'import dask.distributed' 2>/dev/null || { say "skipped: no dask.distributed here"; return; }
    planned dask dask
    "$python" "$place/dask/run.py" >"$place/dask.log" 2>&1 &
    local run=$! task worker
    # The worker is killed, and the process that it started lives on as an orphan beside the second attempt.
    task=$(running dask)
    worker=$(ps -o ppid= -p "$task" | tr -d ' ')
    kill -9 "$worker" && say "dask: a worker was killed, its task lives on"
    kill -0 "$task" 2>/dev/null || fail "dask: the task ended with its worker, so that there was no orphan"
    wait "$run" || { cat "$place/dask.log"; fail "dask: run.py ended with an error"; }
    same dask
}

# The manifest is held by a test of its own; here its command is run with its variables, and one task is stopped as a drained node does.
by_kubernetes() {
    planned kubernetes kubernetes
    for number in $(seq 0 $((parts - 1))); do
        export JOB_COMPLETION_INDEX=$number
        if [ "$number" = 0 ]; then
            local code=0
            rollcast part "$place/kubernetes/plan.json" --threads 1 --quiet &
            local pod=$!
            kill -TERM "$(running kubernetes)"
            wait "$pod" || code=$?
            [ "$code" = 75 ] || fail "kubernetes: a part that was stopped ended with $code"
            say "kubernetes: one task was stopped"
        fi
        rollcast part "$place/kubernetes/plan.json" --threads 1 --quiet
        unset JOB_COMPLETION_INDEX
    done
    same kubernetes
}

for engine in $engines; do "by_$engine"; done
