//! What a text opens and does not close, found without a parser: of a file that does not parse, where its author
//! forgot a bracket or a quote is far from where the parser noticed.

/// What stands open at a place of the text, with where it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Between `{`, `[` or `(` and its end; also in `${…}` and `%{…}` of a string.
    Brackets(usize),
    /// Between two double quotes.
    Quotes(usize),
}

/// The bracket or quote that is open at the end of the text, the innermost one.
pub(super) fn at_the_end(text: &str) -> Option<usize> {
    let mut scan = Scan::of(text);
    while scan.step().is_some() {}
    scan.open.last().map(|(Within::Brackets(at) | Within::Quotes(at))| *at)
}

/// Where the string began that goes over the end of its line and ends on the line of `offset`, before it.
pub(super) fn string_that_ends_before(text: &str, offset: usize) -> Option<usize> {
    let line = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let mut scan = Scan::of(text);
    while scan.at < offset {
        scan.step()?;
    }
    scan.over_lines.filter(|(_, end)| (line + 1..=offset).contains(end)).map(|(begin, _)| begin)
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Within>,
    /// The last string that goes over the end of a line: where it began, and where it ended or is by now.
    over_lines: Option<(usize, usize)>,
}

impl<'t> Scan<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, at: 0, open: Vec::new(), over_lines: None }
    }
}

impl Scan<'_> {
    /// Goes one token on; none at the end.
    fn step(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        self.at += match self.open.last().copied() {
            Some(Within::Quotes(begin)) => self.in_quotes(begin, rest, first),
            _ => self.in_code(rest, first),
        };
        self.at = self.text.ceil_char_boundary(self.at.min(self.text.len()));
        Some(())
    }

    fn in_quotes(&mut self, begin: usize, rest: &str, first: char) -> usize {
        match first {
            '\\' => return 2,
            '"' => {
                self.open.pop();
                self.over_lines =
                    self.over_lines.map(|(at, end)| (at, if at == begin { self.at + 1 } else { end }));
            }
            '\n' => self.over_lines = Some((begin, self.at)),
            '$' | '%' if rest.starts_with("$${") || rest.starts_with("%%{") => return 3,
            '$' | '%' if rest[1..].starts_with('{') => {
                self.open.push(Within::Brackets(self.at));
                return 2;
            }
            _ => {}
        }
        first.len_utf8()
    }

    fn in_code(&mut self, rest: &str, first: char) -> usize {
        let to_line_end = || rest.find('\n').unwrap_or(rest.len());
        match first {
            '"' => self.open.push(Within::Quotes(self.at)),
            '{' | '[' | '(' => self.open.push(Within::Brackets(self.at)),
            '}' | ']' | ')' => drop(self.open.pop()),
            '#' => return to_line_end(),
            '/' if rest.starts_with("//") => return to_line_end(),
            '/' if rest.starts_with("/*") => return rest.find("*/").map_or(rest.len(), |at| at + 2),
            '<' if rest.starts_with("<<") => return heredoc(rest),
            _ => {}
        }
        first.len_utf8()
    }
}

/// How long the heredoc is that `rest` begins with.
fn heredoc(rest: &str) -> usize {
    let mut lines = rest.split_inclusive('\n');
    let head = lines.next().unwrap_or_default();
    let marker = head[2..].trim_start_matches('-').trim();
    let mut length = head.len();
    for line in lines {
        length += line.len();
        if line.trim() == marker {
            break;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_bracket_or_quote_is_found() {
        for (text, expected) in [
            ("a {\n}\n", None),
            ("a {\n  b {\n  }\n", Some(2)),
            ("a {\n  b {\n  c {\n  }\n}\n", Some(2)),
            ("a = \"x", Some(4)),
            ("a = \"${f(\"x\")}\" # {\n// {\n/* { */", None),
            ("a = \"$${ \\\" %%{ é\"", None),
            ("a = <<-EOT\n{\n  EOT\n", None),
            ("a = [\"${b", Some(6)),
        ] {
            assert_eq!(at_the_end(text), expected, "{text}");
        }
    }

    #[test]
    fn a_string_over_lines_is_found_from_its_end() {
        let text = "a = \"x\nb = \"y\"\n";
        assert_eq!(string_that_ends_before(text, 12), Some(4));
        assert_eq!(string_that_ends_before(text, 5), None);
        assert_eq!(string_that_ends_before("a = \"x\"\nb = \"y\" z", 16), None);
        assert_eq!(string_that_ends_before("a = \"${\nf(\"x\")}\nb\"", 18), Some(4));
        assert_eq!(string_that_ends_before("a = \"${\nf(\"x\")}\" b", 17), None);
    }
}
