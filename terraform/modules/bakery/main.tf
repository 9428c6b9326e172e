# What one bakery needs on Google's side: where its data goes, who its workers are, and who may start them.

locals {
  buckets = {
    data      = google_storage_bucket.data.name
    temporary = google_storage_bucket.temporary.name
  }
}

resource "google_project_service" "api" {
  for_each = toset(["compute", "dataflow", "storage"])

  project = var.project
  service = "${each.key}.googleapis.com"
  # Another bakery lives in the same project.
  disable_on_destroy = false
}

# Datasets. A recipe that runs again writes the same objects anew, each once: with versions every one would be paid for twice, and what is
# deleted by mistake can be had back for seven days all the same. Google's own key encrypts it: who may read the data may read all of it, so a key
# of ours would keep nobody out.
#trivy:ignore:GCP-0066 trivy:ignore:GCP-0078
resource "google_storage_bucket" "data" {
  project                     = var.project
  name                        = "${var.project}-${var.prefix}-data"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = var.public ? "inherited" : "enforced"

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  # Parts of uploads that were never finished are seen by nobody and paid for.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }

  depends_on = [google_project_service.api]
}

# What jobs stage and put aside, and what was fetched for tests. Never public, and gone after some days: that is why it has neither versions
# nor a key of ours.
#trivy:ignore:GCP-0066 trivy:ignore:GCP-0078
resource "google_storage_bucket" "temporary" {
  project                     = var.project
  name                        = "${var.project}-${var.prefix}-temp"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  # It would keep, and have paid for, everything for a week longer.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.temporary_days
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "everybody" {
  count = var.public ? 1 : 0

  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}
