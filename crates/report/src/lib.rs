#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod chart;
mod history;
mod page;
pub mod pictures;
mod run;
mod sections;

pub use history::{HistoryError, history_csv, parse_history};
pub use run::{Baseline, EpochRow, Filters, LatentMap, LayerRow, Results, Run, Samples};
pub use sections::{
    Alarm, Alarms, Better, Comparison, Denoising, Finding, Gallery, GalleryLine, LossPart, Method, Metric,
    Severity, Table, Threshold,
};
