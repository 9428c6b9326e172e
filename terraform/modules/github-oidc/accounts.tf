# Whom the jobs become. An account may do here what every one of its kind needs: read the project and its own state. What it may change
# is granted where that thing is made (modules/service, modules/review), thing by thing.

locals {
  titles = {
    plan   = "Shows what a release would change"
    deploy = "Releases"
    review = "Makes review apps"
  }
  # Review apps have no state: their script makes and ends them.
  readers = { for kind, name in var.deploying.accounts : kind => name if kind != "review" }
  # Reading the project does not open secrets: these roles see that a secret is there, and not what it is.
  reading = ["roles/iam.securityReviewer", "roles/viewer"]

  state_objects = "projects/_/buckets/${var.state_bucket}/objects/${var.environment}/"
}

resource "google_service_account" "deployer" {
  for_each = var.deploying.accounts

  project      = var.project
  account_id   = "${var.environment}-${each.key}"
  display_name = lookup(local.titles, each.key, each.key)
}

resource "google_service_account_iam_member" "deployer" {
  for_each = var.deploying.accounts

  service_account_id = google_service_account.deployer[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.deployer/${each.value}"
}

resource "google_project_iam_member" "reader" {
  for_each = { for pair in setproduct(keys(local.readers), local.reading) : "${pair[0]} ${pair[1]}" => pair }

  project = var.project
  role    = each.value[1]
  member  = "serviceAccount:${google_service_account.deployer[each.value[0]].email}"
}

# The state of this environment, and of no other that shares the bucket. To list a bucket is asked of the bucket itself.
resource "google_storage_bucket_iam_member" "state_reader" {
  for_each = local.readers

  bucket = var.state_bucket
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.deployer[each.key].email}"

  condition {
    title      = "${var.environment}-state"
    expression = "resource.type == 'storage.googleapis.com/Bucket' || resource.name.startsWith('${local.state_objects}')"
  }
}

# Who plans writes one object only, the lock; who deploys writes the state too.
resource "google_storage_bucket_iam_member" "state_writer" {
  for_each = local.readers

  bucket = var.state_bucket
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.deployer[each.key].email}"

  condition {
    title      = "${var.environment}-${each.key == "deploy" ? "state" : "lock"}"
    expression = each.key == "deploy" ? "resource.name.startsWith('${local.state_objects}')" : "resource.name == '${local.state_objects}default.tflock'"
  }
}
