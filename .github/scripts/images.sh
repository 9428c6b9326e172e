#!/bin/sh
# Builds the images of a commit and pushes them, once: where the registry has them already, they are taken from there, so that what goes to
# production is, byte for byte, what staging had. One without an attestation counts as not there: the run that pushed it ended too early,
# or it was somebody else.
#
#   images.sh REPOSITORY COMMIT        REPOSITORY is ghcr.io/<owner>/<name>; with GH_TOKEN and GITHUB_REPOSITORY
#
# For `service` and `action` it leaves the outputs <image>_digest and <image>_built.
set -eu
repository=$1 commit=$2

digest() { docker buildx imagetools inspect "$1" --format '{{json .Manifest.Digest}}' 2> /dev/null | tr -d '"'; }
attested() {
  gh attestation verify "oci://$1" --repo "$GITHUB_REPOSITORY" \
    --signer-workflow "$GITHUB_REPOSITORY/.github/workflows/release.yml" > /dev/null
}

image() { # image <name> <context> <argument of the build>...
  name=$1 context=$2
  shift 2
  built=false
  found=$(digest "$repository/$name:$commit")
  if [ -n "$found" ] && ! attested "$repository/$name@$found"; then
    echo "$repository/$name:$commit is there and not attested, or that cannot be told: it is built again" >&2
    found=
  fi
  if [ -z "$found" ]; then
    docker build --tag "$repository/$name:$commit" "$@" "$context"
    docker push --quiet "$repository/$name:$commit"
    found=$(digest "$repository/$name:$commit")
    built=true
  fi
  case $found in
    sha256:*) ;;
    *) echo "the registry does not know $repository/$name:$commit" >&2; exit 1 ;;
  esac
  printf '%s_digest=%s\n%s_built=%s\n' "$name" "$found" "$name" "$built" >> "${GITHUB_OUTPUT:-/dev/stdout}"
}

image service . --build-arg "PFO_COMMIT=$commit"
image action runner-action
