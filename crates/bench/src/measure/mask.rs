//! Masking in this very process: a log without a secret in it, in pieces as a pipe gives them and line by line.

use crate::figure::{Aim, Figure, Limit};
use crate::text::Lines;
use anyhow::Result;
use pikoci_mask::{Masker, Stream};
use std::hint::black_box;
use std::time::Instant;

/// How long the log is.
const BYTES: u64 = 64_000_000;

/// The most that a pipe gives at once, and a line.
const PIECES: [(&str, usize); 2] = [("64 KiB at a time", 1 << 16), ("a line at a time", 80)];

/// How often each is measured; the best counts, as all others were disturbed.
const ROUNDS: usize = 5;

/// Both sizes of pieces, each beside a plain copy of the same.
pub fn measure() -> Result<Vec<Figure>> {
    let log: Vec<u8> = Lines::of(BYTES).flatten().collect();
    let masker = secrets()?;
    let row = |(name, piece)| {
        let copy = best(&log, piece, |bytes, out| out.extend_from_slice(bytes));
        let mut stream = Stream::new();
        let masked = best(&log, piece, |bytes, out| stream.push(&masker, bytes, out));
        let copy = Limit { name: "a plain copy".into(), value: copy, unit: "MB/s" };
        Figure::new(format!("masking with 20 secrets, {name}"), masked, "MB/s").beside(&copy)
    };
    let [pipe, line] = PIECES.map(row);
    Ok(vec![pipe.aim(Aim::Above(1000.0)), line])
}

/// Nineteen tokens, and a key of 46 lines.
fn secrets() -> Result<Masker> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state: u64 = 1;
    let mut text = |length: usize| -> String {
        let letter = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(LETTERS[(state >> 58) as usize])
        };
        (0..length).map(letter).collect()
    };
    let mut masker = Masker::new();
    for _ in 0..19 {
        masker.add(&text(32))?;
    }
    let key = (0..45).fold("-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(), |key, _| key + "\n" + &text(70));
    masker.add(&key)?;
    Ok(masker)
}

/// The highest rate, in MB/s.
fn best(log: &[u8], piece: usize, mut push: impl FnMut(&[u8], &mut Vec<u8>)) -> f64 {
    let mut out = Vec::with_capacity(2 * piece);
    let rates = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        for bytes in log.chunks(piece) {
            out.clear();
            push(bytes, &mut out);
            black_box(&out);
        }
        log.len() as f64 / 1e6 / start.elapsed().as_secs_f64()
    });
    rates.fold(0.0, f64::max)
}
