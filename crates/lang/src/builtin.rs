//! The types that come with PikoCI, as text.

/// What a type is a type of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Resource,
    Runner,
}

impl Kind {
    /// The block that defines one.
    pub(crate) fn block(self) -> &'static str {
        match self {
            Self::Resource => "resource_type",
            Self::Runner => "runner_type",
        }
    }

    fn all(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Resource => &[("git", include_str!("../../../types/resource/git.hcl"))],
            Self::Runner => &[
                ("docker", include_str!("../../../types/runner/docker.hcl")),
                ("exec", include_str!("../../../types/runner/exec.hcl")),
                ("shell", include_str!("../../../types/runner/shell.hcl")),
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
        self == Self::Resource && matches!(name, "cron" | "fs" | "trigger")
    }
}
