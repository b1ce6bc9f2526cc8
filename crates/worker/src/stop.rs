//! The end of a worker.

use pikoci_executor::Cancel;
use std::time::Duration;
use tokio::time::Instant;

/// Whether a worker is to end, and how. A later word holds beside the ones before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stop {
    /// It works.
    #[default]
    No,
    /// It takes no more work; what runs goes on to its end.
    Drain {
        /// What has not ended so long after this was said is ended: after its hooks it is errored, `worker stopped`.
        deadline: Option<Duration>,
    },
    /// What runs is cancelled, with its hooks.
    Cancel,
    /// What runs is cancelled; hooks are skipped, never the stop of services.
    CancelHard,
}

/// How long a worker whose attempts have all ended waits for somebody to take what is not delivered yet.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far the end of a worker has come.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    stop: Stop,
    /// When what still runs is ended.
    stops_at: Option<Instant>,
    /// The last sign of life from a server, or from an attempt.
    sign: Option<Instant>,
}

impl Ending {
    /// Takes a word, and says what is to be said to the attempts that run.
    pub(crate) fn hear(&mut self, stop: Stop) -> Cancel {
        self.stop = stop;
        self.sign = Some(Instant::now());
        match stop {
            Stop::No => Cancel::No,
            Stop::Drain { deadline } => {
                self.stops_at = deadline.and_then(|deadline| Instant::now().checked_add(deadline));
                Cancel::No
            }
            Stop::Cancel => Cancel::Now,
            Stop::CancelHard => Cancel::SkipHooks,
        }
    }

    /// Whether the worker is to end.
    pub(crate) fn is_begun(&self) -> bool {
        self.stop != Stop::No
    }

    /// Somebody still lives.
    pub(crate) fn sign(&mut self) {
        self.sign = Some(Instant::now());
    }

    /// Whether the deadline of a drain has passed: said once.
    pub(crate) fn stops_now(&mut self) -> bool {
        self.stops_at.take_if(|at| *at <= Instant::now()).is_some()
    }

    /// Whether there is nothing more to wait for. What nobody has taken waits in the directory for the next session.
    pub(crate) fn is_over(&self, runs: bool, is_drained: bool) -> bool {
        self.is_begun() && (is_drained || !runs && self.gives_up_at().is_some_and(|at| at <= Instant::now()))
    }

    fn gives_up_at(&self) -> Option<Instant> {
        self.sign.map(|sign| sign + PATIENCE)
    }

    /// When something is to be looked at again, though nothing happens.
    pub(crate) fn wake(&self, runs: bool) -> Option<Instant> {
        let gives_up = self.gives_up_at().filter(|_| self.is_begun() && !runs);
        [self.stops_at, gives_up].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn after(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_what_runs_and_then_as_long_as_somebody_lives() {
        let mut ending = Ending::default();
        assert!(!ending.is_over(false, true), "nobody said that it is to end");
        ending.hear(Stop::Cancel);
        after(60).await;
        assert!(!ending.is_over(true, false), "something runs");
        ending.sign();
        after(4).await;
        assert!(!ending.is_over(false, false), "it may still be delivered");
        ending.sign();
        after(4).await;
        assert!(!ending.is_over(false, false));
        assert_eq!(ending.wake(false), Some(Instant::now() + Duration::from_secs(1)));
        after(1).await;
        assert!(ending.is_over(false, false), "nobody takes it");
        assert!(ending.is_over(false, true));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_of_a_drain_is_said_once() {
        let mut ending = Ending::default();
        let deadline = Some(Duration::from_secs(10));
        assert_eq!(ending.hear(Stop::Drain { deadline }), Cancel::No);
        assert_eq!(ending.wake(true), Some(Instant::now() + Duration::from_secs(10)));
        assert!(!ending.stops_now());
        after(10).await;
        assert!(ending.stops_now() && !ending.stops_now());
        assert_eq!(ending.wake(true), None);
        assert_eq!(
            [Stop::Cancel, Stop::CancelHard].map(|stop| ending.hear(stop)),
            [Cancel::Now, Cancel::SkipHooks]
        );
    }
}
