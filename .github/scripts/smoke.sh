#!/bin/sh
# Whether a service does what nobody can do without: it lives, it is ready, it is the program of this commit, and it believes no webhook
# that is not signed.
#
#   smoke.sh URL COMMIT
set -eu
url=$1 commit=$2

# A revision that nobody has asked for anything yet starts at the first request.
get() { curl --silent --show-error --fail --max-time 20 --retry 5 --retry-connrefused "$url$1"; }

get /livez > /dev/null
get /readyz > /dev/null
version=$(get /version)
case $version in
  *"$commit"*) ;;
  *) echo "$url/version does not name $commit: $version" >&2; exit 1 ;;
esac
status=$(curl --silent --show-error --max-time 20 --output /dev/null --write-out '%{http_code}' \
  --header 'X-GitHub-Event: ping' --header 'X-GitHub-Delivery: smoke-test' --header 'Content-Type: application/json' \
  --header "X-Hub-Signature-256: sha256=$(printf '%064d' 0)" --data '{}' "$url/github/hooks/")
if [ "$status" != 401 ]; then
  echo "$url takes a webhook with a wrong signature: $status, not 401" >&2
  exit 1
fi
echo "$url is well: $version"
