#!/bin/sh
# Writes a note on a merge request of GitLab, or writes its own earlier note anew: comment-gitlab.sh FILE.
#
# It needs `curl` and `jq`, and these variables: ROLLCAST_TOKEN (an access token with the scope api), CI_API_V4_URL,
# CI_PROJECT_ID and CI_MERGE_REQUEST_IID. ROLLCAST_COMMENT_ID tells several notes on one merge request apart.
set -eu

mark="<!-- rollcast ${ROLLCAST_COMMENT_ID:-} -->"
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
  echo "$mark"
  cat "$1"
} >"$body"
notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
call() {
  curl --fail --silent --show-error --header "PRIVATE-TOKEN: $ROLLCAST_TOKEN" "$@"
}
found=$(call "$notes?per_page=100" | jq --raw-output --arg mark "$mark" '[.[] | select(.body | startswith($mark)) | .id][0] // empty')
if [ -n "$found" ]; then
  call --request PUT --form "body=<$body" "$notes/$found" >/dev/null
else
  call --request POST --form "body=<$body" "$notes" >/dev/null
fi
