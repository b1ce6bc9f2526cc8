//! The token of a server: made at its first start, shown once, kept as a hash.

use pikoci_store::{Store, StoreError};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use subtle::ConstantTimeEq;

/// Under which name the ledger keeps the hash.
const META: &str = "token_sha256";

/// What a token is compared with.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// The token of this ledger, and, at its first start, its text, which is not to be had again.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn of(store: &Store) -> Result<(Self, Option<String>), StoreError> {
        if let Some(hash) = store.meta(META)?.as_deref().and_then(parse_hex) {
            return Ok((Self(hash), None));
        }
        let text = format!("pikoci_{}", hex(&rand::random::<[u8; 20]>()));
        let hash = digest(&text);
        store.set_meta(META, &hex(&hash))?;
        Ok((Self(hash), Some(text)))
    }

    /// Whether this is the token. Takes the same time whatever is wrong with it.
    pub fn is(&self, text: &str) -> bool {
        digest(text).ct_eq(&self.0).into()
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// 32 bytes from hexadecimal digits.
pub(crate) fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let bytes: Option<Vec<_>> = (0..text.len() / 2)
        .map(|at| text.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_shown_once_and_known_ever_after() {
        let store = Store::memory().unwrap();
        let (first, text) = Token::of(&store).unwrap();
        let text = text.unwrap();
        let (again, shown) = Token::of(&store).unwrap();
        assert_eq!(shown, None);
        assert!(first.is(&text) && again.is(&text));
        for wrong in ["", "pikoci_", &text[1..], &format!("{text}0")] {
            assert!(!again.is(wrong));
        }
        assert!(!store.meta(META).unwrap().unwrap().contains(&text));
    }
}
