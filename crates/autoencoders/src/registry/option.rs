//! `VariantOption`: an option of the command line that belongs to variants.

use serde_json::{Map, Value};

/// An option of the command line: what it is called, what it means, and how its value becomes settings of a model.
///
/// Several variants may share one; an option is known by its flag.
#[derive(Clone, Copy, Debug)]
pub struct VariantOption {
    /// `--noise`.
    pub flag: &'static str,
    /// The value's name in the help: `KIND:LEVEL`. Nothing for a switch.
    pub value_name: Option<&'static str>,
    /// What it does, in a line.
    pub help: &'static str,
    /// Values that are right, for documentation and tests; for a switch none.
    pub examples: &'static [&'static str],
    /// Puts the value among the settings of the model, or says what is wrong with it. A switch's value is empty.
    pub apply: fn(value: &str, settings: &mut Map<String, Value>) -> Result<(), String>,
}

/// An option with a value.
pub const fn option(
    flag: &'static str,
    value_name: &'static str,
    help: &'static str,
    apply: fn(&str, &mut Map<String, Value>) -> Result<(), String>,
) -> VariantOption {
    VariantOption {
        flag,
        value_name: Some(value_name),
        help,
        examples: &[],
        apply,
    }
}

/// An option without a value.
pub const fn switch(
    flag: &'static str,
    help: &'static str,
    apply: fn(&str, &mut Map<String, Value>) -> Result<(), String>,
) -> VariantOption {
    VariantOption {
        flag,
        value_name: None,
        help,
        examples: &[],
        apply,
    }
}

impl VariantOption {
    /// The default that the help prints, where it is a value that can be typed, and not words about one.
    pub fn printed_default(&self) -> Option<&'static str> {
        let (_, default) = self.help.split_once("[default: ")?;
        let default = default.split([']', ';']).next()?.trim();
        (!default.contains(' ')).then_some(default)
    }

    /// The same with values that are right.
    #[must_use]
    pub const fn examples(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }
}

/// Sets one setting.
pub fn set(settings: &mut Map<String, Value>, key: &str, value: impl Into<Value>) -> Result<(), String> {
    settings.insert(key.to_owned(), value.into());
    Ok(())
}

/// A text that some type reads, as the type writes it.
pub fn text<V: std::str::FromStr + Into<String>>(text: &str) -> Result<Value, String>
where
    V::Err: std::fmt::Display,
{
    let value: V = text.parse().map_err(|error: V::Err| error.to_string())?;
    Ok(Value::String(value.into()))
}

/// A whole number from 1 on.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.trim().parse::<u64>() {
        // TOML has no larger numbers.
        Ok(number) if (1..=i64::MAX as u64).contains(&number) => Ok(number as usize),
        Ok(0) => Err(AT_LEAST_ONE.to_owned()),
        Ok(_) => Err(format!("must be at most {}", i64::MAX)),
        Err(error) if *error.kind() == std::num::IntErrorKind::PosOverflow => {
            Err(format!("must be at most {}", i64::MAX))
        }
        Err(_) => Err(AT_LEAST_ONE.to_owned()),
    }
}

const AT_LEAST_ONE: &str = "must be a whole number, 1 or more";

/// Sizes of layers: `128,64`.
pub fn size_list(text: &str) -> Result<Vec<usize>, String> {
    let size = |text: &str| {
        at_least_one(text).map_err(|_| {
            format!(
                "must be whole numbers, 1 or more, separated by commas, as in 128,64; `{text}` is not one"
            )
        })
    };
    text.split(',').map(size).collect()
}

/// A finite number, 0 or more.
pub fn not_negative(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("must be a finite number, 0 or more".to_owned()),
    }
}

/// A number from 0 on, below 1.
pub fn fraction(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if (0.0..1.0).contains(&number) => Ok(number),
        _ => Err("must be a number, at least 0 and below 1".to_owned()),
    }
}

/// A finite number above 0.
pub fn positive(text: &str) -> Result<f64, String> {
    match not_negative(text) {
        Ok(number) if number > 0.0 => Ok(number),
        _ => Err("must be a finite number above 0".to_owned()),
    }
}
