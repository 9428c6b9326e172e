output "pool" {
  description = "The pool's full name, with the project's number, as it begins the names of principals: `projects/…/workloadIdentityPools/…`."
  value       = google_iam_workload_identity_pool.github.name
}

output "providers" {
  description = "The full names of the providers, `deploying` and, where recipes are run, `baking`: the values of GCP_WORKLOAD_IDENTITY_PROVIDER."
  value = merge(
    { deploying = google_iam_workload_identity_pool_provider.deploying.name },
    { for provider in google_iam_workload_identity_pool_provider.baking : "baking" => provider.name },
  )
}

output "accounts" {
  description = "By kind (`plan`, `deploy`, `review`): the account's address, and the GitHub environment whose jobs may become it."
  value = {
    for kind, name in var.deploying.accounts : kind => {
      email              = google_service_account.deployer[kind].email
      github_environment = name
    }
  }
}
