mock_provider "google" {}

variables {
  project = "p-project"
}

run "every_app_is_told_what_to_believe" {
  assert {
    condition     = alltrue([for name, app in var.apps : output.dataflow[name].audience == "${app.url}/dataflow/status"])
    error_message = "an app has another audience than its address and the route"
  }
  assert {
    condition     = alltrue([for name, app in output.dataflow : app.subscription == "projects/p-project/subscriptions/${name}-dataflow-status"])
    error_message = "an app has another subscription than its own"
  }
}

run "an_app_more_leaves_the_others_as_they_are" {
  command = plan
  variables {
    apps = merge(var.apps, { pforge-pr-9999 = { url = "https://more.example.org" } })
  }
  assert {
    condition     = alltrue([for name, app in run.every_app_is_told_what_to_believe.dataflow : output.dataflow[name].audience == app.audience])
    error_message = "another app changed"
  }
}
