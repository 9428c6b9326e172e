output "dataflow" {
  description = "By app: what its configuration has under `dataflow:`."
  value       = module.dataflow_status.dataflow
}

output "dataflow_regions" {
  description = "Where ends of jobs are heard of."
  value       = var.regions
}

output "dead_letters" {
  description = "The subscription in which undelivered messages wait."
  value       = module.dataflow_status.dead_letters
}

output "bakeries" {
  description = "By bakery: its buckets and accounts, for its file in bakeries/ and for the GitHub environment of its name."
  value       = { for name, bakery in module.bakery : name => bakery.bakery }
}

output "service_name" {
  description = "The service; null where there is none."
  value       = one(module.service[*].service_name)
}

output "service_region" {
  description = "Where service and job are."
  value       = one(module.service[*].service_region)
}

output "service_url" {
  description = "The public address of the service, without a slash at its end."
  value       = one(module.service[*].service_url)
}

output "image_registry" {
  description = "Where the service's image is pushed to and pulled from; null where there is no service."
  value       = one(module.service[*].image_registry)
}

output "migrate_job" {
  description = "The job that brings the schema up to date."
  value       = one(module.service[*].migrate_job)
}

output "database" {
  description = "The database of the service: `instance` (`project:region:name`), `user` and `name`."
  value       = one(module.service[*].database)
}

output "secrets" {
  description = "Secrets that wait for a value while the environment is set up."
  value       = concat(flatten([for service in module.service : values(service.secrets)]), module.review[*].secret)
}

output "dns_records" {
  description = "What has to be in the zone of the service's domain."
  value       = one(module.service[*].dns_records)
}

output "github_environments" {
  description = "By GitHub environment of the repository that deploys: its variables."
  value = merge([for github in module.github : {
    for kind, account in github.accounts : account.github_environment => merge(
      {
        GCP_PROJECT                    = var.project
        GCP_WORKLOAD_IDENTITY_PROVIDER = github.providers["deploying"]
        GCP_SERVICE_ACCOUNT            = account.email
      },
      kind == "review" ? one(module.review[*].variables) : {
        TERRAFORM_STATE_BUCKET = var.github.state_bucket
        IMAGE_REGISTRY         = one(module.service[*].image_registry)
      },
    )
  }]...)
}

output "baking_provider" {
  description = "The provider that believes jobs which run recipes; null where there is none."
  value       = try(module.github[0].providers["baking"], null)
}
