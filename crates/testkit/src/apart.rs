//! A future on a thread of its own, over when its owner is: a test's directory can go, nothing writes into it any more.

use std::io;
use std::thread::{Builder, JoinHandle};
use tokio::runtime;
use tokio::sync::oneshot::{self, Receiver, Sender};

/// A future that runs on a thread and a runtime of its own. Dropping this drops the future there, and waits until its
/// thread has ended.
#[derive(Debug)]
pub struct Apart<T> {
    /// Dropped when the future is not wanted any more.
    wanted: Option<Sender<()>>,
    done: Receiver<T>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Apart<T> {
    /// Starts the future that `make` makes.
    ///
    /// # Errors
    /// No thread or no runtime could be had.
    pub fn start<F>(make: impl FnOnce() -> F + Send + 'static) -> io::Result<Self>
    where
        F: Future<Output = T>,
    {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (wanted, unwanted) = oneshot::channel::<()>();
        let (answer, done) = oneshot::channel();
        let run = async move || {
            tokio::select! {
                given = make() => Some(given),
                _ = unwanted => None,
            }
        };
        let thread = Builder::new().name("apart".to_owned()).spawn(move || {
            if let Some(given) = runtime.block_on(run()) {
                // Nobody waits for it where the owner has gone at this moment.
                let _unwanted = answer.send(given);
            }
        })?;
        Ok(Self { wanted: Some(wanted), done, thread: Some(thread) })
    }

    /// What the future gave; None if it has panicked.
    pub async fn done(&mut self) -> Option<T> {
        (&mut self.done).await.ok()
    }
}

impl<T> Drop for Apart<T> {
    fn drop(&mut self) {
        drop(self.wanted.take());
        if let Some(thread) = self.thread.take() {
            // Its panic has been printed.
            let _panicked = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn it_gives_what_the_future_gives() {
        assert_eq!(Apart::start(async || 7).unwrap().done().await, Some(7));
    }

    #[test]
    fn what_is_dropped_is_over() {
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let apart = Apart::start(async move || {
            let _inside = inside;
            std::future::pending::<()>().await;
        });
        drop(apart.unwrap());
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
