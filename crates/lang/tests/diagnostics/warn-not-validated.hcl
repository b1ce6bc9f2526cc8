# A fetched value is not known when the pipeline is loaded.
variable "token" {
  secret "vault" {
    path = "secret/data/ci"
    key  = "token"
  }
  validation {
    condition = length(var.token) > 10
  }
}
