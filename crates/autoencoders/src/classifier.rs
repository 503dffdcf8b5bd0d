//! A classifier on top of an encoder, and labelled rows to train it.

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

/// Rows with a class each, for training a [`Classifier`].
#[derive(Debug)]
pub struct Labelled<'a> {
    rows: &'a dyn Rows,
    /// The classes as numbers (rows, 1): the targets of the training.
    targets: Tensor,
}

impl<'a> Labelled<'a> {
    /// Combines rows with their classes.
    ///
    /// # Errors
    /// If the numbers of rows and classes differ.
    ///
    /// ```
    /// # use latents_autoencoders::Labelled;
    /// # use latents_tensor::Tensor;
    /// let rows = Tensor::zeros([2, 3]);
    /// assert!(Labelled::new(&rows, &[0, 1]).is_ok());
    /// assert!(Labelled::new(&rows, &[0, 1, 1]).is_err());
    /// ```
    pub fn new(rows: &'a dyn Rows, classes: &[usize]) -> Result<Self, ConfigError> {
        if rows.rows() != classes.len() {
            let requirement = format!("there must be one per row, {}", rows.rows());
            let given = format!("{} numbers", classes.len());
            return Err(ConfigError::new("classes", given, requirement));
        }
        Ok(Self {
            rows,
            targets: Tensor::from_fn([classes.len(), 1], |row| classes[row] as f32),
        })
    }
}

/// The class numbers are the targets.
impl<'a> From<&'a Labelled<'_>> for Examples<'a> {
    fn from(labelled: &'a Labelled<'_>) -> Self {
        Self {
            target: Some(&labelled.targets),
            ..Self::from(labelled.rows)
        }
    }
}

/// A classifier softmax(W · f(x) + b) on the encoder f of an autoencoder, trained as a whole with cross entropy: features
/// learned without labels are fine-tuned with them (Hinton & Salakhutdinov 2006; Vincent et al. 2010).
///
/// The decoder of the autoencoder is not used and stays unchanged.
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
    /// Creates a classifier on a (pretrained) autoencoder. The weights of the last layer are drawn from `seed`.
    ///
    /// # Errors
    /// If there are fewer than 2 classes, or more than 2²⁴.
    ///
    /// ```
    /// # use latents_autoencoders::{Classifier, Undercomplete, UndercompleteConfig};
    /// let body: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
    /// let classifier = Classifier::new(Box::new(body), 3, 1)?;
    /// assert_eq!((classifier.classes(), classifier.body().latent_dim()), (3, 2));
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(body: Box<dyn Autoencoder>, classes: usize, seed: u64) -> Result<Self, ConfigError> {
        if !(2..=1 << 24).contains(&classes) {
            let requirement = "must be from 2 to 16777216";
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

    /// Corrupts the rows of every training step with new noise. This preserves the robustness of an encoder that was trained
    /// with noise.
    ///
    /// # Errors
    /// If the noise is outside its range.
    ///
    /// ```
    /// # use latents_autoencoders::{Classifier, Corruption, Undercomplete, UndercompleteConfig};
    /// # let body: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
    /// let classifier = Classifier::new(Box::new(body), 3, 1)?.noise(Corruption::Gaussian { sigma: 0.1 })?;
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
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

    /// Computes logits (batch, classes) from rows (batch, input).
    ///
    /// ```
    /// # use latents_autoencoders::{Classifier, Undercomplete, UndercompleteConfig};
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// # let body: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
    /// # let classifier = Classifier::new(Box::new(body), 3, 1)?;
    /// let tape = Tape::<f32>::new();
    /// assert_eq!(classifier.logits(tape.input(&Tensor::zeros([5, 4]))).shape()[..], [5, 3]);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn logits<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.head.forward(self.body.encode(x))
    }

    /// Predicts the most probable class of each row.
    ///
    /// # Panics
    /// If the number of columns differs from the input width of the autoencoder.
    ///
    /// ```
    /// # use latents_autoencoders::{Classifier, Undercomplete, UndercompleteConfig};
    /// # use latents_tensor::Tensor;
    /// # let body: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
    /// # let classifier = Classifier::new(Box::new(body), 3, 1)?;
    /// assert_eq!(classifier.predict(&Tensor::zeros([5, 4])).len(), 5);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn predict(&self, data: &dyn Rows) -> Vec<usize> {
        let mut classes = Vec::with_capacity(data.rows());
        for_each_batch(data, 1024, |batch| {
            let logits = evaluated(batch, |x| self.logits(x));
            let logits = logits.elements();
            classes.extend(logits.chunks_exact(self.classes()).map(largest));
        });
        classes
    }

    /// The fraction of misclassified rows.
    ///
    /// # Panics
    /// Like [`Classifier::predict`], and if the numbers of rows and classes differ.
    ///
    /// ```
    /// # use latents_autoencoders::{Classifier, Undercomplete, UndercompleteConfig};
    /// # use latents_tensor::Tensor;
    /// # let body: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
    /// # let classifier = Classifier::new(Box::new(body), 3, 1)?;
    /// let rows = Tensor::zeros([5, 4]);
    /// assert_eq!(classifier.error(&rows, &classifier.predict(&rows)), 0.0);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn error(&self, data: &dyn Rows, classes: &[usize]) -> f64 {
        assert_eq!(
            data.rows(),
            classes.len(),
            "error: the numbers of rows and classes differ"
        );
        let predicted = self.predict(data);
        let wrong = predicted.iter().zip(classes).filter(|(a, b)| a != b).count();
        wrong as f64 / classes.len().max(1) as f64
    }
}

/// The index of the largest logit; ties choose the first.
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

    /// Reads the class of each row as target.
    fn reads(&self) -> Fields {
        Fields {
            target: true,
            ..Fields::NONE
        }
    }

    /// # Errors
    /// If a class is out of range.
    fn check(&self, data: &Examples<'_>) -> Result<(), ConfigError> {
        let mut wrong = None;
        if let Some(targets) = data.target {
            for_each_batch(targets, 1024, |batch| {
                let outside = |class: &&f32| !(0.0..self.classes() as f32).contains(*class);
                wrong = wrong.or(batch.elements().iter().find(outside).copied());
            });
        }
        let requirement = || format!("must be from 0 to {}", self.classes() - 1);
        wrong.map_or(Ok(()), |class| {
            Err(ConfigError::new("a class", class, requirement()))
        })
    }

    /// The mean cross entropy per row, in nats.
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
