//! `probe`: how well classes can be predicted from codes, compared with the values themselves and PCA.

use crate::choice::{DataChoice, FittedAndTested};
use crate::error::{Outcome, RunError};
use crate::passes::codes;
use crate::probing::{Classes, Told};
use crate::run::Run;
use crate::text::Text;
use crate::text::setting::{DATA, FINE_TUNE, LABEL, LEARNING_RATE, NEIGHBOURS, TEST};
use latents_autoencoders::{Autoencoder, Classifier, Labelled};
use latents_classical::{LogisticRegressionConfig, Pca};
use latents_data::Dataset;
use latents_tensor::random::Key;
use latents_text::number::counted;
use latents_train::{Control, Event, OnEvent, Trainer, TrainerConfig};
use serde::Serialize;

/// What a probe fits, and on which rows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProbeOptions {
    /// The rows, with labels.
    pub data: DataChoice,
    /// The fraction of the rows to test on, where the data keep none.
    pub test: f64,
    /// Of the split, and of what the tuning draws.
    pub seed: u64,
    /// Epochs in which encoder and a softmax layer are trained with the labels too.
    pub fine_tune: Option<usize>,
    /// Neighbours that vote on a class.
    pub neighbours: usize,
}

latents_error::setters! {
    ProbeOptions { data: DataChoice, test: f64, seed: u64, neighbours: usize }
    into { fine_tune: Option<usize> }
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self {
            data: DataChoice::default(),
            test: 0.3,
            seed: 0,
            fine_tune: None,
            neighbours: 5,
        }
    }
}

/// What a probe found.
#[derive(Clone, Debug, Serialize)]
pub struct Probed {
    /// How many classes there are.
    pub classes: usize,
    /// Rows that were fitted on.
    pub fitted_rows: usize,
    /// Rows that were tested on.
    pub tested_rows: usize,
    /// Neighbours that voted.
    pub neighbours: usize,
    /// From codes.
    pub codes: Told,
    /// From the values themselves.
    pub raw: Told,
    /// From as many principal components as a code has numbers.
    pub pca: Told,
    /// Null where nothing was tuned.
    pub fine_tuned: Option<FineTuned>,
}

impl Probed {
    /// Whether every regression came to its end.
    pub fn converged(&self) -> bool {
        self.codes.converged && self.raw.converged && self.pca.converged
    }
}

/// Fractions of the test rows whose class is predicted wrongly by networks that were trained with labels.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FineTuned {
    /// Of the training with labels.
    pub epochs: usize,
    /// Of the run's encoder with a softmax layer.
    pub error: f64,
    /// Of the same network, trained alike from random weights.
    pub from_random_error: f64,
}

/// The rows of a probe.
#[derive(Debug)]
pub struct Probe<'a> {
    run: &'a Run,
    options: ProbeOptions,
    /// The rows to fit on.
    pub fitted: Dataset,
    /// The rows to test on.
    pub tested: Dataset,
    /// Remarks on the data.
    pub notes: Vec<Text>,
    on_event: OnEvent<'a>,
}

impl<'a> Probe<'a> {
    /// Reads the rows: the run's own training and held-out rows; the parts that the data keep; else a split that holds
    /// every class in the same proportion.
    ///
    /// # Errors
    /// If the rows cannot be read, do not fit the model, or have no labels.
    pub fn new(run: &'a Run, options: ProbeOptions) -> Outcome<Self> {
        let FittedAndTested {
            fitted: data,
            tested,
            notes,
        } = options.data.read_parts(run)?;
        check_labels(&data, &options)?;
        let (fitted, tested) = match tested {
            Some(tested) => {
                check_labels(&tested, &options)?;
                (data, tested)
            }
            None => {
                let order = Key::new(options.seed).purpose("probe").permutation(data.rows());
                data.split_stratified(options.test, &order).map_err(|error| {
                    RunError::from(error).hint(format!("choose another {TEST}, or give more rows"))
                })?
            }
        };
        if options.neighbours > fitted.rows() {
            let what = format!(
                "{NEIGHBOURS} is {}, and there are {} to fit on",
                options.neighbours,
                counted(fitted.rows(), "row")
            );
            return Err(RunError::misuse(what).hint("give fewer"));
        }
        Ok(Self {
            run,
            options,
            fitted,
            tested,
            notes,
            on_event: OnEvent::default(),
        })
    }

    /// Calls `callback` after every step and epoch of the trainings with labels, if there are any.
    #[must_use]
    pub fn on_event<C: Into<Control>>(self, callback: impl FnMut(&Event) -> C + 'a) -> Self {
        Self {
            on_event: OnEvent::new(callback),
            ..self
        }
    }

    /// Fits and measures.
    ///
    /// # Errors
    /// If something cannot be fitted.
    pub fn measure(mut self) -> Outcome<Probed> {
        let (fitted, tested) = (&self.fitted, &self.tested);
        let classes = Classes::of(fitted, tested, self.options.neighbours);
        let regression = LogisticRegressionConfig::default();
        let codes = [fitted, tested].map(|data| codes(&*self.run.model, data));
        let raw = [fitted, tested].map(|data| data.to_tensor::<f32>());
        let components = codes[0].size(1).min(fitted.columns()).min(fitted.rows());
        let pca = Pca::fit(fitted, components)?;
        let projected = [&raw[0], &raw[1]].map(|rows| pca.transform(rows));
        Ok(Probed {
            classes: classes.count,
            fitted_rows: fitted.rows(),
            tested_rows: tested.rows(),
            neighbours: self.options.neighbours,
            codes: classes.told_from(codes, regression)?,
            raw: classes.told_from(raw, regression)?,
            pca: classes.told_from(projected, regression)?,
            fine_tuned: match self.options.fine_tune {
                Some(epochs) => Some(self.fine_tune(epochs, &classes)?),
                None => None,
            },
        })
    }

    /// Trains two classifiers, one from the run's weights and one from random weights. The run stays as it is.
    fn fine_tune(&mut self, epochs: usize, classes: &Classes) -> Outcome<FineTuned> {
        let config = &self.run.config;
        let training = config
            .training
            .clone()
            .epochs(epochs)
            .seed(self.options.seed)
            .patience(None)
            .max_seconds(None);
        let bodies = [self.run.copied_model()?, config.model.build(self.options.seed)?];
        let [tuned, from_random] = bodies.map(|body| self.tuned(body, &training, classes));
        Ok(FineTuned {
            epochs,
            error: tuned?,
            from_random_error: from_random?,
        })
    }

    fn tuned(
        &mut self,
        body: Box<dyn Autoencoder>,
        training: &TrainerConfig,
        classes: &Classes,
    ) -> Outcome<f64> {
        let mut classifier = Classifier::new(body, classes.count, self.options.seed)?;
        let rows = Labelled::new(&self.fitted, &classes.fitted)?;
        let trainer = Trainer::new(training.clone()).on_event(|event| self.on_event.call(event));
        trainer.fit(&mut classifier, &rows).map_err(|error| {
            RunError::from(error).hint(format!(
                "train the run with a lower {LEARNING_RATE}, or leave out {FINE_TUNE}"
            ))
        })?;
        Ok(classifier.error(&self.tested, &classes.tested))
    }
}

fn check_labels(data: &Dataset, options: &ProbeOptions) -> Outcome {
    let name = data.name();
    match data.class_names().map(<[String]>::len) {
        Some(2..) => Ok(()),
        Some(_) => Err(RunError::new(format!(
            "{name}: all rows have the same label, and a probe tells classes apart"
        ))
        .hint("give data with two classes or more")),
        None => {
            let what = format!("{name}: the rows have no labels, and a probe tells classes apart");
            Err(RunError::new(what).hint(match options.data.source {
                Some(_) => format!(
                    "name the column of a CSV file, or the array of an .npz file, with {LABEL}; images have the names \
                     of their sub-folders for labels"
                ),
                None => format!(
                    "the run was trained without labels: give data that have some with {DATA} and {LABEL}"
                ),
            }))
        }
    }
}
