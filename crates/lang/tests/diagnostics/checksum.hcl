# A checksum that is none, has no source, or is another.
resource_type "a" {
  checksum = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
}
runner_type "b" {
  source   = "pikoci://exec"
  checksum = "md5:12"
}
secret_type "c" {
  source   = "pikoci://file"
  checksum = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
}
