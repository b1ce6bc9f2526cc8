//! Versions that are named, and runs of all jobs.

use crate::project::Project;

/// Jobs of which each stands before those it waits for. `image` is a resource whose versions only puts make.
const CHAIN: &str = r#"
    resource_type "image" {
      push "shell" {
        cmd = "echo \"{\\\"digest\\\": \\\"d-$put_tag\\\"}\""
      }
      pull "shell" {
        cmd = "echo pulled $version_digest"
      }
    }
    resource "image" "app" {
    }
    resource "git" "app" {
      params {
        url = "$REPOSITORY"
      }
    }
    job "deploy" {
      get "image" "app" {
        passed = ["build"]
      }
      task "t" {
        run "shell" {
          cmd = "echo deploys $GET_APP_DIGEST"
        }
      }
    }
    job "build" {
      get "git" "app" {
        passed  = ["test"]
        trigger = true
      }
      put "image" "app" {
        tag = "1"
      }
    }
    job "test" {
      get "git" "app" {
        trigger = true
      }
      task "t" {
        run "shell" {
          cmd = "echo tests $GET_APP_REF"
        }
      }
    }
    job "alone" {
      task "t" {
        run "shell" {
          cmd = "echo stands alone"
        }
      }
    }
"#;

fn chain() -> Project {
    let project = Project::new(CHAIN);
    project.repository(&[("a", "1")]);
    project
}

#[test]
fn all_jobs_run_in_order_on_what_those_before_them_took_and_made() {
    let ran = chain().run(&["--all", "--allow-put"]);
    ran.assert_code(0);
    let at = |text: &str| ran.stdout.find(text).unwrap_or_else(|| panic!("{text}: {}", ran.stdout));
    assert!(at("tests ") < at("made image.app digest=d-1") && at("made image.app") < at("deploys d-1\n"));
    assert_eq!(ran.stdout.matches("== check git.app").count(), 1, "once for all jobs");
    let (_, table) = ran.stdout.rsplit_once("JOB ").unwrap();
    let states: Vec<_> =
        table.lines().skip(1).map(|line| line.split_whitespace().take(2).collect::<Vec<_>>()).collect();
    let expected =
        [["test", "succeeded"], ["build", "succeeded"], ["deploy", "succeeded"], ["alone", "succeeded"]];
    assert_eq!(states, expected, "{table}");
}

#[test]
fn what_waits_for_a_put_that_is_not_done_does_not_run_and_says_why() {
    let ran = chain().run(&["--all"]);
    ran.assert_code(0);
    assert!(ran.stdout.contains("not done here"), "{}", ran.stdout);
    assert!(ran.stdout.contains("puts are done only with --allow-put"), "{}", ran.stdout);
    assert!(ran.stdout.contains("stands alone") && !ran.stdout.contains("deploys"), "{}", ran.stdout);
    let ran = chain().run(&["--all", "--version", r#"image.app={"digest":"named"}"#]);
    ran.assert_code(0);
    assert!(ran.stdout.contains("deploys named\n"), "{}", ran.stdout);
}

#[test]
fn what_waits_for_a_job_that_failed_does_not_run_and_the_others_do() {
    let project = Project::new(&CHAIN.replace("echo tests $GET_APP_REF", "exit 3"));
    project.repository(&[("a", "1")]);
    let ran = project.run(&["--all", "--allow-put"]);
    ran.assert_code(1);
    assert!(ran.stdout.contains("`test` did not succeed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("`build` did not succeed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("stands alone") && !ran.stdout.contains("made image"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("/deploy"), "what does not run has no head: {}", ran.stdout);
}

#[test]
fn a_named_version_is_taken_without_a_check() {
    let project = chain();
    let first = project.git(&["rev-parse", "HEAD"]);
    project.commit(&[("a", "2")]);
    let version = format!("git.app={{\"ref\": \"{}\"}}", first.trim());
    let ran = project.run(&["test", "--version", &version]);
    ran.assert_code(0);
    assert!(ran.stdout.contains(&format!("tests {first}")), "{}", ran.stdout);
    assert!(!ran.stdout.contains("== check"), "{}", ran.stdout);
}

#[test]
fn what_is_not_looked_at_is_said() {
    let project = chain();
    let ran = project.run(&["build"]);
    ran.assert_code(0);
    assert!(ran.stderr.contains("`passed` of `git.app` is not looked at without --all"), "{}", ran.stderr);
    let ran = project.run(&["alone", "--resource", "git.app=."]);
    ran.assert_code(0);
    assert!(ran.stderr.contains("job `alone` does not get `git.app`"), "{}", ran.stderr);
}

#[test]
fn what_counts_only_on_a_server_is_said() {
    let task = "task \"t\" {\n run \"shell\" {\n cmd = \"true\"\n }\n }\n";
    for (limits, expected) in [
        ("concurrency = 0", None),
        ("untrusted = \"allow\"", None),
        ("tags = [\"gpu\"]", Some("`tags` of job `t` counts only on a server")),
        (
            "max_in_flight = 2\nconcurrency = 1\nserial_groups = [\"a\"]\nuntrusted = \"skip\"",
            Some(
                "`serial_groups`, `concurrency`, `max_in_flight` and `untrusted` of job `t` count only on a server",
            ),
        ),
    ] {
        let ran = Project::new(&format!("job \"t\" {{\n{limits}\n{task}}}\n")).run(&["t"]);
        ran.assert_code(0);
        match expected {
            Some(expected) => assert!(ran.stderr.contains(expected), "{}", ran.stderr),
            None => assert_eq!(ran.stderr, "", "{limits}"),
        }
    }
}

const CLOCK: &str = r#"
    resource "cron" "nightly" {
      check_interval = "0 3 * * *"
    }
    job "first" {
      get "cron" "nightly" { trigger = true }
      task "t" {
        run "shell" {
          cmd = "echo day $GET_NIGHTLY_DATE."
        }
      }
    }
    job "second" {
      get "cron" "nightly" { passed = ["first"] }
      task "t" {
        run "shell" {
          cmd = "echo day $GET_NIGHTLY_DATE."
        }
      }
    }
"#;

/// Of a clock it is now, the same for all jobs.
#[test]
fn a_clock_has_the_version_of_now() {
    let ran = Project::new(CLOCK).run(&["--all"]);
    ran.assert_code(0);
    let days: Vec<_> = ran.stdout.lines().filter_map(|line| line.strip_prefix("day ")).collect();
    let is_instant = |day: &str| day.len() == "2026-03-29T01:00:00Z.".len() && day.ends_with("Z.");
    assert!(days.len() == 2 && days[0] == days[1] && is_instant(days[0]), "{}", ran.stdout);
    let ran = Project::new(CLOCK).run(&["first", "--version", r#"cron.nightly={"date":"named"}"#]);
    assert!(ran.stdout.contains("day named.\n"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let project = chain();
    let cases: &[(&[&str], &str)] = &[
        (&["test", "--all"], "cannot be used with"),
        (&["test", "--version", "git.app=main"], "write it as a JSON object"),
        (&["test", "--version", r#"git.ap={"ref":"a"}"#], "did you mean `git.app`?"),
        (&["test", "--shell-on-failure"], "--shell-on-failure needs a terminal"),
    ];
    for (args, part) in cases {
        let ran = project.run(args);
        ran.assert_code(2);
        assert!(ran.stderr.contains(part), "{args:?}: {}", ran.stderr);
    }
}
