//! Base64, also where the secret is a part of what was encoded.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// The lines of `base64`, and those of PEM and `openssl`.
const COLUMNS: [usize; 2] = [76, 64];

/// In both alphabets, with and without padding, and for each of the three places in a group of three bytes at
/// which the value may begin: without the characters that depend on what stands beside it.
pub(super) fn of(value: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for before in 0..3 {
        for engine in [STANDARD, URL_SAFE] {
            forms.extend(at(value, before, &engine));
        }
    }
    let whole = STANDARD.encode(value).into_bytes();
    forms.extend(COLUMNS.into_iter().flat_map(|columns| super::wrapped(&whole, columns)));
    forms
}

/// With so many bytes before it.
fn at(value: &[u8], before: usize, engine: &impl Engine) -> [Vec<u8>; 3] {
    let text = [&vec![0; before], value].concat();
    let padded = engine.encode(&text).into_bytes();
    let begin = (before * 8).div_ceil(6);
    let ends = [
        // Something follows: whole groups of six bits only.
        text.len() * 8 / 6,
        // It is the end.
        (text.len() * 8).div_ceil(6),
        padded.len(),
    ];
    ends.map(|end| padded[begin.min(end)..end].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of an encoded text no form covers, at most: what it shares a character with on either side.
    #[test]
    fn a_secret_within_an_encoded_text_is_found() {
        let secret = b"s3cr?t~>>v\xfb\xffalue";
        let forms = of(secret);
        for engine in [STANDARD, URL_SAFE] {
            for before in 0..7 {
                for after in 0..7 {
                    let text = [&vec![b'<'; before], secret.as_slice(), &vec![b'>'; after]].concat();
                    let encoded = engine.encode(&text).into_bytes();
                    let longest = forms.iter().filter(|form| contains(&encoded, form)).map(Vec::len).max();
                    let least = secret.len() * 8 / 6 - 1;
                    assert!(longest >= Some(least), "{before} before, {after} after: {longest:?}");
                }
            }
        }
    }

    #[test]
    fn what_stands_alone_is_found_whole() {
        for secret in ["four", "five5", "sixsix"] {
            let forms = of(secret.as_bytes());
            let padded = STANDARD.encode(secret);
            assert!(forms.contains(&padded.clone().into_bytes()));
            assert!(forms.contains(&padded.trim_end_matches('=').as_bytes().to_vec()));
        }
    }

    #[test]
    fn the_lines_of_the_command_are_found() {
        let forms = of(&[b'x'; 100]);
        let whole = STANDARD.encode([b'x'; 100]).into_bytes();
        for line in whole.chunks(76).chain(whole.chunks(64).take(2)) {
            assert!(forms.contains(&line.to_vec()));
        }
    }

    fn contains(text: &[u8], part: &[u8]) -> bool {
        text.windows(part.len()).any(|window| window == part)
    }
}
