#!/bin/bash
# One part of the study, as a task of an array. submit.sh submits all of them.
# It needs rollcast on the PATH of the nodes, and this directory on a file system that they share. Change what your site wants
# otherwise: partition, account, time.
#SBATCH --job-name={{ job }}
#SBATCH --cpus-per-task=1
#SBATCH --mem={{ memory_mib }}M
#SBATCH --time={{ minutes }}
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=logs/part-%a.txt
set -u

# The number of the part is in SLURM_ARRAY_TASK_ID, and how many there are in plan.json alone.
rollcast part plan.json --threads "${SLURM_CPUS_PER_TASK:-1}" --quiet &
child=$!
stopped=
trap 'stopped=yes; kill -TERM "$child"' TERM
code=0
wait "$child" || code=$?
if [ -n "$stopped" ]; then
    code=0
    wait "$child" || code=$?
fi
# 75: stopped, and what is finished is kept. The same task goes on from there.
if [ "$code" = 75 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
