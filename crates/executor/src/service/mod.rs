//! Services: started before the first step, stopped after everything else, whatever happened in between.
//!
//! - `prepared`: what the commands of one get, computed once
//! - `place`: what a host has only once, taken before anything starts
//! - `start`, `ready`: in written order the one, side by side the other
//! - `voice`: what they say becomes log all the while
//! - `stop`: on record before the start is tried

mod network;
mod place;
mod prepared;
mod reach;
mod ready;
mod start;
mod stop;
mod voice;

pub(crate) use reach::Reach;

use crate::build::Build;
use crate::scope::Scope;
use crate::step::Ended;
use start::Services;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use voice::Voices;

/// How long the log of services is read on after they were stopped, before what `start` has left running is ended.
const AFTER_STOP: Duration = Duration::from_millis(100);

/// How long it is read on while that is ended.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Starts the services of the build, does the work beside them (which is told how that went, and does less if it did
/// not go well), and stops them.
pub(crate) async fn beside(
    build: &Build<'_>,
    scope: &Scope,
    work: impl AsyncFnOnce(Ended) -> Ended,
) -> Ended {
    if build.plan.services.is_empty() {
        return work(Ended::well()).await;
    }
    let (started, starting) = mpsc::channel(build.plan.services.len());
    let mut services = Services::of(build);
    let voices = Voices::default();
    let ended = {
        let main = async {
            let start = services.start(build, scope, started).await;
            let ended = work(start).await;
            services.stop().await;
            ended
        };
        let mut listening = pin!(voices.listen(build, starting));
        let mut is_silent = false;
        let mut main = pin!(main);
        let ended = loop {
            tokio::select! {
                ended = &mut main => break ended,
                () = &mut listening, if !is_silent => is_silent = true,
            }
        };
        if !is_silent && timeout(AFTER_STOP, &mut listening).await.is_err() {
            let last_words = async {
                if timeout(LAST_WORDS, &mut listening).await.is_err() {
                    voices.silence();
                    let _ = timeout(LAST_WORDS, listening).await;
                }
            };
            tokio::join!(build.attempt.end_stragglers(), last_words);
        }
        ended
    };
    services.end(build).await;
    ended
}
