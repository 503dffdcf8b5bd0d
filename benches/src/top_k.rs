//! A TopK autoencoder, 784-4096 with 32 active units and batches of 256, shared by benches and tables: rectified codes, mean
//! squared error, Adam.

use latents::prelude::*;

/// Columns of the data.
pub const FEATURES: usize = 784;
/// Units of the code.
pub const UNITS: usize = 4096;
/// Active units per row.
pub const ACTIVE: usize = 32;
/// Rows per batch.
pub const BATCH: usize = 256;

/// A newly initialised model.
pub fn model() -> Sparse {
    let penalty = Penalty::TopK {
        k: ACTIVE,
        alpha: 1.0,
    };
    let network = NetworkConfig::new(FEATURES, UNITS).output_activation(Activation::Identity);
    Sparse::new(SparseConfig::from(network).penalty(penalty), 0).expect("a valid configuration")
}
