//! The rows that a command works on: read, split, scaled.

use crate::args::{DataArgs, OwnDataArgs, Part};
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::{counted, grouped, short};
use crate::run_folder::Run;
use latents_autoencoders::ModelConfig;
use latents_data::{DataError, Dataset, Loaded, OpenOptions, Scaling, embedded, open};
use latents_tensor::random::Key;

/// The part of the rows that is held out where the data have no validation rows of their own.
const HELD_OUT: f64 = 0.1;

/// Rows to learn, and rows to check on.
pub(crate) struct Split {
    /// The rows as they were read, where some of them were held out.
    whole: Option<Dataset>,
    pub(crate) train: Dataset,
    pub(crate) validation: Option<Dataset>,
    /// The part of the read rows that was held out, if the data did not say themselves.
    pub(crate) fraction: Option<f64>,
    /// A line on the images that were left out, if some were.
    left_out: Option<String>,
}

impl Split {
    /// Reads data and splits them.
    pub(crate) fn read(
        source: &str,
        options: &OpenOptions,
        fraction: Option<f64>,
        seed: u64,
    ) -> Outcome<Self> {
        Self::of(open(source, options)?, fraction, seed)
    }

    /// Holds out `fraction` of the training rows; without one, the data's own validation rows are used, or else a tenth.
    fn of(loaded: Loaded, fraction: Option<f64>, seed: u64) -> Outcome<Self> {
        let left_out = loaded.left_out();
        let Loaded {
            train, validation, ..
        } = loaded;
        let fraction = match (fraction, validation) {
            (None, Some(validation)) => {
                return Ok(Self {
                    whole: None,
                    train,
                    validation: Some(validation),
                    fraction: None,
                    left_out,
                });
            }
            (fraction, _) => fraction.unwrap_or(HELD_OUT),
        };
        if fraction == 0.0 {
            return Ok(Self {
                whole: None,
                train,
                validation: None,
                fraction: Some(0.0),
                left_out,
            });
        }
        let order = Key::new(seed).purpose("split").permutation(train.rows());
        let whole = train;
        let (train, validation) = whole
            .split_ordered(fraction, &order)
            .map_err(|error| Failure::from(error).hint("choose another --validation; 0 holds out nothing"))?;
        Ok(Self {
            whole: Some(whole),
            train,
            validation: Some(validation),
            fraction: Some(fraction),
            left_out,
        })
    }

    /// The rows that training and evaluation of a run had. `source` is where its data are now, if they have moved.
    pub(crate) fn of_run(run: &Run, source: Option<&str>) -> Outcome<Self> {
        Self::own(run, source, None, "--data")
    }

    /// As `of_run`, for commands whose `--data` are other rows: `--run-data` is where the run's are.
    pub(crate) fn beside(run: &Run, args: &OwnDataArgs) -> Outcome<Self> {
        Self::own(run, args.run_data.as_deref(), None, "--run-data")
    }

    /// `label` is that of the training where there is none; `flag` says where data are that have moved.
    fn own(run: &Run, source: Option<&str>, label: Option<&str>, flag: &str) -> Outcome<Self> {
        let data = &run.config.data;
        let mut options = data.open_options();
        options.label = label.map(str::to_owned).or(options.label);
        let loaded = match (source, open(source.unwrap_or(&data.source), &options)) {
            (None, Err(error @ DataError::Missing { .. })) => return Err(moved(error, run, flag)),
            (_, loaded) => loaded?,
        };
        let split = Self::of(loaded, data.validation, run.config.training.seed)?;
        check_width(run, &split.train)?;
        split.scaled(&data.scaling)
    }

    /// The same rows with another scaling.
    pub(crate) fn scaled(self, scaling: &Scaling) -> Outcome<Self> {
        let scaled = |rows: Dataset| rows.with_scaling(scaling.clone());
        Ok(Self {
            whole: self.whole.map(scaled).transpose()?,
            train: scaled(self.train)?,
            validation: self.validation.map(scaled).transpose()?,
            fraction: self.fraction,
            left_out: self.left_out,
        })
    }

    /// The rows that results are measured on: those held out, if any.
    pub(crate) fn measured(&self) -> &Dataset {
        self.validation.as_ref().unwrap_or(&self.train)
    }

    /// The rows whose numbers a person sees: all that were read, or those that the data keep for validation.
    fn numbered(self) -> Dataset {
        let measured = self.validation.unwrap_or(self.train);
        self.whole.unwrap_or(measured)
    }

    /// What was read, for people.
    pub(crate) fn describe(&self) -> Vec<String> {
        let count = |data: &Dataset| counted(data.rows(), "row");
        let validation = match (&self.validation, &self.whole) {
            (None, _) => "no validation rows".to_owned(),
            (Some(rows), None) => format!("validation on {} that the data keep for it", count(rows)),
            (Some(rows), Some(_)) => format!(
                "{} to learn, {} held out for validation",
                count(&self.train),
                count(rows)
            ),
        };
        let read = self.whole.as_ref().unwrap_or(&self.train);
        let mut lines = vec![read.describe()];
        lines.extend(self.left_out.clone());
        lines.push(validation);
        lines
    }

    /// Refuses rows that the model cannot yield.
    pub(crate) fn check_range(&self, model: &ModelConfig) -> Outcome {
        let parts = std::iter::once(&self.train).chain(&self.validation);
        parts.into_iter().try_for_each(|rows| check_range(rows, model))
    }
}

/// The rows that a trained model is used on, scaled as in its training.
pub(crate) fn for_model(run: &Run, args: &DataArgs, console: &Console) -> Outcome<Dataset> {
    let rows = of_any_range(run, args, console)?;
    if args.data.is_some() {
        check_range(&rows, &run.config.model)?;
    }
    Ok(rows)
}

/// As `for_model`, also of rows that the model cannot yield: noise may have taken them beyond its range.
pub(crate) fn of_any_range(run: &Run, args: &DataArgs, console: &Console) -> Outcome<Dataset> {
    let Some(source) = &args.data else {
        let split = Split::of_run(run, None)?;
        if let Some(left_out) = &split.left_out {
            console.note(left_out);
        }
        return Ok(split.validation.unwrap_or(split.train));
    };
    let loaded = read_for(run, source, args)?;
    if let Some(left_out) = loaded.left_out() {
        console.note(left_out);
    }
    if let (None, Some(validation)) = (args.part, &loaded.validation) {
        console.note(format!(
            "{source}: taking the {} that the data keep for validation; --part train takes the {} to learn",
            counted(validation.rows(), "row"),
            grouped(loaded.train.rows())
        ));
    }
    let rows = match (args.part, loaded.validation) {
        (Some(Part::Train), _) | (None, None) => loaded.train,
        (_, Some(validation)) => validation,
        (Some(Part::Validation), None) => return Err(no_validation(source)),
    };
    check_width(run, &rows)?;
    note_scaled_already(run, source, &rows, console);
    Ok(rows.with_scaling(run.config.data.scaling.clone())?)
}

/// Tells of values so small that somebody may have divided them before.
fn note_scaled_already(run: &Run, source: &str, rows: &Dataset, console: &Console) {
    let Scaling::Divide { by } = run.config.data.scaling else {
        return;
    };
    let (low, high) = rows.range();
    let by_text = short(by);
    if by > 4.0 && high.max(-low) <= (by / 50.0).max(1.5) {
        console.note(format!(
            "warning: {source}: values from {} to {} are divided by {by_text}, as those of the training were. If they are scaled \
             already, multiply them by {by_text} first.",
            short(low),
            short(high)
        ));
    }
}

/// All rows that a number may name, scaled as in training: those of the call, else those of the run.
pub(crate) fn numbered(run: &Run, args: &DataArgs, console: &Console) -> Outcome<Dataset> {
    match &args.data {
        None => Split::of_run(run, None).map(Split::numbered),
        Some(_) => for_model(run, args, console),
    }
}

/// Where in `data` the row lies that a person numbers so, from 1.
pub(crate) fn place(data: &Dataset, number: usize) -> Outcome<usize> {
    match number <= data.rows() {
        true => Ok(number - 1),
        false => Err(Failure::usage(format!(
            "row {number} of {}, which has {}",
            data.name(),
            counted(data.rows(), "row")
        ))
        .hint(format!("give a row between 1 and {}", grouped(data.rows())))),
    }
}

/// Rows to fit on and rows to test on, if the data or the run say which.
pub(crate) fn parts(run: &Run, args: &DataArgs, console: &Console) -> Outcome<(Dataset, Option<Dataset>)> {
    let Some(source) = &args.data else {
        let split = Split::own(run, None, args.label.as_deref(), "--data")?;
        split.left_out.iter().for_each(|left_out| console.note(left_out));
        return Ok((split.train, split.validation));
    };
    let loaded = read_for(run, source, args)?;
    loaded
        .left_out()
        .iter()
        .for_each(|left_out| console.note(left_out));
    let (train, validation) = match args.part {
        None => (loaded.train, loaded.validation),
        Some(Part::Train) => (loaded.train, None),
        Some(Part::Validation) => match loaded.validation {
            Some(rows) => (rows, None),
            None => return Err(no_validation(source)),
        },
    };
    let fit = |rows: Dataset| -> Outcome<Dataset> {
        check_width(run, &rows)?;
        Ok(rows.with_scaling(run.config.data.scaling.clone())?)
    };
    Ok((fit(train)?, validation.map(fit).transpose()?))
}

fn no_validation(source: &str) -> Failure {
    Failure::new(format!("{source}: these data keep no validation rows"))
        .hint("leave out --part to use all rows, or --data to use the run's own validation rows")
}

/// Reads data as those of the training were, where the flags do not say otherwise; with their label column where they
/// have it.
fn read_for(run: &Run, source: &str, args: &DataArgs) -> Result<Loaded, DataError> {
    let trained = run.config.data.open_options();
    let options = OpenOptions {
        label: args.label.clone().or(trained.label),
        image_size: args.images.image_size.or(trained.image_size),
        color: args.images.color.or(trained.color),
        skip_bad: args.images.skip_bad || trained.skip_bad,
    };
    if args.label.is_some() || options.label.is_none() {
        return open(source, &options);
    }
    // New data need no labels.
    let unlabelled = OpenOptions {
        label: None,
        ..options.clone()
    };
    match open(source, &options) {
        Ok(loaded) if loaded.train.columns() == run.config.model.input_dim() => Ok(loaded),
        Ok(loaded) => open(source, &unlabelled).or(Ok(loaded)),
        Err(DataError::LabelColumn { .. } | DataError::NoColumns { label_only: true, .. }) => {
            open(source, &unlabelled)
        }
        Err(error) => Err(error),
    }
}

/// What to say where the data of a run are gone.
fn moved(error: DataError, run: &Run, flag: &str) -> Failure {
    Failure::from(error).hint(format!(
        "{} was trained on them; if they have moved, {flag} says where they are now",
        run.path().display()
    ))
}

/// A path that holds from everywhere; names of embedded data stay as they are.
pub(crate) fn absolute(source: &str) -> String {
    match embedded(source) {
        Some(_) => source.to_owned(),
        None => std::path::absolute(source).map_or(source.to_owned(), |path| path.display().to_string()),
    }
}

/// Refuses rows of another width than the model's input.
fn check_width(run: &Run, rows: &Dataset) -> Outcome {
    let (input, columns) = (run.config.model.input_dim(), rows.columns());
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

/// Refuses rows that the model's decoder cannot yield. Where the scaling was fitted to the training rows, others may
/// lie a little beyond its ends.
fn check_range(rows: &Dataset, model: &ModelConfig) -> Outcome {
    if !model.facts().yields_unit_range() || matches!(rows.scaling(), Scaling::MinMax(_)) {
        return Ok(());
    }
    rows.check_unit_range().map_err(|error| match error {
        DataError::OutsideUnitRange { .. } => Failure::from(error).hint("scale them with --scale min-max (or min-max-columns), or take --output linear, also with --scale standard"),
        other => other.into(),
    })
}
