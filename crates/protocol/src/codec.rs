//! Messages as bytes: [CBOR](https://www.rfc-editor.org/rfc/rfc8949) with named fields.

use crate::numbers::MESSAGE_BYTES;
use serde::{Serialize, de::DeserializeOwned};

/// Why something is no message.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// It is longer than a message may be.
    #[error("a message of {0} bytes; at most {MESSAGE_BYTES} are allowed")]
    TooLong(usize),
    /// It is not what it should be.
    #[error("not a message of this protocol: {0}")]
    Malformed(String),
}

/// The bytes of a message, or of a plan.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(256);
    ciborium::into_writer(message, &mut bytes).map_err(|error| CodecError::Malformed(error.to_string()))?;
    if bytes.len() > MESSAGE_BYTES { Err(CodecError::TooLong(bytes.len())) } else { Ok(bytes) }
}

/// The message of these bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > MESSAGE_BYTES {
        return Err(CodecError::TooLong(bytes.len()));
    }
    ciborium::from_reader(bytes).map_err(|error| CodecError::Malformed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Batch, ToServer};
    use pikoci_plan::event::{Event, Frame, Stream};

    #[test]
    fn a_batch_costs_little_more_than_its_log() {
        let event = Event::Log(Frame::raw(0, Stream::Output, 0, vec![200; 10_000]));
        let batch = ToServer::Batch(Batch {
            worker: "w".into(),
            attempt: "a".into(),
            from: 0,
            events: vec![event],
            state: None,
        });
        let bytes = encode(&batch).unwrap();
        assert!(bytes.len() < 10_200, "{}", bytes.len());
        assert_eq!(decode::<ToServer>(&bytes).unwrap(), batch);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _refused = decode::<ToServer>(&bytes);
            let _refused = decode::<crate::message::ToWorker>(&bytes);
        }

        /// Real messages with a byte changed come closer to what a reader believes.
        #[test]
        fn no_damage_makes_it_panic(at in 0..10_000_usize, to in proptest::num::u8::ANY) {
            let event = Event::Log(Frame::raw(0, Stream::Output, 0, vec![200; 40]));
            let batch = Batch {
                worker: "w".into(),
                attempt: "a".into(),
                from: 0,
                events: vec![event],
                state: None,
            };
            let mut bytes = encode(&ToServer::Batch(batch)).unwrap();
            let at = at % bytes.len();
            bytes[at] = to;
            let _whatever = decode::<ToServer>(&bytes);
        }
    }

    #[test]
    fn hostile_bytes_are_refused() {
        for bytes in [&b""[..], b"\xff", b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", &[0x81; 4096]] {
            assert!(decode::<ToServer>(bytes).is_err());
        }
        assert!(matches!(encode(&vec![0_u8; MESSAGE_BYTES + 1]), Err(CodecError::TooLong(_))));
    }
}
