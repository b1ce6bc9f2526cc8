# A default that never counts.
variable "token" {
  default = "x"
  secret "vault" {
    path = "secret/data/ci"
    key  = "token"
  }
}
