//! The integration tests, in one binary: each links the crates below once.

mod anomalies;
mod bad_input;
mod book;
mod commands;
mod images;
mod main_job;
mod output;
mod page;
mod support;
mod uses;
