//! What was measured, for people as a table and for programs as JSON.

use serde::Serialize;

/// One row.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// How much it is.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// What we want to be on the good side of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aim: Option<Aim>,
    /// What the machine itself can do, measured in the same run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<Limit>,
}

/// A bound that a figure should keep.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// It should be smaller.
    Below(f64),
    /// It should be larger.
    Above(f64),
}

/// How many times as bad a figure may be where much is kept.
const FLAT: f64 = 1.2;

/// A figure of the machine.
#[derive(Debug, Clone, Serialize)]
pub struct Limit {
    /// What was measured.
    pub name: String,
    /// How much it is.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
}

impl Figure {
    /// One without an aim or a limit.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, aim: None, machine: None }
    }

    /// The same with an aim.
    pub fn aim(mut self, aim: Aim) -> Self {
        self.aim = Some(aim);
        self
    }

    /// The same beside what the machine can do.
    pub fn beside(mut self, limit: &Limit) -> Self {
        self.machine = Some(limit.clone());
        self
    }

    /// The same beside what it is where there is less to keep, with how many times as bad it is; it should be hardly worse.
    pub fn flat(self, base: f64, of: &str) -> Self {
        let rate = self.unit == "/s";
        let times = if rate { base / self.value } else { self.value / base };
        let limit = Limit { name: format!("{of}; times {times:.2}"), value: base, unit: self.unit };
        let aim = if rate { Aim::Above(base / FLAT) } else { Aim::Below(base * FLAT) };
        self.aim(aim).beside(&limit)
    }

    fn cells(&self) -> [String; 4] {
        let aim = self.aim.map_or_else(String::new, |aim| {
            let (sign, bound, kept) = match aim {
                Aim::Below(bound) => ('<', bound, self.value < bound),
                Aim::Above(bound) => ('>', bound, self.value > bound),
            };
            format!("{sign} {}{}", number(bound), if kept { "" } else { "  missed" })
        });
        let machine = self.machine.as_ref().map_or_else(String::new, |limit| {
            format!("{} {}: {}", number(limit.value), limit.unit, limit.name)
        });
        [self.name.clone(), format!("{} {}", number(self.value), self.unit), aim, machine]
    }
}

/// The table.
pub fn table(figures: &[Figure]) -> String {
    let heads = ["figure", "measured", "aim", "beside it"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(heads).chain(figures.iter().map(Figure::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [name, value, aim, machine] in &rows {
        let line = format!("{name:0$}  {value:>1$}  {aim:2$}  {machine}", widths[0], widths[1], widths[2]);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Three digits that count, and no more.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_what_was_missed_and_what_the_machine_can() {
        let limit = Limit { name: "spawns".into(), value: 3012.4, unit: "/s" };
        let figures = [
            Figure::new("builds", 998.0, "/s").aim(Aim::Above(1000.0)).beside(&limit),
            Figure::new("dispatch p50", 1.234, "ms").aim(Aim::Below(3.0)),
        ];
        let expected = "\
figure        measured  aim             beside it
builds          998 /s  > 1000  missed  3012 /s: spawns
dispatch p50   1.23 ms  < 3.00
";
        assert_eq!(table(&figures), expected);
    }
}
