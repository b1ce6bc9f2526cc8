job "test" {
  task "a" {
    run "shell" {
      cmd = <<-EOT
        echo first
        curl -s -w "%{http_code}" localhost
      EOT
    }
  }
}
