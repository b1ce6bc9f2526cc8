//! Conditions read.

use super::{Condition, Piece, Text};
use crate::template_name::leading;

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    /// In a few words.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl ConditionError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// How deep parentheses may stand in each other, and how long a condition may be.
const MOST_DEEP: u32 = 16;
const MOST_BYTES: usize = 10_000;

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// The text is none.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        if text.len() > MOST_BYTES {
            return Err(ConditionError::new("it is longer than 10,000 bytes"));
        }
        let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
        if parser.tokens.is_empty() {
            return Ok(Self::Is(Text(Vec::new())));
        }
        let condition = parser.either()?;
        match parser.next() {
            None => Ok(condition),
            Some(Token::Close) => Err(ConditionError::new("a `)` closes nothing")),
            Some(token) => {
                Err(ConditionError::new(format!("an operator is missing before {}", token.shown()))
                    .hint("a text with spaces is written in quotes: 'like this'"))
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Operator(&'static str),
    Text(Text),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::And => "`&&`".to_owned(),
            Self::Or => "`||`".to_owned(),
            Self::Operator(operator) => format!("`{operator}`"),
            Self::Text(text) => format!("`{text}`"),
        }
    }
}

/// Signs, the longest first.
const SIGNS: &[(&str, Token)] = &[
    ("!contains", Token::Operator("!contains")),
    ("&&", Token::And),
    ("||", Token::Or),
    ("==", Token::Operator("==")),
    ("!=", Token::Operator("!=")),
    ("(", Token::Open),
    (")", Token::Close),
    (">", Token::Operator(">")),
    ("<", Token::Operator("<")),
];

fn tokens(text: &str) -> Result<Vec<Token>, ConditionError> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = ["<=", ">=", "=~"].iter().find(|sign| rest.starts_with(**sign)) {
            return Err(ConditionError::new(format!("there is no operator `{sign}`"))
                .hint("there are `==`, `!=`, `>`, `<`, `contains` and `!contains`; an expression without quotes has more"));
        }
        let after = if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            tokens.push(token.clone());
            &rest[sign.len()..]
        } else if matches!(first, '\'' | '"') {
            let end = rest[1..].find(first).ok_or_else(|| {
                ConditionError::new(format!("a text that begins with {first} does not end"))
            })?;
            tokens.push(Token::Text(pieces(&rest[1..=end])));
            &rest[end + 2..]
        } else {
            let end = word_end(rest);
            tokens.push(word(&rest[..end])?);
            &rest[end..]
        };
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// A bare word, or the operator that is one.
fn word(text: &str) -> Result<Token, ConditionError> {
    match text {
        "contains" => Ok(Token::Operator("contains")),
        "=" => Err(ConditionError::new("`=` compares nothing").hint("write `==`")),
        text if text.starts_with('!') => Err(ConditionError::new("`!` negates nothing here")
            .hint("write `$X != true`, or an expression without quotes")),
        text => Ok(Token::Text(pieces(text))),
    }
}

/// Where a bare word ends.
fn word_end(text: &str) -> usize {
    let ends = |(at, letter): &(usize, char)| {
        letter.is_whitespace()
            || matches!(letter, '\'' | '"')
            || (*at > 0 && SIGNS.iter().any(|(sign, _)| text[*at..].starts_with(sign)))
    };
    text.char_indices().find(ends).map_or(text.len(), |(at, _)| at)
}

/// A text with its variables, `$NAME` or `${NAME}`.
fn pieces(text: &str) -> Text {
    let (mut pieces, mut literal, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        let Some(name) = leading(after) else {
            literal.push_str(&rest[..=at]);
            rest = after;
            continue;
        };
        literal.push_str(&rest[..at]);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Variable(name.to_owned()));
        let braces = if after.starts_with('{') { 2 } else { 0 };
        rest = &after[name.len() + braces..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Text(pieces)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_it = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(is_it);
        is_it
    }

    fn either(&mut self) -> Result<Condition, ConditionError> {
        let mut condition = self.both()?;
        while self.take(&Token::Or) {
            condition = Condition::Or(Box::new(condition), Box::new(self.both()?));
        }
        Ok(condition)
    }

    fn both(&mut self) -> Result<Condition, ConditionError> {
        let mut condition = self.one()?;
        while self.take(&Token::And) {
            condition = Condition::And(Box::new(condition), Box::new(self.one()?));
        }
        Ok(condition)
    }

    fn one(&mut self) -> Result<Condition, ConditionError> {
        if self.take(&Token::Open) {
            return self.in_parentheses();
        }
        let left = self.text()?;
        let Some(Token::Operator(operator)) = self.tokens.get(self.at) else {
            return Ok(Condition::Is(left));
        };
        let operator = (*operator).to_owned();
        self.at += 1;
        Ok(Condition::Compare { left, operator, right: self.text()? })
    }

    fn in_parentheses(&mut self) -> Result<Condition, ConditionError> {
        self.depth += 1;
        if self.depth > MOST_DEEP {
            return Err(ConditionError::new("its parentheses are nested more than 16 deep"));
        }
        let condition = self.either()?;
        self.depth -= 1;
        match self.take(&Token::Close) {
            true => Ok(condition),
            false => Err(ConditionError::new("a `(` is not closed")),
        }
    }

    fn text(&mut self) -> Result<Text, ConditionError> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            Some(token) => Err(ConditionError::new(format!("a text is missing before {}", token.shown()))
                .hint("nothing at all is written as ''")),
            None => {
                Err(ConditionError::new("a text is missing at its end")
                    .hint("nothing at all is written as ''"))
            }
        }
    }
}
