# Whom Google believes among GitHub's jobs. No key is made: a job shows the token that GitHub signed for it, and gets one of Google's for an
# hour. What is believed is asked of GitHub's numbers and of claims that each mean one thing; `sub` is a text of several forms, with
# names in it that can be given away, and is not asked.

locals {
  issuer = "https://token.actions.githubusercontent.com"
  apis   = ["iam", "iamcredentials", "sts"]

  # As texts of CEL.
  deploying_refs = concat(
    ["assertion.ref in ['${join("', '", sort(var.deploying.refs))}']"],
    var.deploying.pull_requests ? ["assertion.ref.matches('^refs/pull/[0-9]+/merge$')"] : [],
  )
  deploying_condition = join(" && ", [
    "assertion.repository_owner_id == '${var.deploying.repository_owner_id}'",
    "assertion.repository_id == '${var.deploying.repository_id}'",
    "assertion.runner_environment == 'github-hosted'",
    "assertion.event_name in ['${join("', '", sort(var.deploying.events))}']",
    "(${join(" || ", local.deploying_refs)})",
    "assertion.workflow_ref.matches('^[^/]+/[^/]+/[.]github/workflows/${replace(var.deploying.workflow, ".", "[.]")}@')",
    "assertion.environment in ['${join("', '", sort(values(var.deploying.accounts)))}']",
  ])
}

resource "google_project_service" "api" {
  for_each = toset(local.apis)

  project = var.project
  service = "${each.key}.googleapis.com"
  # Another environment may live in the same project.
  disable_on_destroy = false
}

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project
  workload_identity_pool_id = "${var.environment}-github"
  display_name              = "GitHub's jobs"
  description               = "Jobs of GitHub Actions that deploy ${var.environment} or bake there"

  depends_on = [google_project_service.api]
}

# Each provider has an attribute of its own for the environment of the job: an environment that is called the same in the repository of
# recipes is another thing, and is not taken for one that deploys.
resource "google_iam_workload_identity_pool_provider" "deploying" {
  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "deploying"
  display_name                       = "Jobs that deploy"
  attribute_condition                = local.deploying_condition

  attribute_mapping = {
    "google.subject"     = "assertion.repository_id + ':' + assertion.run_id"
    "attribute.deployer" = "assertion.environment"
  }

  oidc {
    issuer_uri = local.issuer
  }
}

resource "google_iam_workload_identity_pool_provider" "baking" {
  count = var.baking == null ? 0 : 1

  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "baking"
  display_name                       = "Jobs that run recipes"

  attribute_condition = join(" && ", [
    "assertion.repository_owner_id == '${var.baking.repository_owner_id}'",
    "assertion.repository_id == '${var.baking.repository_id}'",
    "assertion.runner_environment == 'github-hosted'",
    "assertion.event_name == 'workflow_dispatch'",
    "assertion.ref == '${var.baking.ref}'",
    "assertion.workflow_ref.matches('^[^/]+/[^/]+/[.]github/workflows/${replace(var.baking.workflow, ".", "[.]")}@')",
    "assertion.environment in ['${join("', '", sort(var.baking.bakeries))}']",
  ])

  attribute_mapping = {
    "google.subject"   = "assertion.repository_id + ':' + assertion.run_id"
    "attribute.bakery" = "assertion.environment"
  }

  oidc {
    issuer_uri = local.issuer
  }
}
