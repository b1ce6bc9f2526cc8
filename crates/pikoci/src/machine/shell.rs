//! `--shell-on-failure`: a shell where a step failed.

use super::shown::Shell;
use crate::terminal::note;
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::unistd::{getpgrp, tcsetpgrp};
use std::ffi::OsString;
use std::io;
use std::process::Command;

/// Opens a shell on the terminal, and waits until it ends. Whatever comes of it, the build goes on.
pub(crate) fn open(shell: Shell) {
    let program = std::env::var_os("SHELL").filter(|name| !name.is_empty());
    let program = program.unwrap_or_else(|| OsString::from("/bin/sh"));
    let mut command = Command::new(&program);
    command.env_clear().envs(shell.environment).current_dir(&shell.directory);
    if let Some(term) = std::env::var_os("TERM") {
        command.env("TERM", term);
    }
    if let Err(error) = command.status() {
        note(&format!("cannot start the shell {}: {error}", program.display()));
    }
    take_terminal_back();
    // Who waits for it may have been cancelled meanwhile.
    let _ = shell.over.send(());
}

/// A shell makes its own process group that of the terminal, and one that was killed did not undo it.
fn take_terminal_back() {
    // A process in the background is stopped for this by SIGTTOU, unless that is blocked.
    let stop = SigSet::from(Signal::SIGTTOU);
    let before = stop.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    // Without a terminal there is nothing to take back.
    let _ = tcsetpgrp(io::stdin(), getpgrp());
    if let Ok(before) = before {
        let _ = before.thread_set_mask();
    }
}
