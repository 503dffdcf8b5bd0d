//! `ActiveUnits`: a code stored by its few non-zero units.

use latents_autograd::Var;
use latents_tensor::{Indices, Real};

/// A code with `k` active units per row: their values (batch, k), and their indices.
pub(super) struct ActiveUnits<'t, T: Real> {
    pub(super) values: Var<'t, T>,
    pub(super) units: Indices,
}
