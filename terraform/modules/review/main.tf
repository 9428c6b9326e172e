# What review apps stand on. The apps themselves, each with a database of its own, are made and ended by .github/scripts/review-app.sh.

resource "google_project_service" "api" {
  for_each = toset(["artifactregistry", "run", "secretmanager", "sqladmin"])

  project = var.project
  service = "${each.key}.googleapis.com"
  # Another environment may live in the same project.
  disable_on_destroy = false
}

# An image is needed while its app is there, which is 48 hours after the last push.
resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.region
  repository_id = "${var.environment}-review"
  description   = "Images of review apps"
  format        = "DOCKER"

  cleanup_policies {
    id     = "delete-the-old"
    action = "DELETE"
    condition {
      older_than = "604800s"
    }
  }

  depends_on = [google_project_service.api]
}

# Seeded data only: nothing here is worth a backup, and nobody minds when it is gone.
#trivy:ignore:GCP-0024
resource "google_sql_database_instance" "this" {
  project             = var.project
  name                = "${var.environment}-review"
  region              = var.region
  database_version    = "POSTGRES_15"
  deletion_protection = false

  settings {
    tier                  = "db-f1-micro"
    edition               = "ENTERPRISE"
    connector_enforcement = "REQUIRED"

    ip_configuration {
      # No network is authorized, so the public address answers Cloud SQL's connectors only.
      #trivy:ignore:GCP-0017
      ipv4_enabled = true
      ssl_mode     = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    }

    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }

    database_flags {
      name  = "log_connections"
      value = "on"
    }

    database_flags {
      name  = "log_disconnections"
      value = "on"
    }

    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }

    database_flags {
      name  = "log_temp_files"
      value = "0"
    }
  }

  depends_on = [google_project_service.api]
}

# The password of the user `review`. The script asks for a secret of this name, and whoever sets up the environment adds its version.
resource "google_secret_manager_secret" "password" {
  project   = var.project
  secret_id = "review-database-password"

  replication {
    auto {}
  }

  depends_on = [google_project_service.api]
}
