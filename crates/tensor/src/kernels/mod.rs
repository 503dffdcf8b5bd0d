//! Kernels. They write to outputs owned by the caller and never allocate.

pub(crate) mod layout;
pub(crate) mod normal;
pub(crate) mod pointwise;
pub(crate) mod reduce;
pub(crate) mod select;
pub(crate) mod softmax;
pub(crate) mod sparse;
pub(crate) mod update;
