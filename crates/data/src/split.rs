//! Splitting a dataset in two.

use crate::{DataError, Dataset};

impl Dataset {
    /// Splits the rows into a training and a validation part: the first `fraction` of a permutation of all rows become
    /// validation rows. Both parts share the stored values and the scaling, and keep their rows in stored order.
    ///
    /// # Errors
    /// If the fraction, rounded to rows, leaves either part empty.
    ///
    /// # Panics
    /// If `order` is not a permutation of the rows.
    ///
    /// ```
    /// let order: Vec<usize> = (0..1797).collect();
    /// let (train, validation) = latents_data::digits().split_ordered(0.1, &order)?;
    /// assert_eq!((train.rows(), validation.rows()), (1617, 180));
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
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

    /// Like [`Dataset::split_ordered`], but splits each class in the same proportion, to within one row. Rows of a class are
    /// held out in the given order.
    ///
    /// # Errors
    /// If the rows have no labels, or if the fraction, rounded to rows, leaves either part empty.
    ///
    /// # Panics
    /// If `order` is not a permutation of the rows.
    ///
    /// ```
    /// # use latents_data::{Dataset, Labels};
    /// let labels = Labels::from_texts(["a", "a", "b", "b"]);
    /// let data = Dataset::new("table", vec![1.0, 2.0, 3.0, 4.0], 1)?.with_labels(labels)?;
    /// let (train, _) = data.split_stratified(0.5, &[0, 1, 2, 3])?;
    /// assert_eq!(train.classes(), Some(vec![0, 1]));
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    #[track_caller]
    pub fn split_stratified(&self, fraction: f64, order: &[usize]) -> Result<(Dataset, Dataset), DataError> {
        let Some(classes) = self.classes() else {
            return Err(DataError::Labels {
                place: self.name().to_owned(),
                reason: "a stratified split requires a label for each row".to_owned(),
            });
        };
        let held_out = (self.rows() as f64 * fraction).round();
        let possible = held_out >= 1.0 && held_out < self.rows() as f64 && order.len() == self.rows();
        if !possible || order.iter().any(|&row| row >= self.rows()) {
            // It returns the error.
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

/// The number of rows out of `total` for each class: proportional and rounded down; the remaining rows go to the classes with
/// the largest remainders.
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
