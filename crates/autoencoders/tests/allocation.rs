//! From the second epoch on, a step asks the allocator for nothing: gathering, forward and backward pass, checks,
//! optimiser and callback, on all threads. The end of an epoch, with its validation, asks for its record alone.

use latents_autoencoders::{
    Contractive, ContractiveConfig, ConvolutionConfig, Jacobian, NetworkConfig, Registry, Sparse,
    SparseConfig, Undercomplete, UndercompleteConfig, Vq, VqConfig,
};
use latents_data::{Dataset, Scaling};
use latents_testing::{Counting, in_pool};
use latents_train::{Control, Event, Trainable, Trainer, TrainerConfig};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

/// Pictures of 784 bytes.
fn pictures(rows: usize) -> Dataset {
    let bytes: Vec<u8> = (0..rows * 784).map(|i| (i * i % 251) as u8).collect();
    let data = Dataset::new("pictures", bytes, 784).unwrap();
    data.with_scaling(Scaling::Divide { by: 255.0 }).unwrap()
}

/// Requests between two events, and which event ended them.
fn requests(config: TrainerConfig, model: &mut dyn Trainable) -> Vec<(&'static str, usize)> {
    // Two whole batches and a short one in training, one and a short one in validation.
    let (train, validation) = (pictures(2 * 256 + 188), pictures(256 + 44));
    let mut counts = Vec::with_capacity(4 * EPOCHS);
    let mut before = ALLOCATOR.requests();
    let mut callback = |event: &Event| {
        let after = ALLOCATOR.requests();
        let name = match event {
            Event::Batch { .. } => "step",
            Event::Epoch(_) => "validation",
            _ => "other",
        };
        counts.push((name, after - before));
        before = ALLOCATOR.requests();
        Control::Continue
    };
    let fitted = Trainer::new(config)
        .validation(&validation)
        .on_event(&mut callback)
        .fit(model, &train);
    assert_eq!(fitted.unwrap().epochs.len(), EPOCHS);
    counts
}

const EPOCHS: usize = 6;
/// Epochs in which buffers may still be asked for.
const WARM_UP: usize = 1;
/// Requests at the end of an epoch.
const MOST_OF_AN_EPOCH: usize = 12;

#[test]
fn training_allocates_nothing_after_its_first_epoch() {
    let plain = TrainerConfig::default().epochs(EPOCHS);
    let careful = plain
        .clone()
        .clip_norm(0.1)
        .patience(EPOCHS)
        .schedule("warmup:5+cosine".parse().ok())
        .max_seconds(1e9);
    let undercomplete = || Undercomplete::new(UndercompleteConfig::new(784, 32), 1).unwrap();
    let sparse = |penalty: &str| {
        let config = SparseConfig::new(784, 96).penalty(penalty.parse().unwrap());
        Sparse::new(config, 1).unwrap()
    };
    let exact = ContractiveConfig::from(NetworkConfig::new(784, 3).hidden([8])).jacobian(Jacobian::Exact);
    let convolution = ConvolutionConfig::new([28, 28, 1], [4, 4]).latent_channels(4);
    let grid = VqConfig::from(NetworkConfig::image_code(convolution)).shared(true);
    let mut runs: Vec<(String, TrainerConfig, Box<dyn Trainable>)> = vec![
        ("careful".into(), careful, Box::new(undercomplete())),
        ("topk with α".into(), plain.clone(), Box::new(sparse("topk:8:2"))),
        ("l1".into(), plain.clone(), Box::new(sparse("l1:0.001"))),
        ("kl".into(), plain.clone(), Box::new(sparse("kl:0.05:0.1"))),
        (
            "exact Jacobian".into(),
            plain.clone(),
            Box::new(Contractive::new(exact, 1).unwrap()),
        ),
        (
            "codes on a grid".into(),
            plain.clone(),
            Box::new(Vq::new(grid, 1).unwrap()),
        ),
    ];
    for variant in Registry::standard().variants() {
        let config = variant.default_config(NetworkConfig::new(784, 32));
        runs.push((variant.kind().into(), plain.clone(), config.build(1).unwrap()));
    }
    for (run, config, mut model) in runs {
        let counts = in_pool(2, || requests(config, &mut *model));
        let counts: Vec<_> = counts.into_iter().filter(|(name, _)| *name != "other").collect();
        assert_eq!(counts.len(), 4 * EPOCHS, "{run}");
        assert!(counts[0].1 > 0, "{run}: the first step is counted");
        // The record of an epoch holds the names and means of the parts of its losses, and a codebook may be repaired before
        // the first step of the next.
        let most = |name: &str| if name == "step" { 0 } else { MOST_OF_AN_EPOCH };
        let after = counts[4 * WARM_UP..].chunks(4);
        let of_steps = after.flat_map(|epoch| &epoch[1..]);
        let too_many: Vec<_> = of_steps
            .filter(|(name, requests)| *requests > most(name))
            .collect();
        assert!(too_many.is_empty(), "{run}: {counts:?}");
    }
}
