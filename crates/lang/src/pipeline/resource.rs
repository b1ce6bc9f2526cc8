//! Resources.

use super::Values;
use crate::schedule::Schedule;
use crate::span::{Span, Spanned};

/// A resource.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The name of its type.
    pub type_name: Spanned<String>,
    /// Its own name.
    pub name: Spanned<String>,
    /// Of an instance of a resource with `for_each` the name of that resource.
    pub instance_of: Option<String>,
    /// Its parameters, defaults of the type included; those that the type does not know are left out.
    pub params: Values,
    /// The directory below `$WORKDIR` that it is fetched into, `.` for `$WORKDIR` itself: the parameter `name`,
    /// else of a git repository its own name, of anything else the resource's.
    pub directory: String,
    /// Where its versions come from.
    pub kind: ResourceKind,
    /// When it is checked, or when a cron resource has versions; `None` where versions come from puts only.
    pub check_interval: Option<Schedule>,
    /// The key of a version that names its space, as the type says: versions with the same value are one line of
    /// work.
    pub space: Option<String>,
    /// The key of a version that says, if it is true, that its content is not to be trusted, as the type says.
    pub untrusted: Option<String>,
    /// Whether its commands get a `CACHE_DIR` that outlives the build; `None` leaves it to the type.
    pub cache: Option<bool>,
    /// What a worker must have to run its checks.
    pub tags: Vec<String>,
    /// What stands for it on a screen.
    pub icon: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Where it is declared.
    pub span: Span,
}

/// Where the versions of a resource come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceKind {
    /// The check of its type finds them.
    Checked,
    /// It is a clock: each instant of its schedule is one, with the key `date`.
    Cron,
    /// Puts make them, in all pipelines of the team that have a trigger of its name.
    Trigger,
    /// Puts make them.
    Unchecked,
}

impl Resource {
    /// Its name in addresses and gets: `git.app`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.type_name.value, self.name.value)
    }

    /// Its full name as it stands in the file: all instances of one resource have the same.
    pub fn base_name(&self) -> String {
        format!("{}.{}", self.type_name.value, self.instance_of.as_deref().unwrap_or(&self.name))
    }

    /// Whether a worker can check it.
    pub fn has_check(&self) -> bool {
        self.kind == ResourceKind::Checked
    }
}
