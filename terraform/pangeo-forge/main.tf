# One environment. The files of all three are the same; what differs is in terraform.tfvars and backend.hcl.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  backend "gcs" {}
}

provider "google" {
  project = var.project
}

module "dataflow_status" {
  source = "../modules/dataflow-status"

  project     = var.project
  environment = var.environment
  regions     = var.regions
  apps        = var.apps
}

module "github" {
  source = "../modules/github-oidc"
  count  = var.github == null ? 0 : 1

  project      = var.project
  environment  = var.environment
  state_bucket = var.github.state_bucket
  deploying    = var.github.deploying
  # A bakery's jobs are those in the GitHub environment of its name.
  baking = var.github.baking == null || length(var.bakeries) == 0 ? null : merge(var.github.baking, { bakeries = keys(var.bakeries) })
}

locals {
  # Known before the accounts are, so that Terraform can count with it.
  kinds     = var.github == null ? [] : keys(var.github.deploying.accounts)
  deployers = { for kind in local.kinds : kind => module.github[0].accounts[kind].email }
}

module "service" {
  source = "../modules/service"
  count  = var.service == null ? 0 : 1

  project       = var.project
  name          = var.environment
  region        = var.service.region
  image         = var.image
  serving       = !var.setting_up
  domain        = var.service.domain
  max_instances = var.service.max_instances
  database      = var.service.database
  deployers     = { for kind, email in local.deployers : kind => email if kind == "deploy" }
}

module "review" {
  source = "../modules/review"
  count  = var.review == null ? 0 : 1

  project     = var.project
  environment = var.environment
  region      = var.review.region
  deployers   = { for kind, email in local.deployers : kind => email if kind == "review" }
}

module "bakery" {
  source   = "../modules/bakery"
  for_each = var.bakeries

  project        = var.project
  bakery         = each.key
  prefix         = each.value.prefix
  location       = each.value.location
  public         = each.value.public
  temporary_days = each.value.temporary_days
  github         = var.github == null ? null : var.github.baking == null ? null : { pool = module.github[0].pool }
}
