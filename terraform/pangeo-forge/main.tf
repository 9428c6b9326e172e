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
