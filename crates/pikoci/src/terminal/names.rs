//! How the steps of a build are called where their lines meet.

use std::collections::HashMap;

/// A step as an outline lists it: after the step that it stands in, one deeper.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// `service`, `get`, `task`, `in_parallel` …
    pub(crate) kind: &'a str,
    /// Its own name.
    pub(crate) name: &'a str,
    /// How deep it stands in others.
    pub(crate) depth: u32,
}

/// What a step is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name {
    /// The word of the language.
    pub(crate) kind: String,
    /// Its name, where several have it with those that it stands in: `lint/unit`.
    pub(crate) label: String,
    /// How deep it stands in others.
    pub(crate) depth: u32,
    /// Whether other steps write while it does, so that its lines have to say whose they are.
    pub(crate) is_beside: bool,
}

impl Name {
    /// A step of which nothing else is known.
    pub(crate) fn new(kind: &str, name: &str) -> Self {
        Self { kind: clean(kind), label: clean(name), ..Self::default() }
    }

    /// Whether it only holds other steps, and writes nothing itself.
    pub(crate) fn is_group(&self) -> bool {
        matches!(self.kind.as_str(), "in_parallel" | "do" | "if")
    }

    /// `task unit`; a group without a name of its own is called by its kind alone.
    pub(crate) fn title(&self) -> String {
        match self.label == self.kind {
            true => self.kind.clone(),
            false => format!("{} {}", self.kind, self.label),
        }
    }
}

fn clean(text: &str) -> String {
    super::clean(text).into_owned()
}

/// The names of the lines of an outline, in its order.
pub(crate) fn names<'a>(lines: &[Line<'a>]) -> Vec<Name> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    lines.iter().for_each(|line| *uses.entry(line.name).or_default() += 1);
    let mut above: Vec<Line<'a>> = Vec::new();
    let mut found = Vec::with_capacity(lines.len());
    for line in lines {
        above.truncate(usize::try_from(line.depth).unwrap_or(usize::MAX));
        let is_alone = uses.get(line.name) == Some(&1);
        let label = if is_alone { line.name.to_owned() } else { path(&above, line.name) };
        let is_beside = line.kind == "service" || above.iter().any(|around| around.kind == "in_parallel");
        found.push(Name { depth: line.depth, is_beside, ..Name::new(line.kind, &label) });
        above.push(*line);
    }
    found
}

fn path(above: &[Line<'_>], name: &str) -> String {
    // A group without a name of its own is called by its kind.
    let named = above.iter().filter(|around| around.name != around.kind).map(|around| around.name);
    named.chain([name]).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_they_may_be() {
        let line = |kind, name, depth| Line { kind, name, depth };
        let outline = [
            line("service", "postgresql", 0),
            line("get", "app", 0),
            line("in_parallel", "checks", 0),
            line("task", "unit", 1),
            line("do", "web", 1),
            line("task", "unit", 2),
            line("hook", "on_failure", 3),
            line("task", "deploy", 0),
            line("in_parallel", "in_parallel", 0),
            line("task", "unit", 1),
        ];
        let found = names(&outline);
        let told: Vec<_> = found.iter().map(|name| (name.title(), name.is_beside)).collect();
        let expected = [
            ("service postgresql", true),
            ("get app", false),
            ("in_parallel checks", false),
            ("task checks/unit", true),
            ("do web", true),
            ("task checks/web/unit", true),
            ("hook on_failure", true),
            ("task deploy", false),
            ("in_parallel", false),
            ("task unit", true),
        ];
        assert_eq!(told, expected.map(|(title, beside)| (title.to_owned(), beside)));
        assert_eq!(Name::new("task", "a\x1b[2Jb").title(), "task a\u{fffd}[2Jb");
    }
}
