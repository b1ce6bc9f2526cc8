//! The types that come with PikoCI, as text.

/// What a type is a type of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Resource,
    Runner,
    Secret,
    Service,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Resource, Self::Runner, Self::Secret, Self::Service];

    /// The block that defines one.
    pub(crate) fn block(self) -> &'static str {
        match self {
            Self::Resource => "resource_type",
            Self::Runner => "runner_type",
            Self::Secret => "secret_type",
            Self::Service => "service_type",
        }
    }

    fn all(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Resource => &[
                ("cron", include_str!("../../../types/resource/cron.hcl")),
                ("fs", include_str!("../../../types/resource/fs.hcl")),
                ("git", include_str!("../../../types/resource/git.hcl")),
                ("trigger", include_str!("../../../types/resource/trigger.hcl")),
            ],
            Self::Runner => &[
                ("docker", include_str!("../../../types/runner/docker.hcl")),
                ("exec", include_str!("../../../types/runner/exec.hcl")),
                ("shell", include_str!("../../../types/runner/shell.hcl")),
            ],
            Self::Secret => &[
                ("env", include_str!("../../../types/secret/env.hcl")),
                ("file", include_str!("../../../types/secret/file.hcl")),
                ("vault", include_str!("../../../types/secret/vault.hcl")),
            ],
            Self::Service => &[
                ("postgres", include_str!("../../../types/service/postgresql.hcl")),
                ("postgresql", include_str!("../../../types/service/postgresql.hcl")),
                ("redis", include_str!("../../../types/service/redis.hcl")),
                ("vault", include_str!("../../../types/service/vault.hcl")),
            ],
        }
    }

    /// The text of the built-in type of that name.
    pub(crate) fn text(self, name: &str) -> Option<&'static str> {
        self.all().iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// The names of the built-in types.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        self.all().iter().map(|(name, _)| *name)
    }

    /// Whether a later version will have a built-in type of that name.
    pub(crate) fn is_later(self, name: &str) -> bool {
        match self {
            Self::Resource => matches!(name, "image" | "pipeline" | "semver" | "github-release"),
            Self::Runner => false,
            Self::Secret => name == "pikoci",
            Self::Service => matches!(name, "mariadb" | "nats" | "rabbitmq" | "kafka" | "keycloak"),
        }
    }
}
