# The `secret` block of a variable.
variable "a" {
  secret {
    path = "x"
  }
}
variable "b" {
  secret "valt" {
    path = "x"
  }
}
variable "c" {
  secret "vault" {
    path   = "x"
    adress = "https://vault.example.org"
  }
}
variable "d" {
  secret "vault" {
    path = "x"
  }
  secret "file" {
    path = "y"
  }
}
