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
        forms.extend(encoded(&unix));
        forms.extend([unix, windows].map(String::into_bytes));
    }
    forms.extend(lines.into_iter().flat_map(encoded));
    forms
}

fn encoded(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let strings = url::of(text).into_iter().chain(quote::of(text)).map(String::into_bytes);
    base64::of(text.as_bytes()).into_iter().chain(hex::of(text.as_bytes())).chain(strings)
}

/// A line shorter than this is no form by itself: it stands in too many places by chance. In characters.
const MIN_LINE: usize = 8;

/// An encoding as tools break it into lines of that many characters: the lines, the last one with the one before
/// it if it is short.
fn wrapped(text: &[u8], columns: usize) -> Vec<Vec<u8>> {
    let mut lines: Vec<_> = text.chunks(columns).map(<[u8]>::to_vec).collect();
    if lines.len() < 2 {
        return Vec::new();
    }
    if let Some(short) = lines.pop_if(|last| last.len() < MIN_LINE)
        && let Some(before) = lines.last()
    {
        lines.push([before, b"\n".as_slice(), &short].concat());
    }
    lines
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
    fn a_short_last_line_comes_with_the_one_before_it() {
        assert_eq!(wrapped(b"0123456789", 10), Vec::<Vec<u8>>::new());
        assert_eq!(wrapped(b"0123456789abcdefgh", 10), [b"0123456789".to_vec(), b"abcdefgh".to_vec()]);
        assert_eq!(wrapped(b"0123456789ab", 10), [b"0123456789".to_vec(), b"0123456789\nab".to_vec()]);
    }

    #[test]
    fn a_huge_value_is_its_lines() {
        let line = "0123456789".repeat(1000);
        assert_eq!(forms(format!("{line}\n").repeat(4).trim_end()), vec![line; 4]);
    }
}
