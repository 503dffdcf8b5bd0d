//! Tables of settings, one laid over the other.

use serde_json::{Map, Value};

/// Named settings.
pub(crate) type Table = Map<String, Value>;

/// A table of a TOML file.
///
/// # Errors
/// With the path of a number that is not finite: no setting may be.
pub(crate) fn from_toml(table: toml::Table) -> Result<Table, String> {
    let mut settings = Table::new();
    for (key, value) in table {
        let value = value_from_toml(value).map_err(|(path, number)| {
            let path = [key.as_str()].into_iter().chain(path.iter().map(String::as_str));
            let path = path.collect::<Vec<_>>().join(".");
            format!("{path} is {number}, and must be a finite number")
        })?;
        settings.insert(key, value);
    }
    Ok(settings)
}

/// A value, or the path to a number in it that is not finite.
fn value_from_toml(value: toml::Value) -> Result<Value, (Vec<String>, f64)> {
    let within = |key: String| {
        move |(mut path, number): (Vec<String>, f64)| {
            path.insert(0, key);
            (path, number)
        }
    };
    Ok(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Float(number) => match serde_json::Number::from_f64(number) {
            Some(number) => number.into(),
            None => return Err((Vec::new(), number)),
        },
        toml::Value::Array(values) => {
            let values = values.into_iter().map(value_from_toml);
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            let entry = |(key, value): (String, toml::Value)| {
                let value = value_from_toml(value).map_err(within(key.clone()))?;
                Ok((key, value))
            };
            Value::Object(table.into_iter().map(entry).collect::<Result<_, _>>()?)
        }
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
        from_toml(text.parse().unwrap()).unwrap()
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
        let error = from_toml("a = 1\n[b.c]\nd = [1.0, nan]".parse().unwrap()).unwrap_err();
        assert_eq!(error, "b.c.d is NaN, and must be a finite number");
    }
}
