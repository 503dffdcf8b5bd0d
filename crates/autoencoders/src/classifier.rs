//! A classifier that starts from an encoder, and its rows with labels.

use crate::autoencoder::evaluated;
use crate::{Autoencoder, Corrupt};
use latents_autograd::{Reduction, Var};
use latents_error::ConfigError;
use latents_nn::{LayerRow, Linear, Module, join, parts};
use latents_tensor::for_each_batch;
use latents_tensor::random::Key;
use latents_tensor::{Rows, Shape, Tensor};
use latents_train::{Batch, Examples, Fields, Parts, Trainable};
use std::fmt;

/// Rows with the class of each: what a [`Classifier`] learns from.
#[derive(Debug)]
pub struct Labelled<'a> {
    rows: &'a dyn Rows,
    /// The classes as numbers (rows, 1): the targets of a training.
    targets: Tensor,
}

impl<'a> Labelled<'a> {
    /// Rows and a class for each.
    ///
    /// # Errors
    /// If there is not one class a row.
    pub fn new(rows: &'a dyn Rows, classes: &[usize]) -> Result<Self, ConfigError> {
        if rows.rows() != classes.len() {
            let requirement = format!("there must be one for each of the {} rows", rows.rows());
            let given = format!("{} numbers", classes.len());
            return Err(ConfigError::new("classes", given, requirement));
        }
        Ok(Self {
            rows,
            targets: Tensor::from_fn([classes.len(), 1], |row| classes[row] as f32),
        })
    }
}

/// As a trainer takes them: the number of the class is the target.
impl<'a> From<&'a Labelled<'_>> for Examples<'a> {
    fn from(labelled: &'a Labelled<'_>) -> Self {
        Self {
            target: Some(&labelled.targets),
            ..Self::from(labelled.rows)
        }
    }
}

/// softmax(W · f(x) + b) over the encoder f of an autoencoder, all of it trained by cross entropy: features learned
/// without labels are tuned with them (Hinton & Salakhutdinov 2006; Vincent et al. 2010).
///
/// The autoencoder's decoder takes no part, and stays as it is.
pub struct Classifier {
    body: Box<dyn Autoencoder>,
    head: Linear,
    noise: Option<Box<dyn Corrupt>>,
}

impl fmt::Debug for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classifier")
            .field("body", &self.body.config())
            .field("classes", &self.classes())
            .field("corrupts", &self.noise.is_some())
            .finish_non_exhaustive()
    }
}

impl Classifier {
    /// A classifier over a (pretrained) autoencoder; the last layer's weights are drawn from `seed`.
    ///
    /// # Errors
    /// If there are fewer than 2 classes, or more than 2²⁴.
    pub fn new(body: Box<dyn Autoencoder>, classes: usize, seed: u64) -> Result<Self, ConfigError> {
        if !(2..=1 << 24).contains(&classes) {
            let requirement = "a classifier distinguishes between 2 and 16777216 classes";
            return Err(ConfigError::new("classes", classes, requirement));
        }
        let key = Key::new(seed).purpose("weights").purpose("classifier");
        let mut classifier = Self {
            head: Linear::new(body.latent_dim(), classes, key),
            body,
            noise: None,
        };
        classifier.name_parameters("");
        Ok(classifier)
    }

    /// The same, with the rows of every training step corrupted, drawn anew each time. An encoder that learned to see
    /// through noise keeps that way what its labels alone would not ask for.
    ///
    /// # Errors
    /// If the noise lies outside its range.
    pub fn noise(self, noise: impl Corrupt + 'static) -> Result<Self, ConfigError> {
        noise.validate()?;
        Ok(Self {
            noise: Some(Box::new(noise)),
            ..self
        })
    }

    /// The autoencoder.
    pub fn body(&self) -> &dyn Autoencoder {
        &*self.body
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.head.outputs()
    }

    /// Logits (batch, classes) of rows (batch, input).
    pub fn logits<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.head.forward(self.body.encode(x))
    }

    /// The most likely class of every row.
    ///
    /// # Panics
    /// If the rows have another width than the autoencoder.
    pub fn predict(&self, data: &dyn Rows) -> Vec<usize> {
        let mut classes = Vec::with_capacity(data.rows());
        for_each_batch(data, 1024, |batch| {
            let logits = evaluated(batch, |x| self.logits(x));
            let logits = logits.elements();
            classes.extend(logits.chunks_exact(self.classes()).map(largest));
        });
        classes
    }

    /// The part of the rows whose class is not the predicted one.
    ///
    /// # Panics
    /// As [`Classifier::predict`], and without one class a row.
    #[track_caller]
    pub fn error(&self, data: &dyn Rows, classes: &[usize]) -> f64 {
        assert_eq!(data.rows(), classes.len(), "error: one class for each row");
        let predicted = self.predict(data);
        let wrong = predicted.iter().zip(classes).filter(|(a, b)| a != b).count();
        wrong as f64 / classes.len().max(1) as f64
    }
}

/// The first of the largest.
fn largest(logits: &[f32]) -> usize {
    (1..logits.len()).fold(
        0,
        |best, index| if logits[index] > logits[best] { index } else { best },
    )
}

impl Module<f32> for Classifier {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.logits(x)
    }

    parts! { f32: ..body, head }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        let batch = input[0];
        self.body.summarize(name, input, rows);
        let code = [batch, self.body.latent_dim()].into();
        self.head.summarize(&join(name, "head"), code, rows)
    }
}

impl Trainable for Classifier {
    fn input_dim(&self) -> usize {
        self.body.input_dim()
    }

    /// The number of each row's class.
    fn reads(&self) -> Fields {
        Fields {
            target: true,
            ..Fields::NONE
        }
    }

    /// # Errors
    /// If a class is not below the number of classes.
    fn check(&self, data: &Examples<'_>) -> Result<(), ConfigError> {
        let mut wrong = None;
        if let Some(targets) = data.target {
            for_each_batch(targets, 1024, |batch| {
                let outside = |class: &&f32| !(0.0..self.classes() as f32).contains(*class);
                wrong = wrong.or(batch.elements().iter().find(outside).copied());
            });
        }
        let requirement = || format!("classes are numbered from 0 to {}", self.classes() - 1);
        wrong.map_or(Ok(()), |class| {
            Err(ConfigError::new("a class", class, requirement()))
        })
    }

    /// The cross entropy in nats, the mean over rows.
    fn loss<'t>(&self, _: usize, batch: &Batch<'t>, parts: &mut Parts) -> Var<'t> {
        let (tape, rows) = (batch.tape(), batch.x);
        let classes = batch.prediction_target().value().to_vec();
        let classes: Vec<usize> = classes.iter().map(|&class| class as usize).collect();
        let rows = match &self.noise {
            Some(noise) if tape.is_training() => tape.input(&noise.corrupt(&rows.value(), tape.next_key())),
            _ => rows,
        };
        let logits = self.logits(rows);
        let loss = logits.cross_entropy(&classes, Reduction::Mean);
        parts.add("cross entropy", loss);
        loss
    }
}
