name        = "vault"
description = "Secrets of a KV engine of HashiCorp Vault or OpenBao."

secret_type "vault" {
  param "address" {
    description = "the address of the server; without it VAULT_ADDR of the worker"
  }

  param "token" {
    sensitive   = true
    description = "the token; without it, and without a role, VAULT_TOKEN of the worker"
  }

  param "role_id" {
    description = "the id of a role of the AppRole method, instead of a token"
  }

  param "secret_id" {
    sensitive   = true
    description = "the secret id that goes with the role"
  }

  param "approle_path" {
    description = "where the AppRole method is mounted; without it `approle`"
  }

  param "namespace" {
    description = "the namespace; without it VAULT_NAMESPACE of the worker"
  }

  param "ca_cert" {
    description = "the path of a PEM file with the only certificates to trust; without it VAULT_CACERT of the worker, or what the host trusts"
  }

  param "path" {
    description = "the path of the secret, for variables that give none"
  }

  get "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin vault get"]
  }
}
