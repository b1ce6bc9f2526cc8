//! The `pikoci` binary.

fn main() {}
