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
