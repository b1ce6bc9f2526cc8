//! The resource type `trigger`: a signal, whose versions are what puts say.

use crate::Failure;
use crate::answer::{Object, object};
use crate::call::Call;

/// The version that a put makes: its attributes, and the build as `build`, so that each build's is a new one.
///
/// # Errors
/// The put has an attribute `build` itself, or there is no build.
pub(crate) fn push(call: &Call) -> Result<Object, Failure> {
    let build = call.variable("BUILD_ID").ok_or_else(|| {
        Failure::new("the variable `BUILD_ID` is not set: this command is called by PikoCI")
    })?;
    let mut version = object(call.puts());
    if version.insert("build".to_owned(), build.into()).is_some() {
        return Err(Failure::new("`build` is the id of the build in each version")
            .hint("give the attribute of the put another name"));
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pushed(variables: &[(&str, &str)]) -> Result<Value, String> {
        let call = Call::of(variables.iter().copied().chain([("WORKDIR", "/w"), ("param_x", "1")]));
        push(&call).map(Value::from).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_version_is_what_the_put_says_and_its_build() {
        assert_eq!(pushed(&[("BUILD_ID", "01B")]), Ok(json!({ "build": "01B" })));
        let variables = [
            ("BUILD_ID", "01B"),
            ("put_ref", "v1.2"),
            ("put_Empty", ""),
            ("put__message", "it's \"here\"\n"),
            ("put_list", "[1,2]"),
            ("PUT_OTHER", "x"),
        ];
        let version = json!({
            "ref": "v1.2", "Empty": "", "_message": "it's \"here\"\n", "list": "[1,2]", "build": "01B"
        });
        assert_eq!(pushed(&variables), Ok(version));
    }

    #[test]
    fn the_build_is_not_to_be_said() {
        let hint = "hint: give the attribute of the put another name";
        let said = pushed(&[("BUILD_ID", "01B"), ("put_build", "x")]).unwrap_err();
        assert!(said.starts_with("`build` is the id of the build") && said.ends_with(hint), "{said}");
        assert!(pushed(&[]).unwrap_err().contains("`BUILD_ID` is not set"));
    }
}
