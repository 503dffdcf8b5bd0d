//! The commands, one file each.

pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod eval;
pub(crate) mod reconstruct;
pub(crate) mod report;
pub(crate) mod reproduce;
pub(crate) mod summary;
pub(crate) mod train;
mod write_rows;
