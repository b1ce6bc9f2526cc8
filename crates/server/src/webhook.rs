//! The tokens of webhooks, which name resources.

use crate::auth::{hex, parse_hex};
use hmac::{Hmac, KeyInit, Mac};
use pikoci_plan::id::ResourceId;
use pikoci_store::{Store, StoreError};
use sha2::Sha256;
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
