//! `latents probe`: how well classes can be told from codes, beside the values themselves and PCA.

mod fine_tuning;

use crate::args::ProbeArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::{counted, grouped, percent};
use crate::probing::{Classes, Told};
use crate::run_folder::Run;
use crate::{model, rows, tables};
use fine_tuning::{FineTuned, Tuning};
use latents_autoencoders::Registry;
use latents_classical::LogisticRegressionConfig;
use latents_classical::Pca;
use latents_data::Dataset;
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

pub(crate) fn run(args: &ProbeArgs, registry: &Registry, console: &Console) -> Outcome {
    let run = Run::open(&args.run, registry)?;
    let (fitted, tested) = split(&run, args, console)?;
    console.say(format!(
        "{}: {} to fit on, {} to test on",
        fitted.name(),
        counted(fitted.rows(), "row"),
        grouped(tested.rows())
    ));
    check_neighbours(args.neighbours, &fitted)?;
    let classes = Classes::of(&fitted, &tested, args.neighbours);
    let regression = LogisticRegressionConfig::default();
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
        codes: classes.told_from(codes, regression)?,
        raw: classes.told_from(raw, regression)?,
        pca: classes.told_from(projected, regression)?,
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

fn check_neighbours(neighbours: usize, fitted: &Dataset) -> Outcome {
    match neighbours > fitted.rows() {
        true => Err(Failure::usage(format!(
            "--neighbours is {neighbours}, and there are {} to fit on",
            counted(fitted.rows(), "row")
        ))
        .hint("give fewer")),
        false => Ok(()),
    }
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

impl Probed {
    fn table(&self, title: &str, console: &Console) -> String {
        let line = |name: String, told: Told| {
            vec![
                name,
                grouped(told.numbers),
                percent(told.logistic_error, 2),
                percent(told.neighbours_error, 2),
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
