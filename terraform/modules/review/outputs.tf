output "variables" {
  description = "What the GitHub environment of review apps has as variables beside GCP_PROJECT and the two of the identity."
  value = {
    GCP_REGION             = var.region
    IMAGE_REGISTRY         = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
    REVIEW_SERVICE_ACCOUNT = google_service_account.app.email
    SQL_INSTANCE           = "${var.project}:${var.region}:${google_sql_database_instance.this.name}"
  }
}

output "secret" {
  description = "The secret to which whoever sets up the environment adds the password of the database's user `review`."
  value       = google_secret_manager_secret.password.secret_id
}
