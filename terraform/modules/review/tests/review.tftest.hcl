mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = { name = "projects/p/serviceAccounts/app", email = "app@p.iam.gserviceaccount.com" }
  }
  mock_resource "google_project_iam_custom_role" {
    defaults = { name = "projects/p-project/roles/dev_review_databases" }
  }
}

variables {
  project     = "p-project"
  environment = "dev"
  region      = "us-central1"
  deployers   = { review = "review@p.iam.gserviceaccount.com" }
}

run "the_script_finds_what_it_looks_for" {
  assert {
    condition = output.variables == {
      GCP_REGION             = "us-central1"
      IMAGE_REGISTRY         = "us-central1-docker.pkg.dev/p-project/dev-review"
      REVIEW_SERVICE_ACCOUNT = "app@p.iam.gserviceaccount.com"
      SQL_INSTANCE           = "p-project:us-central1:dev-review"
    }
    error_message = "the variables are others"
  }
  assert {
    condition     = google_secret_manager_secret.password.secret_id == "review-database-password"
    error_message = "review-app.sh asks for another secret"
  }
}

run "code_of_a_pull_request_reaches_the_databases_of_review_apps_alone" {
  assert {
    condition = (google_project_iam_member.app.role == "roles/cloudsql.client" && google_project_iam_member.app.member == "serviceAccount:app@p.iam.gserviceaccount.com" &&
    google_project_iam_member.app.condition[0].expression == "resource.name == 'projects/p-project/instances/dev-review' && resource.service == 'sqladmin.googleapis.com'")
    error_message = "an app reaches other databases"
  }
  assert {
    condition     = google_secret_manager_secret_iam_member.app.secret_id == "review-database-password" && google_secret_manager_secret_iam_member.app.role == "roles/secretmanager.secretAccessor"
    error_message = "an app reads another secret, or may do more with it"
  }
  assert {
    condition = (google_sql_database_instance.this.settings[0].ip_configuration[0].ssl_mode == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" &&
    google_sql_database_instance.this.settings[0].connector_enforcement == "REQUIRED")
    error_message = "the databases speak without TLS, or with others than Cloud SQL's connectors"
  }
}

run "whoever_makes_the_apps_cannot_drop_the_instance" {
  assert {
    condition = toset([for m in google_project_iam_member.deployer : "${m.role} ${m.member}"]) == toset([
      "roles/run.admin serviceAccount:review@p.iam.gserviceaccount.com",
    "projects/p-project/roles/dev_review_databases serviceAccount:review@p.iam.gserviceaccount.com"])
    error_message = "whoever makes the apps has other roles in the project"
  }
  assert {
    condition = (google_project_iam_custom_role.databases.role_id == "dev_review_databases" && google_project_iam_custom_role.databases.permissions == toset([
    "cloudsql.databases.create", "cloudsql.databases.delete", "cloudsql.databases.get", "cloudsql.databases.list", "cloudsql.instances.get"]))
    error_message = "the role of databases may do something else"
  }
  assert {
    condition = {
      acts_as  = [for m in google_service_account_iam_member.deployer : "${m.service_account_id} ${m.role} ${m.member}"]
      registry = [for m in google_artifact_registry_repository_iam_member.deployer : "${m.role} ${m.member}"]
      } == {
      acts_as  = ["projects/p/serviceAccounts/app roles/iam.serviceAccountUser serviceAccount:review@p.iam.gserviceaccount.com"]
      registry = ["roles/artifactregistry.writer serviceAccount:review@p.iam.gserviceaccount.com"]
    }
    error_message = "whoever makes the apps acts as somebody else, or does something else with images"
  }
}

run "names_are_within_googles_limits" {
  command = plan
  variables {
    environment = "a-twenty-one-letters1"
  }
  assert {
    condition     = length(google_service_account.app.account_id) >= 6 && length(google_service_account.app.account_id) <= 30 && length(google_project_iam_custom_role.databases.role_id) <= 64
    error_message = "an account's id has 6 to 30 characters, a role's 64 at most"
  }
}

run "what_would_not_fit_is_refused" {
  command = plan
  variables {
    environment = "a-twenty-two-letters22"
  }
  expect_failures = [var.environment]
}
