output "dataflow" {
  description = "By app: what its configuration has under `dataflow:`."
  value       = module.dataflow_status.dataflow
}

output "dead_letters" {
  description = "The subscription in which undelivered messages wait."
  value       = module.dataflow_status.dead_letters
}
