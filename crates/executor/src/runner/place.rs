//! Places in a template: `$name` and `${name}`; and paths as the process sees them.

use std::path::{Component, Path};

/// A piece of an element of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// Text that stands for itself.
    Text(&'a str),
    /// A name to replace; `written` is how it stands there, if it is to stay.
    Name {
        /// The name.
        name: &'a str,
        /// With its `$` and braces.
        written: &'a str,
    },
}

/// The pieces of an element, in order. A `$` that no name follows stands for itself.
pub(crate) fn places(element: &str) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    while let Some(found) = element[at..].find('$') {
        let dollar = at + found;
        match name_at(element, dollar) {
            Some((name, end)) => {
                if text_from < dollar {
                    places.push(Place::Text(&element[text_from..dollar]));
                }
                places.push(Place::Name { name, written: &element[dollar..end] });
                text_from = end;
                at = end;
            }
            None => at = dollar + 1,
        }
    }
    if text_from < element.len() {
        places.push(Place::Text(&element[text_from..]));
    }
    places
}

/// The name that the element consists of, if it is nothing but one.
pub(crate) fn exact_name(element: &str) -> Option<&str> {
    match name_at(element, 0)? {
        (name, end) if end == element.len() => Some(name),
        _ => None,
    }
}

/// The name after the `$` at `dollar`, and where the place ends.
fn name_at(element: &str, dollar: usize) -> Option<(&str, usize)> {
    let rest = element[dollar..].strip_prefix('$')?;
    let (rest, braces) = match rest.strip_prefix('{') {
        Some(rest) => (rest, 1),
        None => (rest, 0),
    };
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
    let name = &rest[..length];
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_closed = braces == 0 || rest[length..].starts_with('}');
    (starts_well && is_closed).then_some((name, dollar + 1 + braces + length + braces))
}

/// `path` below `directory`, as text; `None` if it is absolute or climbs out of it.
pub(crate) fn below(directory: &str, path: &str) -> Option<String> {
    let mut names = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => names.push(name.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                names.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    if names.is_empty() {
        Some(directory.to_owned())
    } else {
        Some(format!("{directory}/{}", names.join("/")))
    }
}
