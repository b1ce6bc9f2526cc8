# --var pin=hunter2
variable "pin" {
  type      = number
  sensitive = true
}
