# --var pin=123
variable "pin" {
  sensitive = true
}
