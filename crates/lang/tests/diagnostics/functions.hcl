# Functions.
locals {
  a = uper("x")
  b = base64encode()
  c = csvdecode("a,b\n1\n")
  d = yamldecode("a: b: c")
  e = formatdate("YYYYY", timestamp())
  f = timeadd("yesterday", "1h")
  g = timeadd("2026-01-01T00:00:00Z", "1 day")
  h = fileset("..", "*")
  i = md5(["a"])
  j = try()
  k = can(1, 2)
}
