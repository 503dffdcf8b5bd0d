//! One isolation tree.

use latents_tensor::random::Key;
use latents_tensor::{Algebra, Tensor};

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// c(n) = 2·H(n − 1) − 2·(n − 1)/n with H(i) ≈ ln i + γ: the average path length of an unsuccessful search in a binary search
/// tree of n keys (Liu, Ting & Zhou 2008, equation 1).
pub(super) fn average_path(rows: usize) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        rows => {
            let n = rows as f64;
            2.0 * (Algebra::ln(n - 1.0) + EULER) - 2.0 * (n - 1.0) / n
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Node {
    /// Rows below the threshold go to the first child, which is the next node; the others go to `other`.
    Split {
        feature: u32,
        threshold: f32,
        other: u32,
    },
    /// The depth, plus the average path length for the rows that were not split further.
    Leaf { path: f64 },
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Grows a tree on the rows of `sample` (rows, features) up to depth ⌈log₂ rows⌉. `None` if a value is not finite.
    pub(super) fn grow(sample: &Tensor, key: Key) -> Option<Self> {
        let values = sample.elements();
        if !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let rows = sample.size(0);
        let mut growth = Growth {
            values: &values,
            features: sample.size(1),
            limit: rows.next_power_of_two().trailing_zeros() as usize,
            key,
            nodes: Vec::new(),
        };
        growth.grow(&mut (0..rows).collect::<Vec<_>>(), 0);
        Some(Self { nodes: growth.nodes })
    }

    /// The path length of a row, including the average for its leaf.
    pub(super) fn path(&self, row: &[f32]) -> f64 {
        let mut place = 0;
        loop {
            match self.nodes[place] {
                Node::Leaf { path } => return path,
                Node::Split {
                    feature, threshold, ..
                } if row[feature as usize] < threshold => place += 1,
                Node::Split { other, .. } => place = other as usize,
            }
        }
    }
}

struct Growth<'a> {
    values: &'a [f32],
    features: usize,
    limit: usize,
    key: Key,
    nodes: Vec<Node>,
}

impl Growth<'_> {
    fn grow(&mut self, rows: &mut [usize], depth: usize) {
        let place = self.nodes.len();
        let split = match depth < self.limit && rows.len() > 1 {
            true => self.split(rows, self.key.index(place as u64)),
            false => None,
        };
        let Some((feature, threshold)) = split else {
            let path = depth as f64 + average_path(rows.len());
            self.nodes.push(Node::Leaf { path });
            return;
        };
        self.nodes.push(Node::Leaf { path: 0.0 });
        let below = partition(rows, |row| self.values[row * self.features + feature] < threshold);
        let (first, second) = rows.split_at_mut(below);
        self.grow(first, depth + 1);
        let (feature, other) = (feature as u32, self.nodes.len() as u32);
        self.nodes[place] = Node::Split {
            feature,
            threshold,
            other,
        };
        self.grow(second, depth + 1);
    }

    /// A random feature that varies within the rows, and a random value between its minimum and maximum.
    fn split(&self, rows: &[usize], key: Key) -> Option<(usize, f32)> {
        // If most features vary, a few draws find one; otherwise check all features in random order.
        let mut drawn = [0; 8];
        key.below_into(self.features.max(1), &mut drawn);
        let quick = drawn.into_iter().find_map(|feature| self.extremes(rows, feature));
        let all = || {
            key.permutation(self.features)
                .into_iter()
                .find_map(|feature| self.extremes(rows, feature))
        };
        let (feature, low, high) = quick.or_else(all)?;
        let share: f64 = key.uniform([1]).at(&[0]);
        let threshold = (f64::from(low) + share * (f64::from(high) - f64::from(low))) as f32;
        // A threshold rounded down to the minimum would split nothing.
        Some((feature, if threshold > low { threshold } else { high }))
    }

    fn extremes(&self, rows: &[usize], feature: usize) -> Option<(usize, f32, f32)> {
        let values = || {
            rows.iter()
                .map(|&row| self.values.get(row * self.features + feature))
        };
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for &value in values().flatten() {
            low = if value < low { value } else { low };
            high = if value > high { value } else { high };
        }
        (low < high).then_some((feature, low, high))
    }
}

/// Moves the elements with `first` to the front, in order, and returns their number.
fn partition(rows: &mut [usize], first: impl Fn(usize) -> bool) -> usize {
    let (front, back): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&row| first(row));
    rows[..front.len()].copy_from_slice(&front);
    rows[front.len()..].copy_from_slice(&back);
    front.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_small_sample_is_isolated_or_at_the_limit() {
        let sample: Tensor = Key::new(1).normal([16, 2]);
        let tree = Tree::grow(&sample, Key::new(2)).unwrap();
        let leaves: Vec<f64> = tree
            .nodes
            .iter()
            .filter_map(|node| match node {
                Node::Leaf { path } => Some(*path),
                Node::Split { .. } => None,
            })
            .collect();
        // A binary tree has one leaf more than splits.
        assert_eq!(tree.nodes.len(), 2 * leaves.len() - 1);
        assert!(
            leaves
                .iter()
                .all(|&path| (1.0..=4.0 + average_path(13)).contains(&path))
        );
        for row in sample.to_vec().chunks_exact(2) {
            assert!(leaves.contains(&tree.path(row)));
        }
    }

    #[test]
    fn only_features_that_differ_are_split() {
        let sample = Tensor::from_fn([40, 60], |i| if i % 60 == 57 { (i / 60) as f32 } else { 3.0 });
        let tree = Tree::grow(&sample, Key::new(2)).unwrap();
        assert!(tree.nodes.len() > 40);
        for node in &tree.nodes {
            if let Node::Split {
                feature, threshold, ..
            } = node
            {
                assert_eq!(*feature, 57);
                assert!((0.0..=39.0).contains(threshold));
            }
        }
        let neighbours = Tensor::from_slice(&[1.0, 1.0f32.next_up()], [2, 1]);
        let tree = Tree::grow(&neighbours, Key::new(2)).unwrap();
        assert_eq!(
            tree.nodes.len(),
            3,
            "split between numbers that have none between them"
        );
    }

    #[test]
    fn average_paths_are_the_papers() {
        assert_eq!(
            (average_path(0), average_path(1), average_path(2)),
            (0.0, 0.0, 1.0)
        );
        assert!((average_path(256) - 10.244_770_920_119_917).abs() < 1e-12);
    }
}
