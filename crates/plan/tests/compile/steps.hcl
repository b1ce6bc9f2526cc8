resource_type "release" {
  cache = true
  pull "shell" {
    cmd     = "fetch"
    timeout = "2m"
  }
  push "shell" {
    cmd     = "publish"
    timeout = "3m"
  }
}

resource "release" "site" {
}

resource "release" "docs" {
  cache = false
}

job "ship" {
  timeout       = "1h"
  allow_failure = true

  service "redis" "cache" {
    timeout  = "90s"
    password = get.site.digest
  }

  in_parallel {
    limit     = 2
    fail_fast = true
    get "release" "site" {
      trigger  = true
      attempts = 3
      backoff  = "5s"
    }
    do {
      get "release" "docs" {
        timeout = "10s"
      }
      task "count" {
        dir     = "docs"
        inputs  = ["docs"]
        outputs = ["out/${get.docs._branch}"]
        run "shell" { cmd = "echo N=1 >>$PIKOCI_OUTPUT" }
        allow_failure = true
      }
    }
  }

  if "several" {
    condition = "$TASK_COUNT_N > 1 && $GET_DOCS_BRANCH == main"
    put "release" "docs" {
      count = task.count.N
      note  = "built $BUILD_NUMBER"
    }
  }
  else_if {
    condition = task.count.N == "1" && build.number != null
    task "one" {
      run "exec" {
        path = "echo"
        args = ["one", task.count.N, service.cache.host, build.url]
      }
    }
  }
  else {
    put "release" "site" {
      params {
        draft = true
      }
    }
  }

  task "last" {
    run "shell" { cmd = "true" }
    on_failure "shell" {
      cmd     = "echo failed"
      timeout = "5s"
    }
    ensure {
      task "tidy" {
        env {
          STATUS = build.status
        }
        run "shell" { cmd = "rm -rf out" }
      }
    }
  }

  on_success {
    put "release" "site" {
    }
  }
  ensure "exec" { path = "true" }
}
