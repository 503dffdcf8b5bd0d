//! Pictures and the self-contained HTML page of a training run.
#![forbid(unsafe_code)]
