#!/bin/sh
# The review app of a pull request: a service and a database of its own, both named pforge-pr-<number>. Run by review-app.yml;
# `tests/it/deploy.rs` runs it with stand-ins for every program.
#
#   review-app.sh up       makes it or brings it up to date; needs IMAGE
#   review-app.sh down     ends it
#   review-app.sh sweep    ends every one that was not brought up to date for 48 hours
#
# By environment:
#   PULL              the pull request's number; not for `sweep`
#   PROJECT, REGION   where review apps live: never where staging or production do
#   SQL_INSTANCE      the Cloud SQL instance of review apps, project:region:name
#   SERVICE_ACCOUNT   what the apps run as
#   IMAGE             the image, by digest
set -eu

HOURS=48

number() {
  case $1 in
    '' | *[!0-9]*) echo "not the number of a pull request: $1" >&2; exit 2 ;;
  esac
}

run() { group=$1; shift; gcloud run "$group" "$@" --project "$PROJECT" --region "$REGION" --quiet; }
sql() { gcloud sql databases "$@" --project "$PROJECT" --instance "${SQL_INSTANCE##*:}" --quiet; }

# With which pull request a service belongs; nothing where there is no such service.
owner() { run services describe "$1" --format='value(metadata.labels.review-app)' 2> /dev/null || true; }

up() {
  number "$PULL"
  app="pforge-pr-$PULL"
  sql describe "$app" > /dev/null 2>&1 || sql create "$app"
  # The password is not in the address: the client library takes it from PGPASSWORD.
  set -- --image "$IMAGE" --service-account "$SERVICE_ACCOUNT" --set-cloudsql-instances "$SQL_INSTANCE" \
    --set-env-vars "PANGEO_FORGE_DEPLOYMENT=$app,DATABASE_URL=postgres:///$app?host=/cloudsql/$SQL_INSTANCE&user=review" \
    --set-secrets "PGPASSWORD=review-database-password:latest"
  labels="review-app=$PULL,deployed=${NOW:-$(date +%s)}"
  run jobs deploy "$app-task" "$@" --labels "$labels" --max-retries 0
  run jobs execute "$app-task" --args migrate --wait
  run jobs execute "$app-task" --args seed --wait
  run deploy "$app" "$@" --labels "$labels" --max-instances 1 --allow-unauthenticated
  echo "url=$(run services describe "$app" --format='value(status.url)')" >> "${GITHUB_OUTPUT:-/dev/stdout}"
}

down() {
  number "$1"
  app="pforge-pr-$1"
  owner=$(owner "$app")
  if [ -n "$owner" ] && [ "$owner" != "$1" ]; then
    echo "$app is not the review app of #$1 but of #$owner: left alone" >&2
    exit 1
  fi
  # What was made half is ended too. The service first: a database in use cannot be dropped.
  if [ -n "$owner" ]; then run services delete "$app"; fi
  if run jobs describe "$app-task" > /dev/null 2>&1; then run jobs delete "$app-task"; fi
  if sql describe "$app" > /dev/null 2>&1; then sql delete "$app"; fi
}

sweep() {
  oldest=$((${NOW:-$(date +%s)} - HOURS * 3600))
  # Not piped into the loop: what fails there would be taken for an empty list.
  apps=$(run services list --filter='metadata.labels.review-app:*' \
    --format='csv[no-heading](metadata.labels.review-app,metadata.labels.deployed)')
  failed=0
  while IFS=, read -r pull deployed; do
    if [ -n "$pull" ] && [ "${deployed:-0}" -lt "$oldest" ]; then
      echo "the review app of #$pull is older than $HOURS hours"
      # A program of its own: one that cannot be ended keeps no other, and what a function does under `||` goes on after an error.
      PULL=$pull "$0" down < /dev/null || failed=1
    fi
  done <<LIST
$apps
LIST
  return "$failed"
}

case "${1:-}" in
  up) up ;;
  down) down "$PULL" ;;
  sweep) sweep ;;
  *) echo "usage: review-app.sh up|down|sweep" >&2; exit 2 ;;
esac
