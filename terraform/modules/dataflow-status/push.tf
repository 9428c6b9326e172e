# From the topic to the apps: a subscription each, so that one that does not answer holds up nobody else's messages.

locals {
  # How a job can end. The rest is no news to the service, and not delivered.
  ends   = ["DONE", "FAILED", "CANCELLED", "UPDATED", "DRAINED"]
  filter = join(" OR ", [for end in local.ends : "attributes.state = \"JOB_STATE_${end}\""])
}

# Signs the pushes, and may do nothing.
resource "google_service_account" "push" {
  project      = var.project
  account_id   = "${var.environment}-df-push"
  display_name = "Signs what is told about Dataflow jobs"
}

resource "google_service_account_iam_member" "push_token" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}

resource "google_pubsub_subscription" "push" {
  for_each = var.apps

  project                    = var.project
  name                       = "${each.key}-dataflow-status"
  topic                      = google_pubsub_topic.status.id
  filter                     = local.filter
  ack_deadline_seconds       = 30
  message_retention_duration = "604800s"

  # Else a subscription that is idle for 31 days is deleted.
  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = "${each.value.url}/dataflow/status"

    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = "${each.value.url}/dataflow/status"
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = 20
  }
}

# Dead letters are moved only if Pub/Sub's own agent may both publish there and take the message from here.
resource "google_pubsub_topic_iam_member" "dead" {
  project = var.project
  topic   = google_pubsub_topic.dead.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead" {
  for_each = google_pubsub_subscription.push

  project      = var.project
  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
