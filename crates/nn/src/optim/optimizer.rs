//! `Optimizer`, and the code that all optimisers share.

use crate::{Module, StateError, TensorFile};
use latents_autograd::Gradients;
use latents_tensor::Real;
use std::fmt;
use std::path::Path;

/// Updates a model's parameters from their gradients.
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
    /// Updates every parameter that has a gradient, and its moments. Returns whether all updated parameters are finite; if not, a
    /// gradient was not finite or the learning rate is too large.
    ///
    /// Moments are created at a parameter's first step; after that a step allocates nothing. Reset the tape before the step where
    /// possible: a value that the tape still shares must be copied before it is changed.
    ///
    /// # Panics
    /// If there are gradients, but none for a parameter of this module: they belong to another model.
    fn step(&mut self, module: &mut dyn Module<T>, gradients: &Gradients<T>) -> bool;

    /// Returns the current learning rate.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate of the following steps, for schedules.
    ///
    /// # Panics
    /// If it is negative or not finite.
    fn set_learning_rate(&mut self, learning_rate: f64);

    /// Discards moments and step counts, as if the optimiser were new. Call this after changing the parameters by other means,
    /// since the old moments no longer fit them.
    fn reset(&mut self);

    /// Returns moments and step counts as a file, keyed by the names of the model's parameters. The moments are named as in
    /// PyTorch: `encoder.0.weight.exp_avg`.
    ///
    /// # Errors
    /// If two parameters have the same name.
    fn state(&self, module: &dyn Module<T>) -> Result<TensorFile, StateError>;

    /// Restores the state that [`Optimizer::state`] returned, so that training continues with the same bits. The configuration of
    /// this optimiser is kept.
    ///
    /// # Errors
    /// If the file belongs to another optimiser or does not match the model; this optimiser is then unchanged.
    fn set_state(&mut self, module: &dyn Module<T>, file: &TensorFile) -> Result<(), StateError>;

    /// Writes [`Optimizer::state`] to a file.
    ///
    /// # Errors
    /// If two parameters have the same name, or the file cannot be written.
    fn save_state(&self, module: &dyn Module<T>, path: &Path) -> Result<(), StateError> {
        self.state(module)?.save(path)
    }

    /// Reads the state from a file; see [`Optimizer::set_state`].
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or does not match the model.
    fn load_state(&mut self, module: &dyn Module<T>, path: &Path) -> Result<(), StateError> {
        self.set_state(module, &TensorFile::load(path)?)
    }
}

impl<T: Real> fmt::Debug for dyn Optimizer<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Optimizer(learning rate {})", self.learning_rate())
    }
}

/// Generates the methods that all optimisers have. The function `update` in the same file updates one parameter.
macro_rules! optimizer {
    ($name:ident, $config:ident) => {
        impl<T: Real> std::fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut name = f.debug_struct(stringify!($name));
                name.field("config", &self.config).finish_non_exhaustive()
            }
        }

        impl<T: Real> $name<T> {
            /// Creates an optimiser with this learning rate and otherwise the default configuration. Made by `optimizer!`.
            ///
            /// # Panics
            /// If the learning rate is negative or not finite.
            ///
            /// ```
            #[doc = concat!("# use latents_nn::{", stringify!($name), ", Optimizer};")]
            #[doc = concat!("let optimizer = ", stringify!($name), "::<f32>::new(0.1);")]
            /// assert_eq!(optimizer.learning_rate(), 0.1);
            /// ```
            #[track_caller]
            pub fn new(learning_rate: f64) -> Self {
                Self::with($config {
                    learning_rate,
                    ..$config::default()
                })
            }

            /// Creates an optimiser with this configuration. Made by `optimizer!`.
            ///
            /// # Panics
            /// If a number lies outside its range; to get an error instead, call `check` on the configuration.
            ///
            /// ```
            #[doc = concat!("# use latents_nn::{", stringify!($name), ", ", stringify!($config), "};")]
            #[doc = concat!("let config = ", stringify!($config), "::default().learning_rate(0.1);")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::<f32>::with(config).config(), &config);")]
            /// ```
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

            /// Returns the current configuration. Made by `optimizer!`.
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
