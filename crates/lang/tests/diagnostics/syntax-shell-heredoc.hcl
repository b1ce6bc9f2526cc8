job "test" {
  task "a" {
    run "shell" {
      cmd = <<-EOT
        for f in a b; do
          echo ${f%.txt}
        done
      EOT
    }
  }
}
