#!/bin/sh
# Renders two revisions of a repository, compares them with rollcast, and writes the comment for a pull request.
#
# It reads these variables:
#   ROLLCAST_BASE         the revision before the change, such as origin/main
#   ROLLCAST_HEAD         the revision with the change; the commit that is checked out where it is empty
#   ROLLCAST_RENDER       a command that prints the manifests, such as `kustomize build deploy/production`; it runs in the
#                         folder of each revision
#   ROLLCAST_FILE         the file to compare: a manifest, or an experiment. With ROLLCAST_RENDER the command's output is
#                         written to this file first, unless ROLLCAST_EXPERIMENT names an experiment that reads it
#   ROLLCAST_EXPERIMENT   an experiment that names ROLLCAST_FILE as its manifest
#   ROLLCAST_ARGUMENTS    more arguments of `rollcast compare`, as a shell reads them, such as --set 'objectives=[...]'
#   ROLLCAST_LABELS       what the two are called; `base,this change` where it is empty
#   ROLLCAST_CHECK        true: fail unless the change is shown to meet the objectives
#   ROLLCAST              the program; `rollcast` where it is empty
#   ROLLCAST_OUT          the folder for comment.md and answer.json; rollcast-out where it is empty
#
# The exit code is that of `rollcast compare`: 0 yes, 1 no (only with ROLLCAST_CHECK=true), 2 unusable input, 3 failed.
# The comment is written before the script fails, so that a reviewer sees why.
set -eu

fail() {
  echo "rollcast: $1" >&2
  exit 2
}

base=${ROLLCAST_BASE:-}
head=${ROLLCAST_HEAD:-HEAD}
render=${ROLLCAST_RENDER:-}
file=${ROLLCAST_FILE:-}
experiment=${ROLLCAST_EXPERIMENT:-}
program=${ROLLCAST:-rollcast}
out=${ROLLCAST_OUT:-rollcast-out}
labels=${ROLLCAST_LABELS:-base,this change}

[ -n "$base" ] || fail "ROLLCAST_BASE is empty: name the revision before the change"
[ -n "$render$file" ] || fail "name a file to compare (ROLLCAST_FILE) or a command that prints manifests (ROLLCAST_RENDER)"
if [ -n "$experiment" ] && [ -z "$file" ]; then
  fail "ROLLCAST_EXPERIMENT reads a manifest: name it with ROLLCAST_FILE"
fi
file=${file:-rollcast-rendered.yaml}
input=${experiment:-$file}
command -v "$program" >/dev/null || fail "$program is not installed"
for revision in "$base" "$head"; do
  git rev-parse --quiet --verify "$revision^{commit}" >/dev/null ||
    fail "there is no revision $revision: fetch it first (actions/checkout with fetch-depth: 0)"
done

work=$(mktemp -d)
cleanup() {
  for side in old new; do
    git worktree remove --force "$work/$side" >/dev/null 2>&1 || true
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 3' HUP INT TERM

# Checks out a revision beside the working copy, and renders it.
prepare() {
  git worktree add --quiet --detach "$work/$1" "$2"
  if [ -n "$render" ]; then
    mkdir -p "$(dirname "$work/$1/$file")"
    (cd "$work/$1" && sh -c "$render") >"$work/$1.yaml" || fail "the command failed on $2: $render"
    [ -s "$work/$1.yaml" ] || fail "the command printed nothing on $2: $render"
    mv "$work/$1.yaml" "$work/$1/$file"
  fi
}
prepare new "$head"
[ -e "$work/new/$input" ] || fail "$input is not in $head"
prepare old "$base"
mkdir -p "$out"
out=$(cd "$out" && pwd)

# Runs a command of rollcast in the folder of both revisions, with the arguments of the user, which a shell reads.
ask() {
  (
    cd "$work"
    eval "set -- \"\$@\" ${ROLLCAST_ARGUMENTS:-}"
    "$program" "$@" --quiet
  )
}

code=0
if [ -e "$work/old/$input" ]; then
  compare() {
    ask compare "old/$input" "new/$input" --labels "$labels" "$@"
  }
  compare --check --format json >"$out/answer.json" || code=$?
  [ "$code" -le 1 ] || exit "$code"
  compare --instead --format markdown >"$out/comment.md"
  compare
else
  ask run "new/$input" --check --format json >"$out/answer.json" || code=$?
  [ "$code" -le 1 ] || exit "$code"
  ask run "new/$input" --check >"$out/run.txt" || true
  {
    echo "### rollcast: \`$input\` is new"
    echo
    echo '```text'
    cat "$out/run.txt"
    echo '```'
  } >"$out/comment.md"
  cat "$out/run.txt"
fi
[ "${ROLLCAST_CHECK:-false}" = true ] || code=0
exit "$code"
