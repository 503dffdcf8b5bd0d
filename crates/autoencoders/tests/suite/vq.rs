//! The vector-quantised autoencoder: its codebooks, and the way of its gradients.

use latents_autoencoders::{
    Autoencoder, Family, FindingKind, NetworkConfig, Vq, VqConfig, evaluated, load, save,
};
use latents_autograd::{Reduction, Tape};
use latents_data::digits;
use latents_nn::{Module, parameters_sha256};
use latents_tensor::{Algebra, Rows, Tensor};
use latents_train::{Batch, Event, History, Parts, Trainable, Trainer, TrainerConfig};

/// 8 groups of 64 entries.
fn config() -> VqConfig {
    VqConfig::from(NetworkConfig::new(64, 32).hidden([96])).groups(8)
}

fn options(epochs: usize) -> TrainerConfig {
    TrainerConfig::default().epochs(epochs).batch_size(64)
}

fn trained(config: VqConfig, epochs: usize) -> (Vq, History) {
    let mut model = Vq::new(config, 1).unwrap();
    let trainer = Trainer::new(options(epochs));
    let history = trainer.fit(&mut model, &digits()).unwrap();
    (model, history)
}

#[test]
fn codebooks_are_used_evenly_and_no_entry_is_left_over() {
    let (model, history) = trained(config(), 30);
    let last = &history.epochs[29];
    let rows: Tensor = digits().to_tensor();
    let chosen = model.indices(&rows);
    assert_eq!(chosen.shape()[..], [rows.size(0), 8]);
    let mut counts = vec![0usize; 8 * 64];
    for (place, &entry) in chosen.as_slice().iter().enumerate() {
        counts[place % 8 * 64 + entry] += 1;
    }
    let perplexities: Vec<f64> = counts
        .chunks(64)
        .map(|counts| {
            let shares = counts.iter().map(|&count| count as f64 / rows.size(0) as f64);
            let entropy: f64 = shares
                .filter(|share| *share > 0.0)
                .map(|share| -share * Algebra::ln(share))
                .sum();
            Algebra::exp(entropy)
        })
        .collect();
    let mean = perplexities.iter().sum::<f64>() / 8.0;
    assert!(mean >= 0.75 * 64.0, "{perplexities:?}");
    assert!(counts.iter().all(|&count| count > 0), "an entry is unused");
    assert_eq!(model.findings(&rows), []);
    let sections = model.sections(&rows);
    let figures: Vec<Vec<Option<f64>>> = sections[0].rows.iter().map(|row| row.1.clone()).collect();
    let expected: Vec<Vec<Option<f64>>> = perplexities
        .iter()
        .map(|&perplexity| vec![Some(64.0), Some(perplexity)])
        .collect();
    assert_eq!(figures, expected);
    let first = &history.epochs[0];
    assert!(last.train_parts[0].mean < 0.7 * first.train_parts[0].mean);
}

#[test]
fn idle_entries_are_found() {
    let untrained = Vq::new(config(), 1).unwrap();
    let rows: Tensor = digits().to_tensor();
    let used: usize = untrained.sections(&rows)[0]
        .rows
        .iter()
        .map(|row| row.1[0].unwrap() as usize)
        .sum();
    assert!(used < 256);
    let findings = untrained.findings(&rows);
    assert_eq!(findings[0].kind, FindingKind::OfModel);
    let text = format!("1797 rows use only {used} of the 512 codebook entries.");
    assert_eq!(findings[0].what, text);
    // One row can choose no more than one entry a group.
    assert_eq!(untrained.findings(&rows.narrow(0, 0, 1)), []);
}

#[test]
fn codes_are_entries_and_come_back_from_their_numbers() {
    let (model, _) = trained(config(), 2);
    let rows: Tensor = digits().to_tensor();
    let codes = model.encode_data(&rows);
    assert_eq!(codes, model.codes_of(&model.indices(&rows)));
    let distinct: std::collections::HashSet<Vec<u32>> = codes
        .to_vec()
        .chunks(4)
        .map(|code| code.iter().map(|x| x.to_bits()).collect())
        .collect();
    assert!(distinct.len() <= 8 * 64);
    assert_eq!(model.reconstruct_data(&rows), model.decode_data(&codes));
}

/// The gradient of the encoder is that of a model without the choice, whose decoder is given the chosen entries.
#[test]
fn gradients_pass_straight_through_the_choice() {
    let config = config().commitment(0.0);
    let model: Vq<f64> = config.build(1).unwrap();
    let rows: Tensor<f64> = digits().to_tensor::<f64>().narrow(0, 0, 6);
    let (tape, other) = (Tape::new(), Tape::new());
    let gradients = model
        .loss(0, &Batch::of(tape.input(&rows)), &mut Parts::new())
        .backward();
    // dL/dz at z = e, then through the encoder alone.
    let codes = other.variable(&model.encode_data(&rows));
    let loss = model.decode(codes).mse(other.input(&rows), Reduction::BatchMean);
    let of_codes = loss.backward().get(codes).unwrap().clone();
    let third = Tape::new();
    let z = model.encoder().unwrap().forward(third.input(&rows));
    let expected = (z * third.input(&of_codes)).sum_all().backward();
    model.encoder().unwrap().visit(&mut |parameter| {
        let (ours, theirs) = (gradients.of_key(parameter.id()), expected.of_key(parameter.id()));
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert!(
            ours.norm_all() > 0.0 && ours.allclose(theirs, 1e-10, 1e-12),
            "{}",
            parameter.name()
        );
    });
}

/// A step moves the averages of counts and sums by 1 − γ, and the entries to their quotient.
#[test]
fn entries_are_moving_averages_of_the_outputs_that_chose_them() {
    let config = VqConfig::from(NetworkConfig::new(64, 2))
        .entries(3)
        .groups(1)
        .decay(0.75);
    let mut model = Vq::new(config, 1).unwrap();
    let data = digits().select(&(0..40).collect::<Vec<_>>());
    let buffers = |model: &Vq| {
        let mut all = std::collections::HashMap::new();
        model.visit_buffers(&mut |buffer| {
            drop(all.insert(buffer.name().to_string(), buffer.value().to_vec()))
        });
        all
    };
    let rows: &dyn Rows = &data;
    let trainer = || Trainer::new(options(1));
    // The state before the first step, with the codebook of k-means.
    let state = trainer().start(&mut model, rows).unwrap().state().unwrap();
    let before = buffers(&model);
    let x: Tensor = data.to_tensor();
    let z = evaluated(&x, |x| model.encoder().unwrap().forward(x));
    let chosen = model.indices(&x);
    let mut training = trainer().resume(&state).start(&mut model, rows).unwrap();
    training.next_event().unwrap();
    drop(training);
    let after = buffers(&model);
    for entry in 0..3 {
        let members = (0..40).filter(|&row| chosen.as_slice()[row] == entry);
        let members: Vec<usize> = members.collect();
        let count = 0.75 * before["codebook.counts"][entry] + 0.25 * members.len() as f32;
        assert!((after["codebook.counts"][entry] - count).abs() < 1e-4);
        for column in 0..2 {
            let sum: f32 = members.iter().map(|&row| z.at(&[row, column])).sum();
            let place = 2 * entry + column;
            let sum = 0.75 * before["codebook.sums"][place] + 0.25 * sum;
            assert!((after["codebook.vectors"][place] - sum / count).abs() < 1e-3 * (1.0 + sum.abs()));
        }
    }
}

#[test]
fn the_weight_of_commitment_does_not_depend_on_the_size_of_a_batch() {
    let model: Vq<f64> = config().build(1).unwrap();
    let rows: Tensor<f64> = digits().to_tensor::<f64>().narrow(0, 0, 8);
    let twice = Tensor::concat(&[&rows, &rows], 0);
    let parts = |rows: &Tensor<f64>| {
        let (tape, mut parts) = (Tape::new(), Parts::new());
        let gradients = model.loss(0, &Batch::of(tape.input(rows)), &mut parts).backward();
        let mut all = Vec::new();
        model.visit(&mut |parameter| all.extend(gradients.of_key(parameter.id()).unwrap().to_vec()));
        (parts.iter().map(|(_, part)| part).collect::<Vec<_>>(), all)
    };
    let (one, two) = (parts(&rows), parts(&twice));
    for (a, b) in one.0.iter().chain(&one.1).zip(two.0.iter().chain(&two.1)) {
        assert!((a - b).abs() < 1e-10 * (1.0 + a.abs()), "{a} {b}");
    }
}

#[test]
fn codebooks_are_saved_and_training_goes_on_with_them() {
    let (model, _) = trained(config(), 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vq.safetensors");
    save(&model, &path).unwrap();
    let again = load(&path).unwrap();
    let rows: Tensor = digits().to_tensor();
    assert_eq!(again.encode_data(&rows), model.encode_data(&rows));
    assert_eq!(parameters_sha256(&*again), parameters_sha256(&model));
}

#[test]
fn unused_entries_are_replaced() {
    // Far more entries than a short batch can choose: some are left over after an epoch.
    let crowded = VqConfig::from(NetworkConfig::new(64, 4).hidden([32]))
        .entries(512)
        .groups(1);
    let mut model = Vq::new(crowded, 1).unwrap();
    let mut replaced = Vec::new();
    let note = |event: &Event| {
        if let Event::Note { name, value, .. } = event {
            assert_eq!(name, "replaced entries");
            replaced.push(*value);
        }
    };
    Trainer::new(options(6))
        .on_event(note)
        .fit(&mut model, &digits())
        .unwrap();
    assert!(!replaced.is_empty());
}

#[test]
fn settings_that_no_model_can_have_are_refused() {
    let message = |config: VqConfig| config.validate().unwrap_err().to_string();
    let groups = config().groups(5);
    assert_eq!(
        message(groups),
        "groups is 5: must divide the 32 latent dimensions"
    );
    let entries = config().entries(1);
    assert_eq!(
        message(entries),
        "entries is 1: a codebook must have at least 2 entries"
    );
    let entries = config().entries(usize::MAX);
    assert!(message(entries).starts_with("entries is"));
    let decay = config().decay(1.0);
    assert!(message(decay).starts_with("decay is 1"));
}
