//! Tables of settings, one laid over the other.

use crate::error::{Outcome, RunError};
use latents_error::{ConfigError, Within};
use serde_json::{Map, Value};

/// Named settings.
pub(crate) type Table = Map<String, Value>;

/// The tables of a TOML file.
///
/// # Errors
/// If the text is not TOML, or a number in it is not finite: no setting may be.
pub(crate) fn parse(text: &str) -> Outcome<Value> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| RunError::new(error.to_string().trim_end()))?;
    Ok(from_toml(table)?.into())
}

fn from_toml(table: toml::Table) -> Result<Table, ConfigError> {
    let entry = |(key, value): (String, toml::Value)| {
        let value = value_from_toml(value).within(&key)?;
        Ok((key, value))
    };
    table.into_iter().map(entry).collect()
}

fn value_from_toml(value: toml::Value) -> Result<Value, ConfigError> {
    Ok(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Float(number) => match serde_json::Number::from_f64(number) {
            Some(number) => number.into(),
            None => return Err(ConfigError::new("", number, "must be a finite number")),
        },
        toml::Value::Array(values) => {
            let numbered = values.into_iter().enumerate();
            let values = numbered.map(|(index, value)| value_from_toml(value).within(&format!("[{index}]")));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => Value::Object(from_toml(table)?),
    })
}

/// The table within a table, made where it is missing.
pub(crate) fn inner<'a>(table: &'a mut Table, key: &str) -> &'a mut Table {
    let value = table.entry(key).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Table::new());
    }
    match value {
        Value::Object(inner) => inner,
        _ => unreachable!("it was made a table"),
    }
}

/// Lays the choices over a table: what they say holds, and the rest stays. A table within that says of itself to be
/// another thing (by its `kind` or `name`) takes the place of the one below: the numbers of one optimiser are not those
/// of another.
pub(crate) fn lay_over(table: &mut Table, choices: &Table) {
    for (key, choice) in choices {
        match (table.get_mut(key), choice) {
            (Some(Value::Object(below)), Value::Object(above)) if is_same(below, above) => {
                lay_over(below, above)
            }
            _ => {
                table.insert(key.clone(), choice.clone());
            }
        }
    }
}

fn is_same(below: &Table, above: &Table) -> bool {
    ["kind", "name"]
        .iter()
        .all(|tag| match (below.get(*tag), above.get(*tag)) {
            (Some(below), Some(above)) => below == above,
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        parse(text).unwrap().as_object().unwrap().clone()
    }

    fn over(below: &str, above: &str) -> Table {
        let mut laid = table(below);
        lay_over(&mut laid, &table(above));
        laid
    }

    #[test]
    fn choices_hold_and_the_rest_stays() {
        assert_eq!(
            over("a = 1\nb = 2\n[t]\nx = 1\ny = 2", "b = 3\n[t]\ny = 5"),
            table("a = 1\nb = 3\n[t]\nx = 1\ny = 5")
        );
    }

    #[test]
    fn another_optimiser_brings_its_own_numbers() {
        let adam = "[optimizer]\nname = 'adam'\nbeta1 = 0.9";
        assert_eq!(
            over(adam, "[optimizer]\nname = 'sgd'"),
            table("[optimizer]\nname = 'sgd'")
        );
        assert_eq!(
            over(adam, "[optimizer]\nlearning_rate = 0.1"),
            table("[optimizer]\nname = 'adam'\nbeta1 = 0.9\nlearning_rate = 0.1")
        );
    }

    #[test]
    fn numbers_that_are_not_finite_are_named() {
        let error = parse("a = 1\n[b.c]\nd = [1.0, nan]").unwrap_err();
        assert_eq!(error.to_string(), "b.c.d[1] is NaN: must be a finite number");
    }
}
