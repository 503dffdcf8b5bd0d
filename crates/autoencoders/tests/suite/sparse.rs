//! Sparse autoencoders: how sparse their codes are, that the short way through the active units is the long one, and
//! what becomes of dead units.

use crate::common;

use common::loss_of;
use latents_autoencoders::{Autoencoder, NetworkConfig, Penalty, Sparse, SparseConfig, evaluate, load, save};
use latents_autograd::{Reduction, Tape};
use latents_data::digits;
use latents_nn::{Activation, AdamConfig, Module, parameters_sha256};
use latents_tensor::{Rows, Tensor};
use latents_testing::in_pool;
use latents_train::{Event, Progress, Trainable, Trainer, TrainerConfig};

fn config(latent: usize, penalty: &str) -> SparseConfig {
    SparseConfig::new(64, latent).penalty(penalty.parse().unwrap())
}

fn trained(config: SparseConfig, epochs: usize) -> Sparse {
    let mut model = Sparse::new(config, 1).unwrap();
    train(&mut model, epochs);
    model
}

fn options(epochs: usize) -> TrainerConfig {
    TrainerConfig::default()
        .epochs(epochs)
        .batch_size(64)
        .optimizer(AdamConfig::default().learning_rate(2e-3))
}

fn train(model: &mut Sparse, epochs: usize) {
    Trainer::new(options(epochs)).fit(model, &digits()).unwrap();
}

fn rows() -> Tensor {
    digits().to_tensor()
}

/// Numbers that are not 0, of each row of a table.
fn active(codes: &Tensor) -> Vec<usize> {
    let count = |row: &[f32]| row.iter().filter(|value| **value != 0.0).count();
    codes.to_vec().chunks_exact(codes.size(1)).map(count).collect()
}

#[test]
fn a_kl_penalty_brings_the_mean_activation_to_its_target() {
    let model = trained(config(48, "kl:0.05:8"), 60);
    let mean = f64::from(model.encode_data(&rows()).mean_all());
    assert!((mean / 0.05 - 1.0).abs() < 0.1, "the mean activation is {mean}");
    let free = trained(config(48, "kl:0.05:0"), 10);
    assert!(free.encode_data(&rows()).mean_all() > 0.2);
    // And it learns beside: the mean row alone is off by 0.0733.
    let error = evaluate(&model, &digits(), 256).mse;
    assert!(error < 0.05, "{error}");
}

#[test]
fn an_l1_penalty_makes_the_code_sparser() {
    let share = |penalty| {
        let codes = trained(config(96, penalty), 30).encode_data(&rows());
        let all = codes.len() as f64;
        active(&codes).iter().sum::<usize>() as f64 / all
    };
    let (free, held) = (share("l1:0"), share("l1:0.1"));
    assert!(held < 0.5 * free, "{held} of {free}");
}

#[test]
fn top_k_keeps_exactly_k_units() {
    let linear = |penalty: &str, hidden: &[usize]| {
        let network = NetworkConfig::new(64, 96)
            .hidden(hidden.to_vec())
            .latent_activation(Activation::Identity);
        Sparse::new(SparseConfig::from(network).penalty(penalty.parse().unwrap()), 3).unwrap()
    };
    for hidden in [&[][..], &[40, 24]] {
        let (model, twice) = (linear("topk:7", hidden), linear("topk:7:2", hidden));
        assert!(
            active(&model.encode_data(&rows()))
                .iter()
                .all(|&count| count == 7)
        );
        assert!(
            active(&twice.encode_data(&rows()))
                .iter()
                .all(|&count| count == 14)
        );
        let tape = Tape::new();
        let code = twice.encode(tape.input(&rows())).value();
        assert!(active(&code).iter().all(|&count| count == 7), "in training");
    }
    // A rectifier may set chosen ones to 0 besides.
    let rectified = Sparse::new(config(96, "topk:40"), 3).unwrap();
    assert!(
        active(&rectified.encode_data(&rows()))
            .iter()
            .all(|&count| count <= 40)
    );
}

#[test]
fn top_k_learns() {
    let model = trained(config(96, "topk:8"), 40);
    let error = evaluate(&model, &digits(), 256).mse;
    assert!(error < 0.02, "{error}");
}

/// The loss through the active units, and its gradients, against the dense program.
#[test]
fn the_short_way_is_the_long_one() {
    for hidden in [&[][..], &[40]] {
        let network = NetworkConfig::new(64, 96).hidden(hidden.to_vec());
        let model = Sparse::new(SparseConfig::from(network), 5).unwrap();
        let x = rows().narrow(0, 0, 50);
        let tape = Tape::new();
        let x = tape.input(&x);
        let (short, long) = (
            loss_of(&model, x).0,
            model.decode(model.encode(x)).mse(x, Reduction::BatchMean),
        );
        assert!((short.item() - long.item()).abs() < 1e-6);
        let (short, long) = (short.backward(), long.backward());
        model.visit(&mut |parameter| {
            let [short, long] = [&short, &long].map(|gradients| gradients.of_key(parameter.id()).unwrap());
            assert!(short.allclose(long, 1e-4, 1e-7), "{}", parameter.name());
            assert!(long.abs().max_all() > 0.0, "{}", parameter.name());
        });
    }
}

/// A tied model is the untied one in which both weights are equal, and its gradient is the sum of their gradients.
#[test]
fn a_tied_dictionary_has_the_weight_of_the_codes_layer() {
    for (penalty, hidden) in [("topk:6", &[][..]), ("l1:0.01", &[]), ("topk:6", &[40])] {
        let network = NetworkConfig::new(64, 96).hidden(hidden.to_vec());
        let apart = SparseConfig::from(network).penalty(penalty.parse().unwrap());
        let tied = apart.clone().tied(true);
        let (mut apart, tied) = (Sparse::new(apart, 2).unwrap(), Sparse::new(tied, 2).unwrap());
        let (mut weight, mut names) = (None, Vec::new());
        tied.visit(&mut |parameter| {
            names.push(parameter.name().to_string());
            if &**parameter.name() == "code.weight" {
                weight = Some(parameter.value().clone());
            }
        });
        assert!(!names.contains(&"dictionary.weight".to_owned()));
        assert_eq!(
            apart.parameter_count() - tied.parameter_count(),
            weight.as_ref().unwrap().len()
        );
        apart.visit_mut(&mut |parameter| {
            if &**parameter.name() == "dictionary.weight" {
                *parameter.value_mut() = weight.clone().unwrap();
            }
        });

        let (tape, x) = (Tape::new(), rows().narrow(0, 0, 60));
        let x = tape.input(&x);
        let (one, two) = (loss_of(&tied, x).0, loss_of(&apart, x).0);
        assert_eq!(one.item(), two.item());
        let (one, two) = (one.backward(), two.backward());
        let of = |model: &Sparse, gradients: &latents_autograd::Gradients, name: &str| {
            let mut found = None;
            model.visit(&mut |parameter| {
                if &**parameter.name() == name {
                    found = gradients.of_key(parameter.id()).cloned();
                }
            });
            found.unwrap()
        };
        let sum = &of(&apart, &two, "code.weight") + &of(&apart, &two, "dictionary.weight");
        assert!(
            of(&tied, &one, "code.weight").allclose(&sum, 1e-4, 1e-6),
            "{penalty}"
        );
    }
}

#[test]
fn the_active_units_fall_to_k_by_the_middle_of_a_training() {
    let network = NetworkConfig::new(64, 40).latent_activation(Activation::Identity);
    let config = SparseConfig::from(network)
        .penalty("topk:4:2".parse().unwrap())
        .k_from(20);
    let mut model = Sparse::new(config, 1).unwrap();
    let loss = |model: &Sparse| {
        let tape = Tape::new();
        loss_of(model, tape.input(&rows())).0.item()
    };
    let with = |k: usize| {
        let mut config: SparseConfig = model
            .config()
            .unwrap()
            .downcast::<SparseConfig>()
            .unwrap()
            .clone();
        (config.k_from, config.penalty) = (None, Penalty::TopK { k, alpha: 1.0 });
        loss(&Sparse::new(config, 1).unwrap())
    };
    let expected: Vec<(f64, usize, f32)> = [(0.0, 20), (0.25, 12), (0.5, 4), (0.99, 4)]
        .map(|(part, k)| (part, k, with(k)))
        .to_vec();
    for (part, k, expected) in expected {
        let steps = (part * 100.0) as u64;
        for (step, elapsed) in [(steps, 0.0), (0, part), (steps, part / 2.0)] {
            let progress = Progress {
                step,
                steps: 100,
                elapsed,
            };
            model.begin_step(progress);
            assert_eq!(loss(&model), expected, "{k} units at {progress:?}");
        }
    }
    // What is not the training of this model has k units, or α · k.
    let tape = Tape::new();
    model.begin_step(Progress {
        step: 0,
        steps: 9,
        elapsed: 0.0,
    });
    assert_eq!(active(&model.encode(tape.input(&rows())).value())[0], 4);
    assert_eq!(active(&model.encode_data(&rows()))[0], 8);
}

/// The step after units were revived is a new optimiser's first.
#[test]
fn reviving_renews_the_optimiser() {
    let data = digits();
    let steps_of_optimiser = |revive_every| {
        let settings = config(40, "topk:5").revive_every(revive_every);
        let mut model = Sparse::new(settings, 1).unwrap();
        silence(&mut model);
        let rows: &dyn Rows = &data;
        let trainer = Trainer::new(options(4));
        let mut training = trainer.start(&mut model, rows).unwrap();
        while !matches!(training.next_event().unwrap(), Some(Event::Epoch(_))) {}
        while !matches!(
            training.next_event().unwrap(),
            Some(Event::Batch { batch: 1, .. })
        ) {}
        let state = training.state().unwrap();
        let steps = state.file().metadata()["course"]["optimizers"][0]["steps"].clone();
        let steps = steps.as_object().unwrap().values();
        steps.map(|steps| steps.as_u64().unwrap()).max().unwrap()
    };
    assert_eq!(steps_of_optimiser(Some(1)), 1);
    let batches = data.rows().div_ceil(options(4).batch_size) as u64;
    assert_eq!(steps_of_optimiser(None), batches + 1);
}

#[test]
fn settings_that_no_model_can_have_are_refused() {
    let message = |config: SparseConfig| config.validate().unwrap_err().to_string();
    assert_eq!(
        message(config(20, "topk:21")),
        "penalty is topk:21: k units must be at most the 20 units of the code"
    );
    assert!(Sparse::new(config(20, "topk:21"), 0).is_err());
    let kl = SparseConfig::new(64, 20).penalty("kl:0.05:1".parse().unwrap());
    assert_eq!(kl.validate(), Ok(()));
    let network = NetworkConfig::new(64, 20).latent_activation(Activation::Relu);
    let relu = SparseConfig::from(network).penalty("kl:0.05:1".parse().unwrap());
    assert_eq!(
        message(relu),
        "network.latent_activation is relu: the penalty kl compares mean activations with a probability and requires sigmoid"
    );
    let softmax = NetworkConfig::new(64, 20).latent_activation(Activation::Softmax);
    assert!(message(softmax.into()).starts_with("network.latent_activation is softmax: topk"));
    assert!(SparseConfig::new(1, 1).validate().is_ok());
    let from = |k_from, penalty| config(20, penalty).k_from(k_from);
    assert_eq!(
        message(from(4, "topk:5")),
        "k_from is 4: the number of active units decreases to k, so it must be at least 5"
    );
    assert_eq!(
        message(from(21, "topk:5")),
        "k_from is 21: must be at most the 20 units of the code"
    );
    assert_eq!(
        message(from(9, "l1:1")),
        "k_from is 9: it applies only to topk, but the penalty is l1:1"
    );
    let network = NetworkConfig::new(64, 20).hidden([30]).decoder_hidden(vec![12]);
    let tied = SparseConfig::from(network).tied(true);
    assert_eq!(
        message(tied),
        "tied is true: the layer before the code has 30 units and the one after it 12; a shared weight requires equal sizes"
    );
}

#[test]
fn a_model_comes_back_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    for (penalty, tied) in [("topk:6:1.5", true), ("l1:0.001", false), ("kl:0.1:0.2", true)] {
        let path = folder.path().join("model.safetensors");
        let config = config(40, penalty).tied(tied);
        let model = trained(config, 1);
        save(&model, &path).unwrap();
        let again = load(&path).unwrap();
        assert_eq!(again.config(), model.config());
        assert_eq!(again.encode_data(&rows()), model.encode_data(&rows()));
        assert_eq!(again.reconstruct_data(&rows()), model.reconstruct_data(&rows()));
    }
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    for penalty in ["topk:6", "l1:0.001", "kl:0.1:0.2"] {
        let run = || {
            let mut model = trained(config(70, penalty), 2);
            let units = model.dead_units(500);
            model.revive_dead(&[&units[..], &[3, 4]].concat(), &digits(), 9);
            (units, parameters_sha256(&model))
        };
        let one = in_pool(1, run);
        for threads in 2..=3 {
            assert_eq!(in_pool(threads, run), one, "{penalty}, {threads} threads");
        }
    }
}

/// A model in which units 5 and 11 are never chosen.
fn with_dead_units() -> Sparse {
    let mut model = trained(config(40, "topk:5"), 2);
    silence(&mut model);
    model
}

/// Keeps units 5 and 11 from being chosen.
fn silence(model: &mut Sparse) {
    model.visit_mut(&mut |parameter| {
        if &**parameter.name() == "code.bias" {
            for unit in [5, 11] {
                parameter.value_mut().make_mut()[unit] = -1e3;
            }
        }
    });
}

#[test]
fn dead_units_are_counted_and_revived() {
    let mut model = with_dead_units();
    train(&mut model, 1);
    let dead = model.dead_units(digits().rows() as u64);
    assert!(dead.contains(&5) && dead.contains(&11), "{dead:?}");
    let activity = model.activity(&digits());
    assert!(activity.iter().all(|share| (0.0..=1.0).contains(share)));
    // Each row has at most 5 active units.
    assert!(activity.iter().sum::<f64>() <= 5.0);

    let before = model.activity(&digits());
    assert_eq!(model.revive_dead(&dead, &digits(), 1), dead.len());
    assert!(model.dead_units(1_000_000).is_empty());
    let after = model.activity(&digits());
    assert!(before[5] == 0.0 && before[11] == 0.0);
    train(&mut model, 3);
    let later = model.activity(&digits());
    assert!(later[5] > 0.0 && later[11] > 0.0, "{after:?} {later:?}");
}

#[test]
fn reviving_depends_on_its_seed_and_touches_the_units_alone() {
    let revived = |seed| {
        let mut model = with_dead_units();
        model.revive_dead(&[5, 11], &digits(), seed);
        model
    };
    let (model, same, other) = (revived(1), revived(1), revived(2));
    assert_eq!(parameters_sha256(&model), parameters_sha256(&same));
    assert_ne!(parameters_sha256(&model), parameters_sha256(&other));
    let mut values = Vec::new();
    with_dead_units().visit(&mut |parameter| values.push(parameter.value().clone()));
    let mut place = 0;
    model.visit(&mut |parameter| {
        let (old, new) = (&values[place], parameter.value());
        place += 1;
        if parameter.name().starts_with("dictionary.bias") {
            assert_eq!(new, old);
            return;
        }
        for unit in 0..40 {
            let changed = new.select(0, unit) != old.select(0, unit);
            assert_eq!(
                changed,
                unit == 5 || unit == 11,
                "{} of unit {unit}",
                parameter.name()
            );
        }
    });
    let mut nothing = with_dead_units();
    assert_eq!(nothing.revive_dead(&[], &digits(), 1), 0);
}

#[test]
fn units_are_revived_between_the_epochs_of_a_training() {
    let train = |every| {
        let config = config(200, "topk:8").revive_every(every);
        let mut model = Sparse::new(config, 1).unwrap();
        let (rows, mut counts) = (digits(), Vec::new());
        let note = |event: &Event| {
            if let Event::Note { name, value, .. } = event {
                assert_eq!(name, "revived units");
                counts.push(*value as usize);
            }
        };
        Trainer::new(options(7))
            .on_event(note)
            .fit(&mut model, &rows)
            .unwrap();
        let dead = model.dead_units(rows.rows() as u64).len();
        (counts, dead, parameters_sha256(&model))
    };
    let (each, alive) = (train(1), train(7));
    assert_eq!(each.0.len(), 3, "after the epochs of the first half");
    assert!(each.0[0] > 50, "{:?}", each.0);
    assert!(alive.0.is_empty(), "the seventh is not in the first half");
    assert!(each.1 + 40 < alive.1, "{} and {} dead", each.1, alive.1);
    assert_eq!(in_pool(1, || train(1)), in_pool(3, || train(1)));
    assert_eq!(train(2).0.len(), 1);
}

#[test]
fn deep_dictionaries_are_revived_too() {
    let network = NetworkConfig::new(64, 30).hidden([20]);
    let mut model = trained(network.into(), 1);
    assert_eq!(model.revive_dead(&[0, 29], &digits(), 1), 2);
    train(&mut model, 1);
    let tied = SparseConfig::from(NetworkConfig::new(64, 30)).tied(true);
    let mut model = trained(tied, 1);
    assert_eq!(model.revive_dead(&[0, 29], &digits(), 1), 2);
    train(&mut model, 1);
}

#[test]
fn penalties_are_parts_of_the_loss() {
    let tape = Tape::new();
    let x = rows();
    for (penalty, name) in [("l1:0.01", "l1"), ("kl:0.1:2", "kl_divergence")] {
        let model = Sparse::new(config(30, penalty), 1).unwrap();
        let (total, parts) = loss_of(&model, tape.input(&x));
        assert_eq!([&*parts[0].0, &*parts[1].0], ["reconstruction", name]);
        let sum = parts[0].1 + parts[1].1;
        assert!((f64::from(total.item()) - sum).abs() < 1e-6 && parts[1].1 > 0.0);
    }
    assert_eq!("topk:3".parse::<Penalty>().unwrap().name(), "topk");
}
