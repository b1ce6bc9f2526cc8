//! A run on a terminal.

use crate::project::Project;
use nix::pty::{Winsize, openpty};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

const COLUMNS: u16 = 40;

/// Runs a command on a terminal of its own, and types an answer once a text has come. All that was written.
fn on_terminal(mut command: Command, answer: Option<(&str, &str)>) -> (Option<i32>, String) {
    let size = Winsize { ws_row: 20, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
    let pty = openpty(Some(&size), None).unwrap();
    let side = || Stdio::from(pty.slave.try_clone().unwrap());
    command.stdin(side()).stdout(side()).stderr(side()).env("TERM", "xterm").env_remove("NO_COLOR");
    let mut child = command.spawn().unwrap();
    // Ours would keep the terminal open; so would those of the command.
    drop(command);
    drop(pty.slave);
    let mut master = File::from(pty.master);
    let (mut text, mut buffer, mut answer) = (String::new(), [0; 4096], answer);
    // The end of a terminal that nobody holds any more is an error.
    while let Ok(read @ 1..) = master.read(&mut buffer) {
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        if let Some((_, typed)) = answer.take_if(|(awaited, _)| text.contains(*awaited)) {
            master.write_all(typed.as_bytes()).unwrap();
        }
    }
    (child.wait().unwrap().code(), text)
}

fn job(script: &str) -> Project {
    let task = format!(
        "task \"t\" {{\n run \"shell\" {{\n cmd = <<-SH\n{script}\nSH\n }}\n env {{\n WORD = \"sesame\"\n }}\n }}"
    );
    Project::new(&format!("job \"j\" {{\n {task}\n}}\n"))
}

#[test]
fn the_steps_that_run_stand_below_and_nothing_of_a_log_moves_the_cursor() {
    let project = job("printf 'a\\033[2Jb\\n10%%\\r20%%\\n'; printf '\\033[31mred\\n'; exit 3");
    let (code, text) = on_terminal(project.command(&["j"]), None);
    assert_eq!(code, Some(1), "{text}");
    for line in ["ab\r\n", "20%\r\n", "\u{1b}[31mred\u{1b}[0m\r\n", "exit code 3"] {
        assert!(text.contains(line), "{line:?}: {text:?}");
    }
    assert!(!text.contains("\u{1b}[2J") && !text.contains("10%"), "{text:?}");
    // The last lines are told again, below the summary; what was drawn has gone by then.
    let (_, summary) = text.rsplit_once("STEP").unwrap();
    assert!(summary.contains("the last lines of task t:") && !summary.contains("\u{1b}[J"), "{summary:?}");
}

#[test]
fn a_shell_opens_where_a_task_failed() {
    let project = job("touch here; exit 3");
    let mut command = project.command(&["j", "--shell-on-failure"]);
    command.env("SHELL", "/bin/sh");
    let typed = "ls; echo \"open $WORD\"; exit\n";
    let (code, text) = on_terminal(command, Some(("the build goes on when it ends", typed)));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("here\r\n") && text.contains("open sesame\r\n"), "{text:?}");
    let (_, after) = text.rsplit_once("open sesame").unwrap();
    assert!(after.contains("failed"), "the build went on: {text:?}");
}
