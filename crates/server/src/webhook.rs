//! Webhooks: the tokens that name resources, and how many requests become few.

use crate::auth::{hex, parse_hex};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use hmac::{Hmac, KeyInit, Mac};
use pikoci_plan::id::ResourceId;
use pikoci_store::{Store, StoreError};
use sha2::Sha256;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use subtle::ConstantTimeEq;

/// Under which name the ledger keeps the key.
const META: &str = "webhook_key";

/// How many hexadecimal digits of the code a token has.
const DIGITS: usize = 40;

/// Makes the tokens of webhooks, and knows them again: `RESOURCE.CODE`, the code being the first 160 bits of
/// HMAC-SHA256 over the resource's id.
#[derive(Clone)]
pub struct Tokens([u8; 32]);

impl Tokens {
    /// With the key of this ledger, made at its first start.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        if let Some(key) = store.meta(META)?.as_deref().and_then(parse_hex) {
            return Ok(Self(key));
        }
        let key: [u8; 32] = rand::random();
        store.set_meta(META, &hex(&key))?;
        Ok(Self(key))
    }

    /// The token of a resource.
    pub fn token(&self, resource: &ResourceId) -> String {
        format!("{resource}.{}", self.code(resource.as_str()))
    }

    /// The resource that a token names. Takes the same time whatever is wrong with its code.
    pub fn resource(&self, token: &str) -> Option<ResourceId> {
        let (resource, code) = token.rsplit_once('.')?;
        let is_it: bool = self.code(resource).as_bytes().ct_eq(code.as_bytes()).into();
        is_it.then(|| resource.into())
    }

    fn code(&self, resource: &str) -> String {
        // The hash works on blocks of 64 bytes; HMAC fills shorter keys with zeros.
        let mut key = [0; 64];
        key[..self.0.len()].copy_from_slice(&self.0);
        let mut code = Hmac::<Sha256>::new(&key.into());
        // Tells them from whatever else the key may come to sign.
        code.update(b"webhook ");
        code.update(resource.as_bytes());
        let mut digits = hex(&code.finalize().into_bytes());
        digits.truncate(DIGITS);
        digits
    }
}

/// Requests of which one that has not begun stands for all that come meanwhile: of any number at once two are made.
///
/// Each is answered by one that began after it came, so nothing that it tells of is overlooked.
pub(crate) struct Coalesced<T>(Mutex<HashMap<ResourceId, Arc<Line<T>>>>);

/// The requests of one resource.
struct Line<T> {
    /// Held by the one that is under way.
    turn: tokio::sync::Mutex<()>,
    /// The one that waits for its turn.
    next: Mutex<Option<Shared<BoxFuture<'static, T>>>>,
}

impl<T> Default for Coalesced<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone + Send + Sync + 'static> Coalesced<T> {
    /// What came of a request that began after this call, and whether this call made it. It is made to the end also if
    /// nobody waits for it any more.
    pub(crate) async fn request<F>(&self, resource: &ResourceId, make: impl FnOnce() -> F) -> (T, bool)
    where
        F: Future<Output = T> + Send + 'static,
    {
        let line = self.line(resource);
        let (shared, is_new) = {
            let mut next = line.next.lock().unwrap_or_else(PoisonError::into_inner);
            match &*next {
                Some(waiting) => (waiting.clone(), false),
                None => {
                    let shared = in_turn(Arc::clone(&line), make()).boxed().shared();
                    *next = Some(shared.clone());
                    tokio::spawn(shared.clone());
                    (shared, true)
                }
            }
        };
        (shared.await, is_new)
    }

    fn line(&self, resource: &ResourceId) -> Arc<Line<T>> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A line that only stands here has nothing under way.
        lines.retain(|_, line| Arc::strong_count(line) > 1);
        let line = || Arc::new(Line { turn: tokio::sync::Mutex::default(), next: Mutex::new(None) });
        Arc::clone(lines.entry(resource.clone()).or_insert_with(line))
    }
}

/// Makes a request when it is its turn; from then on others need one of their own.
async fn in_turn<T>(line: Arc<Line<T>>, request: impl Future<Output = T>) -> T {
    let _turn = line.turn.lock().await;
    line.next.lock().unwrap_or_else(PoisonError::into_inner).take();
    request.await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Semaphore;

    #[test]
    fn a_token_names_its_resource_and_no_other() {
        let store = Store::memory().unwrap();
        let tokens = Tokens::of(&store).unwrap();
        let (one, other) = (ResourceId::from("01ONE"), ResourceId::from("01OTHER"));
        let token = tokens.token(&one);
        assert_eq!(token.len(), "01ONE.".len() + 40);
        assert_eq!(Tokens::of(&store).unwrap().resource(&token), Some(one));
        assert_eq!(tokens.resource(&tokens.token(&other)), Some(other));
        let code = token.rsplit_once('.').unwrap().1;
        for wrong in [
            "",
            ".",
            "01ONE",
            "01ONE.",
            &token[1..],
            &token[..token.len() - 1],
            &format!("01OTHER.{code}"),
            code,
        ] {
            assert_eq!(tokens.resource(wrong), None, "{wrong}");
        }
        let elsewhere = Tokens::of(&Store::memory().unwrap()).unwrap();
        assert_eq!(elsewhere.resource(&token), None);
    }

    /// Requests that end when they may.
    struct Gate {
        begun: Arc<AtomicUsize>,
        may_end: Arc<Semaphore>,
        requests: Arc<Coalesced<usize>>,
    }

    impl Gate {
        fn new() -> Self {
            Self { begun: Arc::default(), may_end: Arc::new(Semaphore::new(0)), requests: Arc::default() }
        }

        fn ask(&self, resource: &str) -> tokio::task::JoinHandle<(usize, bool)> {
            let (begun, may_end) = (Arc::clone(&self.begun), Arc::clone(&self.may_end));
            let (requests, resource) = (Arc::clone(&self.requests), ResourceId::from(resource));
            tokio::spawn(async move {
                let request = async move {
                    let number = begun.fetch_add(1, Ordering::SeqCst) + 1;
                    may_end.acquire().await.unwrap().forget();
                    number
                };
                requests.request(&resource, || request).await
            })
        }

        async fn until_begun(&self, number: usize) {
            while self.begun.load(Ordering::SeqCst) < number {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn ten_thousand_at_once_make_two_requests() {
        let gate = Gate::new();
        let first = gate.ask("a");
        gate.until_begun(1).await;
        let rest: Vec<_> = (0..10_000).map(|_| gate.ask("a")).collect();
        // On one thread all of them have run before this goes on.
        tokio::task::yield_now().await;
        gate.may_end.add_permits(10_000);
        assert_eq!(first.await.unwrap(), (1, true));
        let mut made = 0;
        for one in rest {
            let (number, is_new) = one.await.unwrap();
            assert_eq!(number, 2, "one that began before was no answer");
            made += usize::from(is_new);
        }
        assert_eq!((made, gate.begun.load(Ordering::SeqCst)), (1, 2));
    }

    #[tokio::test]
    async fn who_goes_away_takes_nothing_along_and_resources_do_not_wait_for_each_other() {
        let gate = Gate::new();
        let first = gate.ask("a");
        gate.until_begun(1).await;
        let gone = gate.ask("a");
        tokio::task::yield_now().await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        let other = gate.ask("b");
        gate.until_begun(2).await;
        gate.may_end.add_permits(3);
        // The request of the one that went away is made.
        gate.until_begun(3).await;
        assert_eq!((first.await.unwrap().0, other.await.unwrap().0), (1, 2));
        // Nothing is kept of what is over; the next makes one of its own.
        gate.may_end.add_permits(1);
        assert_eq!(gate.ask("a").await.unwrap(), (4, true));
    }
}
