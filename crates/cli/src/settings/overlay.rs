//! Tables of settings, one laid over the other.

use toml::{Table, Value};

/// Puts a value at a path of keys, with the tables that lead there.
pub(super) fn set(table: &mut Table, path: &[&str], value: impl Into<Value>) {
    match path {
        [] => {}
        [key] => {
            table.insert((*key).to_owned(), value.into());
        }
        [key, rest @ ..] => {
            let inner = table.entry(*key).or_insert_with(|| Value::Table(Table::new()));
            if !inner.is_table() {
                *inner = Value::Table(Table::new());
            }
            if let Value::Table(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

/// Whole numbers as a value.
pub(super) fn integers(numbers: &[usize]) -> Value {
    Value::Array(
        numbers
            .iter()
            .map(|&number| Value::Integer(number as i64))
            .collect(),
    )
}

/// Lays the choices over a table: what they say holds, and the rest stays. A table within that says of itself to be
/// another thing (by its `kind` or `name`) takes the place of the one below: the numbers of one optimiser are not those
/// of another.
pub(super) fn lay_over(table: &mut Table, choices: &Table) {
    for (key, choice) in choices {
        match (table.get_mut(key), choice) {
            (Some(Value::Table(below)), Value::Table(above)) if is_same(below, above) => {
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

    fn over(below: &str, above: &str) -> Table {
        let mut table: Table = below.parse().unwrap();
        lay_over(&mut table, &above.parse().unwrap());
        table
    }

    #[test]
    fn choices_hold_and_the_rest_stays() {
        let expected: Table = "a = 1\nb = 3\n[t]\nx = 1\ny = 5".parse().unwrap();
        assert_eq!(
            over("a = 1\nb = 2\n[t]\nx = 1\ny = 2", "b = 3\n[t]\ny = 5"),
            expected
        );
    }

    #[test]
    fn another_optimiser_brings_its_own_numbers() {
        let adam = "[optimizer]\nname = 'adam'\nbeta1 = 0.9";
        let expected: Table = "[optimizer]\nname = 'sgd'".parse().unwrap();
        assert_eq!(over(adam, "[optimizer]\nname = 'sgd'"), expected);
        let slower: Table = "[optimizer]\nname = 'adam'\nbeta1 = 0.9\nlearning_rate = 0.1"
            .parse()
            .unwrap();
        assert_eq!(over(adam, "[optimizer]\nlearning_rate = 0.1"), slower);
    }

    #[test]
    fn a_path_makes_its_tables() {
        let mut table = Table::new();
        set(&mut table, &["network", "latent"], 3);
        set(&mut table, &["network", "hidden"], integers(&[4, 5]));
        assert_eq!(table, "[network]\nlatent = 3\nhidden = [4, 5]".parse().unwrap());
    }
}
