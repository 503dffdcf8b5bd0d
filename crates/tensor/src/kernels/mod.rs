//! Kernels: they write into outputs that the caller owns and never allocate.

pub(crate) mod layout;
pub(crate) mod normal;
pub(crate) mod pointwise;
pub(crate) mod reduce;
pub(crate) mod select;
pub(crate) mod softmax;
pub(crate) mod sparse;
pub(crate) mod update;
