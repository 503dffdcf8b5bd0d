//! `VariantOption`: a command-line option of variants.

use serde_json::{Map, Value};

/// A command-line option: its name, its help, and how its value becomes settings of a model.
///
/// Several variants may share an option; options are identified by their flag.
#[derive(Clone, Copy, Debug)]
pub struct VariantOption {
    /// The flag: `--noise`.
    pub flag: &'static str,
    /// The name of the value in the help: `KIND:LEVEL`. `None` for a switch.
    pub value_name: Option<&'static str>,
    /// One-line help.
    pub help: &'static str,
    /// Valid values, for documentation and tests; empty for a switch.
    pub examples: &'static [&'static str],
    /// Writes the value to the settings of the model, or returns an error message. The value of a switch is empty.
    pub apply: fn(value: &str, settings: &mut Map<String, Value>) -> Result<(), String>,
}

/// Creates an option with a value.
///
/// ```
/// # use latents_autoencoders::registry::{VariantOption, option, positive, set};
/// const DELTA: VariantOption = option("--delta", "F", "Threshold [default: 0.1]", |value, settings| {
///     set(settings, "delta", positive(value)?)
/// });
/// assert_eq!(DELTA.printed_default(), Some("0.1"));
/// ```
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

/// Creates an option without a value.
///
/// ```
/// # use latents_autoencoders::registry::{VariantOption, set, switch};
/// const TIED: VariantOption = switch("--tied", "Tie the weights", |_, settings| set(settings, "tied", true));
/// assert_eq!(TIED.value_name, None);
/// ```
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
    /// The default in the help, if it is a value that can be entered instead of a description.
    pub fn printed_default(&self) -> Option<&'static str> {
        let (_, default) = self.help.split_once("[default: ")?;
        let default = default.split([']', ';']).next()?.trim();
        (!default.contains(' ')).then_some(default)
    }

    /// Sets the examples of valid values.
    #[must_use]
    pub const fn examples(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }
}

/// Sets one setting.
///
/// ```
/// # use latents_autoencoders::registry::set;
/// let mut settings = serde_json::Map::new();
/// set(&mut settings, "beta", 4.0)?;
/// assert_eq!(settings["beta"], 4.0);
/// # Ok::<(), String>(())
/// ```
pub fn set(settings: &mut Map<String, Value>, key: &str, value: impl Into<Value>) -> Result<(), String> {
    settings.insert(key.to_owned(), value.into());
    Ok(())
}

/// Parses a text as type `V` and returns its canonical text form.
///
/// ```
/// # use latents_autoencoders::{Likelihood, registry::text};
/// assert_eq!(text::<Likelihood>("gaussian:0.10")?, "gaussian:0.1");
/// # Ok::<(), String>(())
/// ```
pub fn text<V: std::str::FromStr + Into<String>>(text: &str) -> Result<Value, String>
where
    V::Err: std::fmt::Display,
{
    let value: V = text.parse().map_err(|error: V::Err| error.to_string())?;
    Ok(Value::String(value.into()))
}

/// Parses an integer, at least 1.
///
/// ```
/// # use latents_autoencoders::registry::at_least_one;
/// assert_eq!(at_least_one("3"), Ok(3));
/// assert!(at_least_one("0").is_err());
/// ```
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.trim().parse::<u64>() {
        // Larger numbers do not fit into TOML.
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

/// Parses layer sizes: `128,64`.
///
/// ```
/// # use latents_autoencoders::registry::size_list;
/// assert_eq!(size_list("128,64"), Ok(vec![128, 64]));
/// ```
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

/// Parses a finite number, at least 0.
///
/// ```
/// # use latents_autoencoders::registry::not_negative;
/// assert_eq!(not_negative("0.5"), Ok(0.5));
/// ```
pub fn not_negative(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("must be a finite number, 0 or more".to_owned()),
    }
}

/// Parses a number, at least 0 and below 1.
///
/// ```
/// # use latents_autoencoders::registry::fraction;
/// assert!(fraction("0.9").is_ok() && fraction("1").is_err());
/// ```
pub fn fraction(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if (0.0..1.0).contains(&number) => Ok(number),
        _ => Err("must be a number, at least 0 and below 1".to_owned()),
    }
}

/// Parses a positive finite number.
///
/// ```
/// # use latents_autoencoders::registry::positive;
/// assert!(positive("0.1").is_ok() && positive("0").is_err());
/// ```
pub fn positive(text: &str) -> Result<f64, String> {
    match not_negative(text) {
        Ok(number) if number > 0.0 => Ok(number),
        _ => Err("must be a finite number above 0".to_owned()),
    }
}
