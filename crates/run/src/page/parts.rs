//! The parts of the loss: in the rows of the history, and as curves.

use latents_report::{EpochRow, LossPart};
use latents_train::{EpochRecord, PartMean};

/// An epoch as the history has it. A loss of one part has none of its own.
pub fn epoch_row(record: &EpochRecord) -> EpochRow {
    EpochRow {
        epoch: record.epoch,
        train_loss: record.train_loss,
        validation_loss: record.validation_loss,
        seconds: record.seconds,
        train_parts: several(&record.train_parts),
        validation_parts: several(&record.validation_parts),
    }
}

fn several(parts: &[PartMean]) -> Vec<(String, f64)> {
    match parts {
        [] | [_] => Vec::new(),
        parts => parts
            .iter()
            .map(|part| (part.name.to_string(), part.mean))
            .collect(),
    }
}

/// A curve for each part, on the training rows and on the validation rows.
pub(super) fn curves(epochs: &[EpochRow]) -> Vec<LossPart> {
    let mut curves = Vec::new();
    for row in epochs {
        for (rows, parts) in [
            ("training", &row.train_parts),
            ("validation", &row.validation_parts),
        ] {
            for (part, value) in parts {
                add(
                    &mut curves,
                    format!("{}, {rows}", title(part)),
                    (row.epoch, *value),
                );
            }
        }
    }
    curves.sort_by(|a, b| a.name.cmp(&b.name));
    curves
}

fn add(curves: &mut Vec<LossPart>, name: String, point: (usize, f64)) {
    match curves.iter_mut().find(|curve| curve.name == name) {
        Some(curve) => curve.points.push(point),
        None => curves.push(LossPart {
            name,
            points: vec![point],
        }),
    }
}

/// What a part is, for people.
fn title(part: &str) -> &str {
    match part {
        "divergence" => "KL divergence",
        "kl_divergence" => "KL penalty",
        "l1" => "L1 penalty",
        other => other,
    }
}
