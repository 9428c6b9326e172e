variable "project" {
  description = "The Google Cloud project in which the bakery's jobs run and its buckets are."
  type        = string
}

variable "bakery" {
  description = "The bakery's name: that of its file in bakeries/, and of the GitHub environment in which its recipes are run."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+$", var.bakery))
    error_message = "bakery: letters, digits, dots, hyphens and underscores."
  }
}

variable "prefix" {
  description = "Begins the names of the bakery's accounts and, behind the project's, of its buckets. No other bakery of the project may have it."
  type        = string

  validation {
    # The longest account is `<prefix>-launcher`, and an account's id ends at 30 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}[a-z0-9]$", var.prefix))
    error_message = "prefix: 2 to 21 lower-case letters, digits and hyphens, a letter first and no hyphen at the end."
  }
}

variable "location" {
  description = "Where the buckets are. Jobs read and write fastest in the region that they run in."
  type        = string
}

variable "public" {
  description = "Whether everybody may read and list the data. Without it Google refuses to make the data public, even by mistake."
  type        = bool
  default     = false
}

variable "temporary_days" {
  description = "For how many days what jobs put aside is kept."
  type        = number
  default     = 14

  validation {
    # A job may last seven days.
    condition     = var.temporary_days >= 8
    error_message = "temporary_days: more than seven, which is how long a job may last."
  }
}

variable "github" {
  description = "The Workload Identity pool whose provider `baking` knows the bakery's jobs (output `pool` of modules/github-oidc). Without it nobody becomes the launcher."
  # An object, because whether there is a pool has to be known before its name is.
  type    = object({ pool = string })
  default = null
}
