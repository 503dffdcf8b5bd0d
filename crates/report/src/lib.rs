#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod chart;
mod history;
mod page;
pub mod pictures;
mod run;
mod sections;

pub use history::{HistoryError, history_csv, parse_history};
pub use run::{BaselineEntry, EpochRow, Filters, LatentMap, LayerEntry, Results, RunPage, Samples};
pub use sections::{
    Alarm, Alarms, Better, Comparison, DenoisingSection, FindingText, Gallery, GalleryLine, LossPart, Method,
    Metric, Severity, Table, ThresholdLine,
};
