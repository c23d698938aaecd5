//! Strict reading of request bodies.
//!
//! Bodies are hostile until proven otherwise, and may hold what must not be repeated. So a body is read twice: once for what
//! every body has to be, and once for the operation's own members. No error of either repeats a value that was sent, and a
//! member is only named when its name could not be a number in disguise.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_path_to_error::Segment;

mod objects;

use objects::Objects;

/// How many objects and arrays may be inside each other.
const DEPTH_MAX: usize = 16;

/// What is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BodyError {
    /// The kind of fault.
    pub kind: BodyErrorKind,
    /// The path of the member, such as `usageLimits[0].values[1].singleAmount`; none for the body as a whole.
    pub field: Option<String>,
    /// What is wrong, to be read after the path.
    pub problem: String,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.problem),
            None => write!(f, "the body {}", self.problem),
        }
    }
}

/// The kinds of faults of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyErrorKind {
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON, or no object.
    Malformed,
    /// An object with the same key twice.
    DuplicateKey,
    /// Objects and arrays inside each other more than sixteen deep.
    TooDeep,
    /// Not what the operation reads.
    Invalid,
}

/// Reads a body: UTF-8, one JSON object and nothing after it, no key twice, no deep nesting, and in it what `T` reads. Members
/// that `T` does not know are ignored.
///
/// # Errors
/// The first fault.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    let text = std::str::from_utf8(bytes).map_err(|_| BodyError {
        kind: BodyErrorKind::NotUtf8,
        field: None,
        problem: "is not UTF-8".to_owned(),
    })?;
    let has_arrays = scan(text)?;
    let carefully = || {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(Objects(&mut deserializer)).map_err(|error| invalid(&error))
    };
    // To know where an error is, and that nothing is an array that should be an object, costs as much as reading does. Most bodies
    // need neither.
    if has_arrays { carefully() } else { serde_json::from_str(text).or_else(|_| carefully()) }
}

/// Reads everything once without keeping anything. Returns whether there are arrays.
fn scan(text: &str) -> Result<bool, BodyError> {
    let mut scan = Scan { path: Vec::new(), fault: None, has_arrays: false };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let result = Anything { scan: &mut scan, depth: 0 }.deserialize(&mut deserializer);
    let Err(error) = result.and_then(|()| deserializer.end()) else { return Ok(scan.has_arrays) };
    let (kind, problem) = scan.fault.map_or_else(
        || (BodyErrorKind::Malformed, malformed(&error)),
        |(kind, problem)| (kind, problem.to_owned()),
    );
    Err(BodyError { kind, field: path(scan.path.iter().rev()), problem })
}

fn malformed(error: &serde_json::Error) -> String {
    let fault = if error.is_eof() { "ends before it is complete" } else { "is not valid JSON" };
    format!("{fault}, line {} column {}", error.line(), error.column())
}

/// What the scan has found.
struct Scan {
    /// Where, the innermost step first.
    path: Vec<Step>,
    fault: Option<(BodyErrorKind, &'static str)>,
    has_arrays: bool,
}

enum Step {
    Key(String),
    Index(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(shown(key)),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Any value inside `depth` objects and arrays. An error notes the steps it comes out through.
struct Anything<'a> {
    scan: &'a mut Scan,
    depth: usize,
}

impl Anything<'_> {
    fn fault<T, E: de::Error>(self, kind: BodyErrorKind, problem: &'static str) -> Result<T, E> {
        self.scan.fault = Some((kind, problem));
        Err(E::custom(problem))
    }

    fn scalar<E: de::Error>(self) -> Result<(), E> {
        if self.depth == 0 { self.fault(BodyErrorKind::Malformed, "must be a JSON object") } else { Ok(()) }
    }

    const fn inner(&mut self) -> Anything<'_> {
        Anything { scan: &mut *self.scan, depth: self.depth + 1 }
    }
}

impl<'de> DeserializeSeed<'de> for Anything<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Anything<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.scalar()
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        if self.depth == 0 {
            return self.scalar();
        }
        if self.depth == DEPTH_MAX {
            return self.fault(BodyErrorKind::TooDeep, "is nested too deeply");
        }
        self.scan.has_arrays = true;
        for index in 0.. {
            let item = items.next_element_seed(self.inner());
            let item = item.inspect_err(|_| self.scan.path.push(Step::Index(index)))?;
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        if self.depth == DEPTH_MAX {
            return self.fault(BodyErrorKind::TooDeep, "is nested too deeply");
        }
        let mut seen = Seen::default();
        while let Some(Key(key)) = members.next_key()? {
            if seen.holds(&key) {
                self.scan.path.push(Step::Key(key.into_owned()));
                return self.fault(BodyErrorKind::DuplicateKey, "is given twice");
            }
            let value = members.next_value_seed(self.inner());
            value.inspect_err(|_| self.scan.path.push(Step::Key(key.clone().into_owned())))?;
            seen.insert(key);
        }
        Ok(())
    }
}

/// A key, as it stands in the text where nothing in it is escaped.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// The keys of an object so far. Most objects have few, and looking at each of those is quicker than hashing.
#[derive(Default)]
struct Seen<'a> {
    few: Vec<Cow<'a, str>>,
    more: HashSet<Cow<'a, str>>,
}

impl<'a> Seen<'a> {
    const FEW: usize = 16;

    fn holds(&self, key: &str) -> bool {
        self.few.iter().any(|seen| seen == key) || self.more.contains(key)
    }

    fn insert(&mut self, key: Cow<'a, str>) {
        if self.few.len() < Self::FEW {
            self.few.push(key);
        } else {
            self.more.insert(key);
        }
    }
}

/// The error of a body that is sound but not what the operation reads.
fn invalid(error: &serde_path_to_error::Error<serde_json::Error>) -> BodyError {
    let message = error.inner().to_string();
    let mut steps: Vec<Step> = error.path().iter().filter_map(step).collect();
    let problem = if let Some(missing) = missing(&message) {
        steps.push(Step::Key(missing.to_owned()));
        "is required".to_owned()
    } else if message.starts_with("invalid type: null") && matches!(steps.last(), Some(Step::Key(_))) {
        "is required".to_owned()
    } else {
        format!("must be {}", expected(&message))
    };
    BodyError { kind: BodyErrorKind::Invalid, field: path(steps.iter()), problem }
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// The member in ``missing field `x` ``, which is one of ours.
fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

/// What was expected. It stands last in the message, and only what stands before it can have been sent.
fn expected(message: &str) -> &str {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    match message.rsplit_once(", expected ").map(|(_, expected)| expected) {
        Some(expected) if expected.starts_with("struct ") => "an object",
        Some("a sequence") => "an array",
        Some("a boolean") => "true or false",
        Some("i32") => "a whole number of at most 32 bits",
        Some("i64") => "a whole number",
        Some(expected) => expected,
        None => "of another form",
    }
}

fn path<'a>(steps: impl Iterator<Item = &'a Step>) -> Option<String> {
    let mut path = String::new();
    for step in steps {
        if matches!(step, Step::Key(_)) && !path.is_empty() {
            path.push('.');
        }
        path.push_str(&step.to_string());
    }
    Some(path).filter(|path| !path.is_empty())
}

/// A key as it may be repeated. All members we know have short names with few digits; another key may be anything, even a
/// card number.
fn shown(key: &str) -> &str {
    let word = key.len() <= 32 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    if word && digits <= 2 && !key.is_empty() { key } else { "?" }
}

#[cfg(test)]
mod tests;
