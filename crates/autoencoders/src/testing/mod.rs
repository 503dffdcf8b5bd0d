//! Laws that every variant must satisfy, for tests of crates that add one (feature `testing`).
//!
//! [`check_variant`] checks all of them on the default settings and on random settings; the other functions check one law each.
//! All panic if a law is violated.

mod drawn;

pub use drawn::{check_drawn_files, check_gradients};

use crate::registry::VariantOption;
use crate::registry::{file_of_model, model_in_file};
use crate::{Autoencoder, ModelConfig, NetworkConfig, Registry, Variant, evaluate};
use latents_autograd::Tape;
use latents_nn::{SgdConfig, TensorFile, complete_state_file, parameters_sha256};
use latents_tensor::random::Key;
use latents_tensor::{Rows, Tensor};
use latents_train::{
    Batch, Event, History, Parts, Progress, TrainError, Trainable, Trainer, TrainerConfig, Training,
    TrainingState,
};

/// Checks all laws for a variant of the registry.
///
/// # Panics
/// If a law is violated.
#[track_caller]
pub fn check_variant(registry: &Registry, variant: &Variant) {
    let config = default_config(variant);
    check_text(registry, &config);
    check_options(registry, variant);
    check_file(registry, &config);
    check_evaluating(&config);
    check_resuming(&config);
    check_shards(&config);
    check_gradients(registry, variant);
    check_drawn_files(registry, variant);
}

/// The default settings of a variant for 64 columns, a hidden layer of 12 and 8 latent dimensions.
pub fn default_config(variant: &Variant) -> ModelConfig {
    variant.default_config(default_network())
}

fn default_network() -> NetworkConfig {
    NetworkConfig::new(64, 8).hidden([12])
}

/// Rows in [0, 1] for a configuration.
fn rows(config: &ModelConfig, count: usize, seed: u64) -> Tensor {
    Key::new(seed)
        .purpose("rows")
        .uniform([count, config.input_dim()])
}

fn options() -> TrainerConfig {
    TrainerConfig::default()
        .epochs(3)
        .batch_size(32)
        .patience(2)
        .schedule("warmup:4+cosine".parse().ok())
        .clip_norm(1.0)
        .seed(5)
}

/// Parameters and buffers, as bytes.
fn bytes(model: &dyn Autoencoder) -> Vec<u8> {
    complete_state_file(model).unwrap().to_bytes().unwrap()
}

/// A history without its times.
fn untimed(history: &History) -> History {
    let mut history = history.clone();
    history.pretraining_seconds = 0.0;
    history.epochs.iter_mut().for_each(|record| record.seconds = 0.0);
    history
}

/// Checks that a configuration survives a round trip through its text form and rejects unknown settings.
///
/// # Panics
/// If the law is violated.
#[track_caller]
pub fn check_text(registry: &Registry, config: &ModelConfig) {
    let mut json = serde_json::to_value(config).unwrap();
    assert_eq!(json["kind"], config.kind());
    assert_eq!(registry.config_from(json.clone()).unwrap(), *config);
    json["nonsense"] = 1.into();
    let refused = registry.config_from(json).unwrap_err();
    assert!(refused.path.contains("nonsense"), "{}", config.kind());
}

/// Checks that a trained model has the same outputs after a round trip through a file.
///
/// # Panics
/// If the law is violated.
#[track_caller]
pub fn check_file(registry: &Registry, config: &ModelConfig) {
    let (train, new) = (rows(config, 90, 1), rows(config, 100, 2));
    let mut model = config.build(1).unwrap();
    let fitted = Trainer::new(options()).fit(&mut *model, &train);
    fitted.unwrap();
    let file = file_of_model(&*model).unwrap().to_bytes().unwrap();
    let again = model_in_file(registry, &TensorFile::from_bytes(&file, "model").unwrap()).unwrap();
    let kind = config.kind();
    assert_eq!(parameters_sha256(&*again), parameters_sha256(&*model), "{kind}");
    assert_eq!(again.config(), model.config());
    assert_eq!(again.encode_data(&new), model.encode_data(&new), "{kind}");
    assert_eq!(
        again.reconstruct_data(&new),
        model.reconstruct_data(&new),
        "{kind}"
    );
}

/// The result of a training.
type End = (String, Vec<u8>, History);

/// An event without its times, as text.
fn told(mut event: Event) -> String {
    if let Event::Epoch(record) | Event::LayerEpoch { record, .. } = &mut event {
        record.seconds = 0.0;
    }
    format!("{event:?}")
}

/// Runs to the end and returns the events and the history.
fn finished(mut training: Training<'_>) -> (Vec<String>, History) {
    let events = std::iter::from_fn(|| training.next_event().unwrap().map(told)).collect();
    (events, untimed(&training.finish()))
}

/// The end of a training that is interrupted after this number of events: its state goes through a file into a model with
/// another seed. `None` if there are fewer events.
fn interrupted(config: &ModelConfig, data: [&Tensor; 2], events: usize) -> Option<(Vec<String>, End)> {
    let [train, validation] = data;
    let trainer = || Trainer::new(options()).validation(validation);
    let mut first = config.build(1).unwrap();
    let mut training = trainer().start(&mut *first, train).unwrap();
    for _ in 0..events {
        training.next_event().unwrap()?;
    }
    let file = training.state().unwrap().file().to_bytes().unwrap();
    drop(training);
    let state = TrainingState::from_file(TensorFile::from_bytes(&file, "state").unwrap());
    let mut second = config.build(99).unwrap();
    let training = trainer().resume(&state).start(&mut *second, train).unwrap();
    let (told, history) = finished(training);
    Some((told, (parameters_sha256(&*second), bytes(&*second), history)))
}

/// Checks that a training resumed after any of its events, including those of layer-wise pretraining, has the same events and
/// the same result as an uninterrupted one.
///
/// # Panics
/// If the law is violated.
/// If the law does not hold.
#[track_caller]
pub fn check_resuming(config: &ModelConfig) {
    let (train, validation) = (rows(config, 75, 1), rows(config, 40, 2));
    let mut model = config.build(1).unwrap();
    let training = Trainer::new(options())
        .validation(&validation)
        .start(&mut *model, &train);
    let (all, history) = finished(training.unwrap());
    let whole = (parameters_sha256(&*model), bytes(&*model), history);
    let (kind, mut events) = (config.kind(), 0);
    while let Some((told, end)) = interrupted(config, [&train, &validation], events) {
        assert!(
            end == whole && told == all[events..],
            "{kind} differs when it is resumed after {events} events"
        );
        events += 1;
    }
    assert!(events > 9 && events == all.len() + 1, "{kind}: {events} events");
}

/// The loss of one step of plain gradient descent on all rows.
fn step(model: &mut dyn Trainable, rows: &Tensor, shards: usize) -> Result<f64, TrainError> {
    let config = TrainerConfig::default()
        .shards(shards)
        .batch_size(rows.size(0))
        .optimizer(SgdConfig::default().learning_rate(0.1));
    let mut training = Trainer::new(config).start(model, rows)?;
    loop {
        if let Some(Event::Batch { loss, .. }) = training.next_event()? {
            return Ok(loss);
        }
    }
}

/// A step of several shards has, up to rounding, the loss of the whole batch, and changes parameters and buffers as it does,
/// where the loss draws nothing, else those that the shards give with their own random numbers; its bits do not depend on threads; a model whose rows are coupled refuses shards.
///
/// # Panics
/// If the law does not hold.
#[track_caller]
pub fn check_shards(config: &ModelConfig) {
    let (data, kind) = (rows(config, 64, 1), config.kind());
    let built = || config.build(1).unwrap();
    if built().couples_rows() {
        let refused = step(&mut *built(), &data, 2).unwrap_err().to_string();
        assert!(refused.contains("couples the rows"), "{refused}");
        return;
    }
    let draws = config.facts().noise.is_some() || built().prior().is_some();
    let (mut whole, mut parts) = (built(), built());
    let one = step(&mut *whole, &data, 1).unwrap();
    let four = step(&mut *parts, &data, 4).unwrap();
    if draws {
        check_drawn_shards(config, &data, (four, values(&*parts)));
    } else {
        assert!((one - four).abs() < 1e-5 * one.abs(), "{kind}: {one} {four}");
        for (a, b) in values(&*whole).into_iter().zip(values(&*parts)) {
            assert!((a - b).abs() < 1e-4 * (1.0 + a.abs()), "{kind}: {a} {b}");
        }
    }
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let mut model = built();
            step(&mut *model, &data, 3).unwrap();
            bytes(&*model)
        })
    };
    assert!(bits(1) == bits(3), "{kind}");
}

/// Where the loss draws, each shard has random numbers of its own: a step is then the mean of the shards' losses and gradients,
/// weighed by their rows. For models of one loss that are trained as a whole.
#[track_caller]
fn check_drawn_shards(config: &ModelConfig, data: &Tensor, (loss, after): (f64, Vec<f32>)) {
    let mut model = config.build(1).unwrap();
    if model.objectives().len() > 1 || model.stages() > 0 {
        return;
    }
    let trainer = TrainerConfig::default();
    let steps = trainer.epochs as u64;
    model.prepare(data, trainer.seed);
    model.begin_step(Progress {
        step: 0,
        steps,
        elapsed: 0.0,
    });
    let key = Key::new(trainer.seed);
    let order = key.purpose("shuffle").step(1).permutation(data.size(0));
    let (mut tape, mut total, mut sums) = (Tape::new(), 0.0, Vec::new());
    for (shard, indices) in order.chunks(data.size(0) / 4).enumerate() {
        let mut rows = Tensor::zeros([indices.len(), data.size(1)]);
        data.gather_into(indices, &mut rows);
        tape.set_key(key.purpose("step").step(1).index(shard as u64));
        let batch = Batch::of(tape.input(&rows));
        let loss = model.loss(0, &batch, &mut Parts::new()) * batch.x.lit(0.25);
        total += f64::from(loss.item());
        let gradients = loss.backward();
        tape.reset();
        let mut place = 0;
        model.visit(&mut |parameter| {
            let gradient = gradients.of_key(parameter.id()).map(Tensor::to_vec);
            let gradient = gradient.unwrap_or_else(|| vec![0.0; parameter.value().len()]);
            sums.resize((place + gradient.len()).max(sums.len()), 0.0f32);
            sums[place..]
                .iter_mut()
                .zip(&gradient)
                .for_each(|(sum, g)| *sum += g);
            place += gradient.len();
        });
    }
    let kind = config.kind();
    assert!(
        (loss - total).abs() < 1e-5 * total.abs(),
        "{kind}: {loss} {total}"
    );
    for ((before, sum), after) in values(&*model).into_iter().zip(sums).zip(after) {
        let expected = before - 0.1 * sum;
        assert!(
            (after - expected).abs() < 1e-5 * (1.0 + expected.abs()),
            "{kind}: {after} {expected}"
        );
    }
}

/// The values of all parameters and buffers.
fn values(model: &dyn Autoencoder) -> Vec<f32> {
    let mut all = Vec::new();
    model.visit(&mut |parameter| all.extend(parameter.value().to_vec()));
    model.visit_buffers(&mut |buffer| all.extend(buffer.value().to_vec()));
    all
}

/// Checks that every option of a variant makes a setting that the configuration accepts, and rejects invalid values.
///
/// # Panics
/// If the law is violated.
#[track_caller]
pub fn check_options(registry: &Registry, variant: &Variant) {
    let default = variant.default_settings(default_network());
    let default = default.as_object().unwrap();
    for option in variant.option_list() {
        let is_switch = option.value_name.is_none();
        let examples = if is_switch { &[""] } else { option.examples };
        let mut changed = false;
        for value in examples {
            let mut settings = default.clone();
            (option.apply)(value, &mut settings).unwrap();
            changed |= settings != *default;
            let read = registry.config_from(settings.into());
            assert!(read.is_ok(), "{} {value}: {read:?}", option.flag);
        }
        assert!(changed, "{} of {} changes nothing", option.flag, variant.kind());
        check_default(registry, variant, option);
        let nonsense = (option.apply)("no such value", &mut default.clone());
        assert!(nonsense.is_err() || is_switch, "{}", option.flag);
    }
}

/// Checks that the default in an option's help, if it is a value, can be entered and changes nothing.
fn check_default(registry: &Registry, variant: &Variant, option: &VariantOption) {
    let Some(typed) = option.printed_default() else {
        return;
    };
    let config = default_config(variant);
    let mut settings = serde_json::Map::new();
    let applied = (option.apply)(typed, &mut settings);
    assert_eq!(applied, Ok(()), "{} {typed}", option.flag);
    let mut table = serde_json::to_value(&config).unwrap();
    table.as_object_mut().unwrap().extend(settings);
    let read = registry.config_from(table);
    assert_eq!(read, Ok(config), "{} {typed}", option.flag);
}

/// Checks that evaluation does not change the model and is deterministic.
///
/// # Panics
/// If the law is violated.
#[track_caller]
pub fn check_evaluating(config: &ModelConfig) {
    let (new, model) = (rows(config, 30, 1), config.build(1).unwrap());
    let before = bytes(&*model);
    let (codes, again) = (model.encode_data(&new), model.encode_data(&new));
    assert_eq!(codes, again, "{}", config.kind());
    evaluate(&*model, &new, 16);
    assert_eq!(bytes(&*model), before, "{}", config.kind());
}
