#!/bin/sh
# Writes a comment on a pull request of GitHub, or writes its own earlier comment anew: comment-github.sh FILE.
#
# It needs `gh`, and these variables: GH_TOKEN (with the permission pull-requests: write), GITHUB_REPOSITORY, and
# ROLLCAST_PULL_REQUEST, the number. ROLLCAST_COMMENT_ID tells several comments on one pull request apart.
set -eu

mark="<!-- rollcast ${ROLLCAST_COMMENT_ID:-} -->"
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
  echo "$mark"
  cat "$1"
} >"$body"
comments="repos/$GITHUB_REPOSITORY/issues/$ROLLCAST_PULL_REQUEST/comments"
ROLLCAST_MARK=$mark
export ROLLCAST_MARK
found=$(gh api --paginate "$comments" --jq '.[] | select(.body | startswith(env.ROLLCAST_MARK)) | .id' | head -n 1)
if [ -n "$found" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$found" --field "body=@$body" >/dev/null
else
  gh api --method POST "$comments" --field "body=@$body" >/dev/null
fi
