//! The last answer of a check, kept in the cache: while nothing moves it is given again.

use crate::Failure;
use crate::answer::Object;
use crate::call::Call;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;

/// What an answer was made from, and where it is kept. Without a cache it is not.
pub(super) struct Memo {
    file: Option<PathBuf>,
    question: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    question: String,
    versions: Vec<Object>,
}

impl Memo {
    /// The memo of an answer to this: all that it depends on.
    pub(super) fn of(call: &Call, question: &[&str]) -> Self {
        let mut digest = Sha256::new();
        let params = ["url", "provider", "api_url", "pr"].map(|key| call.param(key).unwrap_or_default());
        for part in params.iter().chain(question) {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        // Whether a forge was asked, not with which token.
        digest.update([u8::from(call.param("token").is_some())]);
        let question = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { file: call.cache().map(|cache| cache.join("check.json")), question }
    }

    /// The answer, if it is the same question.
    pub(super) fn recall(&self) -> Option<Vec<Object>> {
        let text = fs::read(self.file.as_ref()?).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        (kept.question == self.question).then_some(kept.versions)
    }

    /// Keeps an answer.
    pub(super) fn keep(&self, versions: Vec<Object>) -> Result<Vec<Object>, Failure> {
        let Some(file) = &self.file else { return Ok(versions) };
        let trouble = |why: String| Failure::new(format!("{} cannot be written: {why}", file.display()));
        let kept = Kept { question: self.question.clone(), versions };
        let text = serde_json::to_vec(&kept).map_err(|error| trouble(error.to_string()))?;
        let new = file.with_extension("new");
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, file))
            .map_err(|error| trouble(error.to_string()))?;
        Ok(kept.versions)
    }
}
