//! Secrets and a text, with lines of `---` between them: the last is the text. However it is cut, the same comes
//! out, and it is what the model says.

use model::model;
use pikoci_mask::{Masker, Stream};

#[path = "../../crates/mask/tests/model/mod.rs"]
mod model;

/// The model looks for every form at every place.
const MAX_BYTES: usize = 4096;

/// Masks it in pieces.
pub(crate) fn run(input: &[u8]) {
    let Ok(input) = str::from_utf8(&input[..input.len().min(MAX_BYTES)]) else { return };
    let (secrets, text) = input.rsplit_once("\n---\n").unwrap_or(("", input));
    let mut masker = Masker::new();
    for secret in secrets.split("\n---\n") {
        // Too short is no trouble.
        let _ = masker.add(secret);
    }
    let text = text.as_bytes();
    let expected = model(&masker, text);
    for size in [1, 2, 3, 7, 64, MAX_BYTES] {
        assert_eq!(in_pieces(&masker, text.chunks(size)), expected, "in pieces of {size}");
    }
}

fn in_pieces<'a>(masker: &Masker, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let (mut stream, mut out) = (Stream::new(), Vec::new());
    for piece in pieces {
        stream.push(masker, piece, &mut out);
    }
    stream.finish(masker, &mut out);
    out
}
