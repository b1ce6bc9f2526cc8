//! Of many requests for the same thing at once, two are made: the first at once, and one for all that came after it, when
//! there has been silence for a moment.

use pikoci_plan::id::ResourceId;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// So long nothing comes until a burst is over.
const SILENCE: Duration = Duration::from_millis(500);

/// So long after its first request a burst without an end gets its second one, and begins anew.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// The bursts that go on.
#[derive(Clone, Default)]
pub(crate) struct Bursts(Arc<Mutex<HashMap<ResourceId, Burst>>>);

/// Where a request stands in its burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Whoever asks is to make it, now.
    First,
    /// As those after it, it is made when the burst is over. Whoever asks is to see to it that, should this process not live
    /// to do it, it is made [`LONGEST`] from now at the latest: for all that follow.
    Second,
    /// Nothing is to be done.
    Later,
}

/// Requests that follow each other closely.
struct Burst {
    began: Instant,
    last: Instant,
    /// Something came after the first request.
    more: bool,
}

impl Bursts {
    /// The place of a request that comes now. If more than the first come, `make` is called when the burst is over, for all
    /// of them.
    pub(crate) fn place<F>(&self, resource: &ResourceId, make: impl FnOnce() -> F + Send + 'static) -> Place
    where
        F: Future<Output = ()> + Send,
    {
        let now = Instant::now();
        if let Some(burst) = self.lock().get_mut(resource) {
            burst.last = now;
            return if std::mem::replace(&mut burst.more, true) { Place::Later } else { Place::Second };
        }
        self.lock().insert(resource.clone(), Burst { began: now, last: now, more: false });
        let (bursts, resource) = (self.clone(), resource.clone());
        tokio::spawn(async move {
            if bursts.ended(&resource).await {
                make().await;
            }
        });
        Place::First
    }

    /// Waits for the end of a burst. Whether there was more in it than the first.
    async fn ended(&self, resource: &ResourceId) -> bool {
        loop {
            let until = match self.lock().get(resource) {
                Some(burst) => (burst.last + SILENCE).min(burst.began + LONGEST),
                None => return false,
            };
            sleep_until(until).await;
            let mut bursts = self.lock();
            let is_over = |burst: &Burst| {
                let now = Instant::now();
                burst.last + SILENCE <= now || burst.began + LONGEST <= now
            };
            if bursts.get(resource).is_some_and(is_over) {
                return bursts.remove(resource).is_some_and(|burst| burst.more);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ResourceId, Burst>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Asks, and counts what is made.
    fn ask(bursts: &Bursts, resource: &str, made: &Arc<AtomicUsize>) {
        let later = Arc::clone(made);
        let make = move || async move {
            later.fetch_add(1, Ordering::SeqCst);
        };
        if bursts.place(&resource.into(), make) == Place::First {
            made.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn of_ten_thousand_two_are_made_the_first_at_once() {
        let (bursts, made) = (Bursts::default(), Arc::new(AtomicUsize::new(0)));
        let mut most = 0;
        for number in 0..10_000 {
            ask(&bursts, "a", &made);
            most = most.max(made.load(Ordering::SeqCst));
            if number % 100 == 0 {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        assert_eq!(most, 1, "while they come");
        tokio::time::sleep(SILENCE * 2).await;
        assert_eq!(made.load(Ordering::SeqCst), 2);
        assert!(bursts.lock().is_empty(), "nothing is kept of what is over");
    }

    #[tokio::test(start_paused = true)]
    async fn one_alone_is_made_once_and_resources_do_not_wait_for_each_other() {
        let (bursts, made) = (Bursts::default(), Arc::new(AtomicUsize::new(0)));
        for (round, resource) in ["a", "b", "a"].into_iter().enumerate() {
            if round == 2 {
                tokio::time::sleep(SILENCE * 2).await;
            }
            ask(&bursts, resource, &made);
            assert_eq!(made.load(Ordering::SeqCst), round + 1, "at once");
        }
        tokio::time::sleep(SILENCE * 2).await;
        assert_eq!(made.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn one_without_an_end_is_looked_at_all_the_same() {
        let (bursts, made) = (Bursts::default(), Arc::new(AtomicUsize::new(0)));
        for _ in 0..330 {
            ask(&bursts, "a", &made);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(made.load(Ordering::SeqCst), 3, "the first, that after 30 s, and the first after that");
    }

    #[tokio::test(start_paused = true)]
    async fn the_second_of_each_burst_is_named() {
        let bursts = Bursts::default();
        for _ in 0..2 {
            let places: Vec<_> = (0..4).map(|_| bursts.place(&"a".into(), || async {})).collect();
            assert_eq!(places, [Place::First, Place::Second, Place::Later, Place::Later]);
            tokio::time::sleep(SILENCE * 2).await;
        }
    }
}
