# What a release may change: a new revision and its traffic, a run of the job, an image more. Whatever else differs from Terraform's files
# makes it fail, and is applied by hand before.

resource "google_cloud_run_v2_service_iam_member" "deployer" {
  for_each = var.serving ? var.deployers : {}

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.this[0].name
  role     = "roles/run.developer"
  member   = "serviceAccount:${each.value}"
}

resource "google_cloud_run_v2_job_iam_member" "deployer" {
  for_each = var.image == null ? {} : var.deployers

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.migrate[0].name
  role     = "roles/run.developer"
  member   = "serviceAccount:${each.value}"
}

resource "google_service_account_iam_member" "deployer" {
  for_each = var.deployers

  service_account_id = google_service_account.runtime.name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${each.value}"
}

resource "google_artifact_registry_repository_iam_member" "deployer" {
  for_each = var.deployers

  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${each.value}"
}
