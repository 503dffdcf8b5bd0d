//! The doctor: each illness is found in a model made to have it, and not in a healthy one.

use latents_autoencoders::{
    Autoencoder, ConvolutionConfig, Corruption, DenoisingConfig, LayerTraining, Likelihood, ModelConfig,
    NetworkConfig, SparseConfig, StackedConfig, UndercompleteConfig, VariationalConfig,
};
use latents_data::digits;
use latents_doctor::{Errors, Finding, FindingKind, Patient, Severity, diagnose, diagnose_before};
use latents_nn::Activation;
use latents_tensor::random::Key;
use latents_tensor::{Rows, Tensor};
use latents_train::{History, Trainer, TrainerConfig};
use std::time::Instant;

fn network() -> NetworkConfig {
    NetworkConfig::new(64, 4).hidden([48])
}

fn built(config: impl Into<ModelConfig>) -> Box<dyn Autoencoder> {
    config.into().build(1).unwrap()
}

fn fit(
    model: &mut dyn Autoencoder,
    train: &dyn Rows,
    validation: Option<&dyn Rows>,
    epochs: usize,
) -> History {
    let config = TrainerConfig::default().epochs(epochs).batch_size(32);
    let mut trainer = Trainer::new(config);
    if let Some(rows) = validation {
        trainer = trainer.validation(rows);
    }
    trainer.fit(model, train).unwrap()
}

fn find(findings: &[Finding], kind: FindingKind) -> Option<&Finding> {
    findings.iter().find(|finding| finding.kind == kind)
}

/// Multiplies and shifts the parameter of this name.
fn change(model: &mut dyn Autoencoder, name: &str, f: impl Fn(usize, f32) -> f32) {
    let mut found = false;
    model.visit_mut(&mut |parameter| {
        if &**parameter.name() == name {
            found = true;
            let values = parameter.value_mut().make_mut().iter_mut().enumerate();
            values.for_each(|(index, x)| *x = f(index, *x));
        }
    });
    assert!(found, "{name}");
}

#[test]
fn a_healthy_run_has_nothing_that_matters() {
    let (train, validation) = digits()
        .split_ordered(0.2, &Key::new(3).permutation(1797))
        .unwrap();
    let mut model = built(UndercompleteConfig::from(network()));
    let history = fit(&mut *model, &train, Some(&validation), 30);
    let patient = Patient {
        validation: Some(&validation),
        history: Some(&history),
        ..Patient::new(&*model, &train)
    };
    let findings = diagnose(&patient);
    // Some pixels of the digits are always black.
    let constant = find(&findings, FindingKind::ConstantFeatures).unwrap();
    assert_eq!(
        (findings.len(), constant.severity),
        (1, Severity::Note),
        "{findings:#?}"
    );
    assert_eq!(findings, diagnose(&patient), "the same at every call");
}

#[test]
fn a_posterior_that_says_nothing_is_collapsed() {
    let train = digits();
    let model_with = |beta: f64| {
        let config = VariationalConfig::from(network()).beta(beta);
        let mut model = built(config);
        fit(&mut *model, &train, None, 8);
        diagnose(&Patient::new(&*model, &train))
    };
    let ill = model_with(60.0);
    let finding = find(&ill, FindingKind::PosteriorCollapse).unwrap();
    assert_eq!(finding.severity, Severity::Serious);
    assert!(
        finding.what.starts_with("0 of 4 latent dimensions are active"),
        "{}",
        finding.what
    );
    assert!(
        finding.remedy.starts_with("Lower `beta` (it was 60), "),
        "{}",
        finding.remedy
    );
    assert_eq!(find(&model_with(1.0), FindingKind::PosteriorCollapse), None);
}

#[test]
fn units_that_never_fire_are_dead() {
    let train = digits();
    let mut model = built(UndercompleteConfig::from(network()));
    let healthy = diagnose(&Patient::new(&*model, &train));
    assert_eq!(find(&healthy, FindingKind::DeadUnits), None, "{healthy:#?}");
    // ReLU far below 0 for all rows.
    change(
        &mut *model,
        "encoder.0.bias",
        |unit, _| if unit < 12 { -1e3 } else { 1.0 },
    );
    let findings = diagnose(&Patient::new(&*model, &train));
    let finding = find(&findings, FindingKind::DeadUnits).unwrap();
    assert!(
        finding
            .what
            .starts_with("12 of 48 units in hidden layer 1 (units 1, 2, 3, 4, 5 and 7 more)"),
        "{}",
        finding.what
    );
    assert!(finding.remedy.contains("`learning_rate`"));
    // One number of a code is enough.
    let mut shallow = built(UndercompleteConfig::new(64, 8));
    change(&mut *shallow, "encoder.0.bias", |unit, _| {
        if unit == 2 { -1e3 } else { 1.0 }
    });
    let findings = diagnose(&Patient::new(&*shallow, &train));
    let finding = find(&findings, FindingKind::DeadUnits).unwrap();
    assert!(
        finding.what.starts_with("1 of 8 units in the code (unit 3)"),
        "{}",
        finding.what
    );
    assert!(finding.remedy.contains("`latent_activation` to identity"));
}

/// Where a part of the image is blank in all rows, positions of the code never change; its channels do.
#[test]
fn the_units_of_a_code_that_is_an_image_are_its_channels() {
    let rows: Tensor = digits().to_tensor();
    let values = rows.to_vec();
    let half = Tensor::from_fn(rows.shape(), |i| if i % 8 < 4 { 0.0 } else { values[i] });
    let convolution = ConvolutionConfig::new([8, 8, 1], [4])
        .latent_channels(3)
        .kernel(2)
        .padding(0);
    let config = NetworkConfig::image_code(convolution)
        .hidden_activation(Activation::Tanh)
        .latent_activation(Activation::Relu);
    let mut model = built(UndercompleteConfig::from(config));
    change(&mut *model, "encoder.3.bias", |_, _| 1.0);
    let findings = diagnose(&Patient::new(&*model, &half));
    assert_eq!(find(&findings, FindingKind::DeadUnits), None, "{findings:#?}");
    change(
        &mut *model,
        "encoder.3.bias",
        |unit, _| if unit == 2 { -1e3 } else { 1.0 },
    );
    let findings = diagnose(&Patient::new(&*model, &half));
    let finding = find(&findings, FindingKind::DeadUnits).unwrap();
    assert!(
        finding.what.starts_with("1 of 3 units in the code (unit 3)"),
        "{}",
        finding.what
    );
}

#[test]
fn the_remedy_of_dead_units_is_one_that_was_not_tried() {
    let rows = digits();
    let remedy = |penalty: &str, revived: bool| {
        let config = SparseConfig::from(NetworkConfig::new(64, 20))
            .penalty(penalty.parse().unwrap())
            .revive_every(revived.then_some(1));
        let mut model = built(config);
        change(
            &mut *model,
            "code.bias",
            |unit, _| {
                if unit < 3 { -1e3 } else { 1.0 }
            },
        );
        let findings = diagnose(&Patient::new(&*model, &rows));
        find(&findings, FindingKind::DeadUnits).unwrap().remedy.clone()
    };
    assert!(remedy("topk:10", false).contains("`revive_every` 1"));
    let again = remedy("topk:10", true);
    assert!(
        !again.contains("`revive_every`") && again.contains("`k_from`"),
        "{again}"
    );
    let again = remedy("l1:0.1", true);
    assert!(
        !again.contains("`k_from`") && again.contains("weaken `penalty`"),
        "{again}"
    );
}

#[test]
fn units_at_an_end_of_their_range_are_saturated() {
    let train = digits();
    for activation in [Activation::Sigmoid, Activation::Tanh] {
        let config = network().hidden_activation(activation);
        let mut model = built(UndercompleteConfig::from(config));
        let healthy = diagnose(&Patient::new(&*model, &train));
        assert_eq!(find(&healthy, FindingKind::SaturatedUnits), None);
        // At either end, and from one to the other.
        change(&mut *model, "encoder.0.weight", |_, weight| 1e4 * weight);
        let findings = diagnose(&Patient::new(&*model, &train));
        let finding = find(&findings, FindingKind::SaturatedUnits).unwrap();
        assert_eq!(finding.severity, Severity::Serious);
        assert!(
            finding.what.starts_with("48 of 48 units in hidden layer 1"),
            "{}",
            finding.what
        );
        assert_eq!(find(&findings, FindingKind::DeadUnits), None);
    }
}

#[test]
fn a_wide_code_without_noise_may_copy() {
    let rows = Key::new(1).uniform::<f32>([50, 8]);
    let kind = |config: ModelConfig| {
        let findings = diagnose_before(&config, &rows);
        find(&findings, FindingKind::IdentityCopying).is_some()
    };
    let wide = NetworkConfig::new(8, 8).hidden([16]);
    assert!(kind(UndercompleteConfig::from(wide.clone()).into()));
    assert!(!kind(UndercompleteConfig::new(8, 7).into()));
    assert!(!kind(
        UndercompleteConfig::from(NetworkConfig::new(8, 8).hidden([4])).into()
    ));
    let none = Corruption::Gaussian { sigma: 0.0 };
    assert!(!kind(DenoisingConfig::from(wide.clone()).into()));
    assert!(kind(DenoisingConfig::from(wide.clone()).noise(none).into()));
    assert!(!kind(VariationalConfig::from(wide.clone()).into()));
    let free = VariationalConfig::from(wide).beta(0.0);
    assert!(kind(free.into()));
    let sparse = |penalty: &str| SparseConfig::new(8, 20).penalty(penalty.parse().unwrap());
    for (penalty, copies) in [
        ("l1:0", true),
        ("kl:0.1:0", true),
        ("topk:8", true),
        ("topk:7", false),
        ("l1:0.1", false),
    ] {
        assert_eq!(kind(sparse(penalty).into()), copies, "{penalty}");
    }
}

#[test]
fn a_code_wider_than_the_layer_before_it_is_named() {
    let rows = Key::new(1).uniform::<f32>([50, 64]);
    let found = |config: ModelConfig| {
        let findings = diagnose_before(&config, &rows);
        find(&findings, FindingKind::WideCode).cloned()
    };
    let layers = |hidden: &[usize], latent| NetworkConfig::new(64, latent).hidden(hidden);
    let kinds: [fn(NetworkConfig) -> ModelConfig; 4] = [
        |network| UndercompleteConfig::from(network).into(),
        |network| StackedConfig::from(network).into(),
        |network| DenoisingConfig::from(network).into(),
        |network| VariationalConfig::from(network).into(),
    ];
    for of in kinds {
        let finding = found(of(layers(&[10], 30))).unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(
            finding.what.starts_with(
                "The code has 30 dimensions but is computed from hidden layer 1, which has only 10 units"
            ),
            "{finding}"
        );
        assert!(found(of(layers(&[40, 10, 20], 15))).is_some());
        for healthy in [layers(&[10], 10), layers(&[48], 4), layers(&[], 30)] {
            assert_eq!(found(of(healthy)), None);
        }
    }
    // Wide on purpose.
    assert_eq!(found(DenoisingConfig::from(layers(&[80], 100)).into()), None);
    assert_eq!(found(SparseConfig::from(layers(&[10], 30)).into()), None);
}

#[test]
fn learning_few_rows_by_heart_is_over_fitting() {
    let rows = digits();
    let few = rows.select(&(0..12).collect::<Vec<_>>());
    let others = rows.select(&(1000..1400).collect::<Vec<_>>());
    let mut model = built(UndercompleteConfig::from(
        NetworkConfig::new(64, 32).hidden([256]),
    ));
    let history = fit(&mut *model, &few, Some(&others), 1500);
    let patient = Patient {
        validation: Some(&others),
        history: Some(&history),
        ..Patient::new(&*model, &few)
    };
    let findings = diagnose(&patient);
    let Some(finding) = find(&findings, FindingKind::OverFitting) else {
        panic!(
            "{findings:#?} {:?}",
            history.epochs.iter().step_by(100).collect::<Vec<_>>()
        );
    };
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.remedy.contains("`patience`"));
}

#[test]
fn data_that_the_output_cannot_reach_are_named_before_the_first_step() {
    let scaled = |low: f32, high: f32| {
        let mut rows = Key::new(2).uniform::<f32>([60, 8]);
        rows.make_mut()
            .iter_mut()
            .for_each(|x| *x = low + (high - low) * *x);
        rows
    };
    let found = |config: ModelConfig, rows: &Tensor| {
        let findings = diagnose_before(&config, rows);
        find(&findings, FindingKind::DataRange).map(|finding| (finding.severity, finding.what.clone()))
    };
    let sigmoid = || UndercompleteConfig::new(8, 3).into();
    let (severity, what) = found(sigmoid(), &scaled(0.0, 255.0)).unwrap();
    assert_eq!(severity, Severity::Serious);
    assert!(
        what.ends_with("a sigmoid output can only produce [0, 1]."),
        "{what}"
    );
    assert_eq!(found(sigmoid(), &scaled(0.0, 1.0)), None);
    let (_, what) = found(VariationalConfig::new(8, 3).into(), &scaled(-2.0, 2.0)).unwrap();
    assert!(
        what.contains("a Bernoulli likelihood can only produce [0, 1]"),
        "{what}"
    );
    let ends_in =
        |activation| UndercompleteConfig::from(NetworkConfig::new(8, 3).output_activation(activation));
    assert!(found(ends_in(Activation::Relu).into(), &scaled(-1.0, 1.0)).is_some());
    assert_eq!(found(ends_in(Activation::Tanh).into(), &scaled(-1.0, 1.0)), None);
    assert_eq!(
        found(ends_in(Activation::Identity).into(), &scaled(-3.0, 3.0)),
        None
    );
    let (severity, what) = found(ends_in(Activation::Identity).into(), &scaled(0.0, 9000.0)).unwrap();
    assert!(
        severity == Severity::Warning && what.contains("initial weights"),
        "{what}"
    );
}

#[test]
fn a_noise_larger_than_the_data_is_named() {
    let rows = Key::new(2).uniform::<f32>([60, 8]);
    let noise = |likelihood| {
        let config = VariationalConfig::from(NetworkConfig::new(8, 2).linear_output()).likelihood(likelihood);
        find(&diagnose_before(&config.into(), &rows), FindingKind::DataRange).is_some()
    };
    // The rows' variance is 1/12.
    assert!(noise(Likelihood::Gaussian { variance: 1.0 }) && noise(Likelihood::Laplace { scale: 0.5 }));
    assert!(!noise(Likelihood::Gaussian { variance: 0.05 }) && !noise(Likelihood::LearnedGaussian));
}

#[test]
fn specks_of_0_and_1_need_data_between_them() {
    let unit = Key::new(3).uniform::<f32>([200, 8]);
    let standardised = &(&unit - 0.5) * 3.4;
    let found = |config: &ModelConfig, rows: &Tensor| {
        find(&diagnose_before(config, rows), FindingKind::NoiseRange).cloned()
    };
    let denoising = |noise: &str| {
        let network = NetworkConfig::new(8, 3).linear_output();
        ModelConfig::from(DenoisingConfig::from(network).noise(noise.parse().unwrap()))
    };
    let specks = denoising("salt_and_pepper:0.1");
    let finding = found(&specks, &standardised).unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.remedy.contains("`scale` min-max"), "{finding}");
    assert_eq!(found(&specks, &unit), None);
    assert_eq!(found(&denoising("salt_and_pepper:0"), &standardised), None);
    assert_eq!(found(&denoising("masking:0.1"), &standardised), None);
    let layer = LayerTraining::default().noise("salt_and_pepper:0.1".parse().ok());
    let stacked = ModelConfig::from(StackedConfig::new(8, &[6, 3]).pretraining([layer]));
    assert!(found(&stacked, &standardised).is_some() && found(&stacked, &unit).is_none());
}

#[test]
fn features_that_say_nothing_new_are_named() {
    let config = UndercompleteConfig::new(8, 3).into();
    let uniform = Key::new(2).uniform::<f32>([300, 8]);
    assert_eq!(diagnose_before(&config, &uniform), []);
    let values = uniform.to_vec();
    let rows = Tensor::from_fn([300, 8], |i| match i % 8 {
        1 => 0.25,
        // A copy of the first, turned round and in another unit.
        6 => 0.9 - 0.5 * values[i - 6],
        7 => values[i - 5],
        _ => values[i],
    });
    let findings = diagnose_before(&config, &rows);
    let what = |kind| &*find(&findings, kind).unwrap().what;
    assert_eq!(
        what(FindingKind::ConstantFeatures),
        "1 of 8 features has the same value in all training rows: column 2."
    );
    assert!(what(FindingKind::DuplicateFeatures).starts_with("2 of 8 features are copies"));
    assert!(what(FindingKind::DuplicateFeatures).contains("columns 1 and 7"));
    // Two pixels that one picture touches are no copies.
    let rare = Tensor::from_fn([300, 8], |i| match i % 8 {
        0 | 1 => f32::from(u8::from(i / 8 == 40)),
        _ => values[i],
    });
    assert_eq!(diagnose_before(&config, &rare), []);
    let nothing = diagnose_before(&config, &Tensor::full([9, 8], 0.5));
    assert_eq!(nothing[0].severity, Severity::Serious);
}

#[test]
fn a_result_worse_than_pca_is_named() {
    let rows = digits();
    let mut model = built(UndercompleteConfig::from(network()));
    let worse = |model: &dyn Autoencoder, errors| {
        let patient = Patient {
            errors,
            ..Patient::new(model, &rows)
        };
        find(&diagnose(&patient), FindingKind::WorseThanPca).cloned()
    };
    assert_eq!(worse(&*model, None).unwrap().severity, Severity::Serious);
    fit(&mut *model, &rows, None, 30);
    assert_eq!(worse(&*model, None), None);
    let errors = |model, pca| Some(Errors { model, pca });
    let finding = worse(&*model, errors(0.03, 0.02)).unwrap();
    assert_eq!(
        finding.what,
        "The mean squared error is 0.03; PCA with 4 components reaches 0.02."
    );
    assert_eq!(worse(&*model, errors(0.02, 0.02)), None);
}

#[test]
fn a_sparse_model_is_held_against_pca_with_as_many_numbers_as_it_uses() {
    let rows = digits();
    let worse = |model: &dyn Autoencoder| {
        // What the command knows is PCA with all numbers of a code.
        let errors = Some(Errors {
            model: 0.03,
            pca: 0.001,
        });
        let patient = Patient {
            errors,
            ..Patient::new(model, &rows)
        };
        find(&diagnose(&patient), FindingKind::WorseThanPca).cloned()
    };
    let sparse = |latent, penalty: &str, epochs| {
        let config = SparseConfig::from(NetworkConfig::new(64, latent)).penalty(penalty.parse().unwrap());
        let mut model = built(config);
        fit(&mut *model, &rows, None, epochs);
        model
    };
    assert_eq!(
        worse(&*sparse(40, "topk:4", 40)),
        None,
        "4 of 40 numbers do better than 4 components"
    );
    let dense = worse(&*sparse(20, "l1:0.001", 2)).unwrap();
    assert!(
        dense
            .what
            .contains("(a row has this many active dimensions in its code of 20) reaches"),
        "{dense:?}"
    );
    assert!(dense.remedy.contains("a lower weight in `penalty`"), "{dense:?}");
    let silent = worse(&*sparse(200, "l1:10", 2)).unwrap();
    assert!(silent.what.contains("PCA with 1 component ("), "{silent:?}");
    assert_eq!(worse(&*sparse(20, "kl:0.05:3", 2)), None);
}

#[test]
fn findings_come_back_from_json() {
    let config = UndercompleteConfig::new(8, 8).into();
    let findings = diagnose_before(&config, &Tensor::full([9, 8], 2.0));
    assert!(findings.len() > 2);
    assert!(
        findings
            .windows(2)
            .all(|pair| pair[0].severity >= pair[1].severity)
    );
    let text = serde_json::to_string(&findings).unwrap();
    assert!(
        text.contains(r#""kind":"identity_copying","severity":"warning""#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Vec<Finding>>(&text).unwrap(), findings);
}

/// The size of MNIST. How long it takes is printed, and held only to a bound that no loaded machine misses.
#[test]
fn large_tables_are_sampled() {
    let rows = Key::new(3).uniform::<f32>([60_000, 784]);
    let model = built(UndercompleteConfig::from(
        NetworkConfig::new(784, 32).hidden([128]),
    ));
    let start = Instant::now();
    let findings = diagnose(&Patient::new(&*model, &rows));
    println!(
        "60,000 rows of 784 columns in {:.2} s",
        start.elapsed().as_secs_f64()
    );
    assert!(start.elapsed().as_secs() < 60, "{findings:#?}");
}
