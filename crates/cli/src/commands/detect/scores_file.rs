//! The CSV file of scores.

use crate::failure::{Failure, Outcome};
use crate::run_folder::Run;
use latents_anomaly::Finding;
use latents_data::{Dataset, csv_cell};
use std::path::Path;

pub(super) fn check_name(out: &Path) -> Outcome {
    let extension = out
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("csv") => Ok(()),
        _ => Err(Failure::usage(format!(
            "{}: scores are written as a table with names",
            out.display()
        ))
        .hint("let the name of --out end in .csv")),
    }
}

/// The names of the columns; where pictures have none, the line and the column of a pixel, from 1.
pub(super) fn feature_names(data: &Dataset, run: &Run) -> Vec<String> {
    if let Some(names) = data.column_names() {
        return names.to_vec();
    }
    let columns = data.columns();
    match run.config.data.image_shape() {
        None => super::super::write_rows::numbered('x', columns),
        Some(image) => (0..columns)
            .map(|index| {
                let (pixel, channel) = (index / image.channels, index % image.channels);
                let place = format!(
                    "line {} column {}",
                    pixel / image.width + 1,
                    pixel % image.width + 1
                );
                match image.channels {
                    1 => place,
                    _ => format!("{place} channel {}", channel + 1),
                }
            })
            .collect(),
    }
}

/// `row,score,p_value,anomaly,feature_1,share_1,…`, a line for each row; rows are counted from 1. Where rows are files,
/// `file` stands after `row`.
pub(super) fn write(out: &Path, data: &Dataset, findings: &[Finding], names: &[String]) -> Outcome {
    let features = findings.first().map_or(0, |finding| finding.features.len());
    let written = latents_durable::write_with(out, |file| {
        let heads: String = (1..=features)
            .map(|place| format!(",feature_{place},share_{place}"))
            .collect();
        let name = data.file_names().map_or("", |_| ",file");
        writeln!(file, "row{name},score,p_value,anomaly{heads}")?;
        for (row, finding) in findings.iter().enumerate() {
            let shares: String = finding
                .features
                .iter()
                .map(|(feature, share)| format!(",{},{share}", csv_cell(&names[*feature])))
                .collect();
            let name = data.file_name(row).map(|name| format!(",{}", csv_cell(name)));
            writeln!(
                file,
                "{}{},{},{},{}{shares}",
                data.source_row(row) + 1,
                name.unwrap_or_default(),
                finding.score,
                finding.p_value,
                u8::from(finding.anomaly)
            )?;
        }
        Ok(())
    });
    Ok(written?)
}
