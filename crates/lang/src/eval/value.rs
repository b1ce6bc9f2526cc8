//! Values.

use super::number::Number;
use crate::late::Late;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value of the language. Copies share what they hold.
///
/// Lists, tuples and sets are all `List` (a set is sorted and has no element twice); maps and objects are both
/// `Map`, whose keys are sorted.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(Arc<str>),
    /// A list.
    List(List),
    /// A map.
    Map(Map),
    /// What is known only when a build runs. It stands only in what a pipeline is read from, never in a plan or
    /// in what a late value is computed to.
    Late(Arc<Late>),
}

/// The elements of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct List(Arc<Node<Vec<Value>>>);

/// The entries of a map.
#[derive(Clone, PartialEq, Eq)]
pub struct Map(Arc<Node<BTreeMap<String, Value>>>);

/// What a list or map holds, and how large it is when written out, shared parts counted as often as they occur.
struct Node<T> {
    items: T,
    depth: u32,
    size: u64,
    late: bool,
    /// Of a list whether it is a set, which makes no difference to what it is equal to.
    set: bool,
}

impl<T: PartialEq> PartialEq for Node<T> {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.items == other.items
    }
}

impl<T: Eq> Eq for Node<T> {}

impl List {
    /// The elements.
    pub fn items(&self) -> &[Value] {
        &self.0.items
    }

    /// Whether it was made as a set: its elements have no place.
    pub(crate) fn is_set(&self) -> bool {
        self.0.set
    }
}

impl Map {
    /// The entries.
    pub fn entries(&self) -> &BTreeMap<String, Value> {
        &self.0.items
    }
}

impl Value {
    /// A text.
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::String(Arc::from(text.as_ref()))
    }

    /// A whole number.
    pub fn whole(number: i128) -> Self {
        Self::Number(Number::whole(number))
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::list_or_set(items, false)
    }

    /// A set of elements that are sorted, none twice.
    pub(crate) fn set(items: Vec<Self>) -> Self {
        Self::list_or_set(items, true)
    }

    fn list_or_set(items: Vec<Self>, set: bool) -> Self {
        let depth = 1 + items.iter().map(Self::depth).max().unwrap_or(0);
        let size = items.iter().fold(2, |sum: u64, item| sum.saturating_add(item.size()).saturating_add(1));
        let late = items.iter().any(Self::has_late);
        Self::List(List(Arc::new(Node { items, depth, size, late, set })))
    }

    /// A map.
    pub fn map(items: BTreeMap<String, Self>) -> Self {
        let depth = 1 + items.values().map(Self::depth).max().unwrap_or(0);
        let size = items.iter().fold(2, |sum: u64, (key, item)| {
            sum.saturating_add(item.size()).saturating_add(key.len() as u64 + 4)
        });
        let late = items.values().any(Self::has_late);
        Self::Map(Map(Arc::new(Node { items, depth, size, late, set: false })))
    }

    /// Whether something in it is known only when a build runs.
    pub fn has_late(&self) -> bool {
        match self {
            Self::Late(_) => true,
            Self::List(list) => list.0.late,
            Self::Map(map) => map.0.late,
            _ => false,
        }
    }

    /// How deep it is nested; 0 for what is no list and no map.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Self::List(list) => list.0.depth,
            Self::Map(map) => map.0.depth,
            Self::Late(late) => late.depth(),
            _ => 0,
        }
    }

    /// About how many bytes it has when written out.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Null | Self::Bool(_) => 5,
            Self::Number(_) => 16,
            Self::String(text) => text.len() as u64 + 2,
            Self::List(list) => list.0.size,
            Self::Map(map) => map.0.size,
            Self::Late(late) => late.size(),
        }
    }

    /// `a string`, `a list`: for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Late(_) => "known only when a build runs",
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Its JSON form; what is late is null there.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(bool) => (*bool).into(),
            Self::Number(number) => number_to_json(*number),
            Self::String(text) => text.to_string().into(),
            Self::List(list) => list.items().iter().map(Self::to_json).collect(),
            Self::Map(map) => map.entries().iter().map(|(key, item)| (key.clone(), item.to_json())).collect(),
            Self::Late(_) => serde_json::Value::Null,
        }
    }

    /// The value of a JSON text's value; `None` for a number too large to hold.
    pub fn from_json(json: &serde_json::Value) -> Option<Self> {
        Some(match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(bool) => Self::Bool(*bool),
            serde_json::Value::Number(number) => Self::Number(Number::parse(&number.to_string())?),
            serde_json::Value::String(text) => Self::string(text),
            serde_json::Value::Array(items) => {
                Self::list(items.iter().map(Self::from_json).collect::<Option<_>>()?)
            }
            serde_json::Value::Object(items) => Self::map(
                items
                    .iter()
                    .map(|(key, item)| Some((key.clone(), Self::from_json(item)?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// As it prints in an environment: texts as they are, numbers and booleans as words, lists and maps as JSON.
    /// `None` for `null`, which is absent from an environment, and for what is late.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(bool) => Some(bool.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::String(text) => Some(text.to_string()),
            Self::List(_) | Self::Map(_) => Some(self.to_json().to_string()),
            Self::Late(_) => None,
        }
    }
}

fn number_to_json(number: Number) -> serde_json::Value {
    match number.as_i128() {
        Some(whole) if i64::try_from(whole).is_ok() => (whole as i64).into(),
        Some(whole) if u64::try_from(whole).is_ok() => (whole as u64).into(),
        _ => number.as_f64().into(),
    }
}

/// As JSON.
impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        Self::from_json(&json).ok_or_else(|| serde::de::Error::custom("a number that is too large"))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late(late) => write!(f, "late {late:?}"),
            _ => write!(f, "{}", self.to_json()),
        }
    }
}
