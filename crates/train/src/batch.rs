//! `Batch`: the input of a loss, and `Examples`: the tables that batches are taken from.

use latents_autograd::{Tape, Var};
use latents_error::ConfigError;
use latents_tensor::{Real, Rows, Tensor};

/// The rows of one step on the tape, with optional further tensors.
///
/// All tensors have one row for each row of `x`. A model reads the fields that it [declares](crate::Trainable::reads); the
/// trainer rejects data with other fields, so that nothing is silently ignored.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'t, T: Real = f32> {
    /// Inputs (batch, features).
    pub x: Var<'t, T>,
    /// The values to predict, if they are not `x`: clean rows, the next window, activations of another layer.
    pub target: Option<Var<'t, T>>,
    /// 1 for observed values of `x`, 0 for missing ones.
    pub observed: Option<Var<'t, T>>,
    /// Labels (one-hot) or values that the model is conditioned on (batch, conditions).
    pub condition: Option<Var<'t, T>>,
    /// The weight of each row in the loss (batch, 1).
    pub weight: Option<Var<'t, T>>,
}

impl<'t, T: Real> Batch<'t, T> {
    /// A batch with inputs only.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// # use latents_train::Batch;
    /// let tape = Tape::<f32>::new();
    /// let batch = Batch::of(tape.input(&Tensor::zeros([4, 3])));
    /// assert_eq!((batch.rows(), batch.prediction_target().shape()[1]), (4, 3));
    /// ```
    pub fn of(x: Var<'t, T>) -> Self {
        Self {
            x,
            target: None,
            observed: None,
            condition: None,
            weight: None,
        }
    }

    /// The values to predict: `target`, or `x` if it is `None`.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// # use latents_train::Batch;
    /// # let tape = Tape::<f32>::new();
    /// # let batch = Batch::of(tape.input(&Tensor::zeros([4, 3])));
    /// assert_eq!(batch.prediction_target().shape()[..], [4, 3]);
    /// ```
    pub fn prediction_target(&self) -> Var<'t, T> {
        self.target.unwrap_or(self.x)
    }

    /// The number of rows.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// # use latents_train::Batch;
    /// # let tape = Tape::<f32>::new();
    /// # let batch = Batch::of(tape.input(&Tensor::zeros([4, 3])));
    /// assert_eq!(batch.rows(), 4);
    /// ```
    pub fn rows(&self) -> usize {
        self.x.shape()[0]
    }

    /// The tape that the loss is recorded on.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// # use latents_train::Batch;
    /// # let tape = Tape::<f32>::new();
    /// # let batch = Batch::of(tape.input(&Tensor::zeros([4, 3])));
    /// assert_eq!(batch.tape().input(&Tensor::ones([2])).shape()[..], [2]);
    /// ```
    pub fn tape(&self) -> &'t Tape<T> {
        self.x.tape()
    }
}

/// Which optional fields of a [`Batch`] are present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// `target`.
    pub target: bool,
    /// `observed`.
    pub observed: bool,
    /// `condition`.
    pub condition: bool,
    /// `weight`.
    pub weight: bool,
}

impl Fields {
    /// No optional field.
    pub const NONE: Self = Self {
        target: false,
        observed: false,
        condition: false,
        weight: false,
    };

    fn named(self) -> [(&'static str, bool); 4] {
        [
            ("target", self.target),
            ("observed", self.observed),
            ("condition", self.condition),
            ("weight", self.weight),
        ]
    }
}

/// The tables that the fields of a [`Batch`] are taken from: `x`, and optional others with the same number of rows.
///
/// `Examples::from(&rows)` has inputs only.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a, T: Real = f32> {
    /// Inputs.
    pub x: &'a dyn Rows<T>,
    /// Targets.
    pub target: Option<&'a dyn Rows<T>>,
    /// Masks of observed values.
    pub observed: Option<&'a dyn Rows<T>>,
    /// Conditions.
    pub condition: Option<&'a dyn Rows<T>>,
    /// Weights of rows, one column.
    pub weight: Option<&'a dyn Rows<T>>,
}

impl<'a, T: Real> From<&'a dyn Rows<T>> for Examples<'a, T> {
    fn from(x: &'a dyn Rows<T>) -> Self {
        Self {
            x,
            target: None,
            observed: None,
            condition: None,
            weight: None,
        }
    }
}

impl<'a, T: Real, R: Rows<T>> From<&'a R> for Examples<'a, T> {
    fn from(x: &'a R) -> Self {
        let x: &dyn Rows<T> = x;
        x.into()
    }
}

impl<'a, T: Real> Examples<'a, T> {
    /// The optional tables, in the order of [`Fields`].
    fn optional(&self) -> [Option<&'a dyn Rows<T>>; 4] {
        [self.target, self.observed, self.condition, self.weight]
    }

    /// Rejects tables that a model which reads `fields` would ignore, and tables of other lengths.
    pub(crate) fn check(&self, fields: Fields) -> Result<(), ConfigError> {
        for ((name, read), table) in fields.named().into_iter().zip(self.optional()) {
            let Some(table) = table else { continue };
            if !read {
                let requirement = "the model does not use it; leave it out";
                return Err(ConfigError::new(name, "given", requirement));
            }
            if table.rows() != self.x.rows() {
                let requirement = format!("must have as many rows as the inputs, {}", self.x.rows());
                return Err(ConfigError::new(
                    name,
                    format!("{} rows", table.rows()),
                    requirement,
                ));
            }
        }
        if let Some(columns) = self
            .observed
            .map(|mask| mask.features())
            .filter(|&columns| columns != self.x.features())
        {
            let requirement = format!("must have as many columns as the inputs, {}", self.x.features());
            return Err(ConfigError::new(
                "observed",
                format!("{columns} columns"),
                requirement,
            ));
        }
        match self.weight.map(|weight| weight.features()) {
            Some(columns) if columns != 1 => {
                let requirement = "must have one column";
                Err(ConfigError::new(
                    "weight",
                    format!("{columns} columns"),
                    requirement,
                ))
            }
            _ => Ok(()),
        }
    }
}

/// [`Examples`] with tables of their own: what a [`Stage`](crate::Stage) is trained on.
#[derive(Clone, Debug)]
pub struct OwnedExamples<T: Real = f32> {
    /// Inputs.
    pub x: Tensor<T>,
    /// Targets.
    pub target: Option<Tensor<T>>,
    /// Masks of observed values.
    pub observed: Option<Tensor<T>>,
    /// Conditions.
    pub condition: Option<Tensor<T>>,
    /// Weights of rows, one column.
    pub weight: Option<Tensor<T>>,
}

impl<T: Real> From<Tensor<T>> for OwnedExamples<T> {
    fn from(x: Tensor<T>) -> Self {
        Self {
            x,
            target: None,
            observed: None,
            condition: None,
            weight: None,
        }
    }
}

impl<T: Real> OwnedExamples<T> {
    /// The tables, borrowed.
    pub fn examples(&self) -> Examples<'_, T> {
        fn table<T: Real>(tensor: &Option<Tensor<T>>) -> Option<&dyn Rows<T>> {
            tensor.as_ref().map(|tensor| tensor as &dyn Rows<T>)
        }
        Examples {
            x: &self.x,
            target: table(&self.target),
            observed: table(&self.observed),
            condition: table(&self.condition),
            weight: table(&self.weight),
        }
    }
}

/// The tensors of the batches of a table, made once.
pub(crate) struct BatchBuffers<T: Real> {
    whole: BatchBuffer<T>,
    /// The last batch, where it is smaller.
    rest: BatchBuffer<T>,
}

impl<T: Real> BatchBuffers<T> {
    /// For batches of at most `batch_size` rows.
    pub(crate) fn new(examples: &Examples<'_, T>, batch_size: usize) -> Self {
        let rows = examples.x.rows();
        let size = batch_size.min(rows).max(1);
        Self {
            whole: BatchBuffer::new(examples, size),
            rest: BatchBuffer::new(examples, rows % size),
        }
    }

    /// The rows of a whole batch.
    pub(crate) fn size(&self) -> usize {
        self.whole.rows()
    }

    /// The whole batch that was gathered last.
    pub(crate) fn whole(&self) -> &BatchBuffer<T> {
        &self.whole
    }

    /// The rows with these indices: a whole batch, or the rest.
    pub(crate) fn gather(&mut self, examples: &Examples<'_, T>, indices: &[usize]) -> &BatchBuffer<T> {
        let is_whole = indices.len() == self.size();
        let buffer = if is_whole { &mut self.whole } else { &mut self.rest };
        buffer.gather(examples, indices);
        buffer
    }
}

/// The tensors of batches of one size.
pub(crate) struct BatchBuffer<T: Real> {
    x: Tensor<T>,
    optional: [Option<Tensor<T>>; 4],
}

impl<T: Real> BatchBuffer<T> {
    fn new(examples: &Examples<'_, T>, rows: usize) -> Self {
        let zeros = |table: &dyn Rows<T>| Tensor::zeros([rows, table.features()]);
        Self {
            x: zeros(examples.x),
            optional: examples.optional().map(|table| table.map(zeros)),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.x.size(0)
    }

    fn gather(&mut self, examples: &Examples<'_, T>, indices: &[usize]) {
        examples.x.gather_into(indices, &mut self.x);
        for (table, out) in examples.optional().into_iter().zip(&mut self.optional) {
            if let (Some(table), Some(out)) = (table, out) {
                table.gather_into(indices, out);
            }
        }
    }

    /// The rows on a tape.
    pub(crate) fn on<'t>(&self, tape: &'t Tape<T>) -> Batch<'t, T> {
        self.part(|tensor| tape.input(tensor))
    }

    /// The rows of a range on a tape.
    pub(crate) fn range_on<'t>(&self, tape: &'t Tape<T>, rows: std::ops::Range<usize>) -> Batch<'t, T> {
        self.part(|tensor| tape.input(&tensor.narrow(0, rows.start, rows.end)))
    }

    fn part<'t>(&self, on: impl Fn(&Tensor<T>) -> Var<'t, T>) -> Batch<'t, T> {
        let [target, observed, condition, weight] =
            self.optional.each_ref().map(|table| table.as_ref().map(&on));
        Batch {
            x: on(&self.x),
            target,
            observed,
            condition,
            weight,
        }
    }
}
