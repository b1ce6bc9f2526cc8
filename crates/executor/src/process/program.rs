//! Which file a program's name means, and what to say when it cannot be started.

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};
use std::path::{Path, PathBuf};

/// Where programs are looked for when the environment does not say.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The file to execute for `program`, as execvp(3) finds it: a name with a `/` is a path (from the
/// directory that the process starts in), any other is looked for in `path`. `None`: nowhere.
pub(crate) fn find(program: &str, path: Option<&str>, directory: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program));
    }
    if program.is_empty() {
        return None;
    }
    let candidate = |place: &str| match place {
        "" => directory.join(program),
        place => directory.join(place).join(program),
    };
    let is_program = |file: &PathBuf| access(file.as_path(), AccessFlags::X_OK).is_ok() && file.is_file();
    path.unwrap_or(DEFAULT_PATH).split(':').map(candidate).find(is_program)
}

/// What to say of a program that is in no directory of `path`.
pub(crate) fn not_found(program: &str, path: Option<&str>, directory: &Path) -> String {
    let path = path.unwrap_or(DEFAULT_PATH);
    let hint = if !program.is_empty() && directory.join(program).exists() {
        format!(". There is a file of that name in the directory it ran in: write `./{program}`")
    } else {
        String::new()
    };
    format!("program `{program}` was not found in PATH ({path}){hint}")
}

/// What to say when the system refused to start `file` in `directory`.
pub(crate) fn refused(error: Errno, file: &Path, directory: &Path) -> String {
    let found = directory.join(file);
    let name = file.display();
    match error {
        Errno::ENOENT if !found.exists() => format!("program `{name}` does not exist"),
        Errno::ENOENT => {
            format!("program `{name}` exists, but the interpreter it names (its `#!` line) does not")
        }
        Errno::EACCES if found.is_dir() => format!("`{name}` is a directory, not a program"),
        Errno::EACCES => format!("`{name}` is not executable: try `chmod +x {name}`, and commit that"),
        Errno::ENOEXEC => {
            format!("`{name}` is neither a program for this machine nor a script that begins with `#!`")
        }
        Errno::E2BIG => {
            format!("the arguments and the environment of `{name}` are longer than the system takes")
        }
        Errno::ENOMEM | Errno::EAGAIN | Errno::EMFILE | Errno::ENFILE => {
            format!("this machine has no room for another process ({})", error.desc())
        }
        _ => format!("`{name}` could not be started: {}", error.desc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_program_is_found_as_a_shell_finds_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let bin = directory.path().join("bin");
        fs::create_dir_all(bin.join("tool")).expect("made");
        let other = directory.path().join("other");
        fs::create_dir(&other).expect("made");
        fs::write(other.join("tool"), "").expect("written");
        fs::set_permissions(other.join("tool"), fs::Permissions::from_mode(0o755)).expect("set");
        let path = format!("{}:other", bin.display());
        let found = |program| find(program, Some(&path), directory.path());
        assert_eq!(
            found("tool"),
            Some(other.join("tool")),
            "a directory is no program; PATH may be relative"
        );
        assert_eq!(found("./tool"), Some(PathBuf::from("./tool")));
        assert_eq!(found("missing"), None);
        assert_eq!(found(""), None);
        assert!(find("sh", None, directory.path()).is_some());
        fs::write(directory.path().join("build.sh"), "").expect("written");
        assert!(not_found("build.sh", Some(&path), directory.path()).contains("write `./build.sh`"));
    }
}
