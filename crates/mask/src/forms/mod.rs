//! The forms in which a secret gets into a log.

mod base64;
mod hex;
mod quote;
mod url;

/// The longest value of which every encoding is masked, in bytes: each costs memory several times its size.
const MAX_ENCODED: usize = 32 * 1024;

/// All forms of a value: as it is, each line of it, and what usual encodings make of these. Some may be too short
/// to be masked, and some the same.
///
/// Of a value over 32 KiB only the lines as they are.
pub(crate) fn of(value: &str) -> Vec<Vec<u8>> {
    let lines: Vec<_> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut forms: Vec<Vec<u8>> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    if value.len() > MAX_ENCODED {
        return forms;
    }
    if lines.len() > 1 {
        let unix = value.replace("\r\n", "\n");
        let windows = unix.replace('\n', "\r\n");
        for text in [&unix, &windows] {
            forms.push(text.as_bytes().to_vec());
            forms.extend(encoded(text));
        }
    }
    forms.extend(lines.into_iter().flat_map(encoded));
    forms
}

fn encoded(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let strings = url::of(text).into_iter().chain(quote::of(text)).map(String::into_bytes);
    base64::of(text.as_bytes()).into_iter().chain(hex::of(text.as_bytes())).chain(strings)
}

/// An encoding as tools break it into lines of that many characters.
fn wrapped(text: &[u8], columns: usize) -> impl Iterator<Item = Vec<u8>> {
    let is_wrapped = text.len() > columns;
    text.chunks(columns).filter(move |_| is_wrapped).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(value: &str) -> Vec<String> {
        of(value).into_iter().map(|form| String::from_utf8(form).unwrap()).collect()
    }

    #[test]
    fn every_line_is_one_and_the_whole_with_either_end_of_line() {
        let forms = forms("first line\n\n  second line\nx");
        for expected in [
            "first line",
            "second line",
            "first line\n\n  second line\nx",
            "first line\r\n\r\n  second line\r\nx",
            "first%20line",
            "first+line",
        ] {
            assert!(forms.contains(&expected.to_owned()), "{expected:?} in {forms:?}");
        }
    }

    #[test]
    fn a_huge_value_is_its_lines() {
        let line = "0123456789".repeat(1000);
        assert_eq!(forms(format!("{line}\n").repeat(4).trim_end()), vec![line; 4]);
    }
}
