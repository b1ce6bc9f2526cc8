# The first two blocks of the article that PikoCI was made for: a git repository that is watched, and a docker
# runner of one's own. The variables are there only because hosts and images differ.

variable "url" {
  default     = "https://github.com/org/app"
  description = "the repository"
}

variable "image" {
  default     = "golang:1.25"
  description = "the image that the tests run in"
}

resource_type "git" {
  source = "pikoci://git" # built-in
}

resource "git" "my-app" {
  params {
    url  = var.url
    name = "app"
  }
  check_interval = "@every 1m"
}

# this is what pikoci://docker looks like
# define your own to customize or replace it
runner_type "docker" {
  run {
    path = "docker"
    args = [
      "run", "--rm",
      "-v", "$WORKDIR:/workdir",
      "-w", "/workdir",
      "$image",
      "/bin/sh", "-ec", "$cmd",
    ]
  }
}

job "test" {
  get "git" "my-app" { trigger = true }
  task "run-tests" {
    run "docker" {
      image = var.image
      cmd   = "cd app && make test"
      args  = ["-v", "/cache/go:/root/go/pkg/mod"]
    }
  }
}
