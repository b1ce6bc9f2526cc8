//! Masking as its users meet it: whatever the pieces, nothing of a secret leaves.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

mod model;

use model::model;
use pikoci_mask::{Masker, Stream, mask_text};
use proptest::collection::vec;
use proptest::prelude::*;

fn masker(secrets: &[&str]) -> Masker {
    let mut masker = Masker::new();
    for secret in secrets {
        masker.add(secret).unwrap();
    }
    masker
}

fn in_pieces<'a>(masker: &Masker, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut stream = Stream::new();
    let mut out = Vec::new();
    for piece in pieces {
        stream.push(masker, piece, &mut out);
    }
    stream.finish(masker, &mut out);
    out
}

#[test]
fn texts() {
    for (secrets, text, expected) in [
        (&["hunter2"][..], "the password is hunter2.\n", "the password is ***.\n"),
        (&["hunter2"], "hunter hunter hunter2hunter2", "hunter hunter ***"),
        (&["hunter2"], "ends with hunter", "ends with hunter"),
        (&["hunter2\n"], "no line feed: hunter2", "no line feed: ***"),
        (&["abcdef", "defghi"], "-abcdefghi-", "-***-"),
        (&["abcdef", "abcd"], "abcde abcdef", "***e ***"),
        (&["abcd", "xxabcdyyyy"], "xxabcdyy", "xx***yy"),
        (&["aaaa"], "aaa aaaaaaa aaaa", "aaa *** ***"),
        (&["pass word"], "GET /?p=pass%20word&q=pass+word", "GET /?p=***&q=***"),
        (&["first line\nsecond line"], "> first line\n> second line\n", "> ***\n> ***\n"),
        (&["first line\nsecond line"], "[first line\r\nsecond line]", "[***]"),
        (&["s3cr?t"], "echo czNjcj90 | base64 -d", "echo *** | base64 -d"),
        (&["größe"], "grö größe größer", "grö *** ***r"),
        (&[], "nothing is secret", "nothing is secret"),
    ] {
        assert_eq!(mask_text(&masker(secrets), text), expected, "{secrets:?}");
    }
}

#[test]
fn every_split_of_every_form_is_masked() {
    let masker = masker(&[
        "k3y/with+all \"kinds\" & 'quotes'",
        "-----BEGIN KEY-----\nAAAAB3Nz\nzC1yc2E=\n-----END KEY-----",
    ]);
    for form in masker.forms() {
        let text = [b"before ", form, b" after\n"].concat();
        let whole = in_pieces(&masker, [text.as_slice()]);
        let shown = String::from_utf8_lossy(&whole);
        assert!(shown.starts_with("before ***") && shown.ends_with(" after\n"), "{shown}");
        assert_eq!(in_pieces(&masker, text.chunks(1)), whole);
        for at in 0..=text.len() {
            let (one, other) = text.split_at(at);
            assert_eq!(in_pieces(&masker, [one, other]), whole, "split at {at}");
        }
    }
}

#[test]
fn nothing_is_kept_back_of_what_begins_no_secret() {
    let masker = masker(&["hunter2", &"a long secret of many words ".repeat(100)]);
    let mut stream = Stream::new();
    for line in ["compiling\n", "\n", "a shunter runs\n", "hun\n", "100 %"] {
        let mut out = Vec::new();
        stream.push(&masker, line.as_bytes(), &mut out);
        assert_eq!(out, line.as_bytes());
        assert!(!stream.is_holding());
    }
    let mut out = Vec::new();
    stream.push(&masker, b"the hunt", &mut out);
    assert_eq!(out, b"the ", "only what may begin a secret waits");
    stream.push(&masker, b"s are on", &mut out);
    assert_eq!(out, b"the hunts are on");
    out.clear();
    stream.push(&masker, b", and hunter2", &mut out);
    assert_eq!(out, b", and ***", "a whole secret does not wait for what follows");
}

#[test]
fn a_secret_that_comes_while_a_line_is_kept_back_counts_for_it() {
    let mut masker = masker(&["abcdefgh", "bcde"]);
    let mut stream = Stream::new();
    let mut out = Vec::new();
    stream.push(&masker, b"1 abcdef", &mut out);
    assert_eq!(out, b"1 ");
    masker.add("efxy").unwrap();
    stream.push(&masker, b"xy abcd", &mut out);
    stream.finish(&masker, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "1 a*** abcd");
}

#[test]
fn a_long_line_costs_constant_memory() {
    let masker = masker(&["aaab", "hunter2"]);
    let mut stream = Stream::new();
    let mut out = Vec::new();
    let mut masks = 0;
    for _ in 0..10_000 {
        out.clear();
        stream.push(&masker, &[b'a'; 1000], &mut out);
        stream.push(&masker, b"bbhunter2", &mut out);
        assert!(out.len() < 2000);
        masks += out.windows(3).filter(|window| window == b"***").count();
    }
    assert_eq!(masks, 20_000);
    assert!(size_of_val(&stream) + format!("{stream:?}").len() < 1000);
}

/// Texts of few letters, so that secrets begin, overlap and break off everywhere.
fn texts_and_secrets() -> impl Strategy<Value = (Vec<String>, String, Vec<usize>)> {
    let secret = prop_oneof!["[ab]{4,9}", "[abc%2+]{4,12}", "[a\n ]{4,12}", "[a-e]{4,30}"];
    let piece = prop_oneof!["[abc]{0,20}", "[a-e\n]{0,10}", "[ab%2+ \r\n]{0,20}"];
    let text = (vec(piece, 0..8), vec(any::<(prop::sample::Index, bool)>(), 0..8));
    (vec(secret, 0..5), text, vec(0..300_usize, 0..12)).prop_map(|(secrets, (pieces, places), splits)| {
        let mut text = String::new();
        for (index, piece) in pieces.iter().enumerate() {
            text.push_str(piece);
            if let (Some((place, whole)), false) = (places.get(index), secrets.is_empty()) {
                let secret = place.get(&secrets);
                text.push_str(if *whole { secret } else { &secret[..secret.len() / 2] });
            }
        }
        (secrets, text, splits)
    })
}

fn split<'a>(text: &'a [u8], splits: &[usize]) -> Vec<&'a [u8]> {
    let mut splits: Vec<_> = splits.iter().map(|at| at % (text.len() + 1)).collect();
    splits.sort_unstable();
    let mut from = 0;
    let mut pieces = Vec::new();
    for at in splits.into_iter().chain([text.len()]) {
        pieces.push(&text[from..at]);
        from = at;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_split_gives_what_the_model_gives((secrets, text, splits) in texts_and_secrets()) {
        let mut masker = Masker::new();
        for secret in &secrets {
            let _ = masker.add(secret);
        }
        let out = in_pieces(&masker, split(text.as_bytes(), &splits));
        prop_assert_eq!(&out, &model(&masker, text.as_bytes()));
        for form in masker.forms() {
            prop_assert!(!out.windows(form.len()).any(|window| window == form));
        }
    }

    #[test]
    fn a_masker_that_grows_shows_no_secret_that_it_knew((secrets, text, splits) in texts_and_secrets()) {
        let mut masker = Masker::new();
        let mut stream = Stream::new();
        let mut secrets = secrets.into_iter();
        let mut out = Vec::new();
        for piece in split(text.as_bytes(), &splits) {
            let known = masker.clone();
            let before = out.len();
            stream.push(&masker, piece, &mut out);
            for form in known.forms() {
                prop_assert!(!out[before..].windows(form.len()).any(|window| window == form));
            }
            if let Some(secret) = secrets.next() {
                let _ = masker.add(&secret);
            }
        }
        stream.finish(&masker, &mut out);
        let plain = |bytes: &[u8]| bytes.iter().filter(|byte| **byte != b'*').count();
        prop_assert!(plain(&out) <= text.len());
    }
}
