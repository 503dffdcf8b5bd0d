//! `ActiveUnits`: a code by the few of its units that are not 0.

use latents_autograd::Var;
use latents_tensor::{Indices, Real};

/// A code of which each row has `k` active units: values (batch, k), and which units they are.
pub(super) struct ActiveUnits<'t, T: Real> {
    pub(super) values: Var<'t, T>,
    pub(super) units: Indices,
}
