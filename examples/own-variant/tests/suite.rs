//! The derivatives of the operation, the layer and the variant, and what the registry gives the variant.

use latents_autoencoders::registry::load_with;
use latents_autoencoders::testing::check_variant;
use latents_autoencoders::{ModelConfig, NetworkConfig, load, save};
use latents_autograd::testing::{check_op, shape, strided};
use latents_data::digits;
use latents_doctor::{FindingKind, Patient, diagnose};
use latents_nn::Module;
use latents_nn::testing::{Case, check_module, tensors};
use latents_own_variant::{Gain, ROBUST, RobustConfig, log_cosh, registry};
use latents_tensor::random::Key;
use latents_tensor::{Rows, Tensor};
use latents_train::{Trainer, TrainerConfig};
use proptest::prelude::*;
use std::path::Path;
use std::process::Command;

#[test]
fn the_operation_has_its_derivatives() {
    let operands = shape().prop_flat_map(|shape| strided(shape, &[-3.0..3.0]));
    check_op("log_cosh", operands.prop_map(|x| (vec![x], ())), |x, ()| {
        log_cosh(x[0])
    });
}

#[test]
fn the_layer_has_its_derivatives() {
    let sizes = (1..4usize, 1..4usize, any::<u64>());
    let cases = sizes.prop_flat_map(|(rows, features, seed)| {
        tensors([rows, features], &[-2.0..2.0]).prop_map(move |input| {
            let mut module = Gain::new(features);
            module.visit_mut(&mut |parameter| parameter.set_value(Key::new(seed).normal([features])));
            Case { module, input }
        })
    });
    check_module("gain", cases, &[]);
}

fn config(input: usize, latent: usize) -> ModelConfig {
    ROBUST.default_config(NetworkConfig::new(input, latent).hidden([3]))
}

/// Its derivatives among them.
#[test]
fn the_laws_of_variants_hold() {
    check_variant(&registry(), &ROBUST);
}

#[test]
fn files_and_findings_are_those_of_any_variant() {
    let data = digits();
    let mut model = config(64, 90).build(1).unwrap();
    let options = TrainerConfig::default().epochs(3).batch_size(32);
    let history = Trainer::new(options).fit(&mut *model, &data).unwrap();
    assert!(history.epochs[2].train_loss < 0.7 * history.epochs[0].train_loss);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("robust.safetensors");
    save(&*model, &path).unwrap();
    let again = load_with(&registry(), &path).unwrap();
    let rows: Tensor = data.to_tensor();
    assert_eq!(again.reconstruct_data(&rows), model.reconstruct_data(&rows));
    assert_eq!(
        again.config().unwrap().downcast::<RobustConfig>().unwrap().delta,
        0.1
    );
    let message = load(&path).err().unwrap().to_string();
    assert!(
        message.contains("kind is \"robust\": must be one of"),
        "{message}"
    );

    let train: &dyn Rows = &data;
    let findings = diagnose(&Patient::new(&*model, train));
    let kinds: Vec<FindingKind> = findings.iter().map(|finding| finding.kind).collect();
    assert!(kinds.contains(&FindingKind::WideCode), "{kinds:?}");
    assert!(!kinds.contains(&FindingKind::OfModel), "{kinds:?}");

    let mut first = true;
    model.visit_mut(&mut |parameter| {
        if std::mem::take(&mut first) {
            parameter.set_value(Tensor::zeros(parameter.value().shape()));
        }
    });
    let findings = diagnose(&Patient::new(&*model, train));
    let own = findings
        .iter()
        .find(|finding| finding.kind == FindingKind::OfModel);
    let text = own.expect("a finding of the variant's own").what.clone();
    assert_eq!(text, "The gain of 64 of 64 features is almost 0.");
}

fn command(arguments: &[&str], folder: &Path) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_latents-own-variant"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_command_trains_reads_and_reports_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_, help, _) = command(&["train", "--help"], folder.path());
    assert!(help.contains("--delta") && help.contains("robust"), "{help}");
    let arguments = [
        "train", "robust", "--delta", "0.3", "--epochs", "1", "--out", "run",
    ];
    let (trained, _, errors) = command(&arguments, folder.path());
    assert!(trained, "{errors}");
    let settings = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(
        settings.contains("kind = \"robust\"") && settings.contains("delta = 0.3"),
        "{settings}"
    );
    let page = std::fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    assert!(page.contains("Log-cosh loss per row") && page.contains("<h2>Gains</h2>"));
    let (evaluated, json, errors) = command(&["eval", "run", "--json"], folder.path());
    assert!(evaluated && json.contains("explained_variance"), "{errors}");
    let (refused, _, errors) = command(&["train", "sparse", "--delta", "1"], folder.path());
    assert!(
        !refused && errors.contains("--delta does not apply to sparse models"),
        "{errors}"
    );
}
