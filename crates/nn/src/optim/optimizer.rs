//! `Optimizer`, and what all optimisers do alike.

use crate::{Module, StateError, TensorFile};
use latents_autograd::Gradients;
use latents_tensor::Real;
use std::fmt;
use std::path::Path;

/// Changes a model's parameters along their gradients.
///
/// ```
/// use latents_autograd::{Reduction, Tape};
/// use latents_nn::{Adam, Linear, Module, Optimizer};
/// use latents_tensor::{Tensor, random::Key};
/// let mut model = Linear::<f64>::new(2, 1, Key::new(1));
/// let mut adam = Adam::new(0.05);
/// let mut tape = Tape::new();
/// let x = Tensor::from_slice(&[0.0, 1.0, 1.0, 0.0, 1.0, 1.0], [3, 2]);
/// let y = Tensor::from_slice(&[2.0, -1.0, 1.0], [3, 1]);
/// let mut last = f64::INFINITY;
/// for _ in 0..500 {
///     let loss = model.forward(tape.input(&x)).mse(tape.input(&y), Reduction::Mean);
///     last = loss.item();
///     let gradients = loss.backward();
///     tape.reset();
///     adam.step(&mut model, &gradients);
/// }
/// assert!(last < 1e-3, "{last}");
/// ```
pub trait Optimizer<T: Real = f32>: Send {
    /// Changes every parameter that has a gradient, and the moments that belong to it. Whether all of these parameters
    /// are finite now: where not, a gradient was not, or a step was too long.
    ///
    /// Moments are created at a parameter's first step; after that a step allocates nothing. Reset the tape before
    /// the step where you can: a value that the tape still shares must be copied before it is changed.
    ///
    /// # Panics
    /// If there are gradients, and none is of a parameter of this module: they belong to another model.
    fn step(&mut self, module: &mut dyn Module<T>, gradients: &Gradients<T>) -> bool;

    /// The learning rate in use.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate of the steps to come, for schedules.
    ///
    /// # Panics
    /// If it is negative or not finite.
    fn set_learning_rate(&mut self, learning_rate: f64);

    /// Forgets moments and step counts: the next step is a new optimiser's first. For parameters that something else has
    /// changed, which old moments would lead astray.
    fn reset(&mut self);

    /// Moments and step counts, by the names of the model's parameters. The moments are called as in PyTorch:
    /// `encoder.0.weight.exp_avg`.
    ///
    /// # Errors
    /// If two parameters have one name.
    fn state(&self, module: &dyn Module<T>) -> Result<TensorFile, StateError>;

    /// Takes over what [`Optimizer::state`] gave, so that training goes on with the same bits. The configuration
    /// stays this optimiser's.
    ///
    /// # Errors
    /// If the file is another optimiser's, or does not fit the model; this optimiser is then unchanged.
    fn set_state(&mut self, module: &dyn Module<T>, file: &TensorFile) -> Result<(), StateError>;

    /// Writes [`Optimizer::state`] to a file.
    ///
    /// # Errors
    /// If two parameters have one name or the file cannot be written.
    fn save_state(&self, module: &dyn Module<T>, path: &Path) -> Result<(), StateError> {
        self.state(module)?.save(path)
    }

    /// Reads [`Optimizer::state`] from a file.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or does not fit.
    fn load_state(&mut self, module: &dyn Module<T>, path: &Path) -> Result<(), StateError> {
        self.set_state(module, &TensorFile::load(path)?)
    }
}

impl<T: Real> fmt::Debug for dyn Optimizer<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Optimizer(learning rate {})", self.learning_rate())
    }
}

/// The methods that every optimiser has in common. A function `update` beside it is its step on one parameter.
macro_rules! optimizer {
    ($name:ident, $config:ident) => {
        impl<T: Real> std::fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut name = f.debug_struct(stringify!($name));
                name.field("config", &self.config).finish_non_exhaustive()
            }
        }

        impl<T: Real> $name<T> {
            /// An optimiser with this learning rate and otherwise the default configuration.
            ///
            /// # Panics
            /// If the learning rate is negative or not finite.
            #[track_caller]
            pub fn new(learning_rate: f64) -> Self {
                Self::with($config {
                    learning_rate,
                    ..$config::default()
                })
            }

            /// An optimiser with this configuration.
            ///
            /// # Panics
            /// If a number lies outside its range; `check` on the configuration returns an error instead.
            #[track_caller]
            pub fn with(config: $config) -> Self {
                if let Err(error) = config.check() {
                    panic!("{error}");
                }
                Self {
                    moments: Moments::new($config::NAME, config.moments()),
                    config,
                }
            }

            /// The configuration in use.
            pub fn config(&self) -> &$config {
                &self.config
            }
        }

        impl<T: Real> Optimizer<T> for $name<T> {
            fn step(&mut self, module: &mut dyn Module<T>, gradients: &Gradients<T>) -> bool {
                let config = self.config;
                self.moments
                    .step(module, gradients, |value, gradient, moments, step| {
                        update(&config, value, gradient, moments, step)
                    })
            }

            fn learning_rate(&self) -> f64 {
                self.config.learning_rate
            }

            #[track_caller]
            fn set_learning_rate(&mut self, learning_rate: f64) {
                let config = $config {
                    learning_rate,
                    ..self.config
                };
                if let Err(error) = config.check() {
                    panic!("{error}");
                }
                self.config = config;
            }

            fn reset(&mut self) {
                self.moments.reset();
            }

            fn state(&self, module: &dyn Module<T>) -> Result<TensorFile, StateError> {
                self.moments.to_file(module)
            }

            fn set_state(&mut self, module: &dyn Module<T>, file: &TensorFile) -> Result<(), StateError> {
                self.moments.set_from_file(module, file)
            }
        }
    };
}
pub(super) use optimizer;
