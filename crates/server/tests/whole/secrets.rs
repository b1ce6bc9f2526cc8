//! A secret that came with the pipeline is where it is used, and nowhere else.

use crate::system::System;
use base64::Engine;
use pikoci_store::Store;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const CANARY: &str = "canary-5f1b0e9c27d84a63";

const PIPELINE: &str = r#"
variable "token" {
  sensitive = true
}
resource_type "note" {
  params = ["token"]
  check "exec" {
    path = "/bin/sh"
    args = ["-c", "echo \"asked with $param_token\" >&2; printf '[{\"id\":\"%s\"}]' \"$param_token\""]
  }
  push "exec" {
    path = "/bin/sh"
    args = ["-c", "echo \"put with $param_token\"; printf '{\"id\":\"%s\"}\n' \"$put_text\""]
  }
}
resource "note" "out" {
  params {
    token = var.token
  }
  check_interval = "1h"
}
job "use" {
  task "print" {
    env {
      TOKEN = var.token
    }
    run "exec" {
      path = "/bin/sh"
      args = ["-c", <<-SCRIPT
        test "$${#TOKEN}" = 23 && echo it is there
        echo "raw $TOKEN"
        printf '%s' "$TOKEN" | base64
        echo "$TOKEN" > file
        echo "KEY=$TOKEN" >> "$PIKOCI_OUTPUT"
        # Longer than events wait in memory: what is not delivered goes to disk.
        sleep 0.3
        echo "again $TOKEN"
      SCRIPT
      ]
    }
  }
  put "note" "out" {
    text = var.token
  }
  task "fails" {
    run "exec" {
      path = "/bin/sh"
      args = ["-c", "exit 3"]
    }
  }
  ensure "exec" {
    path = "/bin/sh"
    args = ["-c", "echo $TASK_PRINT_KEY"]
  }
}
"#;

/// The forms in which it must be nowhere.
fn forms() -> Vec<String> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(CANARY);
    vec![CANARY.to_owned(), encoded.trim_end_matches('=').to_owned()]
}

fn assert_clean(what: &str, bytes: &[u8]) {
    for form in forms() {
        let found = bytes.windows(form.len()).any(|window| window == form.as_bytes());
        assert!(!found, "{what} holds {form}");
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path()),
            kind if kind.is_file() => vec![entry.path()],
            _ => Vec::new(),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_in_no_ledger_log_directory_or_answer() {
    let open = |directory: &Path| Store::open(&directory.join("test.db")).unwrap();
    let system = System::given(PIPELINE, &[("token", CANARY)], open, 2).await;
    let path = "/api/v1/teams/main/pipelines/test";
    let check = format!("{path}/resources/note.out/check?wait=true");
    let checked = system.ask(hyper::Method::POST, &check, &[]).await;
    assert_eq!(checked.json()["error"], serde_json::Value::Null, "{}", checked.text());
    let id = system.build_of("use").await;
    // Listening while it runs, so that the live stream is looked at too.
    let live = format!("{:?}", system.events(&id, None).await);
    let log = system.get(&format!("/api/v1/builds/{id}/log")).await;
    assert!(log.text().contains("it is there\nraw ***\n"), "{}", log.text());
    let build = system.get(&format!("/api/v1/builds/{id}")).await;
    assert_eq!(build.json()["status"], "failed", "{}", build.text());
    assert_eq!(build.json()["outputs"][0]["version"]["id"], "***");

    assert_clean("the stream of events", live.as_bytes());
    for what in ["", "/jobs", "/jobs/use/builds", "/resources", "/resources/note.out/versions"] {
        assert_clean(what, &system.get(&format!("{path}{what}")).await.body);
    }
    assert_clean("the log", &log.body);
    assert_clean("the build", &build.body);
    // Sealed, the log stands in a segment of its own.
    let attempt = build.json()["attempt"].as_str().unwrap().into();
    system.store.seal(&attempt, 1).unwrap();
    let all = files(system.directory.path());
    assert!(all.iter().any(|file| file.ends_with("test.db")) && all.len() > 3, "{all:?}");
    for file in all {
        assert_clean(&file.display().to_string(), &std::fs::read(&file).unwrap_or_default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_on_the_workers_disk_is_masked() {
    let system = System::given(PIPELINE, &[("token", CANARY)], |_| Store::memory().unwrap(), 2).await;
    // A ledger that takes no events: they wait on the worker's disk.
    let deaf = "CREATE TRIGGER deaf BEFORE UPDATE ON attempts WHEN NEW.build_id IS NOT NULL \
                BEGIN SELECT RAISE(ABORT, 'the ledger is deaf'); END";
    system.store.sabotage(deaf).unwrap();
    let id = system.build_of("use").await;
    let records = system.path("worker/records");
    let deadline = Instant::now() + Duration::from_secs(30);
    let waiting = loop {
        let all: Vec<u8> = files(&records).iter().flat_map(|file| std::fs::read(file).unwrap()).collect();
        if String::from_utf8_lossy(&all).contains("raw ***") {
            break all;
        }
        assert!(Instant::now() < deadline, "nothing came to {}", records.display());
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_clean("the record", &waiting);
    system.store.sabotage("DROP TRIGGER deaf").unwrap();
    assert_eq!(system.ended(&id).await["status"], "failed");
}
