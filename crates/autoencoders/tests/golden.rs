//! One training of each variant, one hash: on every instruction set of this machine and any number of threads.

#[path = "suite/common.rs"]
mod common;

use common::Dropping;
use latents_autoencoders::{ConvolutionConfig, NetworkConfig, Registry, Variant};
use latents_data::{Dataset, digits};
use latents_nn::parameters_sha256;
use latents_tensor::simd::Isa;
use latents_testing::in_pool;
use latents_train::{Trainable, Trainer, TrainerConfig};
use std::process::Command;

/// The parameters after the training below of models that are no entry of the registry by themselves. (Those of a variant
/// stand in its file.) A change of any bit of them breaks the promise of equal bits: raise
/// `latents_tensor::NUMERICS_VERSION` with it, name the change in CHANGELOG.md, and take the hash that the failing test
/// prints.
const MORE: [(&str, &str); 2] = [
    (
        "dropout",
        "968d2e2e6bdfa8aef0dfe2db6a61b51b2a57abf4e3d29b6264775c3562bdae3b",
    ),
    (
        "convolutional",
        "2e32c4d510cfc4e9c5ec0921dac4d03b1140098b04628443ecdd1dfd7a97b901",
    ),
];

/// Every model and its hash.
fn golden() -> Vec<(&'static str, &'static str)> {
    let registry = Registry::standard();
    let of_variant = |variant: &Variant| (variant.kind(), variant.golden_hash().unwrap_or("missing"));
    registry.variants().map(of_variant).chain(MORE).collect()
}

fn model(name: &str) -> Box<dyn Trainable> {
    let network = NetworkConfig::new(64, 6).hidden([24]);
    let (kind, network) = match name {
        "dropout" => return Box::new(Dropping::new([64, 24, 6], 0.2)),
        "convolutional" => (
            "undercomplete",
            network.convolution(ConvolutionConfig::new([8, 8, 1], [5, 7])),
        ),
        kind => (kind, network),
    };
    let registry = Registry::standard();
    let config = registry.find(kind).unwrap().default_config(network);
    config.build(3).unwrap()
}

/// Digits with a short last batch, clipping and Adam.
fn train(name: &str, data: &Dataset) -> String {
    let mut model = model(name);
    let config = TrainerConfig::default()
        .epochs(2)
        .batch_size(64)
        .clip_norm(0.05)
        .seed(7);
    let fitted = Trainer::new(config).validation(data).fit(&mut *model, data);
    let history = fitted.unwrap();
    assert!(history.epochs[1].train_loss < history.epochs[0].train_loss);
    parameters_sha256(&*model)
}

/// The part of the golden test that needs a process of its own, because `LATENTS_SIMD` is read once.
#[test]
#[ignore = "the golden test runs it, once for each instruction set"]
fn trained_with_one_to_four_threads() {
    let rows: Vec<usize> = (0..300).collect();
    let data = digits().select(&rows);
    for threads in 1..=4 {
        for (name, _) in golden() {
            let hash = in_pool(threads, || train(name, &data));
            println!("\nhash {} {threads} {name} {hash}", Isa::active().name());
        }
    }
}

#[test]
fn a_training_has_one_hash() {
    let mut hashes = Vec::new();
    for isa in Isa::available() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "trained_with_one_to_four_threads",
            ])
            .env("LATENTS_SIMD", isa.name())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let found = text.lines().filter_map(|line| line.strip_prefix("hash "));
        let found: Vec<String> = found.map(str::to_owned).collect();
        assert_eq!(found.len(), 4 * golden().len(), "{text}");
        assert!(found.iter().all(|line| line.starts_with(isa.name())), "{text}");
        hashes.extend(found);
    }
    let expected = |line: &&String| {
        let is_of = |(name, hash): &(&str, &str)| line.ends_with(&format!(" {name} {hash}"));
        !golden().iter().any(is_of)
    };
    let other: Vec<&String> = hashes.iter().filter(expected).collect();
    assert!(
        other.is_empty(),
        "not the golden hash of the model; instruction set, threads, model, hash:\n{other:#?}"
    );
}
