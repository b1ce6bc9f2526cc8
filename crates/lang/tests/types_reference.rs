//! Each built-in type has a page in `docs/reference/types`, which tells of all its parameters.

use std::path::{Path, PathBuf};

/// The page of a type. A service that shares its name with a secret has a page of its own.
fn page(kind: &str, name: &str) -> PathBuf {
    let name = match (kind, name) {
        ("service", "vault") => "vault-service",
        ("service", "postgres") => "postgresql",
        (_, name) => name,
    };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/reference/types/{name}.md"))
}

#[test]
fn every_parameter_of_every_built_in_type_is_explained() {
    let mut count = 0;
    for of in pikoci_lang::builtin_types() {
        let path = page(of.kind, of.name);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(!text.is_empty(), "{} `{}` has no page {}", of.kind, of.name, path.display());
        assert!(!of.description.is_empty(), "{} `{}` does not say what it is", of.kind, of.name);
        for (param, about) in &of.params.named {
            let (kind, name) = (of.kind, of.name);
            assert!(
                text.contains(&format!("`{param}`")),
                "the page of {kind} `{name}` does not tell of `{param}`"
            );
            assert!(about.description.is_some(), "{kind} `{name}` does not say what `{param}` is");
            count += 1;
        }
    }
    assert!(count > 40, "only {count} parameters were looked at");
}

#[test]
fn every_page_is_that_of_a_type() {
    let known: Vec<PathBuf> = pikoci_lang::builtin_types().map(|of| page(of.kind, of.name)).collect();
    let directory = page("resource", "git").parent().unwrap().to_owned();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let is_known = known.iter().any(|known| known.file_name() == path.file_name());
        assert!(is_known, "{} is the page of no type", path.display());
    }
}
