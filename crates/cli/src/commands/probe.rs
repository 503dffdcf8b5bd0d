//! `latents probe`: how well classes can be told from codes, beside the values themselves and PCA.

mod fine_tuning;

use crate::args::ProbeArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::{counted, grouped};
use crate::run_folder::Run;
use crate::{model, rows, tables};
use fine_tuning::{FineTuned, Tuning};
use latents_autoencoders::Pca;
use latents_autoencoders::baselines::{KNearest, LogisticRegression, LogisticRegressionConfig};
use latents_data::Dataset;
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use serde::Serialize;

/// What `--json` prints.
#[derive(Serialize)]
struct Probed {
    classes: usize,
    fitted_rows: usize,
    tested_rows: usize,
    neighbours: usize,
    codes: Told,
    raw: Told,
    pca: Told,
    /// Null without `--fine-tune`.
    fine_tuned: Option<FineTuned>,
}

/// Shares of the test rows whose class is told wrongly.
#[derive(Clone, Copy, Serialize)]
struct Told {
    numbers: usize,
    logistic_error: f64,
    /// Whether the regression came to its end.
    converged: bool,
    neighbours_error: f64,
}

pub(crate) fn run(args: &ProbeArgs, console: &Console) -> Outcome {
    let run = Run::open(&args.run)?;
    let (fitted, tested) = split(&run, args, console)?;
    console.say(format!(
        "{}: {} to fit on, {} to test on",
        fitted.name(),
        counted(fitted.rows(), "row"),
        grouped(tested.rows())
    ));
    let classes = Classes::of(&fitted, &tested, args)?;
    let codes = [&fitted, &tested].map(|data| model::codes(&*run.model, data));
    let numbers = codes[0].size(1);
    let raw = [&fitted, &tested].map(|data| data.to_tensor::<f32>());
    let components = numbers.min(fitted.columns()).min(fitted.rows());
    let pca = Pca::fit(&fitted, components)?;
    let projected = [&raw[0], &raw[1]].map(|rows| pca.transform(rows));
    let mut probed = Probed {
        classes: classes.count,
        fitted_rows: fitted.rows(),
        tested_rows: tested.rows(),
        neighbours: args.neighbours,
        codes: classes.told_from(codes)?,
        raw: classes.told_from(raw)?,
        pca: classes.told_from(projected)?,
        fine_tuned: None,
    };
    let title = run.config.model.title();
    if let Some(epochs) = args.fine_tune {
        let tuning = Tuning {
            epochs,
            seed: args.seed,
            classes: &classes,
            fitted: &fitted,
            tested: &tested,
        };
        probed.fine_tuned = Some(tuning.of(run, console)?);
    }
    console.answer(&probed, probed.table(&title, console));
    Ok(())
}

/// The rows to fit on and those to test on, both with labels.
fn split(run: &Run, args: &ProbeArgs, console: &Console) -> Outcome<(Dataset, Dataset)> {
    let (data, tested) = rows::parts(run, &args.data, console)?;
    check_labels(&data, args)?;
    if let Some(tested) = tested {
        check_labels(&tested, args)?;
        return Ok((data, tested));
    }
    let order = Key::new(args.seed).purpose("probe").permutation(data.rows());
    data.split_stratified(args.test, &order)
        .map_err(|error| Failure::from(error).hint("choose another --test, or give more rows"))
}

fn check_labels(data: &Dataset, args: &ProbeArgs) -> Outcome {
    let count = data.class_names().map(<[String]>::len);
    match count {
        Some(2..) => Ok(()),
        Some(_) => Err(Failure::new(format!(
            "{}: all rows have the same label, and a probe tells classes apart",
            data.name()
        ))
        .hint("give data with two classes or more")),
        None => {
            let what = format!(
                "{}: the rows have no labels, and a probe tells classes apart",
                data.name()
            );
            let hint = match args.data.data {
                Some(_) => {
                    "name the column of a CSV file, or the array of an .npz file, with --labels; pictures have the names of their sub-folders for labels"
                }
                None => {
                    "the run was trained without labels: give data that have some with --data and --labels"
                }
            };
            Err(Failure::new(what).hint(hint))
        }
    }
}

/// The classes of the rows to fit on and to test on.
struct Classes {
    fitted: Vec<usize>,
    tested: Vec<usize>,
    count: usize,
    neighbours: usize,
}

impl Classes {
    fn of(fitted: &Dataset, tested: &Dataset, args: &ProbeArgs) -> Outcome<Self> {
        let names = fitted.class_names().unwrap_or_default();
        // Parts that were read from files of their own number their classes on their own.
        let number = |name: &String| {
            names
                .iter()
                .position(|known| known == name)
                .unwrap_or(names.len())
        };
        let numbers: Vec<usize> = tested
            .class_names()
            .unwrap_or_default()
            .iter()
            .map(number)
            .collect();
        let tested = tested.classes().unwrap_or_default();
        if args.neighbours > fitted.rows() {
            return Err(Failure::usage(format!(
                "--neighbours is {}, and there are {} to fit on",
                args.neighbours,
                counted(fitted.rows(), "row")
            ))
            .hint("give fewer"));
        }
        Ok(Self {
            fitted: fitted.classes().unwrap_or_default(),
            tested: tested.into_iter().map(|class| numbers[class]).collect(),
            count: names.len(),
            neighbours: args.neighbours,
        })
    }

    fn told_from(&self, [fitted, tested]: [Tensor; 2]) -> Outcome<Told> {
        let scale = 1.0 / mean_deviation(&fitted);
        let [fitted, tested] = [fitted, tested].map(|rows| {
            let values = rows.to_vec();
            Tensor::from_fn(rows.shape(), |i| (f64::from(values[i]) * scale) as f32)
        });
        let regression = LogisticRegression::fit(&fitted, &self.fitted, LogisticRegressionConfig::default())?;
        let known = KNearest::new(&fitted, &self.fitted, self.neighbours)?;
        Ok(Told {
            numbers: fitted.size(1),
            logistic_error: regression.error(&tested, &self.tested),
            converged: regression.converged(),
            neighbours_error: known.error(&tested, &self.tested),
        })
    }
}

/// The square root of the columns' mean variance; 1 where nothing varies.
fn mean_deviation(rows: &Tensor) -> f64 {
    let (count, columns) = (rows.size(0), rows.size(1));
    let values = rows.to_vec();
    let mut means = vec![0.0; columns];
    let table = || values.chunks_exact(columns);
    let add = |means: &mut Vec<f64>, row: &[f32]| {
        means
            .iter_mut()
            .zip(row)
            .for_each(|(sum, &x)| *sum += f64::from(x))
    };
    table().for_each(|row| add(&mut means, row));
    means.iter_mut().for_each(|sum| *sum /= count as f64);
    let around = |row: &[f32]| {
        let distances = row.iter().zip(&means).map(|(&x, mean)| f64::from(x) - mean);
        distances.map(|distance| distance * distance).sum::<f64>()
    };
    let variance = table().map(around).sum::<f64>() / (count * columns) as f64;
    if variance > 0.0 { variance.sqrt() } else { 1.0 }
}

impl Probed {
    fn table(&self, title: &str, console: &Console) -> String {
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let line = |name: String, told: Told| {
            vec![
                name,
                grouped(told.numbers),
                percent(told.logistic_error),
                percent(told.neighbours_error),
            ]
        };
        if !(self.codes.converged && self.raw.converged && self.pca.converged) {
            console
                .note("a logistic regression was ended before it had converged: its error may be too large");
        }
        let mut lines = vec![
            line(format!("codes of {title}"), self.codes),
            line("raw values".to_owned(), self.raw),
            line("PCA".to_owned(), self.pca),
        ];
        lines.extend(self.fine_tuned.iter().flat_map(FineTuned::lines));
        let head = [
            format!("Test error, {} classes", grouped(self.classes)),
            format!("{} nearest", self.neighbours),
        ];
        let head = [&head[0], "Numbers", "Logistic regression", &head[1]];
        tables::rows(&head, 1, &lines)
    }
}
