//! The secret types: each `get` answers with the fields of one secret. What they say of trouble never holds a value.

mod env;
mod file;
mod vault;

pub(crate) use env::get as env;
pub(crate) use file::get as file;
pub(crate) use vault::get as vault;
