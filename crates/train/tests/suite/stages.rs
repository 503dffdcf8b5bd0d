//! Parts of a model that are trained on their own first: each is trained as if it were a model alone.

use latents_autoencoders::{NetworkConfig, Sparse, SparseConfig, Stacked, StackedConfig, Vq, VqConfig};
use latents_autograd::Var;
use latents_nn::{Linear, Module, complete_state_file, parts};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::{
    Batch, ConfigError, Event, Examples, Fields, OwnedExamples, Parts, Stage, TrainError, Trainable, Trainer,
    TrainerConfig, TrainingState,
};

type Begin = fn(&TrainerConfig) -> Stage;

/// A model of 6 columns that keeps what its only stage has learned.
struct Whole {
    layer: Linear,
    begin: Begin,
    learned: Option<Vec<u8>>,
}

impl Whole {
    fn new(begin: Begin) -> Self {
        let layer = Linear::new(6, 6, Key::new(1));
        let learned = None;
        let mut model = Self {
            layer,
            begin,
            learned,
        };
        model.name_parameters("");
        model
    }
}

impl Module for Whole {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.layer.forward(x)
    }
    parts! { f32: layer }
}

impl Trainable for Whole {
    fn input_dim(&self) -> usize {
        6
    }
    fn loss<'t>(&self, _: usize, batch: &Batch<'t>, _: &mut Parts) -> Var<'t> {
        (self.forward(batch.x) - batch.x).square().mean_all()
    }
    fn stages(&self) -> usize {
        1
    }
    fn begin_stage(&self, _: usize, _: &Examples<'_>, config: &TrainerConfig) -> Result<Stage, ConfigError> {
        Ok((self.begin)(config))
    }
    fn end_stage(&mut self, _: usize, part: &dyn Trainable) {
        self.learned = Some(bytes(part));
    }
}

/// Parameters and buffers.
fn bytes(model: &dyn Trainable) -> Vec<u8> {
    complete_state_file(model).unwrap().to_bytes().unwrap()
}

/// 12 clusters, so that a codebook that begins with k-means differs from one that does not.
fn rows() -> Tensor {
    let centres: Tensor = Key::new(1).uniform([12, 6]);
    let noise: Tensor = Key::new(2).normal([80, 6]);
    Tensor::from_fn([80, 6], |i| {
        centres.at(&[i / 6 % 12, i % 6]) + 0.01 * noise.at(&[i / 6, i % 6])
    })
}

fn config() -> TrainerConfig {
    TrainerConfig::default().epochs(4).batch_size(16).seed(3)
}

fn vq() -> Vq {
    Vq::new(VqConfig::new(6, 4).entries(32), 5).unwrap()
}

fn stage(model: impl Trainable + 'static, config: &TrainerConfig) -> Stage {
    Stage {
        model: Box::new(model),
        examples: None,
        config: config.clone(),
    }
}

/// The events of a training in which epochs may be of the layer or of the whole model, without the seconds of records.
fn told(event: &Event) -> Option<String> {
    match event {
        Event::Batch { loss, .. } | Event::LayerBatch { loss, .. } => Some(format!("{loss}")),
        Event::Epoch(record) | Event::LayerEpoch { record, .. } => Some(format!("{}", record.train_loss)),
        Event::Note {
            epoch, name, value, ..
        } => Some(format!("{epoch} {name} {value}")),
        _ => None,
    }
}

#[test]
fn a_stage_is_trained_as_a_model_alone() {
    let (rows, mut alone) = (rows(), vq());
    let mut expected = Vec::new();
    let trainer = Trainer::new(config()).on_event(|event| expected.extend(told(event)));
    trainer.fit(&mut alone, &rows).unwrap();
    assert!(expected.iter().any(|text| text.contains("replaced entries")));

    let mut whole = Whole::new(|config| stage(vq(), config));
    let (mut events, mut layers) = (Vec::new(), Vec::new());
    let trainer = Trainer::new(config()).on_event(|event| {
        if let Event::Note { layer, .. } = event {
            layers.push(*layer);
        }
        events.extend(told(event));
    });
    let history = trainer.fit(&mut whole, &rows).unwrap();
    assert_eq!(events[..expected.len()], expected);
    assert!(layers.iter().all(|layer| *layer == Some(1)) && !layers.is_empty());
    assert!(whole.learned == Some(bytes(&alone)), "the part has other weights");
    assert_eq!(history.epochs.len(), 4);
}

#[test]
fn a_stage_of_any_model_is_resumed_after_every_event() {
    let (rows, mut whole) = (rows(), Whole::new(|config| stage(vq(), config)));
    Trainer::new(config()).fit(&mut whole, &rows).unwrap();
    for events in [1, 7, 19] {
        let mut first = Whole::new(|config| stage(vq(), config));
        let mut training = Trainer::new(config()).start(&mut first, &rows).unwrap();
        for _ in 0..events {
            assert!(training.next_event().unwrap().is_some());
        }
        let state = training.state().unwrap();
        let mut second = Whole::new(|config| stage(vq(), config));
        let resumed = Trainer::new(config()).resume(&state);
        resumed.fit(&mut second, &rows).unwrap();
        assert!(
            bytes(&second) == bytes(&whole) && second.learned == whole.learned,
            "after {events} events"
        );
    }
}

/// Predicts the target.
struct Regression {
    layer: Linear,
}

impl Regression {
    fn new() -> Self {
        let layer = Linear::new(6, 2, Key::new(4));
        let mut model = Self { layer };
        model.name_parameters("");
        model
    }
}

impl Module for Regression {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.layer.forward(x)
    }
    parts! { f32: layer }
}

impl Trainable for Regression {
    fn input_dim(&self) -> usize {
        6
    }
    fn reads(&self) -> Fields {
        Fields {
            target: true,
            weight: true,
            ..Fields::NONE
        }
    }
    fn loss<'t>(&self, _: usize, batch: &Batch<'t>, _: &mut Parts) -> Var<'t> {
        let errors = (self.forward(batch.x) - batch.prediction_target()).square();
        batch.weight.map_or(errors, |weight| errors * weight).mean_all()
    }
}

fn with_target() -> OwnedExamples {
    OwnedExamples {
        target: Some(rows().narrow(1, 0, 2)),
        weight: Some(Tensor::from_fn([80, 1], |row| (row % 3) as f32)),
        ..OwnedExamples::from(rows())
    }
}

#[test]
fn a_stage_has_targets_and_weights_of_its_own() {
    let mut alone = Regression::new();
    let examples = with_target();
    let fitted = Trainer::new(config()).fit(&mut alone, examples.examples());
    fitted.unwrap();
    let mut whole = Whole::new(|config| Stage {
        examples: Some(with_target()),
        ..stage(Regression::new(), config)
    });
    Trainer::new(config()).fit(&mut whole, &rows()).unwrap();
    assert!(whole.learned == Some(bytes(&alone)));
}

fn refused(config: TrainerConfig, begin: Begin) -> String {
    let mut whole = Whole::new(begin);
    let before = bytes(&whole);
    let error = Trainer::new(config).fit(&mut whole, &rows()).unwrap_err();
    assert!(matches!(error, TrainError::Layer { layer: 1, .. }), "{error:?}");
    assert!(bytes(&whole) == before);
    error.to_string()
}

#[test]
fn a_stage_that_does_not_fit_is_refused() {
    let narrow = refused(config(), |config| Stage {
        examples: Some(rows().narrow(1, 0, 3).into()),
        ..stage(vq(), config)
    });
    assert_eq!(
        narrow,
        "layer 1: the training data has 3 features, but the model expects 6"
    );
    let ignored = refused(config(), |config| Stage {
        examples: Some(with_target()),
        ..stage(vq(), config)
    });
    assert_eq!(
        ignored,
        "layer 1: target is given: the model does not use it; leave it out"
    );
    let coupled = refused(config().shards(2), |config| {
        let penalised = SparseConfig::new(6, 8).penalty("kl:0.1:1".parse().unwrap());
        stage(Sparse::new(penalised, 1).unwrap(), config)
    });
    assert!(coupled.contains("couples the rows"), "{coupled}");
    let nested = refused(config(), |config| {
        let stacked = StackedConfig::from(NetworkConfig::new(6, 3));
        stage(Stacked::new(stacked, 1).unwrap(), config)
    });
    assert!(
        nested.starts_with("layer 1: stages is 1: a part that is trained on its own"),
        "{nested}"
    );
    let empty = refused(config(), |config| Stage {
        examples: Some(rows().narrow(0, 0, 0).into()),
        ..stage(vq(), config)
    });
    assert_eq!(empty, "layer 1: the training data has no rows");
}

/// Seconds of the stages are in the history while the whole model is trained, after a resumption, and at the end.
#[test]
fn histories_have_the_seconds_of_the_stages() {
    let rows = rows();
    let of_layers = |history: &latents_train::History| history.pretraining_seconds;
    let mut whole = Whole::new(|config| stage(vq(), config));
    let mut training = Trainer::new(config()).start(&mut whole, &rows).unwrap();
    let mut layers = 0.0;
    while training.history().is_none_or(|history| history.epochs.is_empty()) {
        if let Some(Event::LayerEpoch { record, .. }) = training.next_event().unwrap() {
            layers += record.seconds;
        }
    }
    assert!(layers > 0.0);
    assert_eq!(training.history().map(of_layers), Some(layers));
    let state = TrainingState::from_file(training.state().unwrap().file().clone());
    assert_eq!(of_layers(&training.finish()), layers);
    let mut second = Whole::new(|config| stage(vq(), config));
    let resumed = Trainer::new(config()).resume(&state).start(&mut second, &rows);
    assert_eq!(resumed.unwrap().history().map(of_layers), Some(layers));
}

#[test]
fn a_training_that_ended_in_a_layer_has_no_state() {
    let (rows, mut whole) = (rows(), Whole::new(|config| stage(vq(), config)));
    let mut training = Trainer::new(config()).start(&mut whole, &rows).unwrap();
    training.next_event().unwrap();
    training.stop();
    while training.next_event().unwrap().is_some() {}
    let message = training.state().unwrap_err().to_string();
    assert_eq!(
        message,
        "the training ended in a layer, before the whole model was trained: there is nothing to resume"
    );
}
