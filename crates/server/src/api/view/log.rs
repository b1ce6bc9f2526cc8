//! Pieces of logs.

use base64::Engine;
use pikoci_plan::event::Stream;
use pikoci_store::read::LogChunk;
use serde::Serialize;
use utoipa::ToSchema;

/// A piece of a step's log. It has `text`, or `base64` where the bytes are not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct LogPiece {
    /// The index of the step.
    step: u32,
    /// `output` of the processes, or a `note` of PikoCI.
    stream: &'static str,
    /// Where it begins in the step's log, in bytes.
    offset: u64,
    /// The bytes as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    text: Option<String>,
    /// The bytes in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    base64: Option<String>,
}

impl From<&LogChunk> for LogPiece {
    fn from(chunk: &LogChunk) -> Self {
        let stream = match chunk.head.stream {
            Stream::Output => "output",
            Stream::Note => "note",
        };
        let text = String::from_utf8(chunk.bytes.clone()).ok();
        let base64 = text.is_none().then(|| base64::engine::general_purpose::STANDARD.encode(&chunk.bytes));
        Self { step: chunk.head.step, stream, offset: chunk.head.offset, text, base64 }
    }
}
