# The service of one deployment: where its images are, whom it runs as, and what is secret. Its database is in database.tf, the program
# itself in run.tf.

locals {
  runtime = "serviceAccount:${google_service_account.runtime.email}"
}

resource "google_project_service" "api" {
  for_each = toset(["artifactregistry", "run", "secretmanager", "sqladmin"])

  project = var.project
  service = "${each.key}.googleapis.com"
  # Another environment may live in the same project.
  disable_on_destroy = false
}

# The newest images stay however old they are: one of them runs, and another is what a release goes back to.
resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.region
  repository_id = var.name
  description   = "Images that ${var.name} runs"
  format        = "DOCKER"

  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 30
    }
  }

  cleanup_policies {
    id     = "delete-the-old"
    action = "DELETE"
    condition {
      older_than = "7776000s"
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_service_account" "runtime" {
  project      = var.project
  account_id   = "${var.name}-run"
  display_name = "What ${var.name} runs as"
}

# The service asks how Dataflow jobs stand, cancels them, and shows their logs.
resource "google_project_iam_member" "runtime" {
  for_each = toset(["roles/dataflow.developer", "roles/logging.viewer"])

  project = var.project
  role    = each.key
  member  = local.runtime
}

# Terraform makes the secrets and never learns what they are: a value that it knew would be in its state. Whoever sets up the environment
# adds the versions (terraform/README.md).
resource "google_secret_manager_secret" "this" {
  for_each = toset(["database-password", "sops-age-key"])

  project   = var.project
  secret_id = "${var.name}-${each.key}"

  replication {
    auto {}
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_iam_member" "runtime" {
  for_each = google_secret_manager_secret.this

  project   = var.project
  secret_id = each.value.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.runtime
}
