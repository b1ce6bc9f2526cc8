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
    /// Its parameters, defaults of the type included; those that the type does not know are left out.
    pub params: Values,
    /// The directory below `$WORKDIR` that it is fetched into, `.` for `$WORKDIR` itself: the parameter `name`,
    /// else of a git repository its own name, of anything else the resource's.
    pub directory: String,
    /// When it is checked; `None` where the type has no check.
    pub check_interval: Option<Schedule>,
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

impl Resource {
    /// Its name in addresses and gets: `git.app`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.type_name.value, self.name.value)
    }

    /// Whether there is something to check.
    pub fn has_check(&self) -> bool {
        self.check_interval.is_some()
    }
}
