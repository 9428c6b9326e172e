output "bakery" {
  description = "What the bakery's file in bakeries/ and its GitHub environment say: the buckets, as `gs://…`, and the addresses of both accounts."
  value = {
    project_id            = var.project
    data                  = "gs://${google_storage_bucket.data.name}"
    temporary             = "gs://${google_storage_bucket.temporary.name}"
    service_account_email = google_service_account.worker.email
    launcher              = google_service_account.launcher.email
  }
}
