//! The bytes of a message, whatever they are: they are refused, or a message that comes back from its own bytes.

use pikoci_protocol::codec::{decode, encode};
use pikoci_protocol::message::{ToServer, ToWorker};

/// Reads it in both directions.
pub(crate) fn run(input: &[u8]) {
    if let Ok(message) = decode::<ToServer>(input)
        && let Ok(bytes) = encode(&message)
    {
        assert_eq!(decode::<ToServer>(&bytes).ok(), Some(message));
    }
    if let Ok(message) = decode::<ToWorker>(input)
        && let Ok(bytes) = encode(&message)
    {
        assert_eq!(decode::<ToWorker>(&bytes).ok(), Some(message));
    }
}
