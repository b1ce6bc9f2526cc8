# A first pipeline: it watches a git repository, and greets each new commit.

variable "repository" {
  default     = "."
  description = "the repository to watch: an address, or a path on the worker"
}

resource "git" "repository" {
  params {
    url  = var.repository
    name = "source"
  }
  check_interval = "@every 5s"
}

job "hello" {
  description = "Greets each new commit."

  get "git" "repository" { trigger = true }

  task "greet" {
    run "shell" {
      cmd = <<-SCRIPT
        echo "Hello from PikoCI! This is build $BUILD_NUMBER of the job $BUILD_JOB_NAME."
        echo "It was made for the commit $GET_REPOSITORY_REF:"
        echo "  $GET_REPOSITORY_MESSAGE ($GET_REPOSITORY_AUTHOR)"
      SCRIPT
    }
  }

  task "look-around" {
    dir = "source"

    run "shell" {
      cmd = <<-SCRIPT
        echo "The commit is checked out in $PWD. It holds $(git ls-files | wc -l) files, the first of them:"
        git ls-files | head -n 5
      SCRIPT
    }
  }
}
