use crate::system::{System, job};
use hyper::Method;

/// A type whose versions stand in a file, one a line.
fn pipeline(file: &str) -> String {
    format!(
        r#"
resource_type "lines" {{
  params = ["file"]
  check "exec" {{
    path = "/bin/sh"
    args = ["-c", <<-SCRIPT
      test -e "$param_file" || {{ echo "there is no $param_file" >&2; exit 1; }}
      awk -v known="$version_line" 'BEGIN {{ printf "[" }} known == "" || seen {{ printf "%s{{\"line\":\"%s\"}}", sep, $0; sep = "," }} $0 == known {{ seen = 1 }} END {{ printf "]\n" }}' "$param_file"
    SCRIPT
    ]
  }}
}}
resource "lines" "input" {{
  params {{
    file = "{file}"
  }}
  check_interval = "1h"
}}
job "each" {{
  get "lines" "input" {{ trigger = true }}
  task "show" {{
    run "exec" {{
      path = "/bin/sh"
      args = ["-c", "echo got $GET_INPUT_LINE"]
    }}
  }}
}}
{}"#,
        job("hand", "true")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_new_version_makes_one_build_in_order() {
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("versions");
    std::fs::write(&file, "one\n").unwrap();
    let system = System::start(&pipeline(&file.display().to_string())).await;
    let path = "/api/v1/teams/main/pipelines/test/resources/lines.input";
    let check = || {
        system.ask(
            Method::POST,
            "/api/v1/teams/main/pipelines/test/resources/lines.input/check?wait=true",
            &[],
        )
    };
    let answer = check().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    std::fs::write(&file, "one\ntwo\nthree\n").unwrap();
    let found = check().await.json();
    assert_eq!(found["new_versions"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(found["resource"]["newest"]["version"]["line"], "three");
    assert_eq!(check().await.json()["new_versions"].as_array().unwrap().len(), 0);
    let versions = system.get(&format!("{path}/versions")).await.json();
    assert_eq!(versions["items"].as_array().unwrap().len(), 3);

    for (number, line) in [(1, "one"), (2, "two"), (3, "three")] {
        let path = format!("/api/v1/teams/main/pipelines/test/jobs/each/builds/{number}");
        // A check is answered once the jobs that read it have decided.
        let build = system.get(&path).await;
        assert_eq!(build.status, 200);
        let id = build.json()["id"].as_str().unwrap().to_owned();
        let ended = system.ended(&id).await;
        assert_eq!(ended["inputs"][0]["version"]["line"], line);
        assert_eq!(ended["cause"]["kind"], "versions");
        assert_eq!(system.get(&format!("/api/v1/builds/{id}/log")).await.text(), format!("got {line}\n"));
    }
    assert_eq!(system.get("/api/v1/teams/main/pipelines/test/jobs/each/builds/4").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_by_hand_waits_for_the_first_version() {
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("versions");
    let system = System::start(&pipeline(&file.display().to_string())).await;
    let check = || {
        system.ask(
            Method::POST,
            "/api/v1/teams/main/pipelines/test/resources/lines.input/check?wait=true",
            &[],
        )
    };
    let failed = check().await.json();
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("there is no"), "{error}");
    let build = system.build_of("each").await;
    let shown = system.get(&format!("/api/v1/builds/{build}")).await.json();
    assert!(shown["waiting_for"].as_str().unwrap().contains("`input` has no version"), "{shown}");
    std::fs::write(&file, "one\n").unwrap();
    assert_eq!(check().await.json()["error"], serde_json::Value::Null);
    let ended = system.ended(&build).await;
    assert_eq!(
        (ended["status"].as_str(), ended["inputs"][0]["version"]["line"].as_str()),
        (Some("succeeded"), Some("one"))
    );
}
