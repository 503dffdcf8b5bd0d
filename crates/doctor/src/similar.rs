//! Features that are copies of each other.

use super::sample::Sample;
use super::{Finding, FindingKind, Severity};
use latents_tensor::random::Key;
use latents_text::number::counted;

/// Columns with a correlation this close to ±1 are copies, perhaps in another unit.
const SAME: f64 = 1e-6;
/// Columns that differ from their mean in fewer rows are similar by chance, such as two pixels set in a single image.
const LEAST_ROWS: f64 = 5.0;

/// Finds columns that are copies of another one up to a shift and a factor.
///
/// Standardised columns are projected on one direction. Copies have the same projection, so only neighbours in sorted order
/// need to be compared.
pub(super) fn look(sample: &Sample) -> Option<Finding> {
    let columns = standardised(sample);
    let direction: Vec<f64> = Key::new(0)
        .purpose("doctor")
        .normal::<f64>([sample.rows.size(0)])
        .to_vec();
    let mut order: Vec<(f64, usize)> = columns
        .iter()
        .map(|(column, values)| (dot(values, &direction).abs(), *column))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let values_of = |column: usize| {
        let found = columns.binary_search_by_key(&column, |(column, _)| *column);
        found.map_or(&[][..], |index| &columns[index].1)
    };
    // A group is a column and its copies.
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &(_, column) in &order {
        let copies = |group: &&mut Vec<usize>| 1.0 - dot(values_of(group[0]), values_of(column)).abs() < SAME;
        match groups.last_mut().filter(copies) {
            Some(group) => group.push(column),
            None => groups.push(vec![column]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort_unstable();
    let first = groups.first()?;
    let copies: usize = groups.iter().map(|group| group.len() - 1).sum();
    let verb = if copies == 1 { "is a copy" } else { "are copies" };
    Some(Finding {
        kind: FindingKind::DuplicateFeatures,
        severity: Severity::Note,
        what: format!(
            "{copies} of {} {verb} of another one, up to a shift and a factor; for example columns {} and {} \
             in the {}.",
            counted(sample.rows.size(1), "feature"),
            first[0] + 1,
            first[1] + 1,
            sample.text()
        ),
        remedy: "Copies count twice in the error. Remove them unless that is intended.".to_owned(),
    })
}

/// Columns scaled to mean 0 and norm 1 with their indices, without those that are constant in almost all rows.
fn standardised(sample: &Sample) -> Vec<(usize, Vec<f64>)> {
    let (rows, features) = (sample.rows.size(0), sample.rows.size(1));
    let table = sample.rows.elements();
    let mut columns = vec![Vec::with_capacity(rows); features];
    for row in table.chunks_exact(features.max(1)) {
        for (column, &x) in columns.iter_mut().zip(row) {
            column.push(f64::from(x));
        }
    }
    let standardise = |(number, mut values): (usize, Vec<f64>)| {
        let mean = values.iter().sum::<f64>() / rows as f64;
        values.iter_mut().for_each(|x| *x -= mean);
        let squares: f64 = values.iter().map(|x| x * x).sum();
        let fourths: f64 = values.iter().map(|x| x * x * x * x).sum();
        // Approximately the number of rows that contribute to the variance.
        let varied = squares > 0.0 && squares * squares / fourths >= LEAST_ROWS;
        let norm = squares.sqrt();
        values.iter_mut().for_each(|x| *x /= norm);
        varied.then_some((number, values))
    };
    columns.into_iter().enumerate().filter_map(standardise).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
