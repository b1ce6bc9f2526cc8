//! Services in containers, on a real engine with the image `busybox`. They run where `PIKOCI_TEST_DOCKER` is set, as
//! `make test` does; there a missing engine fails.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Settings};
use pikoci_lang::{LoadInput, NoFiles, SourceFile};
use pikoci_plan::plan::BuildPlan;
use pikoci_plan::status::Outcome;
use std::process::Command;
use std::time::Duration;
use support::*;
use tokio::sync::watch;

/// A web server in a container, of which two stand beside three tasks: one on the host, one on the build's network, one
/// in a container on the host's network.
const PIPELINE: &str = r#"
service_type "web" {
  isolated = true
  params   = ["port", "page"]

  start "exec" {
    path = "/bin/sh"
    args = ["-ec", <<-SH
      docker run --detach --name "$SERVICE_ID" --network "$BUILD_NETWORK" --network-alias "$SERVICE_ALIAS" \
        --publish "127.0.0.1:$param_port:80" --env "PAGE=$param_page" busybox \
        sh -c 'mkdir /www; echo "$PAGE" >/www/index.html; echo serving; exec httpd -f -v -h /www' >/dev/null
      published=$(docker port "$SERVICE_ID" 80/tcp)
      printf 'PORT=%s\nNETWORK_PORT=80\n' "$${published##*:}" >>"$PIKOCI_OUTPUT"
    SH
    ]
  }

  ready_check "exec" {
    path = "/bin/sh"
    args = ["-ec", "docker exec \"$SERVICE_ID\" wget -q -O /dev/null http://127.0.0.1/"]
  }

  logs "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec docker logs --follow \"$SERVICE_ID\""]
  }

  stop "exec" {
    path = "/bin/sh"
    args = ["-ec", "docker rm --force \"$SERVICE_ID\""]
  }
}

job "j" {
  service "web" {
    page = "one"
  }

  service "web" "other" {
    page = "two"
  }

  task "host" {
    run "exec" {
      path = "bash"
      args = ["-ec", <<-SH
        for port in "$SERVICE_WEB_PORT" "$SERVICE_OTHER_PORT"; do
          exec 3<>"/dev/tcp/$SERVICE_WEB_HOST/$port"
          printf 'GET / HTTP/1.0\r\n\r\n' >&3
          tail -n1 <&3
        done
      SH
      ]
    }
  }

  task "network" {
    run "docker" {
      image = "busybox"
      cmd   = "wget -q -O- \"$FIRST\" \"http://$SERVICE_OTHER_HOST:$SERVICE_OTHER_PORT/\"; echo \"$FIRST\""
    }
    env {
      FIRST = "http://${service.web.host}:${service.web.port}/"
    }
  }

  task "host-network" {
    run "docker" {
      image = "busybox"
      args  = ["--network", "host"]
      cmd   = "wget -q -O- \"http://$SERVICE_WEB_HOST:$SERVICE_WEB_PORT/\"; echo \"$SERVICE_WEB_HOST\""
    }
  }

  task "last" {
    run "shell" {
      cmd = "echo ready; LAST"
    }
  }
}
"#;

fn is_wanted() -> bool {
    std::env::var_os("PIKOCI_TEST_DOCKER").is_some()
}

fn job(last: &str) -> BuildPlan {
    let files = vec![SourceFile::new("pipeline.hcl".to_owned(), PIPELINE.replace("LAST", last).into_bytes())];
    let loaded =
        pikoci_lang::load(&LoadInput { name: "shop".to_owned(), files, ..LoadInput::default() }, &NoFiles);
    let pipeline = loaded.pipeline.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    pikoci_plan::compile::job(&pipeline, "j").expect("the job is there")
}

/// What the engine has of this process's builds: containers, also stopped ones, and networks.
fn left() -> Vec<String> {
    let of = |args: &[&str]| {
        let output = Command::new("docker").args(args).output().expect("docker runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let all = of(&["ps", "-a", "--format", "{{.Names}}"]) + &of(&["network", "ls", "--format", "{{.Name}}"]);
    let ours = format!("pikoci-test-{}-", std::process::id());
    all.lines().filter(|name| name.starts_with(&ours)).map(str::to_owned).collect()
}

/// One test, so that nothing of another is in the way of what is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn containers_serve_their_build_from_everywhere_and_none_is_left() {
    if !is_wanted() {
        return;
    }
    let place = Place::with(Settings { grace: Duration::from_secs(1), ..Settings::default() });
    let (mut slot, mut other) = (place.slot(), place.home.slot(1).expect("a slot"));
    let plan = job("true");
    let (one, two) = tokio::join!(run(&mut slot, work(&plan)), run(&mut other, work(&plan)));
    for ran in [one, two] {
        assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?} {}", ran.story(&plan), ran.text(0));
        assert_eq!(ran.text(2), "one\ntwo\n");
        assert_eq!(ran.text(3), "one\ntwo\nhttp://web:80/\n");
        assert_eq!(ran.text(4), "one\n127.0.0.1\n");
        assert!(
            ran.text(0).starts_with("serving\n") && ran.text(0).contains("response:200"),
            "{}",
            ran.text(0)
        );
        assert!(ran.executed.problems.is_empty(), "{:?}", ran.executed.problems);
    }
    assert_eq!(left(), Vec::<String>::new());

    let (cancel, cancelled) = watch::channel(Cancel::No);
    let ran = run_with(&mut slot, work(&job("sleep 1000")), cancelled, |event| {
        if says(event, b"ready") {
            cancel.send_replace(Cancel::SkipHooks);
        }
    })
    .await;
    assert_eq!((ran.outcome(), left()), (Outcome::Cancelled, Vec::new()));
}
