//! Percent-encoding, in the sets of characters that are common.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986: all but the unreserved characters.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// `encodeURIComponent` of browsers.
const COMPONENT: &AsciiSet = &STRICT.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');
/// Where slashes are kept: paths.
const PATH: &AsciiSet = &STRICT.remove(b'/');
/// Forms of web pages.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*');
/// The query of a URL that was typed in.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');
/// Name and password in a URL.
const USER: &AsciiSet = &QUERY
    .remove(b'\'')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'|');

/// Every such encoding, with a space as `%20` and as `+`, and with digits in large and small letters.
pub(super) fn of(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for set in [STRICT, COMPONENT, PATH, FORM, QUERY, USER] {
        let large = utf8_percent_encode(text, set).to_string();
        let small = small(&large);
        forms.extend([large.replace("%20", "+"), small.replace("%20", "+"), large, small]);
    }
    forms
}

/// The digits behind each `%` in small letters.
fn small(text: &str) -> String {
    let mut digits = 0;
    let small = |char: char| match (char, digits) {
        ('%', _) => {
            digits = 2;
            char
        }
        (_, 0) => char,
        _ => {
            digits -= 1;
            char.to_ascii_lowercase()
        }
    };
    text.chars().map(small).collect()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn spaces_letters_and_sets() {
        let forms = of("a b/c:d?É*'");
        for expected in [
            "a%20b%2Fc%3Ad%3F%C3%89%2A%27",
            "a+b%2fc%3ad%3f%c3%89%2a%27",
            "a%20b%2Fc%3Ad%3F%C3%89*'",
            "a%20b/c%3Ad%3F%C3%89%2A%27",
            "a+b%2Fc%3Ad%3F%C3%89*%27",
            "a%20b/c:d?%C3%89*%27",
            "a%20b%2Fc%3Ad%3F%C3%89*'",
        ] {
            assert!(forms.contains(&expected.to_owned()), "{expected} in {forms:#?}");
        }
    }
}
