#!/bin/sh
# Submits the parts as one array, and behind them the merge. Some parts alone: ./submit.sh 2,7
# A part that is there already ends at once. Where the site allows smaller arrays than this (MaxArraySize), submit ranges.
set -eu
cd "$(dirname "$0")"
mkdir -p logs
array=${1:-0-{{ last }}}
id=$(sbatch --parsable --array="$array" part.sh)
# afterany, not afterok: a task that failed and was started again would cancel the merge, which looks for itself what is there.
sbatch --dependency=afterany:"${id%%;*}" merge.sh
