//! Measures the real binary in a release build. Each figure stands beside what the machine itself can do, measured
//! in the same run, since only the ratio of the two can be compared between machines. No test asserts any of it.

pub mod bed;
pub mod clock;
pub mod figure;
pub mod ledger;
pub mod machine;
pub mod measure;
pub mod samples;
pub mod text;
