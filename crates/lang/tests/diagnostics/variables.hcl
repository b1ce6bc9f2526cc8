# --var count=many
# --var cuont=3
# --var tags=["a", {}]
variable "count" {
  type = number
}

variable "tags" {
  type = list(string)
}

variable "image" {
  type    = object({ name = string, tag = optional(string) })
  default = { tag = "1" }
}

variable "level" {
  default = 7
  validation {
    condition     = var.level < 5
    error_message = "levels go up to 5"
  }
}

variable "tags" {
  default = 3
}

job "test" {
  description = var.imag
  timeout     = local.time
}
