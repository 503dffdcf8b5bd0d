//! The commands, one file each.

pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod decode;
pub(crate) mod denoise;
pub(crate) mod detect;
pub(crate) mod encode;
pub(crate) mod eval;
pub(crate) mod interpolate;
pub(crate) mod man;
pub(crate) mod probe;
pub(crate) mod reconstruct;
pub(crate) mod report;
pub(crate) mod reproduce;
pub(crate) mod sample;
pub(crate) mod summary;
pub(crate) mod train;
pub(crate) mod traverse;
mod written;
