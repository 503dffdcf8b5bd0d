#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod choice;
mod cleaned_file;
mod comparing;
mod config;
mod denoise;
mod density;
mod detection;
mod error;
mod folder;
mod job;
mod likeness;
mod page;
mod passes;
mod probe;
mod probing;
mod ranking;
mod report;
mod revival;
mod rows_file;
mod rule;
mod run;
mod sampling;
mod scorer;
mod settings;
mod source;
mod split;
mod table;
mod text;
mod tones;
mod walks;

pub use choice::{Chosen, DataChoice, FittedAndTested, Part, place};
pub use cleaned_file::Target;
pub use comparing::{Compared, ComparedRun};
pub use config::{DataConfig, RunConfig, RunFacts};
pub use denoise::{Cleaned, clean, denoise};
pub use detection::{DetectOptions, Detection};
pub use error::{Outcome, RunError};
pub use folder::{CONFIG, HISTORY, MODEL, PICTURE, REPORT, RunFolder};
pub use job::{Job, Trained};
pub use likeness::{Denoised, Figures};
pub use page::{Baseline, epoch_row, layer_rows};
pub use passes::{codes, reconstructions};
pub use probe::{FineTuned, Probe, ProbeOptions, Probed};
pub use probing::Told;
pub use ranking::{Ranking, Truth};
pub use report::{Report, Reported, report};
pub use rows_file::{
    Drawing, RowsFormat, check_picture, read_codes, refuse_same_file, refuse_source, write_codes, write_rows,
};
pub use rule::{AlarmRule, ScoreKind};
pub use run::Run;
pub use sampling::{Density, Nearest, SampleOptions, Sampling};
pub use settings::Settings;
pub use source::{DataSettings, Prepared, absolute};
pub use split::Split;
pub use text::{Text, flag, setting};
pub use walks::{Traversal, TraverseOptions, along, between, check_latents};
