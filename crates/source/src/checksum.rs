//! SHA-256 as text.

use crate::SourceError;
use sha2::{Digest, Sha256};

/// 64 lower-case hexadecimal digits: safe as the name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checksum(String);

impl Checksum {
    /// That of some bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// From 64 digits, with or without `sha256:` before them.
    pub(crate) fn parse(text: &str) -> Result<Self, SourceError> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let is_checksum = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_checksum.then(|| Self(digits.to_ascii_lowercase())).ok_or(SourceError::NoChecksum)
    }

    /// The digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether these are the bytes.
    pub(crate) fn verify(&self, bytes: &[u8]) -> Result<(), SourceError> {
        let got = Self::of(bytes);
        match got == *self {
            true => Ok(()),
            false => Err(SourceError::Checksum { expected: self.0.clone(), got: got.0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn digits() {
        assert_eq!(Checksum::of(b"abc").as_str(), ABC);
        let upper = Checksum::parse(&format!("sha256:{}", ABC.to_uppercase())).unwrap();
        assert_eq!((upper.as_str(), upper.verify(b"abc")), (ABC, Ok(())));
        for wrong in ["", "sha256:", "md5:1", &ABC[1..], &ABC.replace('b', "/")] {
            assert_eq!(Checksum::parse(wrong), Err(SourceError::NoChecksum), "{wrong}");
        }
    }
}
