#!/bin/sh
# Says on a pull request where its review app is: one comment, which is edited from then on.
#
#   comment.sh PULL TEXT        with GH_TOKEN and GITHUB_REPOSITORY
set -eu
pull=$1 text=$2
mark='<!-- pangeo-forge: review app -->'
comments="repos/$GITHUB_REPOSITORY/issues/$pull/comments"

# Only our own comment: anybody can write the mark.
id=$(gh api --paginate "$comments" \
  --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$mark\"))) | .id" | head -n 1)
if [ -n "$id" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --raw-field body="$mark
$text" > /dev/null
else
  gh api --method POST "$comments" --raw-field body="$mark
$text" > /dev/null
fi
