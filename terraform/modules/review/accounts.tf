# Apps run code of pull requests, so whatever this account may do their authors may do: reach the databases of review apps.

resource "google_service_account" "app" {
  project      = var.project
  account_id   = "${var.environment}-app"
  display_name = "What review apps run as"
}

resource "google_project_iam_member" "app" {
  project = var.project
  role    = "roles/cloudsql.client"
  member  = "serviceAccount:${google_service_account.app.email}"

  condition {
    title      = "${var.environment}-review-database"
    expression = "resource.name == 'projects/${var.project}/instances/${google_sql_database_instance.this.name}' && resource.service == 'sqladmin.googleapis.com'"
  }
}

resource "google_secret_manager_secret_iam_member" "app" {
  project   = var.project
  secret_id = google_secret_manager_secret.password.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.app.email}"
}

# Whoever makes the apps. Services and databases come and go, so the roles are of the project; the predefined one that may drop a database
# may drop the instance too, hence a role of our own.
resource "google_project_iam_custom_role" "databases" {
  project     = var.project
  role_id     = "${replace(var.environment, "-", "_")}_review_databases"
  title       = "Databases of review apps"
  description = "Makes and drops databases, and not the instance that they are on"
  permissions = [
    "cloudsql.databases.create",
    "cloudsql.databases.delete",
    "cloudsql.databases.get",
    "cloudsql.databases.list",
    "cloudsql.instances.get",
  ]
}

locals {
  # To let everybody call a service is an administrator's right.
  deployer_roles = { databases = google_project_iam_custom_role.databases.name, services = "roles/run.admin" }
}

resource "google_project_iam_member" "deployer" {
  for_each = { for pair in setproduct(keys(var.deployers), keys(local.deployer_roles)) : "${pair[0]} ${pair[1]}" => pair }

  project = var.project
  role    = local.deployer_roles[each.value[1]]
  member  = "serviceAccount:${var.deployers[each.value[0]]}"
}

resource "google_service_account_iam_member" "deployer" {
  for_each = var.deployers

  service_account_id = google_service_account.app.name
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
