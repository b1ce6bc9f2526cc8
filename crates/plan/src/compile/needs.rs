//! The secrets that a plan needs.

use super::Compiler;
use crate::plan::{Late, Secret, SecretGet};
use pikoci_lang::{SecretFetch, SecretSource};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// After how many milliseconds a secret is given up whose type says nothing else: one minute.
pub(super) const SECRET_TIMEOUT_MS: u64 = 60_000;

/// Names of variables, as they are met.
#[derive(Default)]
pub(super) struct Needs(RefCell<BTreeSet<String>>);

impl Needs {
    /// Notes the secrets in a value.
    pub(super) fn note(&self, late: &Late) {
        self.0.borrow_mut().extend(late.secrets().into_iter().map(str::to_owned));
    }

    /// What was noted and is not among `done`.
    fn next(&self, done: &BTreeMap<String, Secret>) -> Option<String> {
        self.0.borrow().iter().find(|name| !done.contains_key(*name)).cloned()
    }
}

impl Compiler<'_> {
    /// The secrets that were noted so far, and those that are needed to fetch them.
    pub(super) fn secrets(&self) -> BTreeMap<String, Secret> {
        let mut secrets = BTreeMap::new();
        while let Some(name) = self.needs.next(&secrets) {
            let secret = match self.pipeline.secrets.get(&name) {
                Some(SecretSource::Fetched(fetch)) => self.fetched(fetch).map(Secret::Fetched),
                Some(SecretSource::Given) | None => None,
            };
            secrets.insert(name, secret.unwrap_or(Secret::Given));
        }
        secrets
    }

    fn fetched(&self, fetch: &SecretFetch) -> Option<SecretGet> {
        let of = self.pipeline.secret_types.get(&fetch.type_name.value)?;
        let get = of.get.as_ref()?;
        let mut params = self.values(&of.config);
        // What the variable says goes before what the type says.
        let (type_path, type_key) = (params.remove("path"), params.remove("key"));
        let late = |own: &Option<pikoci_lang::Spanned<Late>>| own.as_ref().map(|own| self.late(&own.value));
        Some(SecretGet {
            type_name: of.name.clone(),
            get: self.command(get)?,
            params,
            path: late(&fetch.path).or(type_path),
            key: late(&fetch.key).or(type_key),
            value_type: fetch.value_type.clone(),
            timeout_ms: get.timeout_ms.unwrap_or(SECRET_TIMEOUT_MS),
        })
    }
}
