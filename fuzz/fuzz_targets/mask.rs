#![no_main]

#[path = "../src/mask.rs"]
mod mask;

libfuzzer_sys::fuzz_target!(|input: &[u8]| mask::run(input));
