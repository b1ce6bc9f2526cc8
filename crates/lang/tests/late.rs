//! Late values: computed with everything known they are what the same expression is without them.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use pikoci_lang::{
    Action, Known, Late, LateError, LoadInput, Loaded, Reference, SourceFile, Value, load, render_all,
    typed_secret,
};
use std::collections::BTreeMap;

/// What `var` holds in the tables of expressions.
const VALUES: &str = r#"{
  "name": "app", "n": 3, "list": ["a", "b", "c"], "map": { "x": 1, "y": 2 },
  "people": [{ "name": "ann", "age": 30 }, { "name": "bob", "age": 20 }], "nothing": null, "yes": true
}"#;

/// Everything is known, as `get.leaf.KEY` and as secrets of these names.
struct All(serde_json::Map<String, serde_json::Value>);

impl All {
    fn new() -> Self {
        Self(serde_json::from_str(VALUES).unwrap())
    }

    /// One that knows a text too, by the name `literal`.
    fn with(text: &str) -> Self {
        let mut all = Self::new();
        all.0.insert("literal".to_owned(), text.into());
        all
    }

    fn value(&self, name: &str) -> Result<Value, LateError> {
        let missing = || LateError(format!("there is no {name}"));
        self.0.get(name).and_then(Value::from_json).ok_or_else(missing)
    }
}

impl Known for All {
    /// Secrets that came with the pipeline are texts; what is no text is JSON.
    fn secret(&self, variable: &str) -> Result<Value, LateError> {
        let value = self.value(variable)?;
        Ok(Value::string(value.to_text().unwrap_or_default()))
    }

    fn build(&self, reference: &Reference) -> Result<Value, LateError> {
        match reference {
            Reference::Get { key, .. } => self.value(key),
            other => Err(LateError(format!("{other} is not known"))),
        }
    }
}

fn loaded(text: &str) -> Loaded {
    let beside: BTreeMap<String, Vec<u8>> = [(
        "conf.tmpl".to_owned(),
        b"user = ${user}\n%{ for port in ports ~}\nport = ${port}\n%{ endfor ~}\ntoken = ${token}\n".to_vec(),
    )]
    .into();
    let input = LoadInput {
        name: "p".to_owned(),
        files: vec![SourceFile::new("a.hcl", text)],
        ..LoadInput::default()
    };
    load(&input, &beside)
}

/// The value of an expression in the environment of a task.
fn late(variables: &str, expression: &str) -> Result<Late, String> {
    let text = format!(
        "{variables}
resource_type \"t\" {{
}}
resource \"t\" \"leaf\" {{
}}
job \"j\" {{
  get \"t\" \"leaf\" {{ trigger = true }}
  task \"y\" {{
    env {{
      V = {expression}
    }}
    run \"shell\" {{ cmd = \"true\" }}
  }}
}}
"
    );
    let loaded = loaded(&text);
    let said = render_all(&loaded.diagnostics, false);
    let pipeline = loaded.pipeline.ok_or(said)?;
    let Action::Task(task) = &pipeline.jobs[0].steps[1].action else { panic!("a task") };
    Ok(task.env.get("V").map_or(Late::Literal(Value::Null), |value| value.value.clone()))
}

/// The expressions of the table, with their values.
fn table() -> Vec<(String, Option<serde_json::Value>)> {
    let text = include_str!("expressions/library.txt");
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let pairs = lines.chunks(2).map(|pair| {
        let several = serde_json::from_str::<String>(pair[0]).ok().filter(|text| text.contains('\n'));
        let value = pair[1].trim_start().strip_prefix("=> ").unwrap();
        (several.unwrap_or(pair[0].to_owned()), serde_json::from_str(value).ok())
    });
    pairs.collect()
}

/// Compares what is late with what it is; `false` is an expression that shapes the pipeline, or that a secret
/// would decide: it is refused when it is loaded.
fn compare(variables: &str, expression: &str, known: &All, expected: Option<&serde_json::Value>) -> bool {
    let value = match late(variables, expression) {
        Ok(late) => late.evaluate(known).map(|value| value.to_json()).ok(),
        Err(said) if said.contains("only when a build runs") || said.contains("is a secret") => return false,
        Err(_) => None,
    };
    // Numbers print alike.
    let plain = |value: &serde_json::Value| Value::from_json(value).map(|value| value.to_json());
    let equal = match (&value, expected) {
        (Some(value), Some(expected)) => plain(value) == plain(expected),
        (None, None) => true,
        _ => false,
    };
    assert!(equal, "{expression}\n  is {value:?}\n  => {expected:?}");
    true
}

#[test]
fn build_values_make_what_known_values_would() {
    let table = table().into_iter().filter(|(expression, _)| expression.contains("var."));
    let compared = table.filter(|(expression, expected)| {
        compare("", &expression.replace("var.", "get.leaf."), &All::new(), expected.as_ref())
    });
    assert!(compared.count() >= 12);
}

#[test]
fn an_expression_whose_first_text_only_the_build_knows_is_what_it_would_be() {
    let literal = regex::Regex::new(r#""([^"\\$%{}]*)""#).unwrap();
    let mut compared = 0;
    for (expression, expected) in table() {
        let Some(found) = literal.captures(&expression).filter(|_| !expression.contains('\n')) else {
            continue;
        };
        if found.get(0).map(|found| found.start()) != expression.find('"') {
            continue;
        }
        let late = literal.replace(&expression, "get.leaf.literal").replace("var.", "get.leaf.");
        compared += usize::from(compare("", &late, &All::with(&found[1]), expected.as_ref()));
    }
    assert!(compared >= 120, "{compared}");
}

#[test]
fn secrets_make_what_known_values_would() {
    let values: serde_json::Map<String, serde_json::Value> = serde_json::from_str(VALUES).unwrap();
    let declare = |(name, value): (&String, &serde_json::Value)| {
        format!("variable \"{name}\" {{\n  default = {value}\n  sensitive = true\n}}\n")
    };
    let variables: String = values.iter().map(declare).collect();
    let table = table().into_iter().filter(|(expression, _)| expression.contains("var."));
    let compared = table
        .filter(|(expression, expected)| compare(&variables, expression, &All::new(), expected.as_ref()));
    assert!(compared.count() >= 8);
}

#[test]
fn a_template_of_a_file_is_read_when_the_pipeline_is_loaded_and_filled_when_a_build_runs() {
    let token = "variable \"name\" {\n  default   = \"app\"\n  sensitive = true\n}\n";
    let expression =
        "templatefile(\"conf.tmpl\", { user = \"ci\", ports = [1, get.leaf.n], token = var.name })";
    let late = late(token, expression).unwrap();
    assert_eq!(late.secrets(), ["name"]);
    let expected = "user = ci\nport = 1\nport = 3\ntoken = app\n";
    assert_eq!(late.evaluate(&All::new()).unwrap().as_str(), Some(expected));
}

#[test]
fn errors_hold_no_secret() {
    let token = "variable \"token\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n";
    struct Token;
    impl Known for Token {
        fn secret(&self, _: &str) -> Result<Value, LateError> {
            Ok(Value::string("hunter2"))
        }
        fn build(&self, _: &Reference) -> Result<Value, LateError> {
            Ok(Value::Null)
        }
    }
    let table = [
        "parseint(var.token, 10)",
        "tonumber(var.token)",
        "jsondecode(var.token)",
        "{ a = 1 }[var.token]",
        "lookup({ a = 1 }, var.token)",
        "formatdate(\"YYYY\", var.token)",
        "timeadd(\"2017-11-22T00:00:00Z\", var.token)",
        "regex(var.token, \"x\")",
        "base64decode(\"${var.token}$\")",
        "yamldecode(\"[${var.token}\")",
        "csvdecode(\"a\\n${var.token},b\")",
        "\"${jsondecode(var.token)}\"",
        "element([], length(var.token))",
        "format(\"%d\", var.token)",
    ];
    for expression in table {
        let late = late(token, expression).unwrap_or_else(|said| panic!("{expression}: {said}"));
        let error = late.evaluate(&Token).expect_err(expression).to_string();
        assert!(!error.contains("hunter") && error.contains("var.token"), "{expression}: {error}");
    }
}

#[test]
fn what_is_missing_is_caught_by_try_and_coalesce_and_named_in_a_string() {
    struct Missing;
    impl Known for Missing {
        fn secret(&self, _: &str) -> Result<Value, LateError> {
            Err(LateError("not here".to_owned()))
        }
        fn build(&self, _: &Reference) -> Result<Value, LateError> {
            Ok(Value::Null)
        }
    }
    let value =
        |expression: &str| late("", expression).unwrap().evaluate(&Missing).map(|value| value.to_json());
    let table = [
        ("get.leaf.tag", serde_json::Value::Null),
        ("try(get.leaf.tag, \"none\")", "none".into()),
        ("try(\"v${get.leaf.tag}\", \"none\")", "none".into()),
        ("coalesce(get.leaf.tag, \"none\")", "none".into()),
        ("coalesce(get.leaf.tag, get.leaf.other, build.id, \"x\")", "x".into()),
        ("get.leaf.tag == null ? \"no\" : \"yes\"", "no".into()),
    ];
    for (expression, expected) in table {
        assert_eq!(value(expression), Ok(expected), "{expression}");
    }
    let error = value("\"v${get.leaf.tag}\"").expect_err("it is missing").to_string();
    assert_eq!(error, "`get.leaf.tag` has no value, and stands inside a string");
}

#[test]
fn a_fetched_text_becomes_a_value_of_the_type_of_its_variable() {
    let table = [
        ("s3cret", "any", "\"s3cret\""),
        ("[1]", "string", "\"[1]\""),
        ("5", "number", "5"),
        ("[1, 2]", "list(string)", "[\"1\",\"2\"]"),
        ("{\"a\": \"1\"}", "object({ a = number, b = optional(string) })", "{\"a\":1,\"b\":null}"),
    ];
    for (text, of, expected) in table {
        let value = typed_secret(text, of).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(value.to_json().to_string(), expected);
    }
    let error = typed_secret("s3cret", "number").expect_err("no number");
    assert_eq!(error.to_string(), "the value is no `number`");
}
