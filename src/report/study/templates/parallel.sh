#!/bin/sh
# Runs the parts with GNU parallel on this machine, JOBS at a time, and joins them. Other machines too: add --sshlogin, with this
# directory on a file system that they share. A part that is there already ends at once.
set -eu
cd "$(dirname "$0")"
while :; do
    # Parts that fail all the same are told by the merge.
    seq 0 {{ last }} | parallel --jobs "${JOBS:-100%}" --retries 3 --joblog parallel.log \
        rollcast part plan.json {} --threads 1 --quiet || true
    code=0
    rollcast merge . --quiet --out result || code=$?
    # 4: precision targets ask for more replications, and plan.json says which.
    [ "$code" = 4 ] || exit "$code"
done
