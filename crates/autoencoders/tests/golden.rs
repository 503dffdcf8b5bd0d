//! One training of each variant, one hash: on every instruction set of this machine and any number of threads.

#[path = "suite/common.rs"]
mod common;

use common::{Dropping, in_pool};
use latents_autoencoders::{ConvolutionConfig, ModelConfig, NetworkConfig};
use latents_data::{Dataset, digits};
use latents_nn::parameters_sha256;
use latents_tensor::simd::Isa;
use latents_train::{Control, Trainable, Trainer, TrainerConfig};
use std::process::Command;

/// The parameters after the training below, by model. A change of any bit of them breaks the promise of equal bits: raise
/// `latents_tensor::NUMERICS_VERSION` with it, name the change in CHANGELOG.md, and take the hash that the failing
/// test prints.
const GOLDEN: [(&str, &str); 7] = [
    (
        "dropout",
        "968d2e2e6bdfa8aef0dfe2db6a61b51b2a57abf4e3d29b6264775c3562bdae3b",
    ),
    (
        "undercomplete",
        "9e4704ee821dfc1e57b24499fdd316300ec5459d34f5f45476fd1dbeae332376",
    ),
    (
        "convolutional",
        "2e32c4d510cfc4e9c5ec0921dac4d03b1140098b04628443ecdd1dfd7a97b901",
    ),
    (
        "stacked",
        "be451c09aafb4d404b9ecd5e9d96be171257ceb400a946cc0a52fbddb8e878b3",
    ),
    (
        "denoising",
        "3ef2a0f54e6237b8dbeaf671d5f997ed0f27067c846d07e530707b23abaaf341",
    ),
    (
        "variational",
        "77bdfb48481ac476d444d10db3ca1aa392b12b7bb6fbb7036a25d45cec7046ba",
    ),
    (
        "sparse",
        "bcb0bc9021bb28eb19d83d7c0066854b5d4839ea830abc6452f633f4e73951e1",
    ),
];

/// A small model of each kind, with its defaults.
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
    let config = ModelConfig::of_kind(kind, network).unwrap();
    config.build(3).unwrap()
}

/// Digits with a short last batch, clipping and Adam.
fn train(name: &str, data: &Dataset) -> String {
    let mut model = model(name);
    let config = TrainerConfig {
        epochs: 2,
        batch_size: 64,
        clip_norm: Some(0.05),
        seed: 7,
        ..TrainerConfig::default()
    };
    let fitted = Trainer::new(config).fit(&mut *model, data, Some(data), &mut |_| Control::Continue);
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
        for (name, _) in GOLDEN {
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
        assert_eq!(found.len(), 4 * GOLDEN.len(), "{text}");
        assert!(found.iter().all(|line| line.starts_with(isa.name())), "{text}");
        hashes.extend(found);
    }
    let expected = |line: &&String| {
        let golden = |(name, hash): &(&str, &str)| line.ends_with(&format!(" {name} {hash}"));
        !GOLDEN.iter().any(golden)
    };
    let other: Vec<&String> = hashes.iter().filter(expected).collect();
    assert!(
        other.is_empty(),
        "not the golden hash of the model; instruction set, threads, model, hash:\n{other:#?}"
    );
}
