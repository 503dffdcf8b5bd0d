//! The flags that only some kinds of model have.

use super::overlay::set;
use crate::args::{LayerTrainings, TrainArgs};
use crate::failure::{Failure, Outcome};
use latents_autoencoders::{LayerTraining, Penalty};
use latents_nn::Activation;
use toml::{Table, Value};

/// A flag, the kinds that have it, and where its value goes in the table of the model.
struct Flag {
    name: &'static str,
    kinds: &'static [&'static str],
    path: &'static [&'static str],
    value: Option<Value>,
}

fn flags(train: &TrainArgs) -> Vec<Flag> {
    let args = &train.variant;
    let text = |text: &Option<String>| text.clone().map(Value::String);
    vec![
        Flag {
            name: "--noise",
            kinds: &["denoising"],
            path: &["noise"],
            value: args.noise.map(|noise| Value::String(noise.into())),
        },
        Flag {
            name: "--emphasis",
            kinds: &["denoising"],
            path: &["emphasis"],
            value: args
                .emphasis
                .and_then(|emphasis| Table::try_from(emphasis).map(Value::Table).ok()),
        },
        Flag {
            name: "--loss",
            kinds: &["undercomplete", "stacked", "denoising", "sparse"],
            path: &["loss"],
            value: text(&args.loss),
        },
        Flag {
            name: "--pretraining",
            kinds: &["stacked"],
            path: &["pretraining"],
            value: args
                .pretraining
                .as_ref()
                .map(|LayerTrainings(layers)| layer_table(layers)),
        },
        Flag {
            name: "--penalty",
            kinds: &["sparse"],
            path: &["penalty"],
            value: args.penalty.map(|penalty| Value::String(penalty.into())),
        },
        Flag {
            name: "--penalty",
            kinds: &["sparse"],
            path: &["network", "latent_activation"],
            // An activation that was asked for stands, and is refused where it does not fit.
            value: args
                .penalty
                .filter(|_| train.latent_activation.is_none())
                .and_then(needed_activation),
        },
        Flag {
            name: "--k-from",
            kinds: &["sparse"],
            path: &["k_from"],
            value: args.k_from.map(|k| Value::Integer(k as i64)),
        },
        Flag {
            name: "--tied",
            kinds: &["sparse"],
            path: &["tied"],
            value: args.tied.then_some(Value::Boolean(true)),
        },
        Flag {
            name: "--likelihood",
            kinds: &["variational"],
            path: &["likelihood"],
            value: args.likelihood.map(|likelihood| Value::String(likelihood.into())),
        },
        Flag {
            name: "--beta",
            kinds: &["variational"],
            path: &["beta"],
            value: args.beta.map(Value::Float),
        },
        Flag {
            name: "--beta-schedule",
            kinds: &["variational"],
            path: &["schedule"],
            value: args.beta_schedule.map(|schedule| Value::String(schedule.into())),
        },
        Flag {
            name: "--binarize",
            kinds: &["variational"],
            path: &["binarize"],
            value: args.binarize.then_some(Value::Boolean(true)),
        },
        Flag {
            name: "--free-bits",
            kinds: &["variational"],
            path: &["free_bits"],
            value: args.free_bits.map(Value::Float),
        },
    ]
}

/// The activation of the code that a penalty cannot do without.
fn needed_activation(penalty: Penalty) -> Option<Value> {
    match penalty {
        Penalty::Kl { .. } => Some(Value::String(Activation::Sigmoid.into())),
        _ => None,
    }
}

/// The table of how layers are trained.
fn layer_table(layers: &[LayerTraining]) -> Value {
    let table = |layer| Table::try_from(layer).map(Value::Table).ok();
    Value::Array(layers.iter().filter_map(table).collect())
}

/// Puts the flags into the table of a model of this kind.
pub(super) fn take(args: &TrainArgs, kind: &str, model: &mut Table) -> Outcome {
    if args
        .variant
        .penalty
        .is_some_and(|penalty| !matches!(penalty, Penalty::TopK { .. }))
    {
        // A file's says nothing to another penalty; a typed one is refused.
        model.remove("k_from");
    }
    for flag in flags(args) {
        let Some(value) = flag.value else {
            continue;
        };
        check_kind(flag.name, flag.kinds, kind)?;
        set(model, flag.path, value);
    }
    Ok(())
}

/// Refuses a flag that models of this kind do not have.
pub(super) fn check_kind(flag: &str, kinds: &[&str], kind: &str) -> Outcome {
    match kinds.contains(&kind) {
        true => Ok(()),
        false => Err(
            Failure::usage(format!("{flag} says nothing to a model of kind {kind}"))
                .hint(format!("leave it out, or train one of {}", kinds.join(", "))),
        ),
    }
}
