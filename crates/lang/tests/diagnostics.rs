//! A table of files that are wrong or bite, each with exactly what is said about it: `diagnostics/NAME.hcl` and
//! `diagnostics/NAME.expected`. A first line `# --var name=value` gives a variable.
//!
//! `UPDATE_EXPECTED=1 cargo test -p pikoci-lang --test diagnostics` writes the `.expected` anew, to be read.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "the helpers of a test may panic")]

use pikoci_lang::{LoadInput, Loaded, SourceFile, Variables, load, render_all};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[test]
fn each_file_is_answered_as_expected() {
    let mut wrong = Vec::new();
    let files = files();
    assert!(files.len() >= 80, "the table is there");
    for path in files {
        let answer = render_all(&read(&path).diagnostics, false);
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&expected, &answer).unwrap();
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        if answer != expected {
            wrong.push(format!("== {} is answered:\n{answer}\n== expected:\n{expected}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_with_an_error_has_no_pipeline_and_one_with_warnings_has() {
    for path in files() {
        let loaded = read(&path);
        assert!(!loaded.diagnostics.is_empty(), "{}: nothing is said", path.display());
        assert_eq!(loaded.pipeline.is_some(), loaded.errors().next().is_none(), "{}", path.display());
    }
}

#[test]
fn the_json_form_has_the_fields_that_tools_rely_on() {
    let diagnostics = read(&directory().join("unknown-attribute.hcl")).diagnostics;
    let json = serde_json::to_value(&diagnostics[0]).unwrap();
    let expected = serde_json::json!({
        "severity": "error",
        "code": "unknown-attribute",
        "message": "unknown attribute `triger` in `get \"git\" \"app\"`",
        "location": {
            "file": "unknown-attribute.hcl", "line": 9, "column": 5, "length": 6, "source": "    triger = true"
        },
        "hint": "did you mean `trigger`?",
    });
    assert_eq!(json, expected);
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory()).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "hcl"));
    files.sort();
    files
}

fn read(path: &Path) -> Loaded {
    let bytes = std::fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let input = LoadInput {
        name: "shop".to_owned(),
        variables: Variables { flags: flags(&bytes), ..Variables::default() },
        files: vec![SourceFile::new(name, bytes)],
    };
    load(&input, &beside())
}

fn flags(bytes: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map_while(|line| line.strip_prefix("# --var "));
    lines
        .map(|flag| flag.split_once('=').expect("name=value"))
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .collect()
}

/// The files that lie beside the pipelines.
fn beside() -> BTreeMap<String, Vec<u8>> {
    let broken = "resource_type \"x\" {\n  chek \"exec\" {\n    path = \"true\"\n  }\n}\n";
    let text = [
        ("types/broken.hcl", broken),
        ("types/two.hcl", "runner_type \"a\" {\n  run {\n    path = \"a\"\n  }\n}\nrunner_type \"b\" {\n}\n"),
        ("hello.tmpl", "Hello ${name}, ${nam}!"),
    ];
    text.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect()
}

/// The codes that the sources use.
fn codes() -> std::collections::BTreeSet<String> {
    let code = regex::Regex::new(r#"Report::(?:error|warning)\(\s*"([a-z0-9-]+)""#).unwrap();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut codes = std::collections::BTreeSet::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        codes.extend(code.captures_iter(&text).map(|found| found[1].to_owned()));
    }
    codes
}

#[test]
fn every_code_stands_in_the_reference() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/errors.md");
    let page = std::fs::read_to_string(page).unwrap();
    let codes = codes();
    assert!(codes.len() > 50, "{codes:?}");
    for code in &codes {
        assert!(page.contains(&format!("| `{code}` |")), "{code} is missing");
    }
}

/// A file that is the source of a type, beside the pipeline that names it.
#[test]
fn what_stands_twice_in_two_files_says_where_the_first_stands() {
    let text = "resource_type \"mine\" {\n  source = \"./mine.hcl\"\n}\n";
    let input = LoadInput {
        name: "shop".to_owned(),
        variables: Variables::default(),
        files: vec![SourceFile::new("proj/mine.hcl", text), SourceFile::new("proj/pipeline.hcl", text)],
    };
    let diagnostics = load(&input, &beside()).diagnostics;
    let twice = diagnostics.iter().find(|found| found.code == "twice").unwrap();
    assert_eq!(
        (
            twice.message.as_str(),
            twice.location.as_ref().unwrap().file.as_str(),
            twice.hint.as_deref().unwrap()
        ),
        (
            "there are two of resource_type `mine`",
            "proj/pipeline.hcl",
            "the first stands on line 1 of proj/mine.hcl; all `.hcl` files of a directory are one pipeline: a file \
             that is the `source` of a type stands in another"
        )
    );
}
