# A secret type fetches with `get`, and takes the configuration that it names.
secret_type "mine" {
  params = ["adress"]
  address = "https://example.org"
}
secret_type "vault" {
  source = "pikoci://vault"
  adress = "https://vault.example.org"
}
secret_type "pikoci" {
  source = "pikoci://pikoci"
}
