//! The vector-quantised autoencoder on images: codes on a grid, one codebook for all positions.

use latents_autoencoders::{Autoencoder, ConvolutionConfig, Family, NetworkConfig, Vq, VqConfig, evaluated};
use latents_data::{Dataset, OpenOptions, digits, open};
use latents_nn::Module;
use latents_tensor::{Indices, Rows, Tensor};
use latents_testing::real_data;
use latents_train::{Trainer, TrainerConfig};
use std::collections::HashMap;

/// Images of 8×8 that become 2×2 vectors of 3.
fn grid() -> VqConfig {
    let convolution = ConvolutionConfig::new([8, 8, 1], [6, 8]).latent_channels(3);
    VqConfig::from(NetworkConfig::image_code(convolution))
        .shared(true)
        .entries(5)
        .decay(0.75)
}

fn trained(config: VqConfig, train: &dyn Rows, epochs: usize) -> Vq {
    let mut model = Vq::new(config, 1).unwrap();
    let options = TrainerConfig::default().epochs(epochs).batch_size(64);
    Trainer::new(options).fit(&mut model, train).unwrap();
    model
}

fn buffers(model: &Vq) -> HashMap<String, Vec<f32>> {
    let mut all = HashMap::new();
    model.visit_buffers(&mut |buffer| drop(all.insert(buffer.name().to_string(), buffer.value().to_vec())));
    all
}

#[test]
fn positions_are_groups_that_may_share_a_codebook() {
    let config = grid();
    assert_eq!((config.groups, config.network.latent), (4, 12));
    let own = grid().shared(false);
    // 5 entries of 3 numbers, against 4 times as many.
    assert_eq!(own.parameters() - config.parameters(), 3 * 5 * 3);
    let model = trained(config, &digits(), 2);
    let rows: Tensor = digits().to_tensor();
    let chosen = model.indices(&rows);
    assert_eq!(chosen.shape()[..], [1797, 4]);
    let codes = model.encode_data(&rows);
    assert_eq!(codes, model.codes_of(&chosen));
    // A position's entry is that of its three neighbouring numbers, whatever the position.
    let entries = &buffers(&model)["codebook.vectors"];
    assert_eq!(entries.len(), 15);
    for (place, code) in codes.to_vec().chunks_exact(3).enumerate() {
        assert_eq!(code, &entries[3 * chosen.as_slice()[place]..][..3]);
    }
    let section = &model.sections(&rows)[0];
    assert_eq!(section.rows.len(), 1);
    assert_eq!(
        (section.rows[0].0.as_str(), section.rows[0].1[0]),
        ("all groups", Some(5.0))
    );
    assert_eq!(model.findings(&rows), []);
}

/// A position may be cut into equal parts, and several positions may form a group; a group does not end within one.
#[test]
fn groups_do_not_cut_positions() {
    for (groups, fits) in [
        (1, true),
        (2, true),
        (3, false),
        (4, true),
        (6, false),
        (12, true),
    ] {
        let config = grid().groups(groups);
        let refused = config.validate().err().map(|error| error.to_string());
        let message = (!fits).then(|| {
            format!(
                "groups is {groups}: groups of {} numbers cut the positions of a code of 2 × 2 × 3; use 4, one for each position",
                12 / groups
            )
        });
        assert_eq!(refused, message);
    }
}

#[test]
#[should_panic(expected = "Vq::codes_of: indices of shape [3, 2], and codes have 4 groups: give (rows, 4)")]
fn entries_of_another_number_of_groups_are_refused() {
    let model = Vq::new(grid(), 1).unwrap();
    model.codes_of(&Indices::build([3, 2].into(), |out| out.fill(0)));
}

#[test]
fn an_idle_shared_codebook_is_found() {
    let crowded = grid().entries(64);
    let model = Vq::new(crowded, 1).unwrap();
    // 3 images have 12 positions: 6 entries would be half of what they can choose.
    let rows: Tensor = digits().to_tensor::<f32>().narrow(0, 0, 3);
    let used = model.sections(&rows)[0].rows[0].1[0].unwrap() as usize;
    assert!(used < 6, "{used}");
    let text = format!("3 rows use only {used} of the 64 codebook entries.");
    assert_eq!(model.findings(&rows)[0].what, text);
}

/// A step moves an entry by the vectors of all positions that chose it.
#[test]
fn a_shared_entry_is_the_moving_average_of_all_positions() {
    let data = digits().select(&(0..40).collect::<Vec<_>>());
    let mut model = Vq::new(grid(), 1).unwrap();
    let (rows, x): (&dyn Rows, Tensor) = (&data, data.to_tensor());
    let trainer = || Trainer::new(TrainerConfig::default().epochs(1).batch_size(64));
    let state = trainer().start(&mut model, rows).unwrap().state().unwrap();
    let before = buffers(&model);
    let z = evaluated(&x, |x| model.encoder().unwrap().forward(x)).to_vec();
    let chosen = model.indices(&x);
    let mut training = trainer().resume(&state).start(&mut model, rows).unwrap();
    training.next_event().unwrap();
    drop(training);
    let after = buffers(&model);
    for entry in 0..5 {
        let members: Vec<usize> = (0..160)
            .filter(|&place| chosen.as_slice()[place] == entry)
            .collect();
        let count = 0.75 * before["codebook.counts"][entry] + 0.25 * members.len() as f32;
        assert!((after["codebook.counts"][entry] - count).abs() < 1e-3);
        for column in 0..3 {
            let sum: f32 = members.iter().map(|&place| z[3 * place + column]).sum();
            let sum = 0.75 * before["codebook.sums"][3 * entry + column] + 0.25 * sum;
            let got = after["codebook.vectors"][3 * entry + column];
            let expected = sum / count;
            assert!(
                (got - expected).abs() < 1e-5 * (1.0 + expected.abs()),
                "{got} {expected}"
            );
        }
    }
}

/// 7×7 codes of one codebook use it evenly, though many patches of a digit are blank.
#[test]
fn a_grid_of_codes_uses_a_shared_codebook() {
    let Some(folder) = real_data("mnist") else { return };
    let loaded = open(folder.to_str().unwrap(), &OpenOptions::default()).unwrap();
    let some = |data: &Dataset, rows: usize| data.select(&(0..rows).collect::<Vec<_>>());
    let (train, test) = (some(&loaded.train, 3000), some(&loaded.validation.unwrap(), 1000));
    // Windows of 3×3 twice see 7×7 pixels, which are blank half of the time; those of the paper see 10×10.
    let convolution = ConvolutionConfig::new([28, 28, 1], [8, 16])
        .latent_channels(8)
        .kernel(4);
    let config = VqConfig::from(NetworkConfig::image_code(convolution))
        .shared(true)
        // Of few steps: the averages must follow the encoder.
        .decay(0.9);
    assert_eq!((config.groups, config.network.latent), (49, 392));
    let model = trained(config, &train, 6);
    let used = &buffers(&model)["codebook.used"];
    assert_eq!(used.len(), 64);
    assert!(
        used.iter().all(|&vectors| vectors > 0.0),
        "unused in the last epoch: {used:?}"
    );
    let rows: Tensor = test.to_tensor();
    let section = &model.sections(&rows)[0];
    let figures = &section.rows[0].1;
    let (entries, perplexity) = (figures[0].unwrap(), figures[1].unwrap());
    println!("entries {entries}, perplexity {perplexity}");
    assert_eq!(entries, 64.0);
    assert!(perplexity >= 0.4 * 64.0, "{perplexity}");
}
