#!/bin/bash
# Joins the parts, or says which are missing. A round that has to follow is submitted.
#SBATCH --job-name={{ job }}-merge
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --output=logs/merge.txt
set -u

code=0
rollcast merge . --threads "${SLURM_CPUS_PER_TASK:-1}" --quiet --out result || code=$?
# 4: precision targets ask for more replications, and plan.json says which.
if [ "$code" = 4 ]; then
    exec ./submit.sh
fi
exit "$code"
