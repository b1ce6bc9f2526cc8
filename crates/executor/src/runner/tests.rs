//! What templates become: the table of the language's reference.

use super::{Argument, Filled, Names, directories, expand, is_empty, joins_network};
use crate::environment::Variables;
use pikoci_lang::Value;
use pikoci_plan::plan::{Command, Late, Template};
use std::collections::BTreeMap;

fn template(path: &str, args: &[&str]) -> Template {
    Template { path: path.to_owned(), args: args.iter().map(|arg| (*arg).to_owned()).collect() }
}

/// A command with the usual parameters, whose runner mounts `WORKDIR` and `SCRATCH` elsewhere.
fn command(path: &str, args: &[&str]) -> Command {
    let text = |text: &str| Late::from(text);
    let list = |list: &[&str]| Late::Literal(Value::list(list.iter().map(Value::string).collect()));
    Command {
        runner: "docker".to_owned(),
        run: template(path, args),
        stop: None,
        mounts: BTreeMap::from([
            ("WORKDIR".to_owned(), "/workdir".to_owned()),
            ("SCRATCH".to_owned(), "/pikoci".to_owned()),
        ]),
        error_codes: Vec::new(),
        params: BTreeMap::from([
            ("image".to_owned(), text("golang:1.25")),
            ("cmd".to_owned(), text("make $image ${WORKDIR} $args")),
            ("args".to_owned(), list(&["-v", "/cache:/go"])),
            ("none".to_owned(), list(&[])),
            ("empty".to_owned(), text("")),
            ("trick".to_owned(), text("$image ${cmd}")),
        ]),
    }
}

/// The command, all of whose parameters are known.
fn filled(command: &Command) -> Filled<'_> {
    let mut filled = Filled::new(command);
    for (name, late) in &command.params {
        let argument = match late.literal().expect("known") {
            Value::List(list) => Argument::List(list.items().iter().filter_map(Value::to_text).collect()),
            value => Argument::Text(value.to_text().expect("a text")),
        };
        filled.add(name, argument, false);
    }
    filled
}

fn names(exported: &Variables) -> Names<'_> {
    let (work, scratch, step, dir) = ("/h/work", "/h/scratch", "id", None);
    let binary = Some("/usr/bin/pikoci");
    Names { work, scratch, step, dir, cache: None, binary, network: None, exported }
}

fn exported() -> Variables {
    [("B", "two\nlines"), ("A", "1")].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// What the arguments become.
fn expanded(args: &[&str]) -> Vec<String> {
    let exported = exported();
    let command = command("docker", args);
    let names = names(&exported);
    expand(&filled(&command), &command.run, &names).expect("it expands").argv.split_off(1)
}

#[test]
fn an_element_becomes_what_the_table_says() {
    let cases: &[(&str, &[&str])] = &[
        ("plain", &["plain"]),
        ("$image", &["golang:1.25"]),
        ("${image}", &["golang:1.25"]),
        ("x${image}y$image", &["xgolang:1.25ygolang:1.25"]),
        ("$WORKDIR:/workdir", &["/h/work:/workdir"]),
        ("$SCRATCH", &["/h/scratch"]),
        ("$args", &["-v", "/cache:/go"]),
        ("${args}", &["-v", "/cache:/go"]),
        ("all: $args", &["all: -v /cache:/go"]),
        ("$none", &[]),
        ("$empty", &[""]),
        ("$env", &["-e", "A", "-e", "B"]),
        ("$undefined", &[]),
        ("${undefined}", &[]),
        ("$network", &[]),
        ("$CACHE_DIR", &[]),
        ("$mounts", &["-v", "/h/scratch:/pikoci", "-v", "/h/work:/workdir"]),
        ("echo $undefined ${HOME} $$ $1 $ ${X:-y} $", &["echo $undefined ${HOME} $$ $1 $ ${X:-y} $"]),
        ("$step.log", &["id.log"]),
        ("$cmd_file", &["/pikoci/id.cmd"]),
        ("$env_file", &["/h/scratch/id.env"]),
        ("$dir", &["/workdir"]),
        ("$cmd", &["make $image ${WORKDIR} $args"]),
        ("$trick", &["$image ${cmd}"]),
        ("ä$imageß", &["ägolang:1.25ß"]),
        ("${image", &["${image"]),
        ("", &[""]),
    ];
    for (element, becomes) in cases {
        assert_eq!(expanded(&[element]), *becomes, "{element}");
    }
}

#[test]
fn the_article_s_own_docker_runner_works_as_printed() {
    let args =
        ["run", "--rm", "-v", "$WORKDIR:/workdir", "-w", "/workdir", "$image", "/bin/sh", "-ec", "$cmd"];
    let expected = "run --rm -v /h/work:/workdir -w /workdir golang:1.25 /bin/sh -ec";
    let mut expected: Vec<&str> = expected.split(' ').collect();
    expected.push("make $image ${WORKDIR} $args");
    assert_eq!(expanded(&args), expected);
}

#[test]
fn files_are_made_only_where_the_template_names_them() {
    let exported = exported();
    let names = names(&exported);
    let without = command("docker", &["$image", "$cmd"]);
    let without = expand(&filled(&without), &without.run, &names).expect("it expands");
    assert_eq!((without.cmd_file, without.env_file), (None, None));
    let with = command("docker", &["--env-file=$env_file", "$cmd_file"]);
    let with = expand(&filled(&with), &with.run, &names).expect("it expands");
    assert_eq!(with.cmd_file.as_deref(), Some("make $image ${WORKDIR} $args"));
    assert_eq!(
        with.env_file.as_deref(),
        Some("A=1\n"),
        "a value of two lines would be read as two variables"
    );
    assert!(with.notes[0].contains("`B` has several lines"), "{:?}", with.notes);
    let mut no_script = command("docker", &["$cmd_file"]);
    no_script.params.remove("cmd");
    let no_script = expand(&filled(&no_script), &no_script.run, &names).expect("it expands");
    assert_eq!((no_script.argv.len(), no_script.cmd_file), (1, None));
}

#[test]
fn dir_is_followed_or_refused() {
    let exported = Variables::new();
    let in_dir = |command: &Command, dir: &'static str| {
        let names = Names { dir: Some(dir), ..names(&exported) };
        expand(&filled(command), &command.run, &names)
    };
    let named = in_dir(&command("docker", &["-w", "$dir", "$cmd_file"]), "a/./b").expect("it expands");
    assert_eq!(named.argv[2], "/workdir/a/b");
    assert!(named.cmd_file.is_some_and(|script| script.starts_with("make")), "the template goes there");
    let script = in_dir(&command("docker", &["$cmd_file"]), "it's").expect("it expands");
    assert_eq!(
        script.cmd_file.as_deref(),
        Some(r"cd -- '/workdir/it'\''s' || exit; make $image ${WORKDIR} $args")
    );
    assert!(!script.starts_in_dir);
    let direct = in_dir(&command("$image", &[]), "a").expect("it expands");
    assert!(direct.starts_in_dir, "what the step names is started there");
    let refused = in_dir(&command("docker", &["$cmd"]), "a").expect_err("nothing follows it");
    assert!(refused.contains("neither `$dir` nor `$cmd_file`"), "{refused}");
    for outside in ["..", "/etc", "a/../../b"] {
        let refused = in_dir(&command("docker", &["$dir"]), outside).expect_err(outside);
        assert!(refused.contains("not below $WORKDIR"), "{refused}");
    }
}

#[test]
fn a_block_without_its_program_is_an_error_and_an_empty_one_does_nothing() {
    let exported = Variables::new();
    let names = names(&exported);
    let mut exec = command("$path", &["$args"]);
    let error = expand(&filled(&exec), &exec.run, &names).expect_err("no path");
    assert_eq!(error, "runner `docker` starts `$path`, which its block does not give");
    assert!(!is_empty(&exec));
    exec.params.clear();
    assert!(is_empty(&exec));
    let mut fixed = command("make", &[]);
    fixed.params.clear();
    assert!(!is_empty(&fixed), "what starts a program of its own does so");
}

#[test]
fn a_process_sees_its_directories_at_their_mounts() {
    let mut command = command("docker", &[]);
    let places = || [("WORKDIR", "/h/work"), ("SCRATCH", "/h/scratch"), ("CACHE_DIR", "/h/cache")];
    let seen = |command: &Command| -> Vec<String> { directories(command, places()).into_values().collect() };
    assert_eq!(seen(&command), ["/h/cache", "/pikoci", "/workdir"]);
    command.mounts.remove("SCRATCH");
    assert_eq!(seen(&command), ["/h/cache", "/h/scratch", "/workdir"]);
}

#[test]
fn a_network_is_joined_unless_the_block_names_one() {
    let exported = Variables::new();
    let mut command = command("docker", &["run", "$network", "$args", "$image"]);
    let names = Names { network: Some("n1"), ..names(&exported) };
    let argv = |command: &Command| expand(&filled(command), &command.run, &names).expect("it expands").argv;
    assert_eq!(argv(&command)[2..4], ["--network", "n1"]);
    assert!(joins_network(&filled(&command)));
    for other in ["--network=host", "--net"] {
        let list = Value::list(vec![Value::string(other)]);
        command.params.insert("args".to_owned(), Late::Literal(list));
        assert!(!joins_network(&filled(&command)), "{other}");
    }
    command.params.remove("args");
    command.run.args.retain(|arg| arg != "$network");
    assert!(!joins_network(&filled(&command)), "it does not take a network");
}

#[test]
fn what_stays_on_record_has_no_secret_in_it() {
    let command = command("docker", &["login", "$secret", "$image"]);
    let exported = Variables::new();
    let mut filled = filled(&command);
    filled.add("secret", Argument::Text("hunter2".to_owned()), true);
    let argv =
        |filled: &Filled<'_>| expand(filled, &command.run, &names(&exported)).expect("it expands").argv;
    assert_eq!(argv(&filled), ["docker", "login", "hunter2", "golang:1.25"]);
    assert_eq!(argv(&filled.without_secrets()), ["docker", "login", "golang:1.25"]);
}
