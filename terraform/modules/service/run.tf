# The program: as a job that brings the schema up to date, and as the service.

locals {
  # The password is not in the address: the client library takes it from PGPASSWORD.
  environment = { PANGEO_FORGE_DEPLOYMENT = var.name, DATABASE_URL = local.database_url }
  secrets     = { PGPASSWORD = "database-password" }
}

resource "google_cloud_run_v2_job" "migrate" {
  count = var.image == null ? 0 : 1

  project             = var.project
  location            = var.region
  name                = "${var.name}-migrate"
  deletion_protection = false

  template {
    template {
      service_account = google_service_account.runtime.email
      # A migration that failed is looked at, and not tried again.
      max_retries = 0
      timeout     = "1800s"

      containers {
        image = var.image
        args  = ["migrate"]

        dynamic "env" {
          for_each = local.environment
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = local.secrets
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = google_secret_manager_secret.this[env.value].secret_id
                version = "latest"
              }
            }
          }
        }

        volume_mounts {
          name       = "cloudsql"
          mount_path = "/cloudsql"
        }
      }

      volumes {
        name = "cloudsql"
        cloud_sql_instance {
          instances = [local.connection]
        }
      }
    }
  }

  lifecycle {
    # A release updates it with gcloud, which signs.
    ignore_changes = [client, client_version]
  }

  depends_on = [google_secret_manager_secret_iam_member.runtime, google_project_iam_member.database]
}

resource "google_cloud_run_v2_service" "this" {
  count = var.serving ? 1 : 0

  project             = var.project
  location            = var.region
  name                = var.name
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = true

  # One instance at least, of the revision with the traffic: it does its work in the background, asked or not.
  scaling {
    min_instance_count = 1
  }

  template {
    service_account                  = google_service_account.runtime.email
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = 200
    # Streams of events are held open for as long as they may be.
    timeout = "3600s"

    scaling {
      max_instance_count = var.max_instances
    }

    containers {
      image = var.image
      args  = ["serve"]

      # The program listens on PORT, which Cloud Run sets to this.
      ports {
        container_port = 8080
      }

      resources {
        limits = { cpu = "1", memory = "1Gi" }
        # Between requests too, for the work in the background.
        cpu_idle          = false
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.environment
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = merge(local.secrets, { SOPS_AGE_KEY = "sops-age-key" })
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.this[env.value].secret_id
              version = "latest"
            }
          }
        }
      }

      # A revision counts as ready when its database answers and has the schema it needs.
      startup_probe {
        period_seconds    = 5
        timeout_seconds   = 3
        failure_threshold = 24
        http_get {
          path = "/readyz"
        }
      }

      # A database that is away is no reason to start the program anew, so this asks for the process only.
      liveness_probe {
        period_seconds    = 20
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/livez"
        }
      }

      volume_mounts {
        name       = "cloudsql"
        mount_path = "/cloudsql"
      }
    }

    volumes {
      name = "cloudsql"
      cloud_sql_instance {
        instances = [local.connection]
      }
    }
  }

  # For the first revision, which is told by nobody else. From then on a release moves the traffic, and Terraform lets it.
  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = 100
  }

  lifecycle {
    ignore_changes = [traffic, client, client_version]
  }

  depends_on = [google_secret_manager_secret_iam_member.runtime, google_project_iam_member.database]
}

# GitHub's webhooks come without an identity of Google's: the service checks who calls.
resource "google_cloud_run_v2_service_iam_member" "everybody" {
  count = var.serving ? 1 : 0

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.this[0].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# A mapping and not a load balancer: that would cost more than the service. Google asks that the domain was verified by whoever applies.
resource "google_cloud_run_domain_mapping" "this" {
  count = var.serving && var.domain != null ? 1 : 0

  project  = var.project
  location = var.region
  name     = var.domain

  metadata {
    namespace = var.project
  }

  spec {
    route_name = google_cloud_run_v2_service.this[0].name
  }
}
