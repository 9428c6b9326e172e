variable "project" {
  description = "The Google Cloud project."
  type        = string
}

variable "name" {
  description = "The deployment, and with it the name of the service, the database's instance and the registry."
  type        = string

  validation {
    # The longest name is that of the migrating job, 49 characters at most; the account's id, `<name>-run`, ends at 30.
    condition     = can(regex("^[a-z][a-z0-9-]{1,24}[a-z0-9]$", var.name))
    error_message = "name: 3 to 26 lower-case letters, digits and hyphens, a letter first and no hyphen at the end."
  }
}

variable "region" {
  description = "Where service and database are. Cloud Run maps domains in some regions only."
  type        = string
}

variable "image" {
  description = "The service's image, by digest. Without one there is no job that migrates, and no service."
  type        = string
  default     = null

  validation {
    condition     = var.image == null ? true : can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image: named by digest, …@sha256:…, so that what was tested is what runs."
  }
}

variable "serving" {
  description = "Whether there is a service. False while an environment is set up: it cannot start before its secrets have values and its database a schema."
  type        = bool
  default     = true

  validation {
    condition     = !var.serving || var.image != null
    error_message = "serving: a service needs an image."
  }
}

variable "domain" {
  description = "The host at which the service is reached; without one, at the address that Cloud Run gives."
  type        = string
  default     = null

  validation {
    condition     = var.domain == null ? true : can(regex("^([a-z0-9-]+[.])+[a-z]+$", var.domain))
    error_message = "domain: a host, with neither a scheme nor a path."
  }
}

variable "max_instances" {
  description = "How many instances of the program there are at most. Each has up to twelve connections to the database."
  type        = number
  default     = 3
}

variable "database" {
  description = "The machine of the database (`tier`), and whether a second one stands by in another zone (`standby`)."
  type = object({
    tier    = optional(string, "db-custom-1-3840")
    standby = optional(bool, false)
  })
  default = {}
}

variable "deployers" {
  description = "The addresses of the accounts that release, by any name: they may change the service, run the job, push images, and nothing else."
  type        = map(string)
  default     = {}
}
