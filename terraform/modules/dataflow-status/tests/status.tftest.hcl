mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_resource "google_service_account" {
    defaults = {
      name  = "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com"
      email = "a@p.iam.gserviceaccount.com"
    }
  }
}

variables {
  project     = "p-project"
  environment = "pangeo-forge-staging"
  regions     = ["us-central1", "europe-west4"]
  apps = {
    pforge-pr-1 = { url = "https://one.example.org" }
    pforge-pr-2 = { url = "https://two.example.org" }
  }
}

run "each_app_has_a_subscription_of_its_own" {
  assert {
    condition     = toset([for s in google_pubsub_subscription.push : s.name]) == toset(["pforge-pr-1-dataflow-status", "pforge-pr-2-dataflow-status"])
    error_message = "not one subscription for each app"
  }
  assert {
    condition = alltrue([for name, s in google_pubsub_subscription.push :
      s.push_config[0].push_endpoint == "${var.apps[name].url}/dataflow/status" &&
      s.push_config[0].oidc_token[0].audience == "${var.apps[name].url}/dataflow/status" &&
    s.push_config[0].oidc_token[0].service_account_email == google_service_account.push.email])
    error_message = "an app is told at another address, for another audience or by another account than it believes"
  }
  assert {
    condition = alltrue([for s in google_pubsub_subscription.push :
    s.expiration_policy[0].ttl == "" && s.topic == google_pubsub_topic.status.id])
    error_message = "a subscription expires when idle, or hears another topic"
  }
}

run "only_ends_are_delivered" {
  assert {
    condition = alltrue([for s in google_pubsub_subscription.push : s.filter == join(" OR ", [
      "attributes.state = \"JOB_STATE_DONE\"", "attributes.state = \"JOB_STATE_FAILED\"",
      "attributes.state = \"JOB_STATE_CANCELLED\"", "attributes.state = \"JOB_STATE_UPDATED\"",
    "attributes.state = \"JOB_STATE_DRAINED\""])])
    error_message = "the filter is another one"
  }
  assert {
    condition     = alltrue([for s in google_pubsub_subscription.push : length(s.filter) <= 256])
    error_message = "Pub/Sub takes no filter above 256 bytes"
  }
}

run "dead_letters_can_be_moved" {
  assert {
    condition = alltrue([for s in google_pubsub_subscription.push :
    s.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead.id])
    error_message = "undelivered messages go elsewhere"
  }
  assert {
    condition = (google_pubsub_topic_iam_member.dead.role == "roles/pubsub.publisher" &&
      google_pubsub_topic_iam_member.dead.topic == google_pubsub_topic.dead.name &&
    google_pubsub_topic_iam_member.dead.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com")
    error_message = "Pub/Sub's agent may not publish dead letters"
  }
  assert {
    condition = toset([for m in google_pubsub_subscription_iam_member.dead : "${m.subscription} ${m.role} ${m.member}"]) == toset([
      for s in google_pubsub_subscription.push :
    "${s.name} roles/pubsub.subscriber serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "Pub/Sub's agent may not take dead letters from every subscription"
  }
  assert {
    condition     = google_pubsub_subscription.dead.topic == google_pubsub_topic.dead.id && google_pubsub_subscription.dead.expiration_policy[0].ttl == ""
    error_message = "dead letters are not kept"
  }
}

run "each_region_has_a_trigger_that_may_do_no_more_than_relay" {
  assert {
    condition = alltrue([for region in var.regions :
      google_eventarc_trigger.status[region].location == region &&
      google_workflows_workflow.relay[region].region == region &&
    google_eventarc_trigger.status[region].destination[0].workflow == google_workflows_workflow.relay[region].id])
    error_message = "a region has no trigger with a workflow beside it"
  }
  assert {
    condition = alltrue([for t in google_eventarc_trigger.status : [for c in t.matching_criteria : "${c.attribute}=${c.value}"] == [
    "type=google.cloud.dataflow.job.v1beta3.statusChanged"]])
    error_message = "the triggers hear of something else"
  }
  assert {
    condition     = toset([for m in google_project_iam_member.relay : m.role]) == toset(["roles/eventarc.eventReceiver", "roles/workflows.invoker"])
    error_message = "the relay has other roles in the project than it needs"
  }
  assert {
    condition     = google_pubsub_topic_iam_member.relay.topic == google_pubsub_topic.status.name && google_pubsub_topic_iam_member.relay.role == "roles/pubsub.publisher"
    error_message = "the relay may not publish, or elsewhere"
  }
  assert {
    condition     = google_service_account_iam_member.push_token.role == "roles/iam.serviceAccountTokenCreator" && google_service_account_iam_member.push_token.member == local.pubsub_agent
    error_message = "Pub/Sub's agent may not sign pushes"
  }
}

run "the_workflow_says_what_the_service_reads" {
  assert {
    condition = alltrue([for w in google_workflows_workflow.relay :
      toset(keys(yamldecode(w.source_contents).main.steps[0].read.assign[1].body)) == toset([
      "schema", "event_id", "project_id", "location", "job_id", "job_name", "state", "state_time", "replaced_by"]) &&
      yamldecode(w.source_contents).main.steps[0].read.assign[1].body.schema == "dataflow-job-status/1" &&
    yamldecode(w.source_contents).main.steps[1].publish.try.args.topic == google_pubsub_topic.status.id])
    error_message = "the message has another form or another topic"
  }
  assert {
    condition = alltrue([for w in google_workflows_workflow.relay :
      yamldecode(w.source_contents).main.steps[1].publish.try.args.body.messages[0].attributes.state == "$${job.currentState}" &&
    yamldecode(w.source_contents).main.steps[1].publish.retry == "$${http.default_retry}"])
    error_message = "the filter finds no state, or a publish that fails is not tried again"
  }
}

run "names_are_within_googles_limits" {
  command = plan
  variables {
    environment = "a-twenty-one-letters1"
  }
  assert {
    condition = alltrue([for a in [google_service_account.relay, google_service_account.push] :
    length(a.account_id) >= 6 && length(a.account_id) <= 30])
    error_message = "an account's id has 6 to 30 characters"
  }
}

run "what_would_not_fit_is_refused" {
  command = plan
  variables {
    environment = "a-twenty-two-letters22"
    regions     = []
    apps        = { x = { url = "https://one.example.org/" } }
  }
  expect_failures = [var.environment, var.regions, var.apps]
}
