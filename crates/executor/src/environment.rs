//! The environment of a process: nothing of ours but the little it needs, and what the build knows.

use pikoci_plan::plan::BuildPlan;
use pikoci_plan::values::BuildValues;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;

/// The variable by which processes of an attempt are found: its value is the home's id, a slash, and the
/// attempt's id.
pub(crate) const MARKER: &str = "PIKOCI_ATTEMPT";

/// Variables of this process that every process gets, besides those whose name begins with [`DOCKER`].
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// How the names of the variables begin that tell a Docker client where its engine is.
const DOCKER: &str = "DOCKER_";

/// Variables by name.
pub(crate) type Variables = BTreeMap<String, String>;

/// The variables of this process's environment that processes may have: the usual ones, and those of `pass`.
pub(crate) fn inherited(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    pass: &[String],
) -> Vec<(String, OsString)> {
    let is_passed = |name: &str| {
        INHERITED.contains(&name) || name.starts_with(DOCKER) || pass.iter().any(|passed| passed == name)
    };
    environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| is_passed(name) && name != MARKER)
        .collect()
}

/// The whole environment of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// `KEY=VALUE`, each.
    pub(crate) pairs: Vec<CString>,
    /// The variables that are left out, since no process can get them: a name that is empty, has a `=` in it or
    /// is ours, a NUL byte anywhere.
    pub(crate) left_out: Vec<String>,
}

/// Puts an environment together: what is `exported` wins over `own`, and that over what is `inherited`.
pub(crate) fn assemble(
    inherited: &[(String, OsString)],
    own: &Variables,
    exported: &Variables,
) -> Environment {
    let mut environment = Environment::default();
    let is_set = |name: &String| own.contains_key(name) || exported.contains_key(name);
    let base = inherited.iter().filter(|(name, _)| !is_set(name)).map(|(name, value)| {
        let name = name.clone().into_bytes();
        [name, b"=".to_vec(), value.clone().into_vec()].concat()
    });
    let own = own.iter().filter(|(name, _)| name.as_str() == MARKER || !exported.contains_key(*name));
    let own = own.map(|(name, value)| format!("{name}={value}").into_bytes());
    // Neither can have a NUL byte in it: the system gave us the one, and we made the other.
    environment.pairs.extend(base.chain(own).filter_map(|pair| CString::new(pair).ok()));
    for (name, value) in exported {
        let is_sound = !name.is_empty() && !name.contains('=') && name != MARKER;
        match CString::new(format!("{name}={value}")) {
            Ok(pair) if is_sound => environment.pairs.push(pair),
            _ => environment.left_out.push(name.clone()),
        }
    }
    environment
}

/// `BUILD_*`: what every process of a build knows of it.
pub(crate) fn of_build(plan: &BuildPlan, values: &BuildValues) -> Variables {
    let pairs = [
        ("BUILD_ID", &values.id),
        ("BUILD_NUMBER", &values.number),
        ("BUILD_JOB_NAME", &plan.job),
        ("BUILD_PIPELINE_NAME", &plan.pipeline),
        ("BUILD_TEAM_NAME", &values.team),
        ("BUILD_URL", &values.url),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// What a resource's commands get: its `param_<key>`, and `version_<key>`.
pub(crate) fn of_resource(name: &str, params: Variables, version: Option<&Version>) -> Variables {
    let version = version.into_iter().flat_map(of_version);
    params.into_iter().chain(version).chain([("RESOURCE_NAME".to_owned(), name.to_owned())]).collect()
}

/// `version_<key>` for each key of a version.
pub(crate) fn of_version(version: &Version) -> impl Iterator<Item = (String, String)> {
    version.0.iter().map(|(key, value)| (format!("version_{}", word(key)), value.clone()))
}

/// `GET_<NAME>_<KEY>`: what later steps know of the version that a `get` fetched. Metadata loses its
/// underscore: `_message` of `app` is `GET_APP_MESSAGE`.
pub(crate) fn of_get(step: &str, version: &Version) -> impl Iterator<Item = (String, String)> {
    let step = word(step).to_uppercase();
    version.0.iter().map(move |(key, value)| {
        let key = word(key.trim_start_matches('_')).to_uppercase();
        (format!("GET_{step}_{key}"), value.clone())
    })
}

/// The text with `_` for every character that cannot stand in a variable's name.
pub(crate) fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(names: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        names.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn our_own_environment_stays_with_us() {
        let ours = pairs(&[
            ("PATH", "/bin"),
            ("DOCKER_HOST", "unix:///x"),
            ("VAULT_TOKEN", "hidden"),
            ("PIKOCI_TOKEN", "hidden"),
            ("PIKOCI_ATTEMPT", "outer/1"),
            ("EXTRA", "wanted"),
        ]);
        let passed = inherited(ours, &["EXTRA".to_owned(), "PIKOCI_ATTEMPT".to_owned()]);
        let names: Vec<_> = passed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["PATH", "DOCKER_HOST", "EXTRA"]);
    }

    #[test]
    fn what_the_build_sets_wins_but_for_the_marker() {
        let base = inherited(pairs(&[("PATH", "/bin"), ("HOME", "/root")]), &[]);
        let own = variables(&[(MARKER, "h/a")]);
        let exported =
            variables(&[("PATH", "/opt"), (MARKER, "forged"), ("a=b", "x"), ("N", "a\0b"), ("E", "")]);
        let Environment { pairs, left_out } = assemble(&base, &own, &exported);
        let texts: Vec<_> = pairs.into_iter().map(|pair| pair.into_string().expect("text")).collect();
        assert_eq!(left_out, ["N", "PIKOCI_ATTEMPT", "a=b"]);
        assert_eq!(texts, ["HOME=/root", "PIKOCI_ATTEMPT=h/a", "E=", "PATH=/opt"]);
    }

    #[test]
    fn names_become_variables() {
        let version = Version::from([("ref", "c2"), ("_message", "hi"), ("a.b", "1")]);
        let got: Variables = of_get("my-app", &version).collect();
        assert_eq!(
            got,
            variables(&[("GET_MY_APP_REF", "c2"), ("GET_MY_APP_MESSAGE", "hi"), ("GET_MY_APP_A_B", "1")])
        );
        let resource = of_resource("app", variables(&[("param_private_key", "k")]), Some(&version));
        let names: Vec<_> = resource.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["RESOURCE_NAME", "param_private_key", "version__message", "version_a_b", "version_ref"]
        );
    }
}
