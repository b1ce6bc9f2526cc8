# A validation knows the value that came with the pipeline, and does not print it.
variable "pin" {
  default   = "12"
  sensitive = true
  validation {
    condition     = length(var.pin) >= 6
    error_message = "a pin like ${var.pin} is too short"
  }
}
