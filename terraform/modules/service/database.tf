# The database. Its user is made by hand, for Terraform would have to know the password (terraform/README.md).

resource "google_sql_database_instance" "this" {
  project          = var.project
  name             = var.name
  region           = var.region
  database_version = "POSTGRES_15"
  # Against Terraform; `deletion_protection_enabled` below is against everybody else.
  deletion_protection = true

  settings {
    tier                        = var.database.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.database.standby ? "REGIONAL" : "ZONAL"
    disk_autoresize             = true
    deletion_protection_enabled = true
    retain_backups_on_delete    = true
    # Who wants to connect has to be somebody whom IAM lets: the password alone, or an address, is not enough.
    connector_enforcement = "REQUIRED"

    ip_configuration {
      # No network is authorized, so the public address answers Cloud SQL's connectors only. A private one would need a network of its own,
      # with a gateway for the way to GitHub.
      #trivy:ignore:GCP-0017
      ipv4_enabled = true
      ssl_mode     = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "03:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7

      backup_retention_settings {
        retained_backups = 30
      }
    }

    maintenance_window {
      day          = 2
      hour         = 4
      update_track = "stable"
    }

    insights_config {
      query_insights_enabled = true
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

resource "google_sql_database" "this" {
  project  = var.project
  instance = google_sql_database_instance.this.name
  name     = "orchestrator"
}

locals {
  # Written out, because it is known before the instance is made.
  connection   = "${google_sql_database_instance.this.project}:${google_sql_database_instance.this.region}:${google_sql_database_instance.this.name}"
  user         = "orchestrator"
  database_url = "postgres:///${google_sql_database.this.name}?host=/cloudsql/${local.connection}&user=${local.user}"
}

# For this instance alone; Cloud SQL has no roles of a single instance but by a condition.
resource "google_project_iam_member" "database" {
  project = var.project
  role    = "roles/cloudsql.client"
  member  = local.runtime

  condition {
    title      = "${var.name}-database"
    expression = "resource.name == 'projects/${var.project}/instances/${google_sql_database_instance.this.name}' && resource.service == 'sqladmin.googleapis.com'"
  }
}
