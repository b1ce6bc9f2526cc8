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
        if [ "$GET_REPOSITORY_REF" ]; then
          echo "It was made for the commit $GET_REPOSITORY_REF by $GET_REPOSITORY_AUTHOR:"
          echo "  $GET_REPOSITORY_MESSAGE"
        fi
      SCRIPT
    }
  }

  task "look-around" {
    dir = "source"

    run "shell" {
      cmd = <<-SCRIPT
        echo "It is checked out in $PWD, $(find . -type f ! -path './.git/*' | wc -l) files in all:"
        ls
      SCRIPT
    }
  }
}
