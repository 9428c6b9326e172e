mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      name  = "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com"
      email = "a@p.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/123456789012/locations/global/workloadIdentityPools/x-github" }
  }
}

variables {
  project      = "p-project"
  environment  = "pangeo-forge-staging"
  state_bucket = "p-state"
  deploying = {
    repository_id       = "11"
    repository_owner_id = "22"
    workflow            = "release.yml"
    refs                = ["refs/heads/main"]
    events              = ["push"]
    accounts            = { plan = "staging-plan", deploy = "staging" }
  }
  baking = {
    repository_id       = "33"
    repository_owner_id = "44"
    bakeries            = ["two", "one"]
  }
}

run "the_conditions_are_these" {
  assert {
    condition = google_iam_workload_identity_pool_provider.deploying.attribute_condition == join(" && ", [
      "assertion.repository_owner_id == '22'",
      "assertion.repository_id == '11'",
      "assertion.runner_environment == 'github-hosted'",
      "assertion.event_name in ['push']",
      "(assertion.ref in ['refs/heads/main'])",
      "assertion.workflow_ref.matches('^[^/]+/[^/]+/[.]github/workflows/release[.]yml@')",
      "assertion.environment in ['staging', 'staging-plan']",
    ])
    error_message = "who deploys is decided otherwise"
  }
  assert {
    condition = google_iam_workload_identity_pool_provider.baking[0].attribute_condition == join(" && ", [
      "assertion.repository_owner_id == '44'",
      "assertion.repository_id == '33'",
      "assertion.runner_environment == 'github-hosted'",
      "assertion.event_name == 'workflow_dispatch'",
      "assertion.ref == 'refs/heads/main'",
      "assertion.workflow_ref.matches('^[^/]+/[^/]+/[.]github/workflows/run-recipe[.]yaml@')",
      "assertion.environment in ['one', 'two']",
    ])
    error_message = "who bakes is decided otherwise"
  }
  assert {
    condition = alltrue([for p in concat([google_iam_workload_identity_pool_provider.deploying], google_iam_workload_identity_pool_provider.baking) :
      !strcontains("${p.attribute_condition} ${jsonencode(p.attribute_mapping)}", "assertion.sub") && p.oidc[0].issuer_uri == "https://token.actions.githubusercontent.com" &&
    p.workload_identity_pool_id == google_iam_workload_identity_pool.github.workload_identity_pool_id])
    error_message = "a provider asks `sub`, believes somebody else, or belongs to another pool"
  }
  assert {
    # Google refuses more than 4096.
    condition     = length(google_iam_workload_identity_pool_provider.deploying.attribute_condition) < 4096
    error_message = "the condition is too long"
  }
}

run "an_environment_of_recipes_is_none_that_deploys" {
  assert {
    condition = (google_iam_workload_identity_pool_provider.deploying.attribute_mapping == tomap({
      "google.subject"     = "assertion.repository_id + ':' + assertion.run_id"
      "attribute.deployer" = "assertion.environment"
      }) && google_iam_workload_identity_pool_provider.baking[0].attribute_mapping == tomap({
      "google.subject"   = "assertion.repository_id + ':' + assertion.run_id"
      "attribute.bakery" = "assertion.environment"
    }))
    error_message = "the two providers share an attribute, or take it from elsewhere"
  }
}

run "each_account_is_for_the_jobs_of_its_environment_alone" {
  assert {
    condition = { for kind, m in google_service_account_iam_member.deployer : kind => "${m.role} ${m.member}" } == {
      plan   = "roles/iam.workloadIdentityUser principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/x-github/attribute.deployer/staging-plan"
      deploy = "roles/iam.workloadIdentityUser principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/x-github/attribute.deployer/staging"
    }
    error_message = "other jobs may become an account"
  }
  assert {
    condition = toset([for key, m in google_project_iam_member.reader : "${split(" ", key)[0]} ${m.role} ${m.member}"]) == toset([
      for pair in setproduct(["plan", "deploy"], ["roles/iam.securityReviewer", "roles/viewer"]) : "${pair[0]} ${pair[1]} serviceAccount:a@p.iam.gserviceaccount.com"
    ])
    error_message = "an account has other roles in the project than reading"
  }
  assert {
    condition = { for kind, m in google_storage_bucket_iam_member.state_writer : kind => "${m.bucket} ${m.role} ${m.condition[0].expression}" } == {
      plan   = "p-state roles/storage.objectUser resource.name == 'projects/_/buckets/p-state/objects/pangeo-forge-staging/default.tflock'"
      deploy = "p-state roles/storage.objectUser resource.name.startsWith('projects/_/buckets/p-state/objects/pangeo-forge-staging/')"
    }
    error_message = "an account writes other objects of the state than it has to"
  }
  assert {
    condition = alltrue([for m in google_storage_bucket_iam_member.state_reader :
      m.role == "roles/storage.objectViewer" &&
    m.condition[0].expression == "resource.type == 'storage.googleapis.com/Bucket' || resource.name.startsWith('projects/_/buckets/p-state/objects/pangeo-forge-staging/')"])
    error_message = "an account reads the state of another environment"
  }
  assert {
    condition     = output.accounts.plan.github_environment == "staging-plan" && output.pool == google_iam_workload_identity_pool.github.name && keys(output.providers) == ["baking", "deploying"]
    error_message = "the outputs say something else"
  }
}

run "review_apps_have_no_state_and_may_come_from_pull_requests" {
  variables {
    environment = "dev"
    baking      = null
    deploying = {
      repository_id       = "11"
      repository_owner_id = "22"
      workflow            = "review-app.yml"
      refs                = ["refs/heads/main"]
      pull_requests       = true
      events              = ["schedule", "pull_request"]
      accounts            = { review = "review" }
    }
  }
  assert {
    condition = strcontains(google_iam_workload_identity_pool_provider.deploying.attribute_condition,
    " && (assertion.ref in ['refs/heads/main'] || assertion.ref.matches('^refs/pull/[0-9]+/merge$')) && ")
    error_message = "pull requests are not believed, or others are too"
  }
  assert {
    condition     = length(google_project_iam_member.reader) + length(google_storage_bucket_iam_member.state_reader) + length(google_storage_bucket_iam_member.state_writer) == 0
    error_message = "whoever makes review apps reads the project or the state"
  }
  assert {
    condition     = keys(output.providers) == ["deploying"]
    error_message = "there is a provider for recipes that nobody runs"
  }
}

run "names_are_within_googles_limits" {
  command = plan
  variables {
    environment = "a-twenty-one-letters1"
  }
  assert {
    condition     = alltrue([for a in google_service_account.deployer : length(a.account_id) >= 6 && length(a.account_id) <= 30])
    error_message = "an account's id has 6 to 30 characters"
  }
  assert {
    condition     = length(google_iam_workload_identity_pool.github.workload_identity_pool_id) <= 32
    error_message = "a pool's id has 4 to 32 characters"
  }
}

run "what_would_not_fit_is_refused" {
  command = plan
  variables {
    environment = "a-twenty-two-letters22"
    deploying = {
      repository_id       = "owner/name"
      repository_owner_id = "22"
      workflow            = "release.yml"
      refs                = ["refs/heads/main"]
      events              = ["push"]
      accounts            = { deploy = "staging" }
    }
    baking = {
      repository_id       = "33"
      repository_owner_id = "44"
      bakeries            = []
    }
  }
  expect_failures = [var.environment, var.deploying, var.baking]
}

run "a_quote_cannot_end_a_text_of_the_condition" {
  command = plan
  variables {
    deploying = {
      repository_id       = "11"
      repository_owner_id = "22"
      workflow            = "release.yml"
      refs                = ["refs/heads/main'] || true || assertion.ref in ['"]
      events              = ["push"]
      accounts            = { deploy = "staging" }
    }
  }
  expect_failures = [var.deploying]
}

run "events_with_a_strangers_code_and_the_rights_of_the_repository_are_refused" {
  command = plan
  variables {
    deploying = {
      repository_id       = "11"
      repository_owner_id = "22"
      workflow            = "release.yml"
      refs                = ["refs/heads/main"]
      events              = ["pull_request_target"]
      accounts            = { deploy = "staging" }
    }
  }
  expect_failures = [var.deploying]
}
