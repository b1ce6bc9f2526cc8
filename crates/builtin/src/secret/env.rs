//! The secret type `env`: a variable of the worker's environment.

use crate::Failure;
use crate::answer::{Object, object};
use crate::call::Call;

/// The variable that `path` names, or `key` where there is no path.
///
/// # Errors
/// None is named, or it is not set.
pub(crate) fn get(call: &Call) -> Result<Object, Failure> {
    let name = call.param("path").or_else(|| call.param("key")).ok_or_else(|| {
        Failure::new("no variable is named").hint("write its name as `key` into the secret block")
    })?;
    let value = call.variable(name).ok_or_else(|| {
        Failure::new(format!("the worker passes no variable `{name}`, or it is empty"))
            .hint(format!("set it where the worker is started, and start it with --secret-env {name}"))
    })?;
    Ok(object([(name, value)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_found_by_path_or_key() {
        for pair in [("param_key", "TOKEN"), ("param_path", "TOKEN")] {
            assert_eq!(get(&Call::of([pair, ("TOKEN", "t")])).unwrap(), object([("TOKEN", "t")]));
        }
        assert!(get(&Call::of([])).unwrap_err().to_string().contains("no variable is named"));
        let failure = get(&Call::of([("param_key", "TOKEN")])).unwrap_err();
        assert!(failure.to_string().contains("--secret-env TOKEN"), "{failure}");
    }
}
