//! Settings as a file has them, read so that an error names the setting.
//!
//! The error of a reader has no path where a table says itself what it is (`name = "adam"`), because serde reads such a table
//! twice. So the path is found by reading again: tables and lists are cut off behind an entry, and the first entry with which
//! the error comes back is the one to blame.

use crate::ConfigError;
use latents_text::number::exact;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Keys that say what a table is; they are kept in front, since without them nothing else in it can be read.
const TAGS: [&str; 2] = ["kind", "name"];
/// Characters of a value that an error shows.
const SHOWN: usize = 60;

/// Reads a configuration from a table of settings.
///
/// # Errors
/// With the path of the setting that is unknown, missing, or has a value of another type.
///
/// ```
/// use latents_error::read;
/// #[derive(Debug, serde::Deserialize)]
/// struct Layer { units: usize }
/// let settings = serde_json::json!([{ "units": 3 }, { "units": "many" }]);
/// let error = read::<Vec<Layer>>(&settings).unwrap_err();
/// assert_eq!(error.to_string(), "[1].units is \"many\": must be a whole number, 0 or more");
/// ```
pub fn read<T: DeserializeOwned>(settings: &Value) -> Result<T, ConfigError> {
    T::deserialize(settings).map_err(|error| {
        let problem = error.to_string();
        let refusal = |changed: &Value| T::deserialize(changed).err().map(|error| error.to_string());
        Search {
            settings,
            problem: &problem,
            refusal: &refusal,
        }
        .error()
    })
}

/// The search for the setting that is to blame for a problem.
struct Search<'a> {
    settings: &'a Value,
    problem: &'a str,
    /// The problem of changed settings, if they have one.
    refusal: &'a dyn Fn(&Value) -> Option<String>,
}

impl Search<'_> {
    fn error(&self) -> ConfigError {
        if let Some(field) = between(self.problem, "missing field `", "`") {
            let table = self.table_without(field).unwrap_or_default();
            let error = ConfigError::new(field, "missing", "it has no default");
            return table
                .iter()
                .rev()
                .fold(error, |error, step| error.within(step.as_ref()));
        }
        let (path, value) = self.blamed();
        let error = ConfigError::new("", shown(value), requirement(self.problem));
        path.iter()
            .rev()
            .fold(error, |error, step| error.within(step.as_ref()))
    }

    /// The path to the value without which the problem is another one, and the value.
    fn blamed(&self) -> (Vec<Step>, &Value) {
        let (mut path, mut value) = (Vec::new(), self.settings);
        while let Some((step, inner)) = self.next(&path, value) {
            path.push(step);
            value = inner;
        }
        (path, value)
    }

    /// The entry of the table or list at `path` with which the problem arises.
    fn next<'v>(&self, path: &[Step], value: &'v Value) -> Option<(Step, &'v Value)> {
        let entries = entries(value);
        let fails = |count: usize| {
            let mut changed = self.settings.clone();
            cut(at(&mut changed, path)?, &entries[..count]);
            ((self.refusal)(&changed)? == self.problem).then_some(())
        };
        // With more entries the problem stays: a reader stops at the first.
        let (mut fine, mut bad) = (0, entries.len());
        if entries.is_empty() || fails(0).is_some() || fails(bad).is_none() {
            return None;
        }
        while bad - fine > 1 {
            let middle = fine + (bad - fine) / 2;
            if fails(middle).is_some() {
                bad = middle
            } else {
                fine = middle
            }
        }
        let step = entries[bad - 1].clone();
        let inner = step.of(value)?;
        Some((step, inner))
    }

    /// The path of the table that lacks a field: once there is one of this name, the problem is another one.
    fn table_without(&self, field: &str) -> Option<Vec<Step>> {
        let mut tables = vec![Vec::new()];
        while let Some(path) = tables.pop() {
            let mut changed = self.settings.clone();
            let Some(value) = at(&mut changed, &path) else {
                continue;
            };
            let inner = entries(value)
                .into_iter()
                .map(|step| [&path[..], &[step]].concat());
            tables.extend(inner);
            let Value::Object(table) = value else { continue };
            if table.contains_key(field) {
                continue;
            }
            table.insert(field.to_owned(), Value::Null);
            let problem = (self.refusal)(&changed).unwrap_or_default();
            if problem != self.problem && !problem.starts_with("unknown field") {
                return Some(path);
            }
        }
        None
    }
}

/// One step into a table or a list.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    /// `[3]`, and 3.
    Item(String, usize),
}

impl AsRef<str> for Step {
    fn as_ref(&self) -> &str {
        match self {
            Self::Key(text) | Self::Item(text, _) => text,
        }
    }
}

impl Step {
    fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            Self::Key(key) => value.get(key),
            Self::Item(_, index) => value.get(index),
        }
    }

    fn of_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        match self {
            Self::Key(key) => value.get_mut(key),
            Self::Item(_, index) => value.get_mut(index),
        }
    }
}

fn at<'v>(value: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, step| step.of_mut(value))
}

/// The entries of a table or list in the order in which they are read, those that say what it is first.
fn entries(value: &Value) -> Vec<Step> {
    match value {
        Value::Object(table) => {
            let (tags, others): (Vec<_>, Vec<_>) = table
                .keys()
                .cloned()
                .partition(|key| TAGS.contains(&key.as_str()));
            tags.into_iter().chain(others).map(Step::Key).collect()
        }
        Value::Array(items) => (0..items.len())
            .map(|index| Step::Item(format!("[{index}]"), index))
            .collect(),
        _ => Vec::new(),
    }
}

/// Leaves these entries alone in a table or list.
fn cut(value: &mut Value, kept: &[Step]) {
    match value {
        Value::Object(table) => table.retain(|key, _| kept.iter().any(|step| step.as_ref() == key)),
        Value::Array(items) => items.truncate(kept.len()),
        _ => {}
    }
}

/// A value as an error shows it.
fn shown(value: &Value) -> String {
    let text = match value.as_f64() {
        Some(number) if value.is_f64() => exact(number),
        _ => value.to_string(),
    };
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

/// What serde's problem asks of a value, in the words of a configuration file.
fn requirement(problem: &str) -> String {
    if problem.starts_with("unknown field") {
        return match problem.split_once("expected ") {
            Some((_, known)) => format!("there is no such setting; expected {known}"),
            None => "there is no such setting".to_owned(),
        };
    }
    let is_type = problem.starts_with("invalid ") || problem.starts_with("unknown variant");
    match problem.rsplit_once("expected ") {
        Some((_, expected)) if is_type => format!("must be {}", words(expected)),
        _ => problem.to_owned(),
    }
}

/// Types of Rust in the words of a configuration file.
fn words(expected: &str) -> String {
    match expected {
        "usize" | "u64" | "u32" => "a whole number, 0 or more".to_owned(),
        "i64" | "i32" => "a whole number".to_owned(),
        "f64" | "f32" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "string or map" => "a text in quotes".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table of settings".to_owned(),
        _ if expected.starts_with("struct ") => "a table of settings".to_owned(),
        _ if expected.starts_with("internally tagged enum") => "a table of settings".to_owned(),
        _ => match between(expected, "an array of length ", "") {
            Some(length) => format!("a list of {length} values"),
            None => expected.to_owned(),
        },
    }
}

fn between<'t>(text: &'t str, before: &str, behind: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(before)?;
    if behind.is_empty() {
        return Some(rest);
    }
    rest.split_once(behind).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "they are read")]
    struct Whole {
        sizes: Vec<usize>,
        #[serde(default)]
        image: Option<[usize; 3]>,
        optimizer: Tagged,
        #[serde(default)]
        entries: Vec<Entry>,
        #[serde(default)]
        rate: Option<f64>,
        #[serde(default)]
        twice: Option<f64>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "they are read")]
    struct Entry {
        epochs: usize,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "name", rename_all = "snake_case")]
    #[allow(dead_code, reason = "they are read")]
    enum Tagged {
        Adam(Numbers),
    }

    #[derive(Debug, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[derive(Default)]
    #[allow(dead_code, reason = "they are read")]
    struct Numbers {
        beta: f64,
        zeta: f64,
    }

    fn message(change: impl Fn(&mut Value)) -> String {
        let mut settings = json!({
            "sizes": [3, 4],
            "image": [8, 8, 1],
            "optimizer": { "name": "adam", "beta": 0.9, "zeta": 0.1 },
            "entries": [{ "epochs": 1 }, { "epochs": 2 }],
            "rate": 1.0,
            "twice": 2.0,
        });
        assert!(read::<Whole>(&settings).is_ok());
        change(&mut settings);
        read::<Whole>(&settings).unwrap_err().to_string()
    }

    #[test]
    fn every_value_is_named_by_its_path() {
        let places = [
            ("/sizes/1", "sizes[1]"),
            ("/sizes", "sizes"),
            ("/image/2", "image[2]"),
            ("/optimizer", "optimizer"),
            ("/optimizer/name", "optimizer.name"),
            ("/optimizer/beta", "optimizer.beta"),
            ("/optimizer/zeta", "optimizer.zeta"),
            ("/entries/1/epochs", "entries[1].epochs"),
            ("/rate", "rate"),
        ];
        for (pointer, path) in places {
            let message = message(|settings| *settings.pointer_mut(pointer).unwrap() = json!("x"));
            assert!(
                message.starts_with(&format!("{path} is \"x\": must be ")),
                "{message}"
            );
        }
    }

    #[test]
    fn of_two_equal_problems_the_first_is_named() {
        let both = |settings: &mut Value| {
            settings["rate"] = json!("x");
            settings["twice"] = json!("x");
        };
        assert_eq!(message(both), "rate is \"x\": must be a number");
    }

    #[test]
    fn unknown_and_missing_settings_are_named() {
        let unknown = message(|settings| settings["optimizer"]["bet"] = json!(1));
        assert_eq!(
            unknown,
            "optimizer.bet is 1: there is no such setting; expected `beta` or `zeta`"
        );
        let missing =
            message(|settings| drop(settings["entries"][1].as_object_mut().unwrap().remove("epochs")));
        assert_eq!(missing, "entries[1].epochs is missing: it has no default");
        let missing = message(|settings| drop(settings["optimizer"].as_object_mut().unwrap().remove("name")));
        assert_eq!(missing, "optimizer.name is missing: it has no default");
    }

    #[test]
    fn long_values_are_cut() {
        let message = message(|settings| settings["rate"] = json!("x".repeat(1000)));
        assert!(message.len() < 100 && message.contains('…'), "{message}");
    }
}
