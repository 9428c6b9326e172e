mock_provider "google" {}

override_resource {
  target = google_service_account.worker
  values = { name = "projects/p/serviceAccounts/worker", email = "worker@p.iam.gserviceaccount.com" }
}

override_resource {
  target = google_service_account.launcher
  values = { name = "projects/p/serviceAccounts/launcher", email = "launcher@p.iam.gserviceaccount.com" }
}

variables {
  project  = "p-project"
  bakery   = "pangeo-ldeo-nsf-earthcube"
  prefix   = "ldeo"
  location = "us-central1"
  github   = { pool = "projects/1/locations/global/workloadIdentityPools/x-github" }
}

run "nobody_else_reads_a_bucket" {
  assert {
    condition = alltrue([for b in [google_storage_bucket.data, google_storage_bucket.temporary] :
    b.uniform_bucket_level_access && b.public_access_prevention == "enforced"])
    error_message = "a bucket can be made public, or has rights object by object"
  }
  assert {
    condition     = length(google_storage_bucket_iam_member.everybody) == 0
    error_message = "everybody may read data that is not public"
  }
  assert {
    condition = (join(" ", [for c in google_storage_bucket.temporary.lifecycle_rule[0].condition : c.age]) == "14" &&
    join(" ", [for a in google_storage_bucket.temporary.lifecycle_rule[0].action : a.type]) == "Delete")
    error_message = "what is temporary stays"
  }
  assert {
    condition     = alltrue([for rule in google_storage_bucket.data.lifecycle_rule : join(" ", [for a in rule.action : a.type]) == "AbortIncompleteMultipartUpload"])
    error_message = "data is deleted by itself"
  }
}

run "what_is_public_is_the_data_alone" {
  variables {
    public = true
  }
  assert {
    condition = [for m in google_storage_bucket_iam_member.everybody : "${m.bucket} ${m.role} ${m.member}"] == [
    "p-project-ldeo-data roles/storage.objectViewer allUsers"]
    error_message = "everybody may do something else than read the data"
  }
  assert {
    condition     = google_storage_bucket.data.public_access_prevention == "inherited" && google_storage_bucket.temporary.public_access_prevention == "enforced"
    error_message = "the data cannot be public, or what is temporary can"
  }
}

run "the_worker_reaches_its_own_buckets_alone" {
  assert {
    condition     = google_project_iam_member.worker.role == "roles/dataflow.worker" && google_project_iam_member.worker.member == "serviceAccount:worker@p.iam.gserviceaccount.com"
    error_message = "the worker has another role in the project"
  }
  assert {
    condition = toset([for m in google_storage_bucket_iam_member.worker : "${m.bucket} ${m.role} ${m.member}"]) == toset([
      "p-project-ldeo-data roles/storage.objectAdmin serviceAccount:worker@p.iam.gserviceaccount.com",
    "p-project-ldeo-temp roles/storage.objectAdmin serviceAccount:worker@p.iam.gserviceaccount.com"])
    error_message = "the worker reaches something else"
  }
}

run "the_launcher_starts_jobs_as_this_worker_alone" {
  assert {
    condition     = google_project_iam_member.launcher.role == "roles/dataflow.developer" && google_project_iam_member.launcher.member == "serviceAccount:launcher@p.iam.gserviceaccount.com"
    error_message = "the launcher has another role in the project"
  }
  assert {
    condition = (google_service_account_iam_member.launcher_acts_as_worker.service_account_id == "projects/p/serviceAccounts/worker" &&
      google_service_account_iam_member.launcher_acts_as_worker.role == "roles/iam.serviceAccountUser" &&
    google_service_account_iam_member.launcher_acts_as_worker.member == "serviceAccount:launcher@p.iam.gserviceaccount.com")
    error_message = "the launcher acts as somebody else"
  }
  assert {
    condition = (google_storage_bucket_iam_member.launcher.bucket == "p-project-ldeo-temp" && google_storage_bucket_iam_member.launcher.role == "roles/storage.objectUser" &&
    google_storage_bucket_iam_member.launcher.member == "serviceAccount:launcher@p.iam.gserviceaccount.com")
    error_message = "the launcher reaches something else than the temporary bucket"
  }
  assert {
    condition = [for m in google_service_account_iam_member.launcher_wif : "${m.service_account_id} ${m.role} ${m.member}"] == [
    "projects/p/serviceAccounts/launcher roles/iam.workloadIdentityUser principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x-github/attribute.bakery/pangeo-ldeo-nsf-earthcube"]
    error_message = "other jobs become the launcher"
  }
}

run "without_a_pool_nobody_becomes_the_launcher" {
  variables {
    github = null
  }
  assert {
    condition     = length(google_service_account_iam_member.launcher_wif) == 0
    error_message = "somebody becomes the launcher"
  }
}

run "names_are_within_googles_limits" {
  command = plan
  variables {
    project = "a-project-of-thirty-characters"
    prefix  = "a-twenty-one-letters1"
  }
  assert {
    condition     = alltrue([for a in [google_service_account.worker, google_service_account.launcher] : length(a.account_id) >= 6 && length(a.account_id) <= 30])
    error_message = "an account's id has 6 to 30 characters"
  }
  assert {
    condition     = alltrue([for b in [google_storage_bucket.data, google_storage_bucket.temporary] : length(b.name) <= 63])
    error_message = "a bucket's name ends at 63 characters"
  }
}

run "what_would_not_fit_is_refused" {
  command = plan
  variables {
    bakery         = "a/b"
    prefix         = "a-twenty-two-letters22"
    temporary_days = 7
  }
  expect_failures = [var.bakery, var.prefix, var.temporary_days]
}
