variable "project" {
  description = "The Google Cloud project of the environment."
  type        = string
}

variable "environment" {
  description = "The environment; begins the names of the pool and of the accounts, and the paths of its state."
  type        = string

  validation {
    # The longest account is `<environment>-deploy`, and an account's id ends at 30 characters; a pool's ends at 32.
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.environment))
    error_message = "environment: 2 to 21 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "state_bucket" {
  description = "The bucket with Terraform's state of this environment, below the prefix that is the environment's name."
  type        = string
}

variable "deploying" {
  description = <<-EOT
    Which workflow of which repository deploys, and as whom.

    `repository_id` and `repository_owner_id` are GitHub's numbers, which stay when a repository or its owner is renamed. `workflow` is the
    file's name in .github/workflows. `refs` are full names of refs; with `pull_requests` the merge refs of pull requests count too.
    `accounts` has, for each kind of account, the GitHub environment whose jobs may become it: `plan` reads, `deploy` releases, `review` makes review
    apps.
  EOT
  type = object({
    repository_id       = string
    repository_owner_id = string
    workflow            = string
    refs                = set(string)
    pull_requests       = optional(bool, false)
    events              = set(string)
    accounts            = map(string)
  })

  validation {
    condition     = can(regex("^[0-9]+$", var.deploying.repository_id)) && can(regex("^[0-9]+$", var.deploying.repository_owner_id))
    error_message = "deploying: repository_id and repository_owner_id are numbers, not names."
  }

  validation {
    # These go into a condition's text, so nothing may end a string there.
    condition     = can(regex("^[a-z0-9_-]+[.]ya?ml$", var.deploying.workflow)) && alltrue([for ref in var.deploying.refs : can(regex("^refs/heads/[A-Za-z0-9._/-]+$", ref))])
    error_message = "deploying: workflow is a file's name, and refs are branches, refs/heads/…."
  }

  validation {
    condition     = length(var.deploying.refs) > 0 && length(var.deploying.events) > 0 && alltrue([for event in var.deploying.events : contains(["push", "pull_request", "schedule", "workflow_dispatch"], event)])
    error_message = "deploying: refs and events are not empty, and pull_request_target is not among the events."
  }

  validation {
    condition     = length(var.deploying.accounts) > 0 && alltrue([for kind, name in var.deploying.accounts : contains(["plan", "deploy", "review"], kind) && can(regex("^[A-Za-z0-9._-]+$", name))])
    error_message = "deploying: accounts are of the kinds plan, deploy and review, each with the name of a GitHub environment."
  }

  validation {
    condition     = length(distinct(values(var.deploying.accounts))) == length(var.deploying.accounts)
    error_message = "deploying: two accounts cannot share a GitHub environment."
  }
}

variable "baking" {
  description = "Which workflow of which repository runs recipes; `bakeries` are the GitHub environments of its jobs, one for each bakery. Without it no recipe gets an identity."
  type = object({
    repository_id       = string
    repository_owner_id = string
    workflow            = optional(string, "run-recipe.yaml")
    ref                 = optional(string, "refs/heads/main")
    bakeries            = set(string)
  })
  default = null

  validation {
    condition     = var.baking == null ? true : can(regex("^[0-9]+$", var.baking.repository_id)) && can(regex("^[0-9]+$", var.baking.repository_owner_id))
    error_message = "baking: repository_id and repository_owner_id are numbers, not names."
  }

  validation {
    condition     = var.baking == null ? true : can(regex("^[a-z0-9_-]+[.]ya?ml$", var.baking.workflow)) && can(regex("^refs/heads/[A-Za-z0-9._/-]+$", var.baking.ref))
    error_message = "baking: workflow is a file's name, and ref is a branch, refs/heads/…."
  }

  validation {
    condition     = var.baking == null ? true : length(var.baking.bakeries) > 0 && alltrue([for name in var.baking.bakeries : can(regex("^[A-Za-z0-9._-]+$", name))])
    error_message = "baking: bakeries are names of GitHub environments, one at least."
  }
}
