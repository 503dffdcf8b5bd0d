//! `Loss`: what training minimises, and its parts.

use latents_autograd::Var;

/// A loss and what it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'t> {
    /// What training makes small: a single number.
    pub total: Var<'t>,
    /// The named parts of the total, `None` where there are fewer.
    pub parts: [Option<(&'static str, Var<'t>)>; 4],
}

impl<'t> Loss<'t> {
    /// A loss of one part.
    pub fn single(name: &'static str, total: Var<'t>) -> Self {
        Self {
            total,
            parts: [Some((name, total)), None, None, None],
        }
    }
}
