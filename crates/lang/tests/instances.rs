//! `for_each` and `matrix`: what the instances of a block are called, and what they know.

use pikoci_lang::{Action, Job, LoadInput, NoFiles, Pipeline, SourceFile, Step, load, render_all};

fn pipeline(text: &str) -> Pipeline {
    let input = LoadInput { files: vec![SourceFile::new("pipeline.hcl", text)], ..LoadInput::default() };
    let loaded = load(&input, &NoFiles);
    loaded.pipeline.unwrap_or_else(|| panic!("{}", render_all(&loaded.diagnostics, false)))
}

fn names(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.jobs.iter().map(|job| job.name.as_str()).collect()
}

/// What a job's tasks have as `$A`, by their names.
fn envs(job: &Job) -> Vec<(String, String)> {
    let env = |task: &pikoci_lang::Task| {
        let value = &task.env["A"].value;
        value.literal().map_or_else(|| format!("{value:?}"), |known| known.to_text().unwrap_or_default())
    };
    job.tasks().map(|task| (task.name.value.clone(), env(task))).collect()
}

/// A job that says so of its instances, with a task that has `$A`.
fn job(instances: &str, value: &str) -> Pipeline {
    let task = format!("task \"t\" {{\n env {{\n A = {value}\n }}\n run \"shell\" {{ cmd = \"true\" }}\n }}");
    pipeline(&format!("job \"j\" {{\n {instances}\n {task}\n}}\n"))
}

#[test]
fn a_job_is_once_what_each_key_makes_of_it() {
    type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);
    let table: [Row; 9] = [
        ("for_each = toset([\"b\", \"a\", \"b\"])", "each.value", &[("j--a", "a"), ("j--b", "b")]),
        (
            "for_each = { \"x y\" = 1, b = 2 }",
            "\"${each.key}=${each.value}\"",
            &[("j--b", "b=2"), ("j--x-y", "x y=1")],
        ),
        ("for_each = { a = { n = 1 } }", "each.value.n", &[("j--a", "1")]),
        ("for_each = toset([10, 9])", "each.value + 1", &[("j--10", "11"), ("j--9", "10")]),
        (
            "for_each = { for name in [\"a\"] : name => upper(name) }",
            "each",
            &[("j--a", "{\"key\":\"a\",\"value\":\"A\"}")],
        ),
        ("for_each = setunion([\"a\"], [\"b\"])", "each.key", &[("j--a", "a"), ("j--b", "b")]),
        ("for_each = true ? toset([\"a\"]) : toset([])", "each.key", &[("j--a", "a")]),
        (
            "matrix {\n os = [\"linux\", \"mac os\"]\n go = [1.25, 1.24]\n }",
            "\"${each.key}: ${each.value.os} ${each.value.go}\"",
            &[
                ("j--1.24-linux", "1.24-linux: linux 1.24"),
                ("j--1.24-mac-os", "1.24-mac-os: mac os 1.24"),
                ("j--1.25-linux", "1.25-linux: linux 1.25"),
                ("j--1.25-mac-os", "1.25-mac-os: mac os 1.25"),
            ],
        ),
        ("matrix {\n os = toset([\"b\", \"a\"])\n }", "each.value.os", &[("j--a", "a"), ("j--b", "b")]),
    ];
    for (instances, value, expected) in table {
        let pipeline = job(instances, value);
        let found: Vec<_> = pipeline
            .jobs
            .iter()
            .map(|job| {
                assert_eq!((job.instance_of.as_deref(), job.base_name()), (Some("j"), "j"), "{instances}");
                (job.name.as_str(), envs(job).pop().unwrap().1)
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(name, env)| (*name, (*env).to_owned())).collect();
        assert_eq!(found, expected, "{instances}");
    }
    let single = job("", "1");
    assert_eq!((single.jobs[0].instance_of.as_deref(), single.jobs[0].base_name()), (None, "j"));
}

#[test]
fn what_a_job_says_of_itself_may_differ_by_instance() {
    let pipeline = pipeline(
        "
job \"deploy\" {
  for_each      = { eu = 1, us = 2 }
  concurrency   = each.value
  max_in_flight = 3
  tags          = [each.key]
  serial_groups = [\"deploy-${each.key}\"]
  description   = \"to ${each.key}\"
  service \"redis\" {
    version = \"v${each.value}\"
  }
  on_failure \"shell\" { cmd = \"echo ${each.key}\" }
}
",
    );
    let said: Vec<_> = pipeline
        .jobs
        .iter()
        .map(|job| {
            let of = &job.scheduling;
            let hook = match &job.hooks.on_failure[0].action {
                Action::Hook(command) => command.params["cmd"].as_str().unwrap(),
                other => panic!("{other:?}"),
            };
            let version = job.services[0].params["version"].as_str().unwrap();
            (
                of.concurrency,
                of.max_in_flight,
                of.tags[0].as_str(),
                of.serial_groups[0].as_str(),
                hook,
                version,
            )
        })
        .collect();
    let expected = [(1, 3, "eu", "deploy-eu", "echo eu", "v1"), (2, 3, "us", "deploy-us", "echo us", "v2")];
    assert_eq!(said, expected);
}

#[test]
fn resources_have_instances_which_gets_and_puts_name() {
    let pipeline = pipeline(
        "
locals {
  services = toset([\"api\", \"web\"])
}
resource \"git\" \"svc\" {
  for_each = local.services
  params {
    url = \"https://example.org/${each.key}.git\"
  }
}
job \"test\" {
  for_each = local.services
  get \"git\" \"svc\" {
    resource = \"svc--${each.key}\"
    trigger  = true
  }
  get \"git\" \"again\" {
    resource = \"svc--${each.key}\"
  }
  put \"git\" \"svc\" {
    resource = \"svc--${each.key}\"
    tag      = get.svc.ref
  }
}
job \"all\" {
  get \"git\" \"svc\" {
    resource = \"svc--api\"
    passed   = [\"test--api\"]
  }
}
",
    );
    let resources: Vec<_> = pipeline
        .resources
        .iter()
        .map(|of| (of.full_name(), of.base_name(), of.instance_of.as_deref(), of.directory.as_str()))
        .collect();
    let instance = |key: &'static str| (format!("git.svc--{key}"), "git.svc".to_owned(), Some("svc"), key);
    assert_eq!(resources, [instance("api"), instance("web")]);
    let touched = |job: &Job| -> Vec<String> {
        let gets = job.gets().map(|get| format!("{} {}", *get.name, get.resource));
        let puts = job.puts().map(|put| {
            assert_eq!(put.attributes.keys().collect::<Vec<_>>(), ["tag"]);
            format!("{} {}", *put.name, put.resource)
        });
        gets.chain(puts).collect()
    };
    assert_eq!(
        touched(pipeline.job("test--web").unwrap()),
        ["svc git.svc--web", "again git.svc--web", "svc git.svc--web"]
    );
    assert_eq!(touched(pipeline.job("all").unwrap()), ["svc git.svc--api"]);
}

#[test]
fn passed_means_all_instances_or_the_one_it_names() {
    let pipeline = pipeline(
        "
resource \"git\" \"app\" {
  params {
    url = \"https://example.org/app\"
  }
}
job \"lint\" {
  get \"git\" \"app\" { trigger = true }
}
job \"test\" {
  matrix {
    go = [\"1.24\", \"1.25\"]
  }
  get \"git\" \"app\" {
    trigger = true
    passed  = [\"lint\"]
  }
}
job \"one\" {
  for_each = toset([\"1.25\"])
  get \"git\" \"app\" {
    passed  = [\"test--${each.key}\"]
    trigger = true
  }
}
job \"all\" {
  get \"git\" \"app\" {
    passed  = [\"lint\", \"test\"]
    trigger = true
  }
}
",
    );
    assert_eq!(names(&pipeline), ["lint", "test--1.24", "test--1.25", "one--1.25", "all"]);
    let passed = |job: &str| -> Vec<String> {
        let get = pipeline.job(job).unwrap().gets().next().unwrap();
        get.passed.iter().map(|job| job.value.clone()).collect()
    };
    assert_eq!(passed("test--1.24"), ["lint"]);
    assert_eq!(passed("one--1.25"), ["test--1.25"]);
    assert_eq!(passed("all"), ["lint", "test--1.24", "test--1.25"]);
}

/// The steps with what is in them, as one line.
fn shown(steps: &[Step]) -> String {
    let shown = steps.iter().map(|step| match step.inner().is_empty() {
        true => step.name.value.clone(),
        false => {
            let inner: Vec<Step> = step.inner().into_iter().cloned().collect();
            format!("{}({})", step.name.value, shown(&inner))
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn steps_have_instances_in_order_or_side_by_side() {
    let pipeline = pipeline(
        "
job \"j\" {
  for_each = toset([\"x\"])
  task \"t\" {
    for_each = { b = each.key, a = 2 }
    env {
      A = \"${each.key} ${each.value}\"
    }
    run \"shell\" { cmd = \"true\" }
  }
  in_parallel {
    do {
      for_each = toset([1, 2])
      task \"d\" {
        for_each = toset([each.key])
        env {
          A = task[\"t--a\"].OUT
        }
        run \"shell\" { cmd = \"true\" }
      }
      task \"same\" {
        env {
          A = each.key
        }
        run \"shell\" { cmd = \"true\" }
        ensure \"shell\" { cmd = \"echo ${each.key}\" }
      }
    }
  }
  if {
    for_each  = toset([\"m\", \"n\"])
    condition = build.number == each.key
    task \"yes\" {
      env {
        A = each.key
      }
      run \"shell\" { cmd = \"true\" }
    }
  }
  else {
    task \"no\" {
      env {
        A = each.key
      }
      run \"shell\" { cmd = \"true\" }
    }
  }
}
",
    );
    let job = &pipeline.jobs[0];
    assert_eq!(
        shown(&job.steps),
        "t--a t--b in_parallel(do--1(d--1 same) do--2(d--2 same)) if--m(yes no) if--n(yes no)"
    );
    let envs: Vec<_> = envs(job).into_iter().filter(|(name, _)| !name.starts_with('d')).collect();
    let envs: Vec<_> = envs.iter().map(|(name, env)| format!("{name}={env}")).collect();
    assert_eq!(envs, ["t--a=a 2", "t--b=b x", "same=1", "same=2", "yes=m", "no=m", "yes=n", "no=n"]);
}

#[test]
fn a_value_may_be_a_secret_while_its_key_is_none() {
    let text = "
variable \"token\" {
  sensitive = true
  default   = \"x-1234\"
}
job \"deploy\" {
  for_each = { eu = var.token }
  task \"t\" {
    env {
      A = each.value
    }
    run \"shell\" { cmd = \"true\" }
  }
}
";
    let pipeline = pipeline(text);
    assert_eq!(names(&pipeline), ["deploy--eu"]);
    assert!(pipeline.jobs[0].tasks().next().unwrap().env["A"].is_secret());
}
