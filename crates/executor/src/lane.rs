//! A thread of its own for what runs in a slot.
//!
//! To start a process blocks its thread for a third of a millisecond, until the process has replaced our
//! program by its own. On a shared runtime that would hold up everything else that waits for an event, other
//! slots first of all.

use std::io;
use std::pin::Pin;
use std::thread::{Builder, JoinHandle};
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};

/// What a lane runs: made and run on its thread.
type Job = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// A thread that runs one job after the other, on a runtime with time and I/O. It is started when it is first
/// needed, and ends with this.
#[derive(Debug)]
pub(crate) struct Lane {
    name: String,
    thread: Option<Thread>,
}

#[derive(Debug)]
struct Thread {
    jobs: mpsc::Sender<Job>,
    handle: JoinHandle<()>,
}

impl Lane {
    /// A lane whose thread has that name, of which the system keeps 15 bytes.
    pub(crate) fn new(name: String) -> Self {
        Self { name, thread: None }
    }

    /// Runs what `make` makes. If the returned future is dropped, what runs is dropped too, on its thread.
    ///
    /// # Errors
    /// No thread could be started, or the job has panicked.
    pub(crate) async fn run<T, F>(&mut self, make: impl FnOnce() -> F + Send + 'static) -> io::Result<T>
    where
        F: Future<Output = T> + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || Box::pin(until_unwanted(make, answer)));
        let sent = self.thread()?.jobs.send(job).await;
        // A job that panicked takes its thread with it; the next one starts another.
        let panicked = || io::Error::other("its thread has panicked");
        match sent {
            Ok(()) => answered.await.map_err(|_| {
                self.thread = None;
                panicked()
            }),
            Err(_) => {
                self.thread = None;
                Err(panicked())
            }
        }
    }

    fn thread(&mut self) -> io::Result<&Thread> {
        match &mut self.thread {
            Some(thread) if !thread.handle.is_finished() => {}
            none => *none = Some(start(&self.name)?),
        }
        self.thread.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some(Thread { jobs, handle }) = self.thread.take() {
            drop(jobs);
            // What it holds (a lock, a directory) is free when this returns. It ends at once: its job has
            // ended, or is dropped because nobody waits for its answer.
            let _ = handle.join();
        }
    }
}

fn start(name: &str) -> io::Result<Thread> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (jobs, mut received) = mpsc::channel::<Job>(1);
    let run = move || {
        runtime.block_on(async {
            while let Some(job) = received.recv().await {
                job().await;
            }
        });
    };
    let handle = Builder::new().name(name.to_owned()).spawn(run)?;
    Ok(Thread { jobs, handle })
}

/// Runs to the end, or until nobody waits for the answer any more.
async fn until_unwanted<T, F: Future<Output = T>>(make: impl FnOnce() -> F, mut answer: oneshot::Sender<T>) {
    let done = tokio::select! {
        done = make() => Some(done),
        () = answer.closed() => None,
    };
    if let Some(done) = done {
        // Who dropped the other end a moment ago does not want it.
        let _ = answer.send(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[tokio::test]
    async fn a_lane_outlives_a_panic_and_drops_what_is_unwanted() {
        let mut lane = Lane::new("lane".to_owned());
        assert_eq!(lane.run(|| async { 1 }).await.expect("it runs"), 1);
        let panicked = lane.run(|| async { panic!("as it should") }).await;
        assert!(panicked.map(|(): ()| ()).is_err());
        assert_eq!(lane.run(|| async { 2 }).await.expect("it runs again"), 2);

        struct Guard(Arc<AtomicBool>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Release);
            }
        }
        let dropped = Arc::new(AtomicBool::new(false));
        let guard = Guard(Arc::clone(&dropped));
        let (started, is_started) = oneshot::channel();
        let endless = lane.run(move || async move {
            let _guard = guard;
            let _ = started.send(());
            std::future::pending::<()>().await;
        });
        tokio::select! {
            _ = endless => panic!("it never ends"),
            started = is_started => started.expect("it starts"),
        }
        assert_eq!(lane.run(|| async { 3 }).await.expect("it runs again"), 3);
        assert!(dropped.load(Ordering::Acquire), "dropped before the next job ran");
    }
}
