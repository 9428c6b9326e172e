# News of Dataflow jobs, from Eventarc to every app of an environment. This file has what all of them share.

locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  apis         = ["dataflow", "eventarc", "eventarcpublishing", "iamcredentials", "pubsub", "workflowexecutions", "workflows"]
}

data "google_project" "this" {
  project_id = var.project
}

resource "google_project_service" "api" {
  for_each = toset(local.apis)

  project = var.project
  service = "${each.key}.googleapis.com"
  # Another environment may live in the same project.
  disable_on_destroy = false
}

resource "google_pubsub_topic" "status" {
  project = var.project
  name    = "${var.environment}-dataflow-status"

  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic" "dead" {
  project = var.project
  name    = "${var.environment}-dataflow-status-dead"

  depends_on = [google_project_service.api]
}

# Dead letters wait here for an operator; without a subscription the topic would drop them.
resource "google_pubsub_subscription" "dead" {
  project                    = var.project
  name                       = "${var.environment}-dataflow-status-dead"
  topic                      = google_pubsub_topic.dead.id
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}
