//! `pikoci run` as its users see it: the real binary, pipelines on disk, a git repository.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic")]

mod jobs;
mod output;
mod project;
mod terminal;
mod types;

use project::{Project, Ran};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

const TWO_JOBS: &str = r#"
    variable "word" { default = "hello" }
    resource "git" "app" {
      params {
        url  = "./repository"
        name = "app"
      }
    }
    job "test" {
      get "git" "app" { trigger = true }
      task "unit" {
        dir = "app"
        run "shell" {
          cmd = "sh test.sh; echo \"$GET_APP_REF $WORD\""
        }
        env { WORD = var.word }
      }
    }
    job "plain" {
      description = "needs nothing"
      task "t" {
        run "exec" {
          path = "true"
        }
      }
    }
"#;

/// A project with a repository whose `test.sh` says so.
fn project() -> Project {
    let project = Project::new(&TWO_JOBS.replace("./repository", "$REPOSITORY"));
    project.repository(&[("test.sh", "echo it works; pwd")]);
    project
}

#[test]
fn a_job_runs_on_the_newest_version_of_its_resource() {
    let project = project();
    let ran = project.run(&["--pipeline-config", "pipeline.hcl", "--job", "test"]);
    ran.assert_code(0);
    let revision = project.git(&["rev-parse", "HEAD"]);
    for part in ["== check git.app\n", "== get app\n", "== task unit\nit works\n", "/app\n"] {
        assert!(ran.stdout.contains(part), "{part} in {}", ran.stdout);
    }
    assert!(ran.stdout.contains(&format!("{} hello\n", revision.trim())), "{}", ran.stdout);
    let last = ran.stdout.lines().last().unwrap();
    assert!(last.contains("/test succeeded in "), "{last}");
}

#[test]
fn without_a_job_they_are_listed() {
    let ran = project().run(&[]);
    ran.assert_code(0);
    let lines: Vec<_> = ran.stdout.lines().map(str::trim_end).collect();
    assert_eq!(lines.len(), 3, "{}", ran.stdout);
    assert!(lines[1].starts_with("test") && lines[1].contains("git.app") && lines[1].ends_with("unit"));
    assert!(lines[2].starts_with("plain") && lines[2].ends_with("needs nothing"), "{}", lines[2]);
}

#[test]
fn a_local_tree_stands_for_a_resource_and_a_variable_has_a_value() {
    let project = project();
    fs::write(project.path("repository/test.sh"), "echo not committed; ls -A .git/HEAD").unwrap();
    let tree = format!("git.app={}", project.path("repository").display());
    let ran = project.run(&["test", "--resource", &tree, "--var", "word=changed"]);
    ran.assert_code(0);
    assert!(ran.stdout.contains("not committed\n.git/HEAD\n changed\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("== check"), "{}", ran.stdout);
    let named = project.run(&["test", "--resource", &tree, "--version", r#"git.app={"ref":"mine"}"#]);
    assert!(named.stdout.contains("not committed\n.git/HEAD\nmine hello\n"), "{}", named.stdout);
}

#[test]
fn what_cannot_be_meant_is_said_with_a_hint() {
    let project = project();
    let cases: &[(&[&str], &str)] = &[
        (&["tset"], "did you mean `test`?"),
        (&["test", "--resource", "git.ap=."], "did you mean `git.app`?"),
        (&["test", "--resource", "git.app=nowhere"], "which is to stand for `git.app`"),
        (&["test", "--resource", "app"], "write it as TYPE.NAME=PATH"),
        (&["test", "-p", "other.hcl"], "there is no other.hcl"),
        (&["test", "--job", "plain"], "cannot be used with"),
    ];
    for (args, part) in cases {
        let ran = project.run(args);
        ran.assert_code(2);
        assert!(ran.stderr.contains(part), "{args:?}: {}", ran.stderr);
    }
    fs::write(project.path("pipeline.hcl"), "job \"a\" {\n  tusk \"b\" { }\n}\n").unwrap();
    let ran = project.run(&["a"]);
    ran.assert_code(2);
    assert!(ran.stderr.contains("pipeline.hcl") && ran.stderr.contains("tusk"), "{}", ran.stderr);
}

#[test]
fn the_exit_code_says_how_it_ended() {
    let task = |body: &str| format!("job \"j\" {{\n task \"t\" {{\n {body}\n }}\n}}\n");
    let shell = |cmd: &str| task(&format!("run \"shell\" {{\n cmd = \"{cmd}\"\n }}"));
    let missing = task("run \"exec\" {\n path = \"no-such-program\"\n }");
    let late = task("timeout = \"100ms\"\n run \"shell\" {\n cmd = \"sleep 1000\"\n }");
    for (pipeline, code, part) in [
        (shell("exit 0"), 0, "/j succeeded in "),
        (shell("exit 7"), 1, "== task t: failed in "),
        (missing, 3, "program `no-such-program` was not found in PATH"),
        (late, 1, "timed out after 100ms"),
    ] {
        let ran = Project::new(&pipeline).run(&["j"]);
        ran.assert_code(code);
        assert!(ran.stdout.contains(part), "{}", ran.stdout);
    }
}

#[test]
fn a_resource_that_cannot_be_checked_is_infrastructure() {
    let project = project();
    fs::remove_dir_all(project.path("repository")).unwrap();
    let ran = project.run(&["test"]);
    ran.assert_code(3);
    assert!(ran.stdout.contains("== check git.app: errored in "), "{}", ran.stdout);
    assert!(ran.stdout.contains("does not appear to be a git repository"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("== task"), "{}", ran.stdout);
}

/// A job that says that it has begun, and goes on until it is asked to end.
fn endless() -> Project {
    let script =
        "trap 'echo cleaned; exit 0' TERM; echo $$ >$PIDS; sleep 1000 & echo $! >>$PIDS; echo begun; wait";
    let project = Project::new("");
    let script = script.replace("$PIDS", &format!("'{}'", project.path("pids").display()));
    let pipeline = format!(
        "job \"j\" {{\n task \"t\" {{\n run \"shell\" {{\n cmd = <<-SH\n{script}\nSH\n }}\n }}\n}}\n"
    );
    fs::write(project.path("pipeline.hcl"), pipeline).unwrap();
    project
}

fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn ctrl_c_and_term_cancel_and_leave_nothing() {
    for signal in ["INT", "TERM", "HUP"] {
        let project = endless();
        let running = project.start(&["j"]);
        running.wait_for_line("begun");
        running.signal(signal);
        let ran: Ran = running.end();
        ran.assert_code(130);
        assert!(ran.stdout.contains("cleaned\n"), "{}", ran.stdout);
        assert!(ran.stdout.lines().last().unwrap().contains("/j cancelled in "), "{}", ran.stdout);
        assert!(ran.stderr.contains("cancelling"), "{}", ran.stderr);
        let pids = fs::read_to_string(project.path("pids")).unwrap();
        assert_eq!(pids.lines().filter(|pid| is_alive(pid)).count(), 0);
    }
}

#[test]
fn a_reader_that_leaves_ends_the_run() {
    let script = "echo $$ >pids; while :; do echo more; done";
    let script = script.replace("pids", "\"$PIDS\"");
    let project = Project::new(&format!(
        "job \"j\" {{\n task \"t\" {{\n run \"shell\" {{\n cmd = <<-SH\n{script}\nSH\n }}\n }}\n}}\n"
    ));
    let pids = project.path("pids");
    let mut command = project.command(&["j", "--env", "PIDS"]);
    let mut running =
        command.env("PIDS", &pids).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = running.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1_000]).unwrap();
    drop(stdout);
    assert_eq!(running.wait().unwrap().code(), Some(0), "as of any program before `| head`");
    assert!(!is_alive(fs::read_to_string(pids).unwrap().trim()));
}

#[test]
fn nothing_of_our_environment_reaches_a_task_and_nothing_of_it_stays() {
    let shell = "run \"shell\" {\n cmd = \"env; touch was-here\"\n }";
    let project = Project::new(&format!("job \"j\" {{\n task \"t\" {{\n {shell}\n }}\n}}\n"));
    let ran = project.run(&["j", "--env", "PASSED"]);
    ran.assert_code(0);
    assert!(ran.stdout.contains("PASSED=yes\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("HIDDEN"), "{}", ran.stdout);
    let lines: Vec<_> = ran.stdout.lines().collect();
    let value = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    assert_eq!(value("BUILD_JOB_NAME"), Some("j"));
    let work = value("WORKDIR").unwrap();
    assert!(!Path::new(work).join("was-here").exists());
}
