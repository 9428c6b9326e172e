mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = { name = "projects/p/serviceAccounts/a", email = "a@p.iam.gserviceaccount.com" }
  }
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/1/locations/global/workloadIdentityPools/x-github" }
  }
}

variables {
  project = "p-project"
  image   = "us-central1-docker.pkg.dev/p-project/x/service@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
}

run "every_app_is_told_what_to_believe" {
  assert {
    condition     = alltrue([for name, app in var.apps : output.dataflow[name].audience == "${app.url}/dataflow/status"])
    error_message = "an app has another audience than its address and the route"
  }
  assert {
    condition     = alltrue([for name, app in output.dataflow : app.subscription == "projects/p-project/subscriptions/${name}-dataflow-status"])
    error_message = "an app has another subscription than its own"
  }
}

run "the_service_is_the_app_of_the_environment" {
  assert {
    condition     = output.service_name == (var.service == null ? null : var.environment) && output.migrate_job == (var.service == null ? null : "${var.environment}-migrate")
    error_message = "there is another service than the environment's"
  }
  assert {
    # Else Dataflow's news would go where the service is not.
    condition     = var.service == null ? true : output.service_url == var.apps[var.environment].url
    error_message = "the service is reached elsewhere than its app says"
  }
}

run "an_app_more_leaves_the_others_as_they_are" {
  command = plan
  variables {
    apps = merge(var.apps, { pforge-pr-9999 = { url = "https://more.example.org" } })
  }
  assert {
    condition     = alltrue([for name, app in run.every_app_is_told_what_to_believe.dataflow : output.dataflow[name].audience == app.audience])
    error_message = "another app changed"
  }
}

run "an_environment_can_have_everything" {
  variables {
    github = {
      state_bucket = "p-state"
      deploying = {
        repository_id       = "11"
        repository_owner_id = "22"
        workflow            = "release.yml"
        refs                = ["refs/heads/main"]
        events              = ["push"]
        accounts            = { plan = "a-plan", deploy = "a", review = "review" }
      }
      baking = { repository_id = "33", repository_owner_id = "44" }
    }
    service = { region = "us-central1", domain = "api.example.org" }
    review  = { region = "us-central1" }
    bakeries = {
      one = { prefix = "one", location = "us-central1" }
      two = { prefix = "two", location = "europe-west4", public = true }
    }
  }
  assert {
    condition     = { for name, bakery in output.bakeries : name => bakery.data } == { one = "gs://p-project-one-data", two = "gs://p-project-two-data" }
    error_message = "a bakery has other buckets than its own"
  }
  assert {
    condition = { for name, variables in output.github_environments : name => join(" ", sort(keys(variables))) } == {
      a      = "GCP_PROJECT GCP_SERVICE_ACCOUNT GCP_WORKLOAD_IDENTITY_PROVIDER IMAGE_REGISTRY TERRAFORM_STATE_BUCKET"
      a-plan = "GCP_PROJECT GCP_SERVICE_ACCOUNT GCP_WORKLOAD_IDENTITY_PROVIDER IMAGE_REGISTRY TERRAFORM_STATE_BUCKET"
      review = "GCP_PROJECT GCP_REGION GCP_SERVICE_ACCOUNT GCP_WORKLOAD_IDENTITY_PROVIDER IMAGE_REGISTRY REVIEW_SERVICE_ACCOUNT SQL_INSTANCE"
    }
    error_message = "a GitHub environment lacks a variable that its workflow takes"
  }
  assert {
    condition     = output.baking_provider != null && toset(output.secrets) == toset(["${var.environment}-database-password", "${var.environment}-sops-age-key", "review-database-password"])
    error_message = "recipes have no provider, or other secrets wait for values"
  }
}

run "setting_up_needs_no_image" {
  command = plan
  variables {
    image      = null
    setting_up = true
    service    = { region = "us-central1" }
  }
  assert {
    condition     = output.service_name == null && output.migrate_job == null
    error_message = "there is a service before it can start"
  }
}

run "a_plan_without_an_image_does_not_end_the_service" {
  command = plan
  variables {
    image   = null
    service = { region = "us-central1" }
  }
  expect_failures = [var.image]
}

run "two_bakeries_cannot_share_their_names" {
  command = plan
  variables {
    bakeries = {
      one = { prefix = "same", location = "us-central1" }
      two = { prefix = "same", location = "us-central1" }
    }
  }
  expect_failures = [var.bakeries]
}
