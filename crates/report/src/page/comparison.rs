//! Tables that compare methods.

use super::tables::cell;
use crate::{Better, Comparison, Metric};
use latents_text::printable;
use minijinja::{Value, context};

/// The table; `None` if it has no methods.
pub(super) fn view(table: &Comparison) -> Option<Value> {
    if table.methods.is_empty() || table.metrics.is_empty() {
        return None;
    }
    let metrics: Vec<Value> = table
        .metrics
        .iter()
        .map(|metric| {
            let hint = match metric.better {
                Better::Higher => "higher is better",
                Better::Lower => "lower is better",
                Better::Neither => "",
            };
            context! { name => printable(&metric.name), hint }
        })
        .collect();
    let best: Vec<Option<f64>> = (0..table.metrics.len())
        .map(|column| best(table, column))
        .collect();
    let methods: Vec<Value> = table
        .methods
        .iter()
        .map(|method| {
            let of_column = |(column, best): (usize, &Option<f64>)| {
                let value = method.values.get(column).copied().flatten();
                context! {
                    text => cell(value),
                    best => value.is_some() && value == *best,
                }
            };
            let cells: Vec<Value> = best.iter().enumerate().map(of_column).collect();
            context! { name => printable(&method.name), ours => method.ours, cells }
        })
        .collect();
    Some(context! { title => printable(&table.title), about => printable(&table.about), metrics, methods })
}

/// The best value of a column, if the metric has a direction and several methods have values.
fn best(table: &Comparison, column: usize) -> Option<f64> {
    let values = table
        .methods
        .iter()
        .filter_map(|method| method.values.get(column).copied().flatten())
        .filter(|value| value.is_finite());
    let sorted = |values: &mut Vec<f64>| values.sort_by(f64::total_cmp);
    let mut values: Vec<f64> = values.collect();
    sorted(&mut values);
    if values.len() < 2 || values.first() == values.last() {
        return None;
    }
    let Metric { better, .. } = &table.metrics[column];
    match better {
        Better::Higher => values.last().copied(),
        Better::Lower => values.first().copied(),
        Better::Neither => None,
    }
}
