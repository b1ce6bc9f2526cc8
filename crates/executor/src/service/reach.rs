//! Where a service is reached, and what else it tells: `SERVICE_<NAME>_<KEY>`.

use crate::environment::{Variables, word};

/// What `start` calls the port inside the build's network.
const NETWORK_PORT: &str = "NETWORK_PORT";

/// How a service is reached.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    /// Its name on the build's network, if it stands there.
    pub(crate) alias: Option<String>,
    /// Its parameters and what its `start` wrote, by upper-case key; what was written wins.
    pub(crate) told: Variables,
}

impl Reach {
    /// Its variables for a process that does, or does not, stand on the build's network.
    pub(crate) fn variables(&self, name: &str, on_network: bool) -> Variables {
        let name = word(name).to_uppercase();
        let mut variables: Variables = (self.told.iter())
            .filter(|(key, _)| *key != NETWORK_PORT)
            .map(|(key, value)| (format!("SERVICE_{name}_{key}"), value.clone()))
            .collect();
        for key in ["HOST", "PORT"] {
            if let Some(value) = self.value(key, on_network) {
                variables.insert(format!("SERVICE_{name}_{key}"), value);
            }
        }
        variables
    }

    /// The value of `host`, `port` or another key, which stands for what it says in upper case.
    pub(crate) fn value(&self, key: &str, on_network: bool) -> Option<String> {
        let alias = self.alias.as_ref().filter(|_| on_network);
        match word(key).to_uppercase().as_str() {
            "HOST" => Some(alias.cloned().unwrap_or_else(|| "127.0.0.1".to_owned())),
            "PORT" if alias.is_some() => self.told.get(NETWORK_PORT).or(self.told.get("PORT")).cloned(),
            key => self.told.get(key).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_those_of_who_asks() {
        let told = [("PORT", "49153"), ("NETWORK_PORT", "5432"), ("USER", "ada")];
        let told = told.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let reach = Reach { alias: Some("db-1".to_owned()), told };
        let plain = reach.variables("db.1", false);
        assert_eq!(plain["SERVICE_DB_1_HOST"], "127.0.0.1");
        assert_eq!((plain["SERVICE_DB_1_PORT"].as_str(), plain.len()), ("49153", 3));
        let inside = reach.variables("db.1", true);
        assert_eq!(
            (inside["SERVICE_DB_1_HOST"].as_str(), inside["SERVICE_DB_1_PORT"].as_str()),
            ("db-1", "5432")
        );
        assert_eq!(reach.value("user", true).as_deref(), Some("ada"));
        assert_eq!(reach.value("port", false).as_deref(), Some("49153"));
    }
}
