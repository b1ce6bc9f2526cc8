//! The wire within one process: a message is handed over in the call that sends it.

use crate::Address;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Takes a message. Must not block, and may drop it: what cannot be taken now is lost, as on any wire.
pub type Receiver = Arc<dyn Fn(Vec<u8>) + Send + Sync>;

/// A wire within one process. Clones are the same wire.
#[derive(Clone, Default)]
pub struct Wire(Arc<RwLock<Listeners>>);

/// Who listens where; the number tells them apart.
type Listeners = HashMap<Address, Vec<(u64, Receiver)>>;

impl Wire {
    /// A wire with nobody on it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Receives what is sent to an address, until the answer is dropped. Several may listen at one address: each
    /// receives all.
    pub fn attach(&self, address: Address, receiver: impl Fn(Vec<u8>) + Send + Sync + 'static) -> Attachment {
        let mut listeners = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let here = listeners.entry(address.clone()).or_default();
        let number = here.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
        here.push((number, Arc::new(receiver)));
        Attachment { wire: self.clone(), address, number }
    }

    /// Sends a message. Nobody at that address: it is lost.
    pub fn send(&self, to: &Address, message: Vec<u8>) {
        let listeners = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut receivers: Vec<_> =
            listeners.get(to).into_iter().flatten().map(|(_, receiver)| Arc::clone(receiver)).collect();
        drop(listeners);
        let Some(last) = receivers.pop() else { return };
        receivers.iter().for_each(|receiver| receiver(message.clone()));
        last(message);
    }
}

/// Ends the listening when it is dropped.
pub struct Attachment {
    wire: Wire,
    address: Address,
    number: u64,
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut listeners = self.wire.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = listeners.get_mut(&self.address) {
            here.retain(|(number, _)| *number != self.number);
            if here.is_empty() {
                listeners.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_message_reaches_all_at_its_address_and_nobody_else() {
        let wire = Wire::new();
        let (to, heard) = mpsc::channel();
        let listen = |who: &'static str, address| {
            let to = to.clone();
            wire.attach(address, move |message| to.send((who, message)).unwrap())
        };
        let one = listen("one", Address::Servers);
        let _two = listen("two", Address::Servers);
        let _worker = listen("worker", Address::Worker("w".into()));
        wire.send(&Address::Servers, vec![1]);
        wire.send(&Address::Worker("gone".into()), vec![2]);
        drop(one);
        wire.send(&Address::Servers, vec![3]);
        wire.send(&Address::Worker("w".into()), vec![4]);
        let heard: Vec<_> = heard.try_iter().collect();
        assert_eq!(heard, [("one", vec![1]), ("two", vec![1]), ("two", vec![3]), ("worker", vec![4])]);
    }
}
