//! Builds whose steps nest, with hooks, services, tries and puts.

use crate::system::System;
use serde_json::Value;

/// The types of the pipelines here: what they do is written in the log.
const TYPES: &str = r#"
service_type "beacon" {
  start "exec" {
    path = "/bin/sh"
    args = ["-c", "echo lit; echo COLOUR=red >> \"$PIKOCI_OUTPUT\""]
  }
  stop "exec" {
    path = "/bin/sh"
    args = ["-c", "echo out"]
  }
}
resource_type "note" {
  push "exec" {
    path = "/bin/sh"
    args = ["-c", "printf '{\"text\":\"%s\",\"_by\":\"put\"}\n' \"$put_text\""]
  }
}
resource "note" "out" {
}
"#;

fn shell(script: &str) -> String {
    format!(
        r#"run "exec" {{
      path = "/bin/sh"
      args = ["-c", <<-SCRIPT
        {script}
      SCRIPT
      ]
    }}"#
    )
}

fn all_in_one() -> String {
    format!(
        r#"{TYPES}
job "all" {{
  service "beacon" {{
  }}
  in_parallel {{
    task "left" {{
      {left}
    }}
    do {{
      task "right" {{
        {right}
      }}
    }}
  }}
  task "flaky" {{
    attempts = 3
    {flaky}
  }}
  task "allowed" {{
    allow_failure = true
    {allowed}
  }}
  put "note" "out" {{
    text = "hello"
  }}
  if "never" {{
    condition = "1 == 2"
    task "never" {{
      {right}
    }}
  }}
  ensure "exec" {{
    path = "/bin/sh"
    args = ["-c", "echo ensured $BUILD_STATUS"]
  }}
}}
job "after" {{
  get "note" "out" {{ trigger = true }}
  task "show" {{
    {show}
  }}
}}
"#,
        left = shell("echo left of $SERVICE_BEACON_COLOUR"),
        right = shell("echo right"),
        flaky = shell("echo tried; test -e tried || { touch tried; exit 1; }"),
        allowed = shell("exit 4"),
        show = shell("echo got $GET_OUT_TEXT"),
    )
}

/// Of each step: how deep, kind, name, state.
fn lines(build: &Value) -> Vec<String> {
    let steps = build["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let text = |key: &str| step[key].as_str().unwrap();
            let state = if step["warning"] == true { "warning" } else { text("status") };
            format!("{} {} {} {state}", step["depth"], text("kind"), text("name"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_has_services_branches_tries_puts_and_hooks() {
    let system = System::start(&all_in_one()).await;
    let id = system.build_of("all").await;
    let build = system.ended(&id).await;
    assert_eq!(
        (build["status"].as_str(), build["warning"].as_bool()),
        (Some("succeeded"), Some(true)),
        "{build}"
    );
    let expected = [
        "0 service beacon succeeded",
        "0 in_parallel in_parallel succeeded",
        "1 task left succeeded",
        "1 do do succeeded",
        "2 task right succeeded",
        "0 task flaky succeeded",
        "0 task allowed warning",
        "0 put out succeeded",
        "0 if never succeeded",
        "1 task never skipped",
        "0 hook ensure succeeded",
    ];
    assert_eq!(lines(&build), expected);
    let log = async |step: &str| {
        system.get(&format!("/api/v1/builds/{id}/log?step={step}")).await.text().to_owned()
    };
    assert_eq!(log("left").await, "left of red\n");
    assert_eq!(log("right").await, "right\n");
    assert!(log("beacon").await.starts_with("lit\n"), "{}", log("beacon").await);
    assert!(log("flaky").await.contains("try 2 of 3"), "{}", log("flaky").await);
    assert_eq!(log("ensure").await, "ensured warning\n");

    let output = &build["outputs"][0];
    assert_eq!((output["name"].as_str(), output["resource"].as_str()), (Some("out"), Some("note.out")));
    assert_eq!((&output["version"]["text"], &output["metadata"]["_by"]), (&"hello".into(), &"put".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_build_puts_starts_the_jobs_that_read_it() {
    let system = System::start(&all_in_one()).await;
    for number in [1, 2] {
        system.ended(&system.build_of("all").await).await;
        let jobs = "/api/v1/teams/main/pipelines/test/jobs";
        let after = system.get(&format!("{jobs}/after/builds/{number}")).await;
        // The second build puts a version that is known, which starts nothing.
        assert_eq!(after.status, if number == 1 { 200 } else { 404 });
        if number == 1 {
            let id = after.json()["id"].as_str().unwrap().to_owned();
            let ended = system.ended(&id).await;
            assert_eq!(
                (&ended["cause"]["kind"], &ended["inputs"][0]["version"]["text"]),
                (&"versions".into(), &"hello".into())
            );
            assert_eq!(system.get(&format!("/api/v1/builds/{id}/log")).await.text(), "got hello\n");
        }
    }
    let versions = "/api/v1/teams/main/pipelines/test/resources/note.out/versions";
    assert_eq!(system.get(versions).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_in_order_whatever_runs_side_by_side() {
    let system = System::start(&all_in_one()).await;
    let id = system.build_of("all").await;
    let live = system.events(&id, None).await;
    let replayed = system.events(&id, None).await;
    for events in [&live, &replayed] {
        let positions: Vec<u64> = events
            .iter()
            .filter_map(|(_, id, _)| id.rsplit_once('.').map(|(_, position)| position.parse().unwrap()))
            .collect();
        assert!(positions.is_sorted(), "{positions:?}");
        let mut begun = std::collections::BTreeSet::new();
        for (kind, _, data) in events {
            let step = |key: &str| data[key].as_u64();
            match (kind.as_str(), data["status"].as_str()) {
                ("step", Some("running")) => drop(begun.insert(step("index"))),
                ("log", _) => assert!(begun.contains(&step("step")), "a log before its step: {data}"),
                _ => {}
            }
        }
    }
    let logs = |events: &[(String, String, Value)]| -> Vec<String> {
        let logs = events.iter().filter(|(kind, ..)| kind == "log");
        let mut all: Vec<_> = logs.map(|(_, _, data)| format!("{} {}", data["step"], data["text"])).collect();
        all.sort();
        all
    };
    assert_eq!(logs(&live).concat(), logs(&replayed).concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_reached_is_skipped_and_hooks_follow_the_outcome() {
    let hook = |name: &str| {
        format!("  {name} \"exec\" {{\n    path = \"/bin/sh\"\n    args = [\"-c\", \"echo {name}\"]\n  }}\n")
    };
    let pipeline = format!(
        "job \"stops\" {{\n  task \"first\" {{\n    {}\n  }}\n  in_parallel {{\n    task \"second\" {{\n      {}\n    }}\n  }}\n{}{}}}\n",
        shell("exit 3"),
        shell("true"),
        hook("on_success"),
        hook("on_failure"),
    );
    let system = System::start(&pipeline).await;
    let build = system.ended(&system.build_of("stops").await).await;
    assert_eq!((build["status"].as_str(), build["warning"].as_bool()), (Some("failed"), Some(false)));
    let expected = [
        "0 task first failed",
        "0 in_parallel in_parallel skipped",
        "1 task second skipped",
        "0 hook on_success skipped",
        "0 hook on_failure succeeded",
    ];
    assert_eq!(lines(&build), expected);
}
