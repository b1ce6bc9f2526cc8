locals {
  a = 1 + "x"
  b = { a = 1 }.b
  c = [1, 2][2]
  d = true ? 1 : [1]
  e = "${[1]}"
  f = [for x in 5 : x]
  g = { for x in [1, 1] : x => x }
  h = 5 % 0
  i = length(1)
  j = regex("(", "x")
  k = file("../secret")
  l = file("nope.txt")
  m = templatefile("hello.tmpl", { name = "you" })
  n = yamldecode("a")
  o = get.app.ref
  p = "${null}"
  q = md5("x")
  r = format("%d", "x")
  s = true && "maybe"
  t = [1, 2].length
  u = length([1], [2])
  v = path.module
}
