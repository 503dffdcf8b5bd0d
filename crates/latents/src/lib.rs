#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub use latents_anomaly as anomaly;
pub use latents_autoencoders as autoencoders;
pub use latents_autograd as autograd;
pub use latents_classical as classical;
pub use latents_data as data;
pub use latents_doctor as doctor;
pub use latents_metrics as metrics;
pub use latents_nn as nn;
#[cfg(feature = "run")]
pub use latents_run as run;
pub use latents_tensor as tensor;
pub use latents_train as train;

/// Common imports for programs that train and use autoencoders.
pub mod prelude {
    pub use latents_autoencoders::variants::*;
    pub use latents_autoencoders::{
        Autoencoder, Classifier, ConvolutionConfig, Corruption, Evaluation, Labelled, Likelihood,
        ModelConfig, NetworkConfig, Prior, evaluate, load, save, try_evaluate,
    };
    pub use latents_autograd::{Gradients, Tape, Var};
    pub use latents_classical::Pca;
    pub use latents_data::{
        Dataset, OpenOptions, Scaling, ScalingRule, digits, open, read_npy, write_csv, write_npy,
    };
    pub use latents_nn::{
        Activation, Adam, AdamConfig, AdamW, AdamWConfig, Dropout, Linear, Loss, Module, Optimizer,
        OptimizerConfig, Parameter, Reduction, RmsProp, RmsPropConfig, Schedule, Sequential, Sgd, SgdConfig,
        load_state, save_state,
    };
    pub use latents_tensor::random::Key;
    pub use latents_tensor::{Rows, Shape, Tensor};
    pub use latents_train::{
        Control, EpochRecord, Event, Examples, History, OnEvent, TrainError, Trainable, Trainer,
        TrainerConfig,
    };
}
