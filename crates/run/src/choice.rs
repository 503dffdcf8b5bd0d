//! `DataChoice`: the rows that a trained model is used on, scaled as in its training.

use crate::error::{Outcome, RunError};
use crate::run::Run;
use crate::split::{Split, check_range};
use crate::text::Text;
use crate::text::setting::{DATA, PART};
use latents_data::{Color, DataError, Dataset, ImageSize, Loaded, OpenOptions, Scaling, open};
use latents_text::number::{self, counted, plain};
use std::str::FromStr;

/// Which rows a trained model is used on.
///
/// ```no_run
/// use latents_run::{DataChoice, Run};
/// let run = Run::open("runs/undercomplete-digits-1")?;
/// let held_out = DataChoice::default().read(&run)?.data;
/// let new = DataChoice::of("new.csv").read(&run)?.data;
/// # Ok::<(), latents_run::RunError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DataChoice {
    /// A name or a path; the run's own rows by default.
    pub source: Option<String>,
    /// The column or array of labels; that of the training by default.
    pub label: Option<String>,
    /// The part of data that keep validation rows of their own; the validation rows by default.
    pub part: Option<Part>,
    /// As [`OpenOptions::image_size`]; as in training by default.
    pub image_size: Option<ImageSize>,
    /// As [`OpenOptions::color`]; as in training by default.
    pub color: Option<Color>,
    /// Whether image files that cannot be read are left out; also where they were in training.
    pub skip_bad: bool,
}

/// A part of data that keep validation rows of their own (`t10k-…` next to `train-…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The training rows.
    Train,
    /// The validation rows.
    Validation,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "train" => Ok(Self::Train),
            "validation" => Ok(Self::Validation),
            _ => Err("expected train or validation".to_owned()),
        }
    }
}

/// Rows, and what a person should know of them.
#[derive(Debug)]
pub struct Chosen {
    /// The rows, scaled as in training.
    pub data: Dataset,
    /// Remarks: files that were left out, parts that were chosen, values that look scaled already.
    pub notes: Vec<Text>,
}

/// Rows to fit on and rows to test on, where the data or the run say which.
#[derive(Debug)]
pub struct FittedAndTested {
    /// The rows to fit on, or all.
    pub fitted: Dataset,
    /// The rows to test on.
    pub tested: Option<Dataset>,
    /// As [`Chosen::notes`].
    pub notes: Vec<Text>,
}

impl DataChoice {
    /// The data at a path, or of a name.
    pub fn of(source: impl Into<String>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::default()
        }
    }

    /// The rows. Those that the model cannot yield are refused.
    ///
    /// # Errors
    /// If they cannot be read, or do not fit the model.
    pub fn read(&self, run: &Run) -> Outcome<Chosen> {
        let chosen = self.read_any_range(run)?;
        if self.source.is_some() {
            check_range(&chosen.data, &run.config.model)?;
        }
        Ok(chosen)
    }

    /// The rows, also those that the model cannot yield: noise may have taken them beyond its range.
    ///
    /// # Errors
    /// If they cannot be read, or are of another width than the model.
    pub fn read_any_range(&self, run: &Run) -> Outcome<Chosen> {
        let mut notes = Vec::new();
        let Some(source) = &self.source else {
            let split = run.split(None)?;
            notes.extend(split.left_out.map(Text::from));
            let data = split.validation.unwrap_or(split.train);
            return Ok(Chosen { data, notes });
        };
        let loaded = self.load(run, source)?;
        notes.extend(loaded.left_out().map(Text::from));
        if let (None, Some(validation)) = (self.part, &loaded.validation) {
            notes.push(Text::from(format!(
                "{source}: taking the {} that the data keep for validation; {PART} train takes the {} to learn",
                counted(validation.rows(), "row"),
                number::count(loaded.train.rows())
            )));
        }
        let rows = match (self.part, loaded.validation) {
            (Some(Part::Train), _) | (None, None) => loaded.train,
            (_, Some(validation)) => validation,
            (Some(Part::Validation), None) => return Err(no_validation(source)),
        };
        run.check_width(&rows)?;
        notes.extend(scaled_already(run, source, &rows));
        Ok(Chosen {
            data: rows.with_scaling(run.config.data.scaling.clone())?,
            notes,
        })
    }

    /// All rows that a number may name: those of the source, else those of the run.
    ///
    /// # Errors
    /// As [`DataChoice::read`].
    pub fn read_numbered(&self, run: &Run) -> Outcome<Chosen> {
        match &self.source {
            None => Ok(Chosen {
                data: run.split(None)?.numbered(),
                notes: Vec::new(),
            }),
            Some(_) => self.read(run),
        }
    }

    /// Rows to fit on and rows to test on: those of the run, or the parts that the data keep.
    ///
    /// # Errors
    /// If they cannot be read, or are of another width than the model.
    pub fn read_parts(&self, run: &Run) -> Outcome<FittedAndTested> {
        let Some(source) = &self.source else {
            let split: Split = run.split_labelled(None, self.label.as_deref(), DATA)?;
            return Ok(FittedAndTested {
                fitted: split.train,
                tested: split.validation,
                notes: split.left_out.map(Text::from).into_iter().collect(),
            });
        };
        let loaded = self.load(run, source)?;
        let notes = loaded.left_out().map(Text::from).into_iter().collect();
        let (fitted, tested) = match (self.part, loaded.validation) {
            (None, validation) => (loaded.train, validation),
            (Some(Part::Train), _) => (loaded.train, None),
            (Some(Part::Validation), Some(rows)) => (rows, None),
            (Some(Part::Validation), None) => return Err(no_validation(source)),
        };
        let scaled = |rows: Dataset| -> Outcome<Dataset> {
            run.check_width(&rows)?;
            Ok(rows.with_scaling(run.config.data.scaling.clone())?)
        };
        Ok(FittedAndTested {
            fitted: scaled(fitted)?,
            tested: tested.map(scaled).transpose()?,
            notes,
        })
    }

    /// Reads data as those of the training were, where nothing else is chosen; with their labels where they have them.
    fn load(&self, run: &Run, source: &str) -> Result<Loaded, DataError> {
        let trained = run.config.data.open_options();
        let options = OpenOptions::default()
            .label(self.label.clone().or(trained.label))
            .image_size(self.image_size.or(trained.image_size))
            .color(self.color.or(trained.color))
            .skip_bad(self.skip_bad || trained.skip_bad);
        if self.label.is_some() || options.label.is_none() {
            return open(source, &options);
        }
        // New data need no labels.
        let unlabelled = options.clone().label(None);
        match open(source, &options) {
            Ok(loaded) if loaded.train.columns() == run.config.model.input_dim() => Ok(loaded),
            Ok(loaded) => open(source, &unlabelled).or(Ok(loaded)),
            Err(DataError::LabelColumn { .. } | DataError::NoColumns { label_only: true, .. }) => {
                open(source, &unlabelled)
            }
            Err(error) => Err(error),
        }
    }
}

/// Where in `data` the row lies that a person numbers so, from 1.
///
/// # Errors
/// If there is no such row.
pub fn place(data: &Dataset, number: usize) -> Outcome<usize> {
    match (1..=data.rows()).contains(&number) {
        true => Ok(number - 1),
        false => Err(RunError::misuse(format!(
            "row {number} of {}, which has {}",
            data.name(),
            counted(data.rows(), "row")
        ))
        .hint(format!("give a row between 1 and {}", number::count(data.rows())))),
    }
}

/// Warns about values so small that somebody may have divided them before.
fn scaled_already(run: &Run, source: &str, rows: &Dataset) -> Option<Text> {
    let Scaling::Divide { by } = run.config.data.scaling else {
        return None;
    };
    let (low, high) = rows.range();
    let by_text = plain(by);
    let is_small = by > 4.0 && high.max(-low) <= (by / 50.0).max(1.5);
    is_small.then(|| {
        Text::from(format!(
            "warning: {source}: values from {} to {} are divided by {by_text}, as those of the training were. If they \
             are scaled already, multiply them by {by_text} first.",
            plain(low),
            plain(high)
        ))
    })
}

fn no_validation(source: &str) -> RunError {
    RunError::new(format!("{source}: these data keep no validation rows")).hint(format!(
        "leave out {PART} to use all rows, or {DATA} to use the run's own validation rows"
    ))
}
