#!/bin/sh
# Brings an image that was built before to an environment. Run by release.yml; `tests/it/deploy.rs` runs it with stand-ins for every program.
#
#   release.sh plan      what Terraform would change, for whoever approves
#   release.sh deploy    schema, revision without traffic, smoke test, traffic, smoke test; back to the revision before if that fails
#
# By environment:
#   ENVIRONMENT    a folder of terraform/: pangeo-forge-staging or pangeo-forge
#   PROJECT        the Google Cloud project
#   STATE_BUCKET   where Terraform's state is
#   IMAGE          the service's image in a registry that Cloud Run can pull from, by digest
#   COMMIT         what `/version` has to say
#
# Of Terraform it takes the variables `project` and `image`, and the outputs `service_name`, `service_region`, `service_url` and
# `migrate_job`, all texts. A new revision gets no traffic from Terraform: it moves here alone.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root="terraform/$ENVIRONMENT"

say() { printf '%s\n' "$*" | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"; }
tf() { terraform "-chdir=$root" "$@"; }

initialized() { tf init -input=false -backend-config=backend.hcl "-backend-config=bucket=$STATE_BUCKET" > /dev/null; }

planned() {
  tf plan -input=false "-var=project=$PROJECT" "-var=image=$IMAGE" -out=release.tfplan > /dev/null
}

plan() {
  initialized
  planned
  shown=$(tf show -no-color release.tfplan)
  say "### $ENVIRONMENT: \`$IMAGE\`"
  say '```'
  say "$shown"
  say '```'
}

# The revision that has all the traffic.
serving() {
  gcloud run services describe "$service" --project "$PROJECT" --region "$region" \
    --flatten='status.traffic[]' --format='csv[no-heading](status.traffic.percent,status.traffic.revisionName)' \
    | sed -n 's/^100,//p'
}

candidate_url() {
  gcloud run services describe "$service" --project "$PROJECT" --region "$region" \
    --flatten='status.traffic[]' --format='csv[no-heading](status.traffic.tag,status.traffic.url)' \
    | sed -n 's/^candidate,//p'
}

traffic() { gcloud run services update-traffic "$service" --project "$PROJECT" --region "$region" --quiet "$@"; }

deploy() {
  initialized
  service=$(tf output -raw service_name)
  region=$(tf output -raw service_region)
  url=$(tf output -raw service_url)
  migrate_job=$(tf output -raw migrate_job)
  previous=$(serving)
  [ -n "$previous" ] || { say "no revision of $service has all the traffic: nothing was changed"; exit 1; }

  # The first revision of all is followed by the traffic to whatever is newest, which Terraform would keep so: it plans with what it finds.
  traffic --to-revisions "$previous=100"
  # Before the schema, so that nothing is half done when Terraform has something against it.
  planned

  # The old program goes on with the new schema: a migration only adds what the program after it needs (docs/contributing.md).
  gcloud run jobs update "$migrate_job" --project "$PROJECT" --region "$region" --image "$IMAGE" --quiet
  gcloud run jobs execute "$migrate_job" --project "$PROJECT" --region "$region" --wait --quiet
  say "- schema is up to date"

  tf apply -input=false release.tfplan
  revision=$(gcloud run services describe "$service" --project "$PROJECT" --region "$region" \
    --format='value(status.latestReadyRevisionName)')
  say "- $revision is there; $previous has the traffic"

  traffic --set-tags "candidate=$revision"
  if ! "$here/smoke.sh" "$(candidate_url)" "$COMMIT"; then
    traffic --remove-tags candidate
    say "- **$revision fails the smoke test.** The traffic was not moved: $previous has it."
    exit 1
  fi
  traffic --to-revisions "$revision=100"
  if ! "$here/smoke.sh" "$url" "$COMMIT"; then
    traffic --to-revisions "$previous=100"
    say "- **$revision fails the smoke test at $url.** Rolled back: $previous has the traffic."
    exit 1
  fi
  traffic --remove-tags candidate
  say "- $revision has the traffic. To go back: \`gcloud run services update-traffic $service --region $region --to-revisions $previous=100\`"
}

case "${1:-}" in
  plan) plan ;;
  deploy) deploy ;;
  *) echo "usage: release.sh plan|deploy" >&2; exit 2 ;;
esac
