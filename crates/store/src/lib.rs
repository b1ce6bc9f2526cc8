//! The ledger: what has happened, in one database, behind [`Store::facts`] and [`Store::commit`].
//!
//! These two are the only points where two servers meet. Everything else here reads for people ([`read`]),
//! or moves logs out of the tables ([`seal`]), or removes what nobody needs any more.
//!
//! * `migrations/` the schema · `db` the driver · `commit/` a file per part · `facts` · `read/` · `seal`

mod checkpoint;
mod commit;
mod db;
mod facts;
mod frames;
mod logs;
mod needs;
mod outline;
pub mod read;
pub mod seal;
mod steps;
mod store;
mod sweep;
#[cfg(test)]
mod tests;

pub use frames::FrameHead;
pub use steps::StepRow;
pub use store::{SCHEMA, Store, StoreError};
