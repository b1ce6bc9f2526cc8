job "test" {
  description = "[31mred ä日 ${nope}"
}
