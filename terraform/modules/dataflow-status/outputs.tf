output "dataflow" {
  description = "By app: what its configuration has under `dataflow:`."
  value = {
    for name, app in var.apps : name => {
      audience        = "${app.url}/dataflow/status"
      service_account = google_service_account.push.email
      subscription    = "projects/${var.project}/subscriptions/${google_pubsub_subscription.push[name].name}"
    }
  }
}

output "dead_letters" {
  description = "The subscription in which undelivered messages wait."
  value       = google_pubsub_subscription.dead.name
}
