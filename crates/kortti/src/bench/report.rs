//! What was measured, for people and for programs.

use serde::Serialize;

use crate::{Failure, say_aside};

/// Something measured.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    section: &'static str,
    name: &'static str,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Limit>,
}

/// What a figure shall be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Not less than this.
    AtLeast(f64),
    /// Less than this.
    Under(f64),
}

/// What the machine itself can do, beside a figure.
#[derive(Clone, Debug, Serialize)]
struct Limit {
    name: &'static str,
    value: f64,
    unit: &'static str,
}

impl Figure {
    /// A figure of a section: what was measured, how much, in which unit.
    pub const fn new(section: &'static str, name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { section, name, value, unit, goal: None, met: None, limit: None }
    }

    /// With a goal.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        let met = match goal {
            Goal::AtLeast(bound) => self.value >= bound,
            Goal::Under(bound) => self.value < bound,
        };
        (self.goal, self.met) = (Some(goal), Some(met));
        self
    }

    /// Beside what the machine itself can do.
    #[must_use]
    pub fn beside(mut self, limit: &Self) -> Self {
        self.limit = Some(Limit { name: limit.name, value: limit.value, unit: limit.unit });
        self
    }

    /// How much.
    pub const fn value(&self) -> f64 {
        self.value
    }

    fn cells(&self) -> [String; 6] {
        let goal = self.goal.map(|goal| match goal {
            Goal::AtLeast(bound) => format!("at least {}", with_unit(bound, self.unit)),
            Goal::Under(bound) => format!("under {}", with_unit(bound, self.unit)),
        });
        let verdict = self.met.map_or("", |met| if met { "met" } else { "MISSED" });
        let limit = |limit: &Limit| {
            let percent = 100.0 * self.value / limit.value;
            format!("{percent:.0} % of {} ({})", with_unit(limit.value, limit.unit), limit.name)
        };
        let limit = self.limit.as_ref().map(limit).unwrap_or_default();
        let measured = with_unit(self.value, self.unit);
        [self.section.into(), self.name.into(), measured, goal.unwrap_or_default(), verdict.into(), limit]
    }
}

/// All that was measured.
#[derive(Default, Serialize)]
pub struct Report {
    figures: Vec<Figure>,
}

impl Report {
    /// Adds a figure.
    pub fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// How many goals were missed.
    pub fn missed(&self) -> usize {
        self.figures.iter().filter(|figure| figure.met == Some(false)).count()
    }

    /// For programs.
    ///
    /// # Errors
    /// None that could happen.
    pub fn json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self).map_err(Failure::of("cannot write the figures"))
    }

    /// For people.
    pub fn table(&self) -> String {
        let headings = ["", "", "measured", "goal", "", "beside the machine's own limit"].map(String::from);
        let rows: Vec<_> = std::iter::once(headings).chain(self.figures.iter().map(Figure::cells)).collect();
        let width = |column: usize| {
            let widths = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            widths.max().unwrap_or(0)
        };
        let [section, name, measured, goal, verdict] = [0, 1, 2, 3, 4].map(width);
        let line = |[a, b, c, d, e, f]: &[String; 6]| {
            let line = format!("{a:section$}  {b:name$}  {c:>measured$}  {d:goal$}  {e:verdict$}  {f}");
            format!("{}\n", line.trim_end())
        };
        rows.iter().map(line).collect()
    }
}

/// A number as people read it: three digits that matter, thousands apart.
fn with_unit(value: f64, unit: &str) -> String {
    let number = match value.abs() {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => thousands(value.round() as i64),
    };
    if unit.starts_with('/') { format!("{number}{unit}") } else { format!("{number} {unit}") }
}

fn thousands(number: i64) -> String {
    match number {
        -999..=999 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1000), (number % 1000).abs()),
    }
}

/// Says what is being measured, to the one who waits.
pub fn progress(what: &str) {
    say_aside(&format!("{what} …"));
}

#[cfg(test)]
mod tests;
