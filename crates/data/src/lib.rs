//! Reading and preparing data: IDX, npy, npz, CSV, embedded digits, splits, scaling, batches.
#![forbid(unsafe_code)]
