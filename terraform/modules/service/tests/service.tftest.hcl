mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = { name = "projects/p/serviceAccounts/run", email = "run@p.iam.gserviceaccount.com" }
  }
  mock_resource "google_cloud_run_v2_service" {
    defaults = { uri = "https://pangeo-forge-x.a.run.app" }
  }
}

variables {
  project   = "p-project"
  name      = "pangeo-forge-staging"
  region    = "us-central1"
  image     = "us-central1-docker.pkg.dev/p-project/pangeo-forge-staging/service@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  domain    = "api.example.org"
  deployers = { deploy = "deploy@p.iam.gserviceaccount.com" }
}

run "service_and_job_run_this_image_as_the_runtime_account" {
  assert {
    condition = (google_cloud_run_v2_service.this[0].template[0].containers[0].image == var.image &&
      google_cloud_run_v2_job.migrate[0].template[0].template[0].containers[0].image == var.image &&
      google_cloud_run_v2_service.this[0].template[0].service_account == google_service_account.runtime.email &&
    google_cloud_run_v2_job.migrate[0].template[0].template[0].service_account == google_service_account.runtime.email)
    error_message = "service or job run another image, or as somebody else"
  }
  assert {
    condition = (join(" ", google_cloud_run_v2_service.this[0].template[0].containers[0].args) == "serve" &&
      join(" ", google_cloud_run_v2_job.migrate[0].template[0].template[0].containers[0].args) == "migrate" &&
    google_cloud_run_v2_job.migrate[0].template[0].template[0].max_retries == 0)
    error_message = "service or job do something else"
  }
}

run "the_program_is_told_where_everything_is_and_secrets_come_from_secret_manager" {
  assert {
    condition = { for e in google_cloud_run_v2_service.this[0].template[0].containers[0].env : e.name => try("secret ${e.value_source[0].secret_key_ref[0].secret}", e.value) } == {
      PANGEO_FORGE_DEPLOYMENT = "pangeo-forge-staging"
      DATABASE_URL            = "postgres:///orchestrator?host=/cloudsql/p-project:us-central1:pangeo-forge-staging&user=orchestrator"
      PGPASSWORD              = "secret pangeo-forge-staging-database-password"
      SOPS_AGE_KEY            = "secret pangeo-forge-staging-sops-age-key"
    }
    error_message = "the service's environment is another one"
  }
  assert {
    # A schema needs no secret but the database's.
    condition     = toset([for e in google_cloud_run_v2_job.migrate[0].template[0].template[0].containers[0].env : e.name]) == toset(["PANGEO_FORGE_DEPLOYMENT", "DATABASE_URL", "PGPASSWORD"])
    error_message = "the job's environment is another one"
  }
  assert {
    condition = alltrue([for t in [google_cloud_run_v2_service.this[0].template[0], google_cloud_run_v2_job.migrate[0].template[0].template[0]] :
      t.containers[0].volume_mounts[0].mount_path == "/cloudsql" && t.containers[0].volume_mounts[0].name == t.volumes[0].name &&
    join(" ", t.volumes[0].cloud_sql_instance[0].instances) == "p-project:us-central1:pangeo-forge-staging"])
    error_message = "the database's socket is not where DATABASE_URL says"
  }
}

run "a_revision_more_gets_no_traffic_from_terraform" {
  variables {
    image = "us-central1-docker.pkg.dev/p-project/pangeo-forge-staging/service@sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].traffic[0].type == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST" && google_cloud_run_v2_service.this[0].traffic[0].percent == 100
    error_message = "the first revision gets no traffic"
  }
  assert {
    condition     = can(regex("ignore_changes = \\[traffic, client, client_version\\]", file("run.tf"))) && google_cloud_run_v2_service.this[0].deletion_protection
    error_message = "Terraform would move the traffic, or delete the service"
  }
}

run "it_works_in_the_background_and_is_asked_how_it_is" {
  assert {
    condition = (google_cloud_run_v2_service.this[0].scaling[0].min_instance_count == 1 && google_cloud_run_v2_service.this[0].template[0].containers[0].resources[0].cpu_idle == false &&
    google_cloud_run_v2_service.this[0].template[0].scaling[0].max_instance_count == 3)
    error_message = "without a request nothing would be done"
  }
  assert {
    condition = (google_cloud_run_v2_service.this[0].template[0].containers[0].startup_probe[0].http_get[0].path == "/readyz" &&
    google_cloud_run_v2_service.this[0].template[0].containers[0].liveness_probe[0].http_get[0].path == "/livez")
    error_message = "Cloud Run asks elsewhere"
  }
}

run "the_database_is_kept_and_heard_by_nobody_else" {
  assert {
    condition = (google_sql_database_instance.this.deletion_protection && google_sql_database_instance.this.settings[0].deletion_protection_enabled &&
    google_sql_database_instance.this.settings[0].retain_backups_on_delete && google_sql_database_instance.this.database_version == "POSTGRES_15")
    error_message = "the database can be deleted, or is another one"
  }
  assert {
    condition = (google_sql_database_instance.this.settings[0].backup_configuration[0].enabled && google_sql_database_instance.this.settings[0].backup_configuration[0].point_in_time_recovery_enabled &&
    google_sql_database_instance.this.settings[0].backup_configuration[0].transaction_log_retention_days == 7)
    error_message = "the database cannot be restored to a point in time"
  }
  assert {
    condition = (google_sql_database_instance.this.settings[0].ip_configuration[0].ssl_mode == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" && google_sql_database_instance.this.settings[0].connector_enforcement == "REQUIRED" &&
    length(google_sql_database_instance.this.settings[0].ip_configuration[0].authorized_networks) == 0)
    error_message = "the database speaks without TLS, or with others than Cloud SQL's connectors"
  }
}

run "the_runtime_account_may_do_what_the_program_does" {
  assert {
    condition = toset(concat([for m in google_project_iam_member.runtime : "${m.role} ${m.member}"], ["${google_project_iam_member.database.role} ${google_project_iam_member.database.member}"])) == toset([
      "roles/dataflow.developer serviceAccount:run@p.iam.gserviceaccount.com",
      "roles/logging.viewer serviceAccount:run@p.iam.gserviceaccount.com",
    "roles/cloudsql.client serviceAccount:run@p.iam.gserviceaccount.com"])
    error_message = "the runtime account has other roles in the project"
  }
  assert {
    condition     = google_project_iam_member.database.condition[0].expression == "resource.name == 'projects/p-project/instances/pangeo-forge-staging' && resource.service == 'sqladmin.googleapis.com'"
    error_message = "the runtime account reaches other databases"
  }
  assert {
    condition = toset([for m in google_secret_manager_secret_iam_member.runtime : "${m.secret_id} ${m.role} ${m.member}"]) == toset([
      "pangeo-forge-staging-database-password roles/secretmanager.secretAccessor serviceAccount:run@p.iam.gserviceaccount.com",
    "pangeo-forge-staging-sops-age-key roles/secretmanager.secretAccessor serviceAccount:run@p.iam.gserviceaccount.com"])
    error_message = "the runtime account reads other secrets, or may do more with them"
  }
}

run "whoever_releases_may_do_no_more_than_that" {
  assert {
    condition = {
      service  = [for m in google_cloud_run_v2_service_iam_member.deployer : "${m.name} ${m.role} ${m.member}"]
      job      = [for m in google_cloud_run_v2_job_iam_member.deployer : "${m.name} ${m.role} ${m.member}"]
      acts_as  = [for m in google_service_account_iam_member.deployer : "${m.service_account_id} ${m.role} ${m.member}"]
      registry = [for m in google_artifact_registry_repository_iam_member.deployer : "${m.role} ${m.member}"]
      } == {
      service  = ["pangeo-forge-staging roles/run.developer serviceAccount:deploy@p.iam.gserviceaccount.com"]
      job      = ["pangeo-forge-staging-migrate roles/run.developer serviceAccount:deploy@p.iam.gserviceaccount.com"]
      acts_as  = ["projects/p/serviceAccounts/run roles/iam.serviceAccountUser serviceAccount:deploy@p.iam.gserviceaccount.com"]
      registry = ["roles/artifactregistry.writer serviceAccount:deploy@p.iam.gserviceaccount.com"]
    }
    error_message = "whoever releases may do something else"
  }
}

run "releases_find_what_they_look_for" {
  assert {
    condition = {
      service_name   = output.service_name
      service_region = output.service_region
      service_url    = output.service_url
      migrate_job    = output.migrate_job
      image_registry = output.image_registry
      } == {
      service_name   = "pangeo-forge-staging"
      service_region = "us-central1"
      service_url    = "https://api.example.org"
      migrate_job    = "pangeo-forge-staging-migrate"
      image_registry = "us-central1-docker.pkg.dev/p-project/pangeo-forge-staging"
    }
    error_message = "the outputs say something else"
  }
  assert {
    condition     = google_cloud_run_domain_mapping.this[0].name == "api.example.org" && google_cloud_run_domain_mapping.this[0].spec[0].route_name == "pangeo-forge-staging"
    error_message = "the domain leads elsewhere"
  }
  assert {
    condition     = google_cloud_run_v2_service_iam_member.everybody[0].role == "roles/run.invoker" && google_cloud_run_v2_service_iam_member.everybody[0].member == "allUsers"
    error_message = "GitHub's webhooks do not come in, or everybody may do more than call"
  }
}

run "without_a_domain_the_address_is_cloud_runs" {
  variables {
    domain = null
  }
  assert {
    condition     = output.service_url == "https://pangeo-forge-x.a.run.app" && length(google_cloud_run_domain_mapping.this) == 0
    error_message = "the address is another one"
  }
}

run "what_is_set_up_first_needs_no_image" {
  variables {
    image   = null
    serving = false
  }
  assert {
    condition     = output.service_name == null && output.service_url == null && output.migrate_job == null && output.image_registry == "us-central1-docker.pkg.dev/p-project/pangeo-forge-staging"
    error_message = "there is a service before it can start, or no registry for its image"
  }
}

run "names_are_within_googles_limits" {
  command = plan
  variables {
    name = "a-name-of-26-characters-ab"
  }
  assert {
    condition     = length(google_service_account.runtime.account_id) >= 6 && length(google_service_account.runtime.account_id) <= 30
    error_message = "an account's id has 6 to 30 characters"
  }
  assert {
    condition     = length(google_cloud_run_v2_service.this[0].name) <= 49 && length(google_cloud_run_v2_job.migrate[0].name) <= 49
    error_message = "a name in Cloud Run ends at 49 characters"
  }
}

run "what_would_not_fit_is_refused" {
  command = plan
  variables {
    name   = "a-name-of-27-characters-abc"
    image  = "service:latest"
    domain = "https://api.example.org"
  }
  expect_failures = [var.name, var.image, var.domain]
}

run "there_is_no_service_without_an_image" {
  command = plan
  variables {
    image = null
  }
  expect_failures = [var.serving]
}
