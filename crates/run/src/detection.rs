//! `Detection`: which rows are unlike those that were learnt, how sure that is, and which features show it.

use crate::choice::{DataChoice, Part};
use crate::error::{Outcome, RunError};
use crate::ranking::Truth;
use crate::rows_file::numbered;
use crate::rule::{AlarmRule, ScoreKind};
use crate::run::Run;
use crate::scorer::Scorer;
use crate::source::absolute;
use crate::text::Text;
use crate::text::setting::{DATA, VALIDATION};
use latents_anomaly::RowScore;
use latents_classical::Calibration;
use latents_data::{Dataset, csv_cell};
use latents_text::number::{counted, exact, plain};
use std::path::Path;

/// What is looked for, and in which rows.
///
/// ```no_run
/// use latents_run::{DataChoice, DetectOptions, Detection, Run};
/// let run = Run::open("runs/undercomplete-sensors-1")?;
/// let options = DetectOptions::default().data(DataChoice::of("new.csv"));
/// let found = Detection::of(&run, &options)?;
/// found.write("scores.csv")?;
/// # Ok::<(), latents_run::RunError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DetectOptions {
    /// The rows to look at; a source is needed.
    pub data: DataChoice,
    /// What scores are: by default the error where rows are images, else the shape.
    pub score: Option<ScoreKind>,
    /// Where alarms begin.
    pub rule: AlarmRule,
    /// Labels that mark anomalies, to measure the ranking by.
    pub anomalies: Vec<String>,
    /// Features to name for each row.
    pub features: usize,
    /// Where the run's own data are, if they have moved.
    pub run_data: Option<String>,
}

latents_error::setters! {
    DetectOptions { data: DataChoice, rule: AlarmRule, features: usize }
    into { score: Option<ScoreKind>, anomalies: Vec<String>, run_data: Option<String> }
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self {
            data: DataChoice::default(),
            score: None,
            rule: AlarmRule::Level(0.01),
            anomalies: Vec::new(),
            features: 3,
            run_data: None,
        }
    }
}

/// What was found.
#[derive(Debug)]
pub struct Detection {
    /// The rows that were looked at.
    pub data: Dataset,
    /// A score, a p-value and features for each row.
    pub findings: Vec<RowScore>,
    /// The names of the features.
    pub names: Vec<String>,
    /// What scores are.
    pub score: ScoreKind,
    /// What the threshold follows from.
    pub rule: AlarmRule,
    /// Scores above it are alarms.
    pub threshold: f64,
    /// Held-out rows that p-values and thresholds come from.
    pub calibration_rows: usize,
    /// Nothing where rows have no labels that say which are anomalies.
    pub truth: Option<Truth>,
    /// Remarks on the data and the level.
    pub notes: Vec<Text>,
}

impl Detection {
    /// Scores rows. The run's own data are read for it; the scores are the same at every call.
    ///
    /// # Errors
    /// If no rows are named, data cannot be read, or the run held out no rows.
    pub fn of(run: &Run, options: &DetectOptions) -> Outcome<Self> {
        let Some(source) = &options.data.source else {
            return Err(RunError::misuse("there are no rows to look at").hint(format!(
                "give them with {DATA}; the rows that the run held out are what their scores are compared with"
            )));
        };
        let split = run.own_split(options.run_data.as_deref())?;
        let (kind, rule) = (options.score.unwrap_or(fitting(run)), options.rule);
        let scorer = Scorer::fit(kind, run, &split, rule)?;
        let mut notes: Vec<Text> = unreachable_level(rule, scorer.calibration())
            .into_iter()
            .collect();
        let chosen = options.data.read_any_range(run)?;
        notes.extend(chosen.notes);
        let data = chosen.data;
        if absolute(source) == run.config.data.source {
            // What data keep for validation themselves is taken unless the other part was asked for.
            let held_out = split.fraction.is_none() && split.validation.is_some();
            let what = match held_out && options.data.part != Some(Part::Train) {
                true => "the threshold was set on these rows: the expected fraction of them is above it",
                false => {
                    "the model has learnt from these rows: their scores are lower than those of new rows"
                }
            };
            notes.push(Text::from(format!("{source}: {what}")));
        }
        let names = feature_names(&data, run);
        let findings = scorer.findings(&*run.model, &data, options.features.min(names.len()))?;
        let truth = Truth::of(
            &data,
            &findings,
            &split.train,
            run,
            &options.anomalies,
            &mut notes,
        )?;
        Ok(Self {
            threshold: scorer.threshold(),
            calibration_rows: scorer.calibration().scores().len(),
            score: kind,
            data,
            findings,
            names,
            rule,
            truth,
            notes,
        })
    }

    /// How many rows are above the threshold.
    pub fn alarms(&self) -> usize {
        self.findings.iter().filter(|finding| finding.anomaly).count()
    }

    /// The places of the rows with an alarm, those of the highest scores first.
    pub fn strongest(&self) -> Vec<usize> {
        let findings = &self.findings;
        let mut alarms: Vec<usize> = (0..findings.len()).filter(|&row| findings[row].anomaly).collect();
        alarms.sort_by(|&a, &b| findings[b].score.total_cmp(&findings[a].score));
        alarms
    }

    /// Writes a CSV file with a line for each row: `row,score,p_value,anomaly,feature_1,share_1,…`; rows are counted from
    /// 1. Where rows are files, `file` stands after `row`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, out: impl AsRef<Path>) -> Outcome {
        let features = self.findings.first().map_or(0, |finding| finding.features.len());
        let written = latents_durable::write_with(out.as_ref(), |file| {
            let heads: String = (1..=features)
                .map(|place| format!(",feature_{place},share_{place}"))
                .collect();
            let name = self.data.file_names().map_or("", |_| ",file");
            writeln!(file, "row{name},score,p_value,anomaly{heads}")?;
            for (row, finding) in self.findings.iter().enumerate() {
                writeln!(file, "{}", self.line(row, finding))?;
            }
            Ok(())
        });
        Ok(written?)
    }

    fn line(&self, row: usize, finding: &RowScore) -> String {
        let share = |(feature, share): &(usize, f64)| format!(",{},{share}", csv_cell(&self.names[*feature]));
        let shares: String = finding.features.iter().map(share).collect();
        let name = self
            .data
            .file_name(row)
            .map(|name| format!(",{}", csv_cell(name)));
        format!(
            "{}{},{},{},{}{shares}",
            self.data.source_row(row) + 1,
            name.unwrap_or_default(),
            finding.score,
            finding.p_value,
            u8::from(finding.anomaly)
        )
    }
}

/// The error where rows are images. Most of their pixels are alike, and a shape that has been measured where nothing varies
/// tells little.
fn fitting(run: &Run) -> ScoreKind {
    match run.config.data.image_shape() {
        Some(_) => ScoreKind::Error,
        None => ScoreKind::Shape,
    }
}

/// Says where so few rows were held out that no p-value is as small as the level.
fn unreachable_level(rule: AlarmRule, calibration: &Calibration) -> Option<Text> {
    let AlarmRule::Level(level) = rule else {
        return None;
    };
    let least = calibration.least_p_value();
    (level < least).then(|| {
        Text::from(format!(
            "no p-value is below {}, by {} that the run held out, so that level {} cannot be reached: alarms are \
             the rows that score above all of these; train with more rows or with {VALIDATION} 0.3 to hold out more",
            plain(least),
            counted(calibration.scores().len(), "row"),
            exact(level)
        ))
    })
}

/// The names of the columns; where images have none, the line and the column of a pixel, from 1.
fn feature_names(data: &Dataset, run: &Run) -> Vec<String> {
    let columns = data.columns();
    let learnt = run.config.data.columns.as_deref();
    if let Some(names) = data
        .column_names()
        .or(learnt.filter(|names| names.len() == columns))
    {
        return names.to_vec();
    }
    let Some(image) = run.config.data.image_shape() else {
        return numbered('x', columns);
    };
    let name = |index: usize| {
        let (pixel, channel) = (index / image.channels, index % image.channels);
        let (line, column) = (pixel / image.width + 1, pixel % image.width + 1);
        match image.channels {
            1 => format!("line {line} column {column}"),
            _ => format!("line {line} column {column} channel {}", channel + 1),
        }
    };
    (0..columns).map(name).collect()
}
