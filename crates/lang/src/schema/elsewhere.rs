//! Words that are known, but stand in another place, or are those of other tools.

/// Where what is called `name` stands, or what it is called here.
pub(super) fn elsewhere(name: &str) -> Option<String> {
    let hint = match name {
        "job" | "resource" | "resource_type" | "runner_type" | "secret_type" | "service_type"
        | "variable" | "locals" => format!("`{name}` stands in the file itself, in no other block"),
        "task" | "put" | "in_parallel" | "service" => format!("`{name}` stands in a job"),
        "run" => "`run` stands in a task: `task \"NAME\" {`".to_owned(),
        "cmd" | "image" | "script" | "command" => {
            "what is run stands in the block of its runner: `run \"shell\" { cmd = \"…\" }`".to_owned()
        }
        "needs" | "depends_on" => {
            "a job takes what another has passed: `get \"TYPE\" \"NAME\" { passed = [\"JOB\"] }`".to_owned()
        }
        "step" | "steps" | "plan" => {
            "steps are `get`, `task` and `put`, and stand in the job itself".to_owned()
        }
        "retry" | "retries" => "a step is tried again with `attempts`".to_owned(),
        "finally" | "always" => "what runs in any case is `ensure`".to_owned(),
        _ => return None,
    };
    Some(hint)
}
