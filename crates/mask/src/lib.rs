//! Masks secrets in what processes write: `***` stands where a secret stood, in any of the forms in which secrets
//! usually get into a log.
//!
//! A [`Masker`] knows the secrets of a build and grows while it runs. Each log has a [`Stream`], which is given
//! what was read, in whatever pieces, and gives on what may be shown. It keeps back only what may be the
//! beginning of a secret: of an ordinary line nothing.
//!
//! What it cannot do: a secret that was printed in a form it does not know (reversed, compressed, one character a
//! line) is seen, and so is the beginning of one that ends early.

mod automaton;
mod forms;
mod masker;
mod skip;
mod stream;

pub use masker::{MIN_BYTES, Masker, TooShort};
pub use stream::{Stream, mask_text};
