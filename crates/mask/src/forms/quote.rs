//! Within the quotes of JSON and of shells.

/// As JSON writers and shells put it; what they leave as it is comes too.
pub(super) fn of(text: &str) -> Vec<String> {
    let json = json(text);
    vec![
        ascii(&json),
        // Some writers take care of what is special in HTML.
        json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
        json.replace('/', "\\/"),
        json,
        // Within '…': of bash, and of dash and Python.
        text.replace('\'', r"'\''"),
        text.replace('\'', r#"'"'"'"#),
        backslashed(text, |char| "\"$`\\".contains(char)),
        backslashed(text, |char| !char.is_alphanumeric() && !"%+,-./:=@_".contains(char)),
    ]
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// What is no ASCII as `\uXXXX`.
fn ascii(json: &str) -> String {
    let mut units = [0; 2];
    let mut text = String::new();
    for char in json.chars() {
        if char.is_ascii() {
            text.push(char);
        } else {
            text.extend(char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

fn backslashed(text: &str, is_special: impl Fn(char) -> bool) -> String {
    let mut quoted = String::new();
    for char in text.chars() {
        if is_special(char) {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn quotes() {
        let forms = of("a'b\"c\\d\n<é😀>/ $x");
        for expected in [
            r#"a'b\"c\\d\n<é😀>/ $x"#,
            r#"a'b\"c\\d\n<\u00e9\ud83d\ude00>/ $x"#,
            r#"a'b\"c\\d\n\u003cé😀\u003e/ $x"#,
            "a'\\''b\"c\\d\n<é😀>/ $x",
            "a'\"'\"'b\"c\\d\n<é😀>/ $x",
            "a'b\\\"c\\\\d\n<é😀>/ \\$x",
        ] {
            assert!(forms.contains(&expected.to_owned()), "{expected} in {forms:#?}");
        }
        assert!(of("it's me").contains(&r"it\'s\ me".to_owned()));
    }
}
