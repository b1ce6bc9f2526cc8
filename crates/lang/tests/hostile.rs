//! Pipelines that mean harm: each ends soon, in bounded memory, with an error that says why.

use pikoci_lang::{LoadInput, Loaded, MAX_FILE_BYTES, NoFiles, SourceFile, load};
use std::collections::BTreeMap;

fn read(text: impl Into<Vec<u8>>) -> Loaded {
    load(&LoadInput { files: vec![SourceFile::new("a.hcl", text)], ..LoadInput::default() }, &NoFiles)
}

/// The first error of a pipeline with these locals.
fn error_of(locals: &str) -> String {
    let loaded = read(format!("locals {{\n{locals}\n}}\n"));
    assert!(loaded.pipeline.is_none(), "no error: {}", &locals[..locals.len().min(200)]);
    loaded.diagnostics[0].message.clone()
}

#[test]
fn nested_loops_end() {
    let table = [
        "x = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : [a, b, c]]]]",
        "x = [for a in range(1000) : length([for b in range(1000) : length([for c in range(1000) : c])])]",
    ];
    for locals in table {
        let error = error_of(locals);
        assert!(error.contains("too much work") || error.contains("larger than 16 MiB"), "{error}");
    }
}

#[test]
fn lists_of_lists_do_not_explode() {
    let mut locals =
        "l0 = [\"ha\", \"ha\", \"ha\", \"ha\", \"ha\", \"ha\", \"ha\", \"ha\", \"ha\", \"ha\"]\n".to_owned();
    for level in 1..30 {
        let of = format!("local.l{}", level - 1);
        locals += &format!("l{level} = [{}]\n", vec![of; 10].join(", "));
    }
    let error = error_of(&locals);
    assert!(error.contains("larger than 16 MiB"), "{error}");
}

#[test]
fn texts_do_not_explode() {
    let mut locals = "l0 = \"hahahahahahahaha\"\n".to_owned();
    for level in 1..60 {
        locals += &format!("l{level} = \"${{local.l{0}}}${{local.l{0}}}\"\n", level - 1);
    }
    assert!(error_of(&locals).contains("larger than 16 MiB"));
}

#[test]
fn functions_do_not_explode() {
    let table = [
        "x = replace(join(\"\", [for i in range(1000) : \"aaaaaaaaaa\"]), \"\", join(\"\", [for i in range(1000) : \"aaaaaaaaaa\"]))",
        "x = setproduct(range(1000), range(1000), range(1000))",
        "x = join(join(\"\", [for i in range(1000) : \"aaaaaaaaaaaaaaaaaaaaaaaaaa\"]), range(1000))",
        "x = regexreplace(join(\"\", [for i in range(1000) : \"aaaaaaaaaa\"]), \"a\", join(\"\", [for i in range(1000) : \"aaaaaaaaaa\"]))",
        "x = format(\"%999999999d\", 1)",
        "x = indent(999999999, \"a\\nb\")",
        "x = range(100000000)",
        "x = pow(10, 100000)",
        "x = regex(\"(a{1000}){1000}\", \"a\")",
    ];
    for locals in table {
        error_of(locals);
    }
}

#[test]
fn values_are_not_nested_without_end() {
    let chain: String = (1..2000).map(|at| format!("l{at} = [local.l{}]\n", at - 1)).collect();
    assert!(error_of(&format!("l0 = []\n{chain}")).contains("nested deeper"));
    let backwards: String = (0..5000).map(|at| format!("k{at:05} = local.k{:05}\n", at + 1)).collect();
    assert!(error_of(&format!("{backwards}k05000 = 1\n")).contains("1,000 levels deep"));
}

#[test]
fn deep_texts_are_refused_by_the_parser() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{ a = ", "}"), ("\"${", "}\""), ("!", ""), ("-", "")] {
        let expression = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        assert!(read(format!("locals {{\n  x = {expression}\n}}\n")).pipeline.is_none(), "{open}");
    }
    let blocks = "a {\n".repeat(50_000) + &"}\n".repeat(50_000);
    assert!(read(blocks).pipeline.is_none());
    let operators = format!("locals {{\n  x = {}1\n}}\n", "1 + ".repeat(50_000));
    assert!(read(operators).pipeline.is_none());
}

#[test]
fn large_files_and_bytes_that_are_no_text_are_refused() {
    let loaded = read(vec![b'#'; MAX_FILE_BYTES + 1]);
    assert!(loaded.diagnostics[0].message.contains("may have 1 MiB"));
    assert!(read(b"\x00\xff\xfe".to_vec()).pipeline.is_none());
    assert!(read("job \"a\u{0}b\" {\n}\n").pipeline.is_none());
    assert!(read("").pipeline.is_some(), "an empty pipeline is one");
}

#[test]
fn a_file_at_the_limit_ends() {
    let many = "x".repeat(40) + " = 1\n";
    let locals: String = (0..20_000).map(|at| format!("a{at} {}", &many[40..])).collect();
    assert!(read(format!("locals {{\n{locals}}}\n")).pipeline.is_some());
    let jobs: String = (0..9_000)
        .map(|at| {
            format!("job \"j{at}\" {{\n  task \"t\" {{\n    run \"shell\" {{ cmd = \"true\" }}\n  }}\n}}\n")
        })
        .collect();
    assert_eq!(read(jobs).pipeline.unwrap().jobs.len(), 9_000);
}

#[test]
fn maps_of_very_many_keys_are_refused_before_they_are_parsed() {
    let keys: String = (0..100_000).map(|at| format!("k{at}=1\n")).collect();
    for text in [
        format!("locals {{\n  x = {{\n{keys}}}\n}}\n"),
        format!("locals {{\n  x = \"${{length({{\n{keys}}})}}\"\n}}\n"),
    ] {
        let loaded = read(text);
        assert_eq!(loaded.diagnostics[0].message, "this map has more than 10,000 keys");
    }
}

/// A job with a task whose environment has `V`.
fn with_env(before: &str, expression: &str) -> String {
    format!(
        "{before}resource_type \"t\" {{\n}}\nresource \"t\" \"app\" {{\n}}\njob \"j\" {{\n  get \"t\" \"app\" {{ trigger = true }}\n  task \"t\" {{\n    env {{\n      V = {expression}\n    }}\n    run \"shell\" {{ cmd = \"true\" }}\n  }}\n}}\n"
    )
}

#[test]
fn late_values_do_not_explode() {
    let secret = "variable \"s\" {\n  default   = \"long enough\"\n  sensitive = true\n}\n";
    let mut locals = "l0 = var.s\n".to_owned();
    for level in 1..60 {
        locals += &format!("l{level} = \"${{local.l{0}}}${{local.l{0}}}\"\n", level - 1);
    }
    let deep: String = (1..60).map(|at| format!("d{at} = upper(local.d{})\n", at - 1)).collect();
    let before = format!("{secret}locals {{\n{locals}}}\nlocals {{\n  d0 = var.s\n{deep}}}\n");
    let loaded = read(with_env(&before, "1"));
    let said: Vec<_> = loaded.errors().map(|error| error.message.as_str()).collect();
    assert!(said.iter().any(|error| error.contains("more than 1 MiB")), "{said:?}");
    assert!(said.iter().any(|error| error.contains("nested deeper")), "{said:?}");

    let many =
        format!("[for i in range(1000) : [for j in range(1000) : \"{}\"]]", "${get.app.ref}".repeat(20));
    let loaded = read(with_env("", &many));
    assert!(loaded.pipeline.is_none());
}

#[test]
fn secrets_that_need_secrets_end() {
    let count = 4_000;
    let secret = |at: usize| {
        let next = (at + 1) % count;
        format!("variable \"s{at}\" {{\n  secret \"file\" {{\n    path = var.s{next}\n  }}\n}}\n")
    };
    let all: String = (0..count).map(secret).collect();
    let loaded = read(all);
    let message = &loaded.diagnostics[0].message;
    assert!(message.starts_with("these secrets need each other to be fetched: var.s0 → "), "{message}");
    let chain: String = (0..count - 1).map(secret).collect();
    let last = format!("variable \"s{}\" {{\n  secret \"file\" {{\n    path = \"x\"\n  }}\n}}\n", count - 1);
    assert!(read(chain + &last).pipeline.is_some());
}

#[test]
fn steps_are_not_nested_without_end() {
    for (open, close) in
        [("do {\n", "}\n"), ("task \"t\" {\n run \"shell\" { cmd = \"x\" }\n ensure {\n", "}\n}\n")]
    {
        let text = format!("job \"j\" {{\n{}{}}}\n", open.repeat(30), close.repeat(30));
        let loaded = read(text);
        let said: Vec<_> = loaded.errors().map(|error| error.message.as_str()).collect();
        assert_eq!(said, ["steps stand at most 8 deep in each other"]);
    }
}

#[test]
fn jobs_of_very_many_steps_end() {
    let gets: String = (0..5_000).map(|at| format!("  get \"t\" \"r{at}\" {{ trigger = true }}\n")).collect();
    let resources: String = (0..5_000).map(|at| format!("resource \"t\" \"r{at}\" {{\n}}\n")).collect();
    let text =
        format!("resource_type \"t\" {{\n}}\n{resources}job \"j\" {{\n  in_parallel {{\n{gets}  }}\n}}\n");
    let pipeline = read(text).pipeline.expect("a pipeline");
    assert_eq!(pipeline.jobs[0].gets().count(), 5_000);
}

#[test]
fn very_many_errors_are_cut_off() {
    let wrong = "jbo \"x\" {\n}\n".repeat(10_000);
    let loaded = read(wrong);
    assert!((50..=101).contains(&loaded.diagnostics.len()), "{}", loaded.diagnostics.len());
}

#[test]
fn templates_do_not_call_themselves_for_ever() {
    let text = b"${templatefile(\"t\", { x = 1 })}".to_vec();
    let files: BTreeMap<String, Vec<u8>> = [("t".to_owned(), text)].into();
    let text = "locals {\n  x = templatefile(\"t\", { x = 1 })\n}\n";
    let input = LoadInput { files: vec![SourceFile::new("a.hcl", text)], ..LoadInput::default() };
    let loaded = load(&input, &files);
    assert!(loaded.errors().next().expect("an error").message.contains("8 levels deep"));
}

/// Pieces of pipelines, put together at random: whatever comes of it is an answer.
#[test]
fn random_pieces_never_panic() {
    let pieces = [
        "job", "\"a\"", "{", "}", "\n", "=", "[", "]", "(", ")", "${", "%{", "~}", "\"", "<<EOT\n", "EOT\n",
        "for", "in", ":", "=>", "...", "if", "1", "null", "task", "run", "shell", "cmd", "get", "git",
        "resource", "params", "var.x", "local.y", ".", "[*]", "?", "#", "/*", "*/", "é", "\u{0}", "\\", "$",
        "upper(", ",", "locals", "variable",
    ];
    let mut state: u64 = 7;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..2_000 {
        let text: String = (0..next(60))
            .map(|_| pieces[next(pieces.len())].to_owned() + if next(2) == 0 { " " } else { "" })
            .collect();
        let loaded = read(text);
        assert!(loaded.pipeline.is_some() || !loaded.diagnostics.is_empty());
        loaded.diagnostics.iter().for_each(|diagnostic| assert!(!diagnostic.render(true).is_empty()));
    }
}

#[test]
fn instances_within_instances_do_not_explode() {
    let each = "for_each = toset(range(256))";
    let deep: String = (0..6).map(|_| format!("do {{\n{each}\n")).collect();
    let text = format!(
        "job \"a\" {{\n{each}\n{deep}task \"t\" {{\nrun \"shell\" {{ cmd = \"true\" }}\n}}\n{}}}\n",
        "}\n".repeat(6)
    );
    let loaded = read(text);
    assert!(loaded.pipeline.is_none());
    let messages: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert!(messages.contains(&"with all instances, this pipeline is more than 8 MiB"), "{messages:?}");
    assert!(messages.len() < 10, "{messages:?}");
}
