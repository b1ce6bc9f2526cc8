//! What a run shows and leaves.

use crate::project::Project;
use serde_json::Value;
use std::fs;

/// Two tasks side by side, one of which fails, and one that is not reached.
const SIDE_BY_SIDE: &str = r#"
    job "j" {
      in_parallel {
        task "good" {
          run "shell" {
            cmd = "echo one; printf two"
          }
        }
        task "bad" {
          run "shell" {
            cmd = "echo wrong; exit 2"
          }
        }
      }
      task "after" {
        run "shell" {
          cmd = "true"
        }
      }
    }
"#;

#[test]
fn lines_of_steps_side_by_side_are_told_apart_and_all_steps_are_summed_up() {
    let ran = Project::new(SIDE_BY_SIDE).run(&["j"]);
    ran.assert_code(1);
    for line in ["good | one", "good | two", "bad | wrong"] {
        assert!(ran.stdout.lines().any(|found| found == line), "{line}: {}", ran.stdout);
    }
    let (_, table) = ran.stdout.split_once("\nSTEP").unwrap();
    let state =
        |step: &str| table.lines().find(|line| line.trim_start().starts_with(step)).unwrap_or_default();
    assert!(state("in_parallel").contains("failed"), "{table}");
    assert!(state("task good").contains("succeeded"), "{table}");
    assert!(state("task bad").contains("failed") && state("task bad").ends_with("exit code 2"), "{table}");
    assert!(state("task after").contains("skipped"), "{table}");
}

#[test]
fn lines_of_json_tell_all_that_happens() {
    let ran = Project::new(SIDE_BY_SIDE).run(&["j", "--output", "json"]);
    ran.assert_code(1);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |event: &str| lines.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    let names: Vec<_> =
        of("steps")[0]["steps"].as_array().unwrap().iter().map(|step| &step["name"]).collect();
    assert_eq!(names, ["in_parallel", "good", "bad", "after"]);
    let text: String = of("log")
        .iter()
        .filter(|line| line["name"] == "good")
        .filter_map(|line| line["text"].as_str())
        .collect();
    assert_eq!(text, "one\ntwo");
    let ended = |name: &str| of("step_ended").into_iter().find(|line| line["name"] == name).unwrap().clone();
    assert_eq!(
        (&ended("bad")["status"], &ended("bad")["message"]),
        (&"failed".into(), &"exit code 2".into())
    );
    assert_eq!(ended("after")["status"], "skipped");
    let last = lines.last().unwrap();
    assert_eq!((&last["event"], &last["status"]), (&"result".into(), &"failed".into()));
}

#[test]
fn the_work_directory_stays_where_it_is_asked_to() {
    let script = "echo made >file; exit 1";
    let project = Project::new(&format!(
        "job \"j\" {{\n task \"t\" {{\n run \"shell\" {{\n cmd = \"{script}\"\n }}\n }}\n}}\n"
    ));
    let ran = project.run(&["j", "--keep"]);
    ran.assert_code(1);
    let kept =
        ran.stdout.lines().find_map(|line| line.strip_prefix("the work directory was kept: ")).unwrap();
    // Not even the next run takes it away.
    project.run(&["j"]).assert_code(1);
    assert_eq!(fs::read_to_string(format!("{kept}/file")).unwrap(), "made\n");
    fs::remove_dir_all(kept).unwrap();
}

#[test]
fn a_failure_that_is_allowed_is_a_warning() {
    let task = "task \"t\" {\n allow_failure = true\n run \"shell\" {\n cmd = \"exit 1\"\n }\n }";
    let ran = Project::new(&format!("job \"j\" {{\n {task}\n}}\n")).run(&["j"]);
    ran.assert_code(0);
    let last = ran.stdout.lines().last().unwrap();
    assert!(last.contains("/j warning in "), "{last}");
    assert!(ran.stdout.contains("== task t: warning in "), "{}", ran.stdout);
}
