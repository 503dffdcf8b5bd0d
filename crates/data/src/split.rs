//! Splitting a dataset in two.

use crate::{DataError, Dataset};

impl Dataset {
    /// Splits the rows into a training and a validation part, disjoint and together complete: of a permutation of
    /// all rows, the first `fraction` become validation rows. Both share the stored values and the scaling, and
    /// keep their rows in stored order.
    ///
    /// # Errors
    /// If the fraction (rounded to rows) leaves either part empty.
    ///
    /// # Panics
    /// If `order` is not a permutation of the rows.
    #[track_caller]
    pub fn split_ordered(&self, fraction: f64, order: &[usize]) -> Result<(Dataset, Dataset), DataError> {
        let rows = self.rows();
        let held_out = (rows as f64 * fraction).round();
        let part = match held_out {
            count if count >= 1.0 && count < rows as f64 => None,
            count if count >= 1.0 => Some("training"),
            // Also for NaN.
            _ => Some("validation"),
        };
        if let Some(part) = part {
            return Err(DataError::Split {
                place: self.name().to_owned(),
                fraction,
                rows,
                part,
            });
        }
        let mut validation = vec![None; rows];
        assert_eq!(
            order.len(),
            rows,
            "split: the order is not a permutation of {rows} rows"
        );
        for (place, &row) in order.iter().enumerate() {
            assert!(
                row < rows && validation[row].is_none(),
                "split: the order is not a permutation of {rows} rows"
            );
            validation[row] = Some(place < held_out as usize);
        }
        let part = |wanted| {
            let rows: Vec<usize> = (0..rows).filter(|&row| validation[row] == Some(wanted)).collect();
            self.select(&rows)
        };
        Ok((part(false), part(true)))
    }

    /// As [`Dataset::split_ordered`], with each class of the labels split in the same proportion: a part holds each
    /// class as often as the whole does, to within one row. Rows of a class are held out in the given order.
    ///
    /// # Errors
    /// If rows have no labels, or the fraction (rounded to rows) leaves either part empty.
    ///
    /// # Panics
    /// If `order` is not a permutation of the rows.
    #[track_caller]
    pub fn split_stratified(&self, fraction: f64, order: &[usize]) -> Result<(Dataset, Dataset), DataError> {
        let Some(classes) = self.classes() else {
            return Err(DataError::Labels {
                place: self.name().to_owned(),
                reason: "a stratified split needs a label for each row".to_owned(),
            });
        };
        let held_out = (self.rows() as f64 * fraction).round();
        let possible = held_out >= 1.0 && held_out < self.rows() as f64 && order.len() == self.rows();
        if !possible || order.iter().any(|&row| row >= self.rows()) {
            // Which says what is wrong.
            return self.split_ordered(fraction, order);
        }
        let mut left = quotas(&classes, held_out as usize);
        let (mut first, mut rest) = (Vec::with_capacity(order.len()), Vec::new());
        for &row in order {
            let left = &mut left[classes[row]];
            let part = if *left > 0 { &mut first } else { &mut rest };
            *left = left.saturating_sub(1);
            part.push(row);
        }
        first.append(&mut rest);
        self.split_ordered(fraction, &first)
    }
}

/// How many of `total` rows each class gets: its share rounded down, and what is left over to the classes that lost
/// most by rounding.
fn quotas(classes: &[usize], total: usize) -> Vec<usize> {
    let mut counts = vec![0; classes.iter().max().map_or(0, |&last| last + 1)];
    classes.iter().for_each(|&class| counts[class] += 1);
    let share = |class: usize| counts[class] as u128 * total as u128;
    let rows = classes.len() as u128;
    let mut quotas: Vec<usize> = (0..counts.len())
        .map(|class| (share(class) / rows) as usize)
        .collect();
    let mut by_loss: Vec<usize> = (0..counts.len()).collect();
    by_loss.sort_by_key(|&class| std::cmp::Reverse(share(class) % rows));
    let left = total - quotas.iter().sum::<usize>();
    by_loss[..left].iter().for_each(|&class| quotas[class] += 1);
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_leaves_goes_to_those_that_lost_most() {
        let classes = [vec![0; 5], vec![1; 3], vec![2; 2]].concat();
        assert_eq!(quotas(&classes, 3), [1, 1, 1]);
        assert_eq!(quotas(&classes, 5), [3, 1, 1]);
        assert_eq!(quotas(&classes, 9), [4, 3, 2]);
        assert_eq!(quotas(&[3, 3, 0], 1), [0, 0, 0, 1]);
    }
}
