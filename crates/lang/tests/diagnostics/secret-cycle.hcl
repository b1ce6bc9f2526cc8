# Secrets that need each other to be fetched.
secret_type "vault" {
  source = "pikoci://vault"
  token  = var.vault_token
}
variable "vault_token" {
  secret "file" {
    path = "/run/${var.host}/token"
    key  = "token"
  }
}
variable "host" {
  secret "vault" {
    path = "secret/data/host"
  }
}
