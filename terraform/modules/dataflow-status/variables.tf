variable "project" {
  description = "The Google Cloud project in which the jobs run and the messages lie."
  type        = string
}

variable "environment" {
  description = "The environment; begins the name of everything that its apps share."
  type        = string

  validation {
    # The longest account is `<environment>-df-relay`, and an account's id ends at 30 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.environment))
    error_message = "environment: 2 to 21 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "regions" {
  description = "Where jobs run. A trigger hears of one region only."
  type        = set(string)

  validation {
    condition     = length(var.regions) > 0
    error_message = "regions: without one no job is heard of."
  }
}

variable "apps" {
  description = "Who is told: the public address of each app, by the app's name. An app added or removed touches no other."
  type        = map(object({ url = string }))

  validation {
    condition     = alltrue([for name in keys(var.apps) : can(regex("^[a-z][a-z0-9-]{2,62}$", name))])
    error_message = "apps: a name is 3 to 63 lower-case letters, digits and hyphens, a letter first."
  }

  validation {
    # The address is part of the audience, which the service compares to the letter.
    condition     = alltrue([for app in values(var.apps) : can(regex("^https://[a-z0-9.-]+$", app.url))])
    error_message = "apps: url is https:// and a host, with neither a path nor a slash at its end."
  }
}
