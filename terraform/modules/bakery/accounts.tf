# The worker runs recipes' code, so whatever it may do a recipe may do: work for Dataflow, and handle objects in the bakery's own buckets.

resource "google_service_account" "worker" {
  project      = var.project
  account_id   = "${var.prefix}-worker"
  display_name = "Workers of the bakery ${var.bakery}"
}

resource "google_project_iam_member" "worker" {
  project = var.project
  role    = "roles/dataflow.worker"
  member  = "serviceAccount:${google_service_account.worker.email}"
}

resource "google_storage_bucket_iam_member" "worker" {
  for_each = local.buckets

  bucket = each.value
  role   = "roles/storage.objectAdmin"
  member = "serviceAccount:${google_service_account.worker.email}"
}

# The launcher is what the bakery's jobs on GitHub become. It starts jobs as this worker and as no other account, and puts what they
# need into the temporary bucket; the data it does not touch.
resource "google_service_account" "launcher" {
  project      = var.project
  account_id   = "${var.prefix}-launcher"
  display_name = "Starts jobs of the bakery ${var.bakery}"
}

resource "google_project_iam_member" "launcher" {
  project = var.project
  role    = "roles/dataflow.developer"
  member  = "serviceAccount:${google_service_account.launcher.email}"
}

resource "google_service_account_iam_member" "launcher_acts_as_worker" {
  service_account_id = google_service_account.worker.name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${google_service_account.launcher.email}"
}

resource "google_storage_bucket_iam_member" "launcher" {
  bucket = google_storage_bucket.temporary.name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.launcher.email}"
}

# Jobs in the GitHub environment that is called like the bakery, of the repository and workflow that the provider `baking` believes.
resource "google_service_account_iam_member" "launcher_wif" {
  count = var.github == null ? 0 : 1

  service_account_id = google_service_account.launcher.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${var.github.pool}/attribute.bakery/${var.bakery}"
}
