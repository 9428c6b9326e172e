# From Eventarc to the topic. A trigger cannot reach an address outside Google, and a workflow that fails is not started again:
# so the workflow only publishes, and Pub/Sub does the delivering.

resource "google_service_account" "relay" {
  project      = var.project
  account_id   = "${var.environment}-df-relay"
  display_name = "Relays the status of Dataflow jobs"
}

resource "google_project_iam_member" "relay" {
  for_each = toset(["roles/eventarc.eventReceiver", "roles/workflows.invoker"])

  project = var.project
  role    = each.key
  member  = "serviceAccount:${google_service_account.relay.email}"
}

resource "google_pubsub_topic_iam_member" "relay" {
  project = var.project
  topic   = google_pubsub_topic.status.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.relay.email}"
}

resource "google_workflows_workflow" "relay" {
  for_each = var.regions

  project         = var.project
  region          = each.key
  name            = "${var.environment}-dataflow-status"
  service_account = google_service_account.relay.id
  call_log_level  = "LOG_ERRORS_ONLY"
  # It holds no state: whatever replaces it goes on where it stopped.
  deletion_protection = false
  source_contents     = templatefile("${path.module}/status.yaml", { topic = google_pubsub_topic.status.id })

  depends_on = [google_project_service.api]
}

resource "google_eventarc_trigger" "status" {
  for_each = var.regions

  project                 = var.project
  location                = each.key
  name                    = "${var.environment}-dataflow-status"
  service_account         = google_service_account.relay.email
  event_data_content_type = "application/json"

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.dataflow.job.v1beta3.statusChanged"
  }

  destination {
    workflow = google_workflows_workflow.relay[each.key].id
  }

  # Without its roles the account hears nothing.
  depends_on = [google_project_iam_member.relay]
}
