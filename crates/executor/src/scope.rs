//! What may end a step before it is done: a cancel, limits of time. Each step passes a scope to what is in it.

use crate::Cancel;
use crate::attempt::{Attempt, Deadline, cancelled};
use crate::process::exit::Cause;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// What may end a step.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) cancel: watch::Receiver<Cancel>,
    /// From the outermost in.
    pub(crate) deadlines: Vec<Deadline>,
    /// How that ended which a hook follows: `BUILD_STATUS`.
    pub(crate) status: Option<&'static str>,
    /// Whether a cancel or a limit came before.
    pub(crate) is_afterwards: bool,
}

impl Scope {
    /// The scope of a whole attempt.
    pub(crate) fn of(attempt: &Attempt<'_>) -> Self {
        Self { cancel: attempt.cancel.clone(), deadlines: Vec::new(), status: None, is_afterwards: false }
    }

    /// The same with one limit more: so many milliseconds from now, 0 for none.
    pub(crate) fn within(
        &self,
        attempt: &Attempt<'_>,
        milliseconds: u64,
        cause: impl FnOnce(Duration) -> Cause,
    ) -> Self {
        let mut scope = self.clone();
        scope.deadlines.extend(attempt.deadline(milliseconds, cause));
        scope
    }

    /// Why nothing more may begin, if nothing may.
    pub(crate) fn ended_by(&self, attempt: &Attempt<'_>) -> Option<Cause> {
        if attempt.events().is_closed() {
            return Some(Cause::Cancelled);
        }
        if let Some(cause) = self.cancel.borrow().cause() {
            return Some(cause);
        }
        let passed = |deadline: &&Deadline| deadline.at(attempt) <= Instant::now();
        self.deadlines.iter().find(passed).map(|deadline| deadline.cause)
    }

    /// Returns when something ends it.
    pub(crate) async fn ends(&self, attempt: &Attempt<'_>) -> Cause {
        loop {
            if let Some(cause) = self.ended_by(attempt) {
                return cause;
            }
            let first = self.deadlines.iter().map(|deadline| deadline.at(attempt)).min();
            tokio::select! {
                () = cancelled(self.cancel.clone()) => {}
                () = attempt.events().closed() => {}
                () = sleep_until(first) => {}
            }
        }
    }

    /// A scope that somebody in it can cancel too. Must be called within a runtime.
    pub(crate) fn branch(&self) -> Branch {
        let (cancel, cancelled) = watch::channel(*self.cancel.borrow());
        let scope = Self { cancel: cancelled, ..self.clone() };
        Branch { scope, forward: forward(self.cancel.clone(), cancel.clone(), |cancel| cancel), cancel }
    }

    /// The scope of what follows a cancel or a limit: it begins as if nothing had happened, and only a second
    /// cancel ends it.
    pub(crate) fn afterwards(&self) -> Branch {
        let calm = |cancel| match cancel {
            Cancel::No | Cancel::Stop | Cancel::Now => Cancel::No,
            Cancel::SkipHooks => Cancel::SkipHooks,
        };
        let (cancel, cancelled) = watch::channel(calm(*self.cancel.borrow()));
        let scope =
            Self { cancel: cancelled, deadlines: Vec::new(), status: self.status, is_afterwards: true };
        Branch { scope, forward: forward(self.cancel.clone(), cancel.clone(), calm), cancel }
    }
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// A scope with a cancel of its own, which also hears of the outer one.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) scope: Scope,
    cancel: watch::Sender<Cancel>,
    forward: AbortHandle,
}

impl Branch {
    /// Cancels what is in it.
    pub(crate) fn cancel(&self) {
        self.cancel.send_if_modified(|cancel| {
            let is_first = *cancel < Cancel::Now;
            *cancel = Cancel::Now.max(*cancel);
            is_first
        });
    }
}

impl Drop for Branch {
    fn drop(&mut self) {
        self.forward.abort();
    }
}

fn forward(
    mut outer: watch::Receiver<Cancel>,
    inner: watch::Sender<Cancel>,
    map: fn(Cancel) -> Cancel,
) -> AbortHandle {
    let forward = async move {
        while outer.changed().await.is_ok() {
            let now = map(*outer.borrow_and_update());
            inner.send_if_modified(|cancel| {
                let is_more = now > *cancel;
                *cancel = now.max(*cancel);
                is_more
            });
        }
    };
    tokio::spawn(forward).abort_handle()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(cancel: Cancel) -> (watch::Sender<Cancel>, Scope) {
        let (sender, cancel) = watch::channel(cancel);
        (sender, Scope { cancel, deadlines: Vec::new(), status: None, is_afterwards: false })
    }

    #[tokio::test]
    async fn a_branch_hears_of_the_outer_cancel_and_has_its_own() {
        let (sender, outer) = scope(Cancel::No);
        let branch = outer.branch();
        branch.cancel();
        assert_eq!((*branch.scope.cancel.borrow(), *outer.cancel.borrow()), (Cancel::Now, Cancel::No));
        sender.send_replace(Cancel::SkipHooks);
        let mut cancel = branch.scope.cancel.clone();
        assert!(cancel.wait_for(|cancel| *cancel == Cancel::SkipHooks).await.is_ok());
    }

    #[tokio::test]
    async fn what_follows_a_cancel_ends_only_with_the_second() {
        let (sender, outer) = scope(Cancel::Now);
        let after = outer.afterwards();
        assert_eq!(*after.scope.cancel.borrow(), Cancel::No);
        sender.send_replace(Cancel::SkipHooks);
        let mut cancel = after.scope.cancel.clone();
        assert!(cancel.wait_for(|cancel| *cancel == Cancel::SkipHooks).await.is_ok());
    }
}
