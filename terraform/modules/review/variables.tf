variable "project" {
  description = "The Google Cloud project of review apps. Whoever may push a branch may run code there, so nothing of staging or production belongs into it."
  type        = string
}

variable "environment" {
  description = "The environment; begins the names of the account and of the instance."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.environment))
    error_message = "environment: 2 to 21 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "region" {
  description = "Where review apps and their databases are."
  type        = string
}

variable "deployers" {
  description = "The addresses of the accounts that make and end review apps, by any name."
  type        = map(string)
  default     = {}
}
