//! The readers, one format per file.

pub(crate) mod array;
pub(crate) mod csv;
pub(crate) mod folder;
pub(crate) mod idx;
pub(crate) mod images;
pub(crate) mod input;
pub(crate) mod npy;
pub(crate) mod npy_header;
pub(crate) mod npz;
pub(crate) mod picture;
