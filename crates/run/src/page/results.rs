//! How a run ended, and the tables of its layers.

use crate::config::RunConfig;
use crate::split::Split;
use latents_autoencoders::{Autoencoder, Evaluation};
use latents_report::{EpochRow, LayerEntry, Results};

/// How a run ended. `train_loss` is that of the weights kept.
pub(crate) fn results(
    config: &RunConfig,
    model: &dyn Autoencoder,
    split: &Split,
    evaluation: &Evaluation,
    epochs: &[EpochRow],
    train_loss: Option<f64>,
) -> Results {
    let complete = config.complete(epochs);
    let seconds_per_epoch = median(complete.iter().map(|epoch| epoch.seconds).collect());
    let rate = |seconds: f64| split.train.rows() as f64 / seconds;
    Results {
        train_loss,
        validation_loss: split.validation.as_ref().map(|_| evaluation.loss),
        mse: Some(evaluation.mse),
        explained_variance: Some(evaluation.explained_variance),
        samples_per_second: seconds_per_epoch.filter(|&seconds| seconds > 0.0).map(rate),
        seconds_per_epoch,
        seconds: Some(config.seconds(epochs)),
        pretraining_seconds: config.run.pretraining_seconds,
        parameters_sha256: Some(latents_nn::parameters_sha256(model)),
    }
}

/// The epoch whose weights the trainer kept, found again from the history: the best if it was patient, else the last.
pub(crate) fn kept_epoch(epochs: &[EpochRow], patient: bool) -> Option<&EpochRow> {
    let loss = |epoch: &EpochRow| epoch.validation_loss.unwrap_or(epoch.train_loss);
    match patient {
        true => epochs.iter().min_by(|a, b| loss(a).total_cmp(&loss(b))),
        false => epochs.last(),
    }
}

/// The model, layer by layer, as it is shown.
pub fn layer_rows(model: &dyn Autoencoder) -> Vec<LayerEntry> {
    let shape = |sizes: &[usize]| {
        let rest: Vec<String> = sizes.iter().skip(1).map(|size| size.to_string()).collect();
        format!("(batch, {})", rest.join(", "))
    };
    let rows = Autoencoder::layers(model);
    rows.iter()
        .map(|row| LayerEntry {
            name: format!("{} {}", row.name, row.kind),
            output_shape: shape(&row.output_shape),
            parameters: row.parameters,
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        _ if values.is_empty() => None,
        1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_epoch_is_kept_with_patience() {
        let row = |epoch, train_loss, validation_loss| EpochRow {
            epoch,
            train_loss,
            validation_loss,
            ..EpochRow::default()
        };
        let kept = |epochs: &[EpochRow], patient| kept_epoch(epochs, patient).map(|row| row.epoch);
        let alone = [row(1, 0.5, None), row(2, 0.2, None), row(3, 0.3, None)];
        assert_eq!((kept(&alone, true), kept(&alone, false)), (Some(2), Some(3)));
        let validated = [
            row(1, 0.5, Some(0.4)),
            row(2, 0.2, Some(0.4)),
            row(3, 0.1, Some(0.6)),
        ];
        assert_eq!((kept(&validated, true), kept(&[], true)), (Some(1), None));
    }
}
