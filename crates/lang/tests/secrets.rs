//! What is a secret stays out of everything but the place that is made for it.

use pikoci_lang::{
    LoadInput, Loaded, NoFiles, ReadError, SecretSource, SourceFile, Variables, load, render_all,
};
use std::collections::BTreeMap;

const CANARY: &str = "canary-7f3a";

fn loaded(text: &str, variables: Variables, files: &dyn pikoci_lang::Files) -> Loaded {
    let files_of = vec![SourceFile::new("a.hcl", text)];
    load(&LoadInput { name: "p".to_owned(), files: files_of, variables }, files)
}

fn flags(pairs: &[(&str, &str)]) -> Variables {
    let flags = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Variables { flags, ..Variables::default() }
}

const DECLARED: &str = "
variable \"token\" {
  secret \"vault\" {
    path = \"secret/data/ci\"
  }
}
variable \"pair\" {
  type      = object({ user = string, password = string })
  sensitive = true
  default   = { user = \"u\", password = \"canary-7f3a\" }
}
locals {
  both = \"${var.token}:${var.pair.password}\"
}
job \"j\" {
  task \"t\" {
    env {
      TOKEN = var.token
      BOTH  = base64encode(local.both)
    }
    run \"shell\" { cmd = \"true\" }
  }
}
";

#[test]
fn a_value_from_a_flag_goes_before_the_secret_store_and_stays_a_secret() {
    let pipeline = loaded(DECLARED, flags(&[("token", CANARY)]), &NoFiles).pipeline.unwrap();
    assert!(matches!(pipeline.secrets["token"], SecretSource::Given));
    assert_eq!(pipeline.given.values()["token"], CANARY);
    assert_eq!(pipeline.given.values()["pair"], format!("{{\"password\":\"{CANARY}\",\"user\":\"u\"}}"));
    assert!(!format!("{pipeline:?}").replace("ResolvedSource", "").contains(CANARY), "{pipeline:?}");
    let without = loaded(DECLARED, Variables::default(), &NoFiles).pipeline.unwrap();
    assert!(matches!(without.secrets["token"], SecretSource::Fetched(_)));
    assert!(!without.given.values().contains_key("token"));
}

#[test]
fn what_a_pipeline_was_given_does_not_print() {
    let variables = Variables {
        flags: BTreeMap::from([("a".to_owned(), CANARY.to_owned())]),
        environment: BTreeMap::from([("b".to_owned(), CANARY.to_owned())]),
        files: vec![SourceFile::new("v.hcl", format!("c = \"{CANARY}\"\n"))],
    };
    let shown = format!("{:?}", LoadInput { variables, ..LoadInput::default() });
    assert!(!shown.contains(CANARY) && shown.contains("v.hcl"), "{shown}");
}

#[test]
fn no_diagnostic_quotes_a_value_of_a_secret() {
    let number = "variable \"pin\" {\n  type      = number\n  sensitive = true\n}\n";
    let checked = "variable \"pin\" {\n  sensitive = true\n  validation {\n    condition     = tonumber(var.pin) > 3\n    error_message = \"not ${var.pin}\"\n  }\n}\n";
    let list = "variable \"pin\" {\n  type      = list(number)\n  sensitive = true\n}\n";
    let file =
        |text: String| Variables { files: vec![SourceFile::new("v.hcl", text)], ..Variables::default() };
    let table = [
        (number, flags(&[("pin", CANARY)])),
        (list, flags(&[("pin", CANARY)])),
        (list, flags(&[("pin", "[\"canary-7f3a\"]")])),
        (checked, flags(&[("pin", CANARY)])),
        (number, file(format!("pin = \"{CANARY}\"\n"))),
        (number, file(format!("pni = \"{CANARY}\"\n"))),
        (number, file(format!("pin = \"{CANARY}\n"))),
        (number, file(format!("pin = {CANARY} {CANARY}\n"))),
        (number, file(format!("{{\"pin\": {CANARY}}}"))),
    ];
    for (text, variables) in table {
        let said = render_all(&loaded(text, variables, &NoFiles).diagnostics, false);
        assert!(!said.is_empty() && !said.contains("canary"), "{said}");
    }
}

/// One text, at every address.
struct Elsewhere(&'static str);

impl pikoci_lang::Files for Elsewhere {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Err(ReadError::NotFound)
    }

    fn fetch(&self, _: &str, _: Option<&str>) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.as_bytes().to_vec())
    }
}

#[test]
fn a_text_from_an_address_is_kept_and_verified_and_not_quoted_if_it_is_no_type() {
    let text = |checksum: &str| {
        format!(
            "runner_type \"r\" {{\n  source   = \"https://example.org/r.hcl\"\n  checksum = \"sha256:{checksum}\"\n}}\n"
        )
    };
    let runner = "runner_type \"r\" {\n  run {\n    path = \"r\"\n  }\n}\n";
    let wrong = loaded(&text(&"0".repeat(64)), Variables::default(), &Elsewhere(runner));
    let hint = wrong.diagnostics[0].hint.clone().unwrap();
    let right = hint.split("sha256:").nth(1).unwrap().split('`').next().unwrap();
    let pipeline = loaded(&text(right), Variables::default(), &Elsewhere(runner)).pipeline.unwrap();
    assert_eq!(pipeline.sources[0].source, "https://example.org/r.hcl");
    assert_eq!((pipeline.sources[0].sha256.as_str(), pipeline.sources[0].text.as_str()), (right, runner));

    let plain = "runner_type \"r\" {\n  source = \"https://example.org/r.hcl\"\n}\n";
    for not_a_type in ["canary-7f3a: secret", "root:x:0:0:canary-7f3a", "canary \"7f3a\" {\n}\n"] {
        let said =
            render_all(&loaded(plain, Variables::default(), &Elsewhere(not_a_type)).diagnostics, false);
        assert!(said.contains("https://example.org/r.hcl") && !said.contains("7f3a"), "{said}");
    }
}
