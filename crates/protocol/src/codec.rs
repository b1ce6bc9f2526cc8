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

    #[test]
    fn hostile_bytes_are_refused() {
        for bytes in [&b""[..], b"\xff", b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", &[0x81; 4096]] {
            assert!(decode::<ToServer>(bytes).is_err());
        }
        assert!(matches!(encode(&vec![0_u8; MESSAGE_BYTES + 1]), Err(CodecError::TooLong(_))));
    }
}
