//! `RowNames`: the files that rows were read from, stored in one string to save memory.

/// A name for each row, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowNames {
    text: String,
    /// The end of each name in the string.
    ends: Vec<usize>,
}

impl RowNames {
    pub(crate) fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[row]]
    }
}

impl<S: AsRef<str>> FromIterator<S> for RowNames {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut all = Self::default();
        names.into_iter().for_each(|name| all.push(name.as_ref()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_one_by_one() {
        let names = ["é.png", "", "b"];
        let all: RowNames = names.iter().collect();
        assert_eq!(all.len(), 3);
        assert_eq!([0, 1, 2].map(|row| all.get(row)), names);
    }
}
