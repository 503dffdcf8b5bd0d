//! The rows that a command works on: read, split, scaled.

use crate::args::{DataArgs, Part};
use crate::failure::{Failure, Outcome};
use crate::numbers::grouped;
use crate::run_config::DataConfig;
use crate::run_folder::Run;
use latents_data::{DataError, Dataset, Loaded, OpenOptions, Scaling, open};
use latents_tensor::random::Key;

/// The part of the rows that is held out where the data have no validation rows of their own.
const HELD_OUT: f64 = 0.1;

/// Rows to learn, and rows to check on.
pub(crate) struct Split {
    pub(crate) train: Dataset,
    pub(crate) validation: Option<Dataset>,
    /// The part of the read rows that was held out, if the data did not say themselves.
    pub(crate) fraction: Option<f64>,
}

impl Split {
    /// Reads data and holds out `fraction` of their training rows; without one, the data's own validation rows are
    /// used, or else a tenth.
    pub(crate) fn read(source: &str, label: Option<&str>, fraction: Option<f64>, seed: u64) -> Outcome<Self> {
        let Loaded { train, validation } = read(source, label)?;
        let fraction = match (fraction, validation) {
            (None, Some(validation)) => {
                return Ok(Self {
                    train,
                    validation: Some(validation),
                    fraction: None,
                });
            }
            (fraction, _) => fraction.unwrap_or(HELD_OUT),
        };
        if fraction == 0.0 {
            return Ok(Self {
                train,
                validation: None,
                fraction: Some(0.0),
            });
        }
        let order = Key::new(seed).purpose("split").permutation(train.rows());
        let (train, validation) = train
            .split_ordered(fraction, &order)
            .map_err(|error| Failure::from(error).hint("choose another --validation; 0 holds out nothing"))?;
        Ok(Self {
            train,
            validation: Some(validation),
            fraction: Some(fraction),
        })
    }

    /// The rows that training and evaluation of a run had. `source` is where its data are now, if they have moved.
    pub(crate) fn of_run(run: &Run, source: Option<&str>) -> Outcome<Self> {
        let data = &run.config.data;
        let source = source.unwrap_or(&data.source);
        let split = Self::read(
            source,
            data.label.as_deref(),
            data.validation,
            run.config.training.seed,
        )?;
        check_width(run, &split.train)?;
        split.scaled(&data.scaling)
    }

    /// The same rows with another scaling.
    pub(crate) fn scaled(self, scaling: &Scaling) -> Outcome<Self> {
        let validation = self
            .validation
            .map(|rows| rows.with_scaling(scaling.clone()))
            .transpose()?;
        Ok(Self {
            train: self.train.with_scaling(scaling.clone())?,
            validation,
            fraction: self.fraction,
        })
    }

    /// The rows that results are measured on: those held out, if any.
    pub(crate) fn measured(&self) -> &Dataset {
        self.validation.as_ref().unwrap_or(&self.train)
    }

    /// What was read, for people.
    pub(crate) fn describe(&self) -> Vec<String> {
        let validation = match (&self.validation, self.fraction) {
            (None, _) => "no validation rows".to_owned(),
            (Some(rows), None) => format!(
                "validation on {} rows that the data keep for it",
                grouped(rows.rows())
            ),
            (Some(rows), Some(_)) => format!("validation on {} further rows, held out", grouped(rows.rows())),
        };
        vec![self.train.describe(), validation]
    }
}

/// The rows that a trained model is used on, scaled as in its training, and what they are.
pub(crate) fn for_model(run: &Run, args: &DataArgs) -> Outcome<Dataset> {
    let Some(source) = &args.data else {
        let split = Split::of_run(run, None)?;
        return Ok(split.validation.unwrap_or(split.train));
    };
    let loaded = read(source, label_for(&run.config.data, args))?;
    let rows = match (args.part, loaded.validation) {
        (Some(Part::Train), _) | (None, None) => loaded.train,
        (_, Some(validation)) => validation,
        (Some(Part::Validation), None) => {
            let what = format!("{source}: these data keep no validation rows");
            return Err(Failure::new(what)
                .hint("leave out --part to use all rows, or --data to use the run's own validation rows"));
        }
    };
    check_width(run, &rows)?;
    Ok(rows.with_scaling(run.config.data.scaling.clone())?)
}

/// The training's label column, unless another is given or the data are others.
fn label_for<'a>(trained: &'a DataConfig, args: &'a DataArgs) -> Option<&'a str> {
    let same = args.data.as_deref() == Some(&trained.source);
    args.label
        .as_deref()
        .or(trained.label.as_deref().filter(|_| same))
}

fn read(source: &str, label: Option<&str>) -> Outcome<Loaded> {
    Ok(open(
        source,
        &OpenOptions {
            label: label.map(str::to_owned),
        },
    )?)
}

/// Refuses rows of another width than the model's input.
fn check_width(run: &Run, rows: &Dataset) -> Outcome {
    let (input, columns) = (run.config.model.input(), rows.columns());
    if input == columns {
        return Ok(());
    }
    let what = format!(
        "{} has {columns} columns, and the model in {} takes {input}",
        rows.name(),
        run.path().display()
    );
    Err(Failure::new(what).hint("give data of that width; a column of labels is left out with --label"))
}

/// Refuses rows that a decoder ending in a sigmoid cannot yield.
pub(crate) fn check_unit_range(rows: &Dataset) -> Outcome {
    rows.check_unit_range().map_err(|error| match error {
        DataError::OutsideUnitRange { place, minimum, maximum, scaling } => Failure::new(format!(
            "{place}: values from {minimum} to {maximum} ({scaling}), and a decoder that ends in a sigmoid yields only 0 to 1"
        ))
        .hint("scale them with --scale min-max (or min-max-columns), or take --output linear, also with --scale standard"),
        other => other.into(),
    })
}
