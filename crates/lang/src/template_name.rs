//! `$name` and `${name}` in the templates of runners.

/// The names in an element of a template, in order.
pub(crate) fn names(element: &str) -> impl Iterator<Item = &str> {
    let mut rest = element;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find('$')?;
            rest = &rest[at + 1..];
            if let Some(name) = leading(rest) {
                return Some(name);
            }
        }
    })
}

/// The name that an element consists of, if it is nothing but one.
pub(crate) fn exact(element: &str) -> Option<&str> {
    let rest = element.strip_prefix('$')?;
    let name = leading(rest)?;
    (rest == name || rest == format!("{{{name}}}")).then_some(name)
}

/// The name after a `$`.
pub(crate) fn leading(text: &str) -> Option<&str> {
    let (text, braced) = text.strip_prefix('{').map_or((text, false), |text| (text, true));
    let length =
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    let name = &text[..length];
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    (begins_well && (!braced || text[length..].starts_with('}'))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_elements() {
        let all = |element| names(element).collect::<Vec<_>>();
        assert_eq!(all("$WORKDIR:/workdir"), ["WORKDIR"]);
        assert_eq!(all("a ${x}y $z_1-$ $1 ${open $$q"), ["x", "z_1", "q"]);
        assert_eq!(exact("$args"), Some("args"));
        assert_eq!(exact("${args}"), Some("args"));
        assert_eq!(exact("$args "), None);
        assert_eq!(exact("$args$b"), None);
    }
}
