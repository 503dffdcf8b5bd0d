//! Isolation forest.

mod tree;

use latents_error::ConfigError;
use latents_tensor::random::Key;
use latents_tensor::{Algebra, Rows, Tensor, parallel};
use tree::{Tree, average_path};

/// Configuration of an [`IsolationForest`]. The defaults are those of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IsolationForestConfig {
    /// Number of trees. Default: 100.
    pub trees: usize,
    /// Rows per tree, drawn without replacement; all rows if there are fewer. Default: 256.
    pub subsample: usize,
    /// Seed of the random draws.
    pub seed: u64,
}

latents_error::setters! {
    IsolationForestConfig { trees: usize, subsample: usize, seed: u64 }
}

impl Default for IsolationForestConfig {
    fn default() -> Self {
        Self {
            trees: 100,
            subsample: 256,
            seed: 0,
        }
    }
}

/// Isolation forest (Liu, Ting & Zhou 2008): trees split at random columns and values; rows that are isolated after few splits
/// are anomalous.
///
/// ```
/// use latents_classical::{IsolationForest, IsolationForestConfig};
/// use latents_tensor::{Tensor, random::Key};
/// let ordinary: Tensor = Key::new(1).normal([500, 3]);
/// let forest = IsolationForest::fit(&ordinary, IsolationForestConfig::default())?;
/// let scores = forest.scores(&Tensor::from_slice(&[0.0, 0.0, 0.0, 9.0, 9.0, 9.0], [2, 3]));
/// assert!(scores[0] < 0.5 && scores[1] > 0.7);
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct IsolationForest {
    trees: Vec<Tree>,
    features: usize,
    /// c(ψ): the average path length of an unsuccessful search in a random tree of a subsample.
    usual: f64,
}

/// Rows that one thread scores at a time.
const CHUNK: usize = 64;

impl IsolationForest {
    /// Grows the trees.
    ///
    /// # Errors
    /// If there are no rows or no trees, if `subsample` is below 2, or if a value is not finite.
    ///
    /// ```
    /// # use latents_classical::{IsolationForest, IsolationForestConfig};
    /// # use latents_tensor::Tensor;
    /// let rows = Tensor::from_fn([100, 2], |i| (i % 17) as f32);
    /// let forest = IsolationForest::fit(&rows, IsolationForestConfig::default().trees(10))?;
    /// assert_eq!(forest.scores(&rows).len(), 100);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn fit(data: &dyn Rows, config: IsolationForestConfig) -> Result<Self, ConfigError> {
        if data.rows() == 0 {
            return Err(ConfigError::new(
                "rows",
                0,
                "must be at least 1 for an isolation forest",
            ));
        }
        if config.trees == 0 {
            return Err(ConfigError::new("trees", 0, "must be at least 1"));
        }
        if config.subsample < 2 {
            return Err(ConfigError::new(
                "subsample",
                config.subsample,
                "must be at least 2",
            ));
        }
        let size = config.subsample.min(data.rows());
        let key = Key::new(config.seed).purpose("isolation forest");
        let mut trees: Vec<Option<Tree>> = vec![None; config.trees];
        parallel::chunks_mut(&mut trees, 1, |index, tree| {
            let key = key.index(index as u64);
            let mut sample = Tensor::zeros([size, data.features()]);
            data.gather_into(&choose(key.purpose("rows"), data.rows(), size), &mut sample);
            tree[0] = Tree::grow(&sample, key.purpose("splits"));
        });
        let trees: Option<Vec<Tree>> = trees.into_iter().collect();
        let Some(trees) = trees else {
            let requirement = "must be finite for an isolation forest";
            return Err(ConfigError::new("the data", "not finite", requirement));
        };
        Ok(Self {
            trees,
            features: data.features(),
            usual: average_path(size),
        })
    }

    /// The score 2^(−E(h) / c(ψ)) of each row, in (0, 1]: h is the depth at which a tree isolates the row, c(ψ) the average
    /// depth. Normal rows score about 0.5 or less; higher scores are more anomalous. NaN counts as above every split.
    ///
    /// # Panics
    /// If the number of features differs from that of the fitted rows.
    ///
    /// ```
    /// # use latents_classical::{IsolationForest, IsolationForestConfig};
    /// # use latents_tensor::Tensor;
    /// let rows = Tensor::from_fn([100, 2], |i| (i % 17) as f32);
    /// let forest = IsolationForest::fit(&rows, IsolationForestConfig::default())?;
    /// let scores = forest.scores(&Tensor::from_slice(&[8.0, 8.0, 90.0, 90.0], [2, 2]));
    /// assert!(scores[0] < scores[1]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn scores(&self, rows: &dyn Rows) -> Vec<f64> {
        assert!(
            rows.features() == self.features,
            "the rows have {} features, but the forest was fitted on {}",
            rows.features(),
            self.features
        );
        let mut scores = vec![0.0; rows.rows()];
        parallel::chunks_mut(&mut scores, CHUNK, |chunk, scores| {
            let indices: Vec<usize> = (chunk * CHUNK..).take(scores.len()).collect();
            let mut group = Tensor::zeros([scores.len(), self.features]);
            rows.gather_into(&indices, &mut group);
            let values = group.elements();
            for (index, score) in scores.iter_mut().enumerate() {
                *score = self.score(&values[index * self.features..][..self.features]);
            }
        });
        scores
    }

    fn score(&self, row: &[f32]) -> f64 {
        let path: f64 = self.trees.iter().map(|tree| tree.path(row)).sum();
        if self.usual == 0.0 {
            // With a single row, nothing is anomalous.
            return 0.5;
        }
        let mean = path / self.trees.len() as f64;
        Algebra::exp(-std::f64::consts::LN_2 * mean / self.usual)
    }
}

/// `count` different indices below `rows`, all subsets equally likely (R. W. Floyd, in Bentley 1987).
fn choose(key: Key, rows: usize, count: usize) -> Vec<usize> {
    let mut chosen = std::collections::BTreeSet::new();
    for last in rows - count..rows {
        let drawn = key.index(last as u64).below(last + 1);
        if !chosen.insert(drawn) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_rows_are_different_and_all_alike() {
        let mut counts = [0; 10];
        for seed in 0..2000 {
            let chosen = choose(Key::new(seed), 10, 4);
            assert!(chosen.len() == 4 && chosen.windows(2).all(|pair| pair[0] < pair[1]));
            chosen.iter().for_each(|&row| counts[row] += 1);
        }
        // 800 each, of a deviation of 22.
        assert!(
            counts.iter().all(|count| (690..910).contains(count)),
            "{counts:?}"
        );
        assert_eq!(choose(Key::new(0), 3, 3), [0, 1, 2]);
    }

    #[test]
    fn rows_that_are_all_the_same_are_not_anomalous() {
        let same = Tensor::full([300, 2], 4.0);
        let forest = IsolationForest::fit(&same, IsolationForestConfig::default()).unwrap();
        assert!(
            forest
                .scores(&same)
                .iter()
                .all(|&score| (score - 0.5).abs() < 1e-12)
        );
        let one = Tensor::full([1, 2], 4.0);
        let forest = IsolationForest::fit(&one, IsolationForestConfig::default()).unwrap();
        assert_eq!(forest.scores(&same)[7], 0.5);
    }

    #[test]
    fn the_seed_decides() {
        let data: Tensor = Key::new(1).normal([700, 5]);
        let with = |seed| {
            let config = IsolationForestConfig {
                seed,
                ..IsolationForestConfig::default()
            };
            IsolationForest::fit(&data, config).unwrap().scores(&data)
        };
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }

    #[test]
    fn what_grows_no_forest_is_an_error() {
        let message = |data: &Tensor, trees, subsample| {
            let config = IsolationForestConfig {
                trees,
                subsample,
                seed: 0,
            };
            IsolationForest::fit(data, config).unwrap_err().to_string()
        };
        let data = Tensor::zeros([5, 2]);
        assert_eq!(message(&data, 0, 256), "trees is 0: must be at least 1");
        assert_eq!(message(&data, 1, 1), "subsample is 1: must be at least 2");
        assert_eq!(
            message(&Tensor::zeros([0, 2]), 1, 2),
            "rows is 0: must be at least 1 for an isolation forest"
        );
        assert_eq!(
            message(&Tensor::full([5, 2], f32::NAN), 1, 2),
            "the data is not finite: must be finite for an isolation forest"
        );
    }
}
