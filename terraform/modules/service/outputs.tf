output "service_name" {
  description = "The service; null while there is none."
  value       = one(google_cloud_run_v2_service.this[*].name)
}

output "service_region" {
  description = "Where service and job are."
  value       = var.region
}

output "service_url" {
  description = "The public address, without a slash at its end; null while there is none."
  value       = !var.serving ? null : var.domain != null ? "https://${var.domain}" : google_cloud_run_v2_service.this[0].uri
}

output "migrate_job" {
  description = "The job that brings the schema up to date; null while there is no image."
  value       = one(google_cloud_run_v2_job.migrate[*].name)
}

output "image_registry" {
  description = "Where images are pushed to and pulled from: the variable IMAGE_REGISTRY of the GitHub environments."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "database" {
  description = "The instance (`project:region:name`), and the user and database on it."
  value       = { instance = local.connection, user = local.user, name = google_sql_database.this.name }
}

output "secrets" {
  description = "The secrets to which whoever sets up the environment adds a version: `database-password` and `sops-age-key`."
  value       = { for name, secret in google_secret_manager_secret.this : name => secret.secret_id }
}

output "dns_records" {
  description = "What has to be in the domain's zone, once its mapping is made."
  value       = try(google_cloud_run_domain_mapping.this[0].status[0].resource_records, [])
}
