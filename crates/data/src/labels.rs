//! `Labels`: the class of each row.

use std::collections::HashMap;

/// The class of each row, and the names of the classes.
///
/// Classes are numbered from 0 in sorted order of their names: by value if all are numbers, otherwise alphabetically.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    classes: Vec<u32>,
    names: Vec<String>,
}

impl Labels {
    /// Creates labels from numbers, one per row.
    ///
    /// ```
    /// assert_eq!(latents_data::Labels::from_numbers([10.0, 2.0]).names(), ["2", "10"]);
    /// ```
    pub fn from_numbers(values: impl IntoIterator<Item = f64>) -> Self {
        let mut seen = HashMap::new();
        let mut names = Vec::new();
        let mut class_of = |value: f64| {
            // Adding zero turns −0 into 0.
            *seen.entry((value + 0.0).to_bits()).or_insert_with(|| {
                names.push((value + 0.0).to_string());
                (names.len() - 1) as u32
            })
        };
        let classes = values.into_iter().map(&mut class_of).collect();
        Self { classes, names }.sorted()
    }

    /// Creates labels from texts, one per row.
    ///
    /// ```
    /// assert_eq!(latents_data::Labels::from_texts(["dog", "cat", "dog"]).names(), ["cat", "dog"]);
    /// ```
    pub fn from_texts<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        let mut collector = Collector::default();
        texts.into_iter().for_each(|text| collector.push(text.as_ref()));
        collector.finish()
    }

    /// Renumbers the classes in sorted order of their names.
    fn sorted(mut self) -> Self {
        let mut order: Vec<u32> = (0..self.names.len() as u32).collect();
        let numbers: Option<Vec<f64>> = self.names.iter().map(|name| name.parse().ok()).collect();
        match numbers {
            Some(numbers) => order.sort_by(|&a, &b| numbers[a as usize].total_cmp(&numbers[b as usize])),
            None => order.sort_by_key(|&class| &self.names[class as usize]),
        }
        let mut place = vec![0; order.len()];
        (0..)
            .zip(&order)
            .for_each(|(new, &old)| place[old as usize] = new);
        self.classes
            .iter_mut()
            .for_each(|class| *class = place[*class as usize]);
        self.names = order
            .iter()
            .map(|&class| std::mem::take(&mut self.names[class as usize]))
            .collect();
        self
    }

    /// The number of rows.
    ///
    /// ```
    /// assert_eq!(latents_data::Labels::from_texts(["dog", "cat", "dog"]).len(), 3);
    /// ```
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there are no rows.
    ///
    /// ```
    /// assert!(latents_data::Labels::from_numbers([]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The class of a row, from 0.
    ///
    /// # Panics
    /// If the row index is out of range.
    ///
    /// ```
    /// assert_eq!(latents_data::Labels::from_texts(["dog", "cat"]).class(0), 1);
    /// ```
    #[track_caller]
    pub fn class(&self, row: usize) -> usize {
        self.classes[row] as usize
    }

    /// The names of the classes, in sorted order.
    ///
    /// ```
    /// assert_eq!(latents_data::Labels::from_texts(["b", "a"]).names(), ["a", "b"]);
    /// ```
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// Collects labels row by row without storing a text for each.
#[derive(Default)]
pub(crate) struct Collector {
    seen: HashMap<String, u32>,
    classes: Vec<u32>,
}

impl Collector {
    pub(crate) fn push(&mut self, text: &str) {
        let next = self.seen.len() as u32;
        let class = match self.seen.get(text) {
            Some(&class) => class,
            None => *self.seen.entry(text.to_owned()).or_insert(next),
        };
        self.classes.push(class);
    }

    pub(crate) fn finish(self) -> Labels {
        let mut names = vec![String::new(); self.seen.len()];
        self.seen
            .into_iter()
            .for_each(|(name, class)| names[class as usize] = name);
        let classes = self.classes;
        Labels { classes, names }.sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_order_by_value() {
        let labels = Labels::from_numbers([10.0, 9.0, 10.0, -0.0, 0.0]);
        assert_eq!(labels.names(), ["0", "9", "10"]);
        assert_eq!(
            (0..5).map(|row| labels.class(row)).collect::<Vec<_>>(),
            [2, 1, 2, 0, 0]
        );
        assert_eq!(Labels::from_texts(["10", "9", "10", "0", "0"]), labels);
    }

    #[test]
    fn texts_order_alphabetically() {
        let labels = Labels::from_texts(["virginica", "setosa", "virginica"]);
        assert_eq!(labels.names(), ["setosa", "virginica"]);
        assert_eq!((labels.class(0), labels.class(1), labels.len()), (1, 0, 3));
    }
}
