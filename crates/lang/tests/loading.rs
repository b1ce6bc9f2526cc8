//! What a pipeline becomes: types, sources, variables, files beside it; and everything that ships with PikoCI.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use hcl_edit::structure::{Body, Structure};
use pikoci_lang::{
    Action, GetVersion, Interruptible, LoadInput, Loaded, NoFiles, OnWorkerLoss, Pipeline, Resource,
    ResourceKind, Schedule, SourceFile, Untrusted, Variables, builtin_types, load, render_all,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn loaded(files: &[(&str, &str)], beside: &[(&str, &str)], variables: Variables) -> Loaded {
    let files = files.iter().map(|(name, text)| SourceFile::new(*name, *text)).collect();
    let beside: BTreeMap<String, Vec<u8>> =
        beside.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    load(&LoadInput { name: "shop".to_owned(), files, variables }, &beside)
}

fn pipeline(text: &str) -> Pipeline {
    good(loaded(&[("pipeline.hcl", text)], &[], Variables::default()))
}

fn good(loaded: Loaded) -> Pipeline {
    let said = render_all(&loaded.diagnostics, false);
    loaded.pipeline.unwrap_or_else(|| panic!("{said}"))
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// All files below a directory whose names end like that.
fn files_below(directory: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, end));
        } else if path.to_str().unwrap().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_type_that_ships_loads_and_says_what_its_parameters_are() {
    let mut seen = BTreeMap::<&str, usize>::new();
    for of in builtin_types() {
        let text = format!("{}_type \"{}\" {{\n  source = \"pikoci://{}\"\n}}\n", of.kind, of.name, of.name);
        let loaded = loaded(&[("a.hcl", &text)], &[], Variables::default());
        assert!(loaded.diagnostics.is_empty(), "{}", render_all(&loaded.diagnostics, false));
        let source = loaded.pipeline.unwrap().sources.remove(0);
        assert_eq!((source.source, source.text.as_str()), (format!("pikoci://{}", of.name), of.text));
        assert!(!of.description.is_empty(), "{}/{} has no description", of.kind, of.name);
        for (param, says) in &of.params.named {
            assert!(says.description.is_some(), "{}/{}: {param} has no description", of.kind, of.name);
        }
        *seen.entry(of.kind).or_default() += 1;
    }
    let files = files_below(&root().join("types"), ".hcl").len();
    assert_eq!(
        seen.values().sum::<usize>(),
        files + 1,
        "all files are embedded, one of them under two names"
    );
    assert_eq!(seen["runner"], 3);
}

#[test]
fn every_example_loads() {
    let examples = files_below(&root().join("examples"), ".hcl");
    assert!(examples.len() >= 2);
    for path in examples {
        let text = std::fs::read_to_string(&path).unwrap();
        let pipeline = good(loaded(&[("pipeline.hcl", &text)], &[], Variables::default()));
        assert!(!pipeline.jobs.is_empty(), "{}", path.display());
    }
}

#[test]
fn the_examples_of_the_reference_load() {
    let mut count = 0;
    for page in files_below(&root().join("docs/reference"), ".md") {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in text.split("```hcl\n").skip(1) {
            let block = block.split("```").next().unwrap();
            let block = whole(block);
            let loaded = loaded(&[("pipeline.hcl", &block)], &[], Variables::default());
            assert!(
                loaded.diagnostics.is_empty(),
                "{}\n{}",
                page.display(),
                render_all(&loaded.diagnostics, false)
            );
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}

/// A pipeline around an example: its steps stand in a job, and `git.app` is there.
fn whole(example: &str) -> String {
    let body: Body = example.parse().unwrap();
    let steps = ["task", "put", "get", "in_parallel", "do", "if", "else_if", "else", "service"];
    let is_step =
        |part: &Structure| part.as_block().is_some_and(|block| steps.contains(&block.ident.as_str()));
    let (steps, mut rest): (Vec<Structure>, Vec<Structure>) = body.into_iter().partition(is_step);
    let app = "resource \"git\" \"app\" {\n  params {\n    url = \"https://example.org/app\"\n  }\n}\n";
    let declares =
        rest.iter().filter_map(Structure::as_block).any(|block| block.ident.as_str() == "resource");
    if example.contains("\"git\" \"app\"") && !declares {
        rest.extend(app.parse::<Body>().unwrap());
    }
    let steps = steps.into_iter().collect::<Body>().to_string();
    let job = if steps.is_empty() { String::new() } else { format!("job \"test\" {{\n{steps}}}\n") };
    format!("{}{job}", rest.into_iter().collect::<Body>())
}

#[test]
fn a_pipeline_may_be_several_files_whose_blocks_stand_in_any_order() {
    let files = [
        ("a.hcl", "job \"test\" {\n  get \"git\" \"app\" { trigger = true }\n}\n"),
        ("b.hcl", "resource \"git\" \"app\" {\n  params {\n    url = local.url\n  }\n}\n"),
        ("c.hcl", "locals {\n  url = \"https://${local.host}/app.git\"\n}\nlocals {\n  host = var.host\n}\n"),
        ("d.hcl", "variable \"host\" {\n  default = \"example.org\"\n}\n"),
    ];
    let pipeline = good(loaded(&files, &[], Variables::default()));
    let resource = pipeline.resource("git.app").expect("the resource");
    assert_eq!(resource.params["url"].as_str(), Some("https://example.org/app.git"));
    assert_eq!(resource.directory, "app");
    assert_eq!(resource.check_interval, Some(Schedule::Every(60_000)));
    let get = pipeline.job("test").unwrap().gets().next().unwrap();
    assert_eq!((get.name.as_str(), get.resource.as_str(), get.trigger), ("app", "git.app", true));
}

#[test]
fn one_syntax_error_a_file_and_nothing_that_follows_from_it() {
    let files = [
        ("a.hcl", "job \"test\" {\n  get \"git\" \"app\" { trigger = true }\n}\n"),
        ("b.hcl", "resource \"git\" \"app\" {\n  params {\n"),
        ("c.hcl", "variable {{{\n"),
    ];
    let loaded = loaded(&files, &[], Variables::default());
    let codes: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["syntax", "syntax"], "{}", render_all(&loaded.diagnostics, false));
}

#[test]
fn the_nearest_value_of_a_variable_wins() {
    let text = "variable \"v\" {\n  default = \"default\"\n}\njob \"x\" {\n  description = var.v\n}\n";
    let (environment, flags) = (map(&[("v", "environment"), ("other", "x")]), map(&[("v", "flag")]));
    let file = |value: &str| SourceFile::new(format!("{value}.hcl"), format!("v = \"{value}\"\n"));
    let table = [
        (Variables::default(), "default"),
        (Variables { environment: environment.clone(), ..Variables::default() }, "environment"),
        (
            Variables { environment: environment.clone(), files: vec![file("one")], ..Variables::default() },
            "one",
        ),
        (
            Variables {
                environment: environment.clone(),
                files: vec![file("one"), file("two")],
                ..Variables::default()
            },
            "two",
        ),
        (Variables { environment, files: vec![file("one")], flags }, "flag"),
    ];
    for (variables, expected) in table {
        let pipeline = good(loaded(&[("a.hcl", text)], &[], variables));
        assert_eq!(pipeline.jobs[0].description.as_deref(), Some(expected));
    }
}

#[test]
fn values_are_read_by_the_type_of_the_variable() {
    let table = [
        ("string", "5", "\"5\""),
        ("any", "[1]", "\"[1]\""),
        ("number", "5", "5"),
        ("bool", "true", "true"),
        ("\"list(string)\"", "[1, 2]", "[\"1\",\"2\"]"),
        ("set(number)", "[2, 1, 2]", "[1,2]"),
        ("map(number)", "{ a = \"1\" }", "{\"a\":1}"),
        ("object({ a = number, b = optional(string) })", "{\"a\": 1}", "{\"a\":1,\"b\":null}"),
        ("tuple([string, number])", "[1, \"2\"]", "[\"1\",2]"),
    ];
    for (of, given, expected) in table {
        let text = format!(
            "variable \"v\" {{\n  type = {of}\n}}\njob \"x\" {{\n  description = jsonencode(var.v)\n}}\n"
        );
        let flags = Variables { flags: map(&[("v", given)]), ..Variables::default() };
        let pipeline = good(loaded(&[("a.hcl", &text)], &[], flags));
        assert_eq!(pipeline.jobs[0].description.as_deref(), Some(expected), "{of}");
    }
}

#[test]
fn files_of_values_are_json_or_hcl() {
    let text =
        "variable \"v\" {\n  type = list(number)\n}\njob \"x\" {\n  description = jsonencode(var.v)\n}\n";
    let table = [
        ("v.json", "{\"v\": [1, 2]}"),
        ("-", " {\"v\": [1, 2]}"),
        ("v.hcl", "v = [1, 1 + 1]\n"),
        ("-", "v = [1, 2]\n"),
    ];
    for (name, content) in table {
        let variables = Variables { files: vec![SourceFile::new(name, content)], ..Variables::default() };
        let pipeline = good(loaded(&[("a.hcl", text)], &[], variables));
        assert_eq!(pipeline.jobs[0].description.as_deref(), Some("[1,2]"), "{name}");
    }
    for (name, content) in [("v.json", "[1]"), ("v.json", "{"), ("v.hcl", "v {\n}\n"), ("v.hcl", "v = \n")] {
        let variables = Variables { files: vec![SourceFile::new(name, content)], ..Variables::default() };
        assert!(loaded(&[("a.hcl", text)], &[], variables).pipeline.is_none(), "{content}");
    }
}

#[test]
fn a_type_comes_from_a_file_beside_the_pipeline() {
    let text = "
runner_type \"mine\" {
  source = \"./types/../types/runner.hcl\"
}
job \"x\" {
  task \"y\" {
    run \"mine\" { word = \"hi\" }
  }
}
";
    let runner = "
name = \"greeter\"
version = \"1.0\"
runner_type \"whatever\" {
  params = [\"word\"]
  param \"shell\" {
    default = \"/bin/sh\"
  }
  run {
    path = \"$shell\"
    args = [\"-c\", \"echo $word\"]
  }
}
";
    let pipeline = good(loaded(&[("a.hcl", text)], &[("types/runner.hcl", runner)], Variables::default()));
    let runner = &pipeline.runner_types["mine"];
    assert_eq!(
        (runner.name.as_str(), runner.source.as_deref()),
        ("mine", Some("./types/../types/runner.hcl"))
    );
    let params = &pipeline.jobs[0].tasks().next().unwrap().run.params;
    assert_eq!(params["shell"].as_str(), Some("/bin/sh"));
    assert_eq!(params["word"].as_str(), Some("hi"));
}

#[test]
fn a_file_of_a_type_knows_no_variables() {
    let text = "variable \"v\" {\n  default = 1\n}\nresource_type \"t\" {\n  source = \"t.hcl\"\n}\n";
    let of = "resource_type \"t\" {\n  check \"exec\" {\n    path = var.v\n  }\n}\n";
    let loaded = loaded(&[("a.hcl", text)], &[("t.hcl", of)], Variables::default());
    assert_eq!(loaded.diagnostics[0].message, "there is no `var` here");
    assert_eq!(loaded.diagnostics[0].location.as_ref().unwrap().file, "t.hcl");
}

#[test]
fn a_block_of_the_same_name_replaces_a_built_in_type() {
    let pipeline = pipeline(
        "runner_type \"shell\" {\n  run {\n    path = \"mysh\"\n    args = [\"$cmd\"]\n  }\n}\njob \"x\" {\n  task \"y\" {\n    run \"shell\" { cmd = \"a\" }\n  }\n}\n",
    );
    assert_eq!(pipeline.runner_types["shell"].run.path.value, "mysh");
}

#[test]
fn a_type_without_a_check_and_an_empty_command_have_nothing_to_run() {
    let pipeline = pipeline(
        "resource_type \"t\" {\n  check \"exec\" {\n  }\n  pull \"exec\" {\n  }\n}\nresource \"t\" \"a\" {\n  check_interval = \"5s\"\n}\n",
    );
    assert!(!pipeline.resources[0].has_check());
    assert!(pipeline.resource_types["t"].pull.is_none());
}

#[test]
fn values_print_as_the_environment_takes_them() {
    let pipeline = pipeline(
        "job \"x\" {\n  timeout = \"0\"\n  task \"y\" {\n    timeout = \"90s\"\n    dir = \"./a//b/\"\n    env {\n      N = 1.50\n      T = true\n      L = [1, \"a\", null]\n      M = { b = 1, a = \"<\" }\n      E = \"\"\n      NONE = null\n    }\n    run \"shell\" { cmd = \"a\" }\n  }\n}\n",
    );
    let step = &pipeline.jobs[0].steps[0];
    let Action::Task(task) = &step.action else { panic!("a task") };
    let texts =
        task.env.iter().map(|(name, value)| (name.clone(), value.literal().unwrap().to_text().unwrap()));
    let expected =
        [("E", ""), ("L", "[1,\"a\",null]"), ("M", "{\"a\":\"<\",\"b\":1}"), ("N", "1.5"), ("T", "true")];
    assert_eq!(texts.collect::<BTreeMap<_, _>>(), map(&expected));
    assert_eq!(
        (
            task.dir.as_ref().and_then(|dir| dir.as_str()),
            step.options.timeout_ms,
            pipeline.jobs[0].timeout_ms
        ),
        (Some("a/b"), Some(90_000), Some(0))
    );
}

#[test]
fn what_only_a_server_acts_on_is_kept() {
    let pipeline = pipeline(
        "
resource \"git\" \"app\" {
  params {
    url = \"https://example.org/app\"
  }
  check_interval = \"CRON_TZ=Europe/Berlin 0 6 * * *\"
  tags           = [\"inside\"]
  icon           = \"git\"
  cache          = true
}
job \"deploy\" {
  concurrency    = 2
  serial_groups  = [\"production\", \"team/shared\"]
  tags           = [\"big\"]
  interruptible  = \"waiting\"
  on_worker_loss = \"retry\"
  disable_retry  = true
  untrusted      = \"skip\"
  get \"git\" \"app\" {
    trigger = true
    version = { branch = \"main\" }
  }
}
",
    );
    let resource = &pipeline.resources[0];
    let schedule =
        Schedule::Cron { expression: "0 6 * * *".to_owned(), time_zone: Some("Europe/Berlin".to_owned()) };
    assert_eq!(resource.check_interval, Some(schedule));
    assert_eq!((resource.tags.as_slice(), resource.cache), (&["inside".to_owned()][..], Some(true)));
    let job = &pipeline.jobs[0];
    let groups: Vec<_> = job.scheduling.serial_groups.iter().map(|group| group.as_str()).collect();
    assert_eq!((job.scheduling.concurrency, groups), (2, vec!["production", "team/shared"]));
    assert_eq!(job.scheduling.interruptible.value, Interruptible::Waiting);
    assert_eq!((job.scheduling.on_worker_loss, job.scheduling.disable_retry), (OnWorkerLoss::Retry, true));
    assert_eq!(job.scheduling.untrusted, Untrusted::Skip);
    assert_eq!(job.gets().next().unwrap().version, GetVersion::Pinned(map(&[("branch", "main")])));
}

#[test]
fn where_versions_come_from_is_known() {
    let pipeline = pipeline(
        "
resource_type \"cron\" {
  space     = \"branch\"
  untrusted = \"fork\"
  check \"exec\" {
    path = \"versions\"
  }
}
resource_type \"clock\" {
  source = \"pikoci://cron\"
}
resource_type \"image\" {
  push \"exec\" {
    path = \"push\"
  }
}
resource \"cron\" \"own\" {
}
resource \"clock\" \"nightly\" {
  check_interval = \"@daily\"
}
resource \"trigger\" \"deploy\" {
}
resource \"image\" \"app\" {
}
resource \"git\" \"app\" {
  params {
    url = \"https://example.org/app\"
  }
}
",
    );
    let from: Vec<_> =
        pipeline.resources.iter().map(|resource| (resource.kind, resource.has_check())).collect();
    let expected = [
        (ResourceKind::Checked, true),
        (ResourceKind::Cron, false),
        (ResourceKind::Trigger, false),
        (ResourceKind::Unchecked, false),
        (ResourceKind::Checked, true),
    ];
    assert_eq!(from, expected);
    let has_times = |resource: &Resource| resource.check_interval.is_some();
    assert!(pipeline.resources.iter().map(has_times).eq([true, true, false, false, true]));
    let keys =
        |name| pipeline.resource(name).map(|resource| (resource.space.clone(), resource.untrusted.clone()));
    assert_eq!(keys("cron.own"), Some((Some("branch".to_owned()), Some("fork".to_owned()))));
    assert_eq!(keys("trigger.deploy"), Some((None, None)));
}

#[test]
fn a_pipeline_needs_no_files_beside_it() {
    let input = LoadInput {
        files: vec![SourceFile::new("a.hcl", "locals {\n  x = fileexists(\"b\")\n}\n")],
        ..LoadInput::default()
    };
    assert!(load(&input, &NoFiles).pipeline.is_some());
}
