variable "project" {
  description = "The Google Cloud project of the environment."
  type        = string
}

variable "environment" {
  description = "The environment's name: the folder's."
  type        = string
}

variable "regions" {
  description = "Where Dataflow jobs run."
  type        = set(string)
}

variable "apps" {
  description = "The public address of each app, by the app's name."
  type        = map(object({ url = string }))
}

variable "image" {
  description = "The service's image, by digest; a release gives it."
  type        = string
  default     = null

  validation {
    # Or whoever forgets it would be shown a plan that ends the service.
    condition     = var.image != null || var.service == null || var.setting_up
    error_message = "image: an environment with a service needs it, but for the first step of setting up (terraform/README.md)."
  }
}

variable "setting_up" {
  description = "True while an environment is set up: everything is made but the service, which cannot start yet."
  type        = bool
  default     = false
}

variable "github" {
  description = "Which of GitHub's jobs are believed, and where the state is (modules/github-oidc). Null: none, and everything is done by hand."
  type = object({
    state_bucket = string
    deploying = object({
      repository_id       = string
      repository_owner_id = string
      workflow            = string
      refs                = set(string)
      pull_requests       = optional(bool, false)
      events              = set(string)
      accounts            = map(string)
    })
    baking = optional(object({
      repository_id       = string
      repository_owner_id = string
    }))
  })
}

variable "service" {
  description = "The environment's own service (modules/service). Null: it has none."
  type = object({
    region        = string
    domain        = optional(string)
    max_instances = optional(number, 3)
    database      = optional(object({ tier = optional(string), standby = optional(bool) }), {})
  })
}

variable "review" {
  description = "Where review apps are made (modules/review). Null: nowhere."
  type        = object({ region = string })
}

variable "bakeries" {
  description = "The bakeries, by name (modules/bakery). One added or removed touches no other."
  type = map(object({
    prefix         = string
    location       = string
    public         = optional(bool, false)
    temporary_days = optional(number, 14)
  }))

  validation {
    condition     = length(distinct([for bakery in values(var.bakeries) : bakery.prefix])) == length(var.bakeries)
    error_message = "bakeries: each has a prefix of its own."
  }
}
