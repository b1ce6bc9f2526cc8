//! Says what the author of a file that does not parse most likely meant.

use super::open;

/// A syntax error in words for people.
pub(super) struct Friendly {
    /// The byte at which the caret stands.
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Friendly {
    fn new(at: usize, message: &str, hint: &str) -> Self {
        Self { at, message: message.to_owned(), hint: Some(hint.to_owned()) }
    }
}

/// That there is something wrong at `offset` of a text that is not to be quoted.
pub(super) fn unquoted(offset: usize) -> Friendly {
    Friendly {
        at: offset,
        message: "this is no HCL: the text cannot be read from here on".to_owned(),
        hint: None,
    }
}

/// What the parser's message at `offset` means.
pub(super) fn explain(text: &str, offset: usize, message: &str) -> Friendly {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let rules = [
        template,
        one_line_block,
        else_chain,
        label,
        redefined,
        quote,
        deep,
        heredoc,
        lines_later,
        unclosed,
        inside,
        string,
        yaml,
    ];
    rules.iter().find_map(|rule| rule(text, offset, message)).unwrap_or_else(|| Friendly {
        at: offset,
        message: plain(message),
        hint: None,
    })
}

/// The parser's own message, with the words of the language.
fn plain(message: &str) -> String {
    let message = message
        .replace("newline or eof", "the end of the line")
        .replace("newline", "the end of the line")
        .replace("eof", "the end of the file");
    format!("syntax error: {message}")
}

/// The line around `offset`, and where it begins.
fn line(text: &str, offset: usize) -> (usize, &str) {
    let begin = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    (begin, &text[begin..end])
}

/// `${X:-y}` and `%{http_code}` before the place: what a shell or curl means by them.
fn template(text: &str, offset: usize, _: &str) -> Option<Friendly> {
    let (begin, line) = line(text, offset);
    let column = offset - begin;
    let reach = line.ceil_char_boundary((column + 2).min(line.len()));
    let dollar = last_opening(&line[..reach], "${");
    let percent = last_opening(&line[..reach], "%{");
    match (dollar, percent) {
        (dollar, Some(at)) if dollar < Some(at) => directive(line, begin, at),
        (Some(at), _) => shell_expansion(line, begin, at),
        _ => None,
    }
}

/// The same somewhere inside the attribute that begins at the place: for a string that does not parse the
/// parser blames the whole attribute.
fn inside(text: &str, offset: usize, _: &str) -> Option<Friendly> {
    let (first, rest) = text[offset..].split_once('\n').unwrap_or((&text[offset..], ""));
    if !first.contains('=') {
        return None;
    }
    // A heredoc reaches to its end marker, anything else to the end of its line.
    let marker = first.split_once("<<").map(|(_, marker)| marker.trim_start_matches('-').trim());
    let lines = rest.lines().take_while(|line| marker.is_some_and(|marker| line.trim() != marker));
    let mut begin = offset;
    for line in std::iter::once(first).chain(lines) {
        let mut openings = line.match_indices(['$', '%']).map(|(at, _)| at);
        let found = openings.find_map(|at| match &line[at..] {
            rest if at > 0 && line.as_bytes()[at - 1] == rest.as_bytes()[0] => None,
            rest if rest.starts_with("${") => shell_expansion(line, begin, at),
            rest if rest.starts_with("%{") => directive(line, begin, at),
            _ => None,
        });
        if found.is_some() {
            return found;
        }
        begin += line.len() + 1;
    }
    None
}

/// A heredoc without an end.
fn heredoc(text: &str, offset: usize, message: &str) -> Option<Friendly> {
    let at = message.contains("heredoc end delimiter").then(|| text[..offset].rfind("<<"))??;
    let mut lines = text[at + 2..].trim_start_matches('-').lines();
    let marker = lines.next().unwrap_or_default().trim();
    if lines.any(|line| line.trim() == marker) {
        return inside(text, text[..at].rfind('\n').map_or(0, |line| line + 1), message);
    }
    Some(Friendly::new(
        at,
        "this heredoc does not end",
        &format!("`{marker}` must stand alone on the line after its text"),
    ))
}

/// A string that goes on over the end of its line.
fn string(text: &str, offset: usize, _: &str) -> Option<Friendly> {
    let (begin, line) = line(text, offset);
    let line = &line[offset - begin..];
    let is_odd = line.replace("\\\"", "").matches('"').count() % 2 == 1;
    (is_odd && line.contains('=') && !line.contains("<<")).then(|| {
        let at = offset + line.rfind('"').unwrap_or_default();
        Friendly::new(
            at,
            "this string does not end on its line",
            "close it, or write a text of several lines as a heredoc: `<<-EOT`",
        )
    })
}

/// The same, noticed only where the next quote ended it.
fn lines_later(text: &str, offset: usize, _: &str) -> Option<Friendly> {
    open::string_that_ends_before(text, offset).map(|at| {
        Friendly::new(
            at,
            "this string does not end on its line",
            "close it, or write a text of several lines as a heredoc: `<<-EOT`",
        )
    })
}

/// `jobs:` at the end of a line.
fn yaml(text: &str, offset: usize, _: &str) -> Option<Friendly> {
    let (begin, line) = line(text, offset);
    let word = line.trim().trim_start_matches("- ");
    let is_key = word
        .split_once(':')
        .is_some_and(|(key, _)| key.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)));
    is_key.then(|| {
        Friendly::new(begin, "this is no HCL", "a pipeline is written like `job \"test\" { … }`, not as YAML")
    })
}

/// The last `marker` of `text` that is not escaped by its own first character.
fn last_opening(text: &str, marker: &str) -> Option<usize> {
    let at = text.rfind(marker)?;
    (at == 0 || text.as_bytes()[at - 1] != marker.as_bytes()[0]).then_some(at)
}

fn shell_expansion(line: &str, begin: usize, at: usize) -> Option<Friendly> {
    let inside = line[at + 2..].split('}').next().unwrap_or_default();
    let name_length = inside.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let rest = &inside[name_length..];
    let special = inside.starts_with(['#', '!', '@', '*', '?'])
        || rest.starts_with([':', '#', '%', '/', '^', ',', '-', '+', '=', '@']);
    if !special {
        return None;
    }
    Some(Friendly::new(
        begin + at,
        &format!("`${{{inside}}}` is an expansion of the shell, but `${{` begins an expression here"),
        &format!("write `$${{{inside}}}` to hand it to the shell"),
    ))
}

fn directive(line: &str, begin: usize, at: usize) -> Option<Friendly> {
    let inside = line[at + 2..].split('}').next().unwrap_or_default();
    let word = inside.trim_start_matches('~').trim();
    if ["if", "else", "endif", "for", "endfor"]
        .iter()
        .any(|directive| word.split(' ').next() == Some(directive))
    {
        return None;
    }
    Some(Friendly::new(
        begin + at,
        &format!("`%{{{inside}}}` is no directive: `%{{` begins `%{{ if … }}` or `%{{ for … }}` here"),
        &format!("write `%%{{{inside}}}` for the text `%{{{inside}}}`"),
    ))
}

/// Several attributes, or a block, in a block of one line.
fn one_line_block(text: &str, offset: usize, message: &str) -> Option<Friendly> {
    let (begin, line) = line(text, offset);
    let head = &line[..offset - begin];
    let open = head.rfind('{')?;
    let before = head[..open].trim();
    let is_block = before.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && !before.contains('=');
    let complains = ["attribute", "expected `}`", "expected `=`", "newline", "unexpected token"]
        .iter()
        .any(|words| message.contains(words));
    if !is_block || !complains {
        return None;
    }
    let inside = line[open + 1..].trim().trim_end_matches('}');
    if inside.is_empty() {
        return None;
    }
    let at = if inside.contains('=') || inside.contains('{') { offset } else { begin + open + 1 };
    Some(Friendly::new(
        at,
        "a block on one line holds at most one attribute and no block",
        "put each attribute and each block on a line of its own",
    ))
}

/// `} else {`: blocks are siblings.
fn else_chain(text: &str, offset: usize, _: &str) -> Option<Friendly> {
    let (begin, line) = line(text, offset);
    let trimmed = line.trim_start();
    if !trimmed.starts_with('}') {
        return None;
    }
    let word = trimmed[1..].trim_start();
    let is_chain = word.starts_with("else") || word.starts_with("elif");
    is_chain.then(|| {
        Friendly::new(
            begin + line.len() - word.len(),
            "each block begins on a line of its own",
            "end the line after `}` and write the next block below it",
        )
    })
}

/// `job "x-${…}" {`: a label is a literal.
fn label(text: &str, offset: usize, message: &str) -> Option<Friendly> {
    let (begin, line) = line(text, offset);
    let word = line.split_whitespace().next()?;
    let at = line.find("${")?;
    let is_label =
        message.contains("expected `{`") || message.contains("block label") || message.contains("block body");
    let names_block =
        word.chars().all(|letter| letter.is_alphanumeric() || letter == '_') && !line[..at].contains('=');
    (is_label || names_block).then(|| {
        let hint = of_instances(line, at).unwrap_or_else(|| "write the name out".to_owned());
        Friendly::new(begin + at, "a label is literal: it takes no expression", &hint)
    })
}

/// What to write instead of `get "git" "svc-${each.key}" {`, where `${` stands at `at`.
fn of_instances(line: &str, at: usize) -> Option<String> {
    let begin = line[..at].rfind('"')? + 1;
    let end = at + line[at..].find('}')?;
    let end = end + line[end..].find('"')?;
    let (head, label) = (line[..begin - 1].trim(), &line[begin..end]);
    if !label.contains("each.") {
        return None;
    }
    let own = line[begin..at].trim_end_matches(['-', '_', '.', ' ']);
    let own = if own.is_empty() { "NAME" } else { own };
    let is_step = ["get", "put"].contains(&head.split_whitespace().next()?);
    Some(match is_step {
        true => format!("write `{head} \"{own}\"` with `resource = \"{label}\"`"),
        false => format!("write `{head} \"{own}\"`: its instances are called `{own}--KEY` by themselves"),
    })
}

fn redefined(_: &str, offset: usize, message: &str) -> Option<Friendly> {
    let what = match () {
        () if message.contains("redefined attribute") => "attribute is given twice in one block",
        () if message.contains("redefined object key") => "key is given twice in one map",
        () => return None,
    };
    Some(Friendly::new(offset, &format!("this {what}"), "keep one of the two"))
}

/// Single quotes.
fn quote(text: &str, offset: usize, _: &str) -> Option<Friendly> {
    text[offset..]
        .starts_with('\'')
        .then(|| Friendly::new(offset, "a string stands in double quotes", "write \"…\" instead of '…'"))
}

fn deep(_: &str, offset: usize, message: &str) -> Option<Friendly> {
    let what = message.contains("nesting depth") || message.contains("chained binary operators");
    what.then(|| Friendly { at: offset, message: plain(message), hint: None })
}

/// The end of the file where something is still open.
fn unclosed(text: &str, offset: usize, message: &str) -> Option<Friendly> {
    if offset + 1 < text.trim_end().len() || text.trim_end().is_empty() {
        return None;
    }
    if message.contains("heredoc") {
        let at = text.floor_char_boundary(text.trim_end().len().saturating_sub(1));
        return Some(Friendly::new(at, "the file ends inside a heredoc", "its end marker is missing"));
    }
    let (message, hint) =
        ("the file ends, and this is still open", "its closing bracket or quote is missing");
    open::at_the_end(text).map(|at| Friendly::new(at, message, hint))
}
