//! Figures of anomaly detection.

use super::{Goal, Job, Measured, Row};
use crate::failure::{Failure, Outcome};
use latents_anomaly::Recipe;
use latents_classical::{IsolationForest, IsolationForestConfig};
use latents_data::{Dataset, OpenOptions, ScalingRule, open};
use latents_metrics::auroc;
use latents_tensor::random::Key;

/// The sets, as ADBench calls their files.
const SETS: [&str; 8] = [
    "23_mammography",
    "25_musk",
    "27_PageBlocks",
    "30_satellite",
    "32_shuttle",
    "38_thyroid",
    "4_breastw",
    "6_cardio",
];

pub(super) const ADBENCH: Row = Row {
    name: "adbench",
    program: "the anomaly recipe on 8 sets of ADBench, 70/30 stratified, standardised, without labels",
    figure: "mean AUROC",
    published: "0.869 (PyOD's AutoEncoder), 0.920 (isolation forest) in this protocol",
    goal: Goal::AtLeast(0.92),
    minutes: 0.5,
    run: adbench,
};

fn adbench(job: &Job<'_>) -> Outcome<Measured> {
    let (mut ours, mut forests, mut beside) = (0.0, 0.0, Vec::new());
    for set in SETS {
        let (train, test) = split(job, set)?;
        let (_, name) = set.split_once('_').unwrap_or(("", set));
        let labels: Vec<bool> = (0..test.rows()).map(|row| test.class(row) == Some(1)).collect();
        let of = |scores: &[f64]| {
            auroc(&labels, scores)
                .ok_or_else(|| Failure::new(format!("{set}: one of the classes is missing")))
        };
        let recipe = Recipe::new(train.rows(), train.columns());
        // Held-out rows make p-values; a ranking needs none.
        let fitted = recipe.fit(&train, &train, job.seed);
        let (model, detector) = fitted.map_err(|error| Failure::new(format!("{set}: {error}")))?;
        let scores = detector.scores(&*model, &test);
        let area = of(&scores.map_err(|error| Failure::new(format!("{set}: {error}")))?)?;
        let forest = IsolationForest::fit(&train, IsolationForestConfig::default().seed(job.seed))?;
        ours += area / SETS.len() as f64;
        forests += of(&forest.scores(&test))? / SETS.len() as f64;
        beside.push((name.to_owned(), area));
    }
    beside.push(("isolation forest".to_owned(), forests));
    Ok(Measured { value: ours, beside })
}

/// Training and test rows of a set, standardised by the training rows.
fn split(job: &Job<'_>, set: &str) -> Outcome<(Dataset, Dataset)> {
    let place = job.data.adbench.join(format!("{set}.npz"));
    let hint = "--adbench names the folder with ADBench's .npz files";
    let data = open(&place.display().to_string(), &OpenOptions::default())
        .map_err(|error| Failure::from(error).hint(hint))?
        .train;
    let order = Key::new(job.seed).purpose("split").permutation(data.rows());
    let (train, test) = data.split_stratified(0.3, &order)?;
    let scaling = ScalingRule::Standard.fit(&train)?;
    Ok((train.with_scaling(scaling.clone())?, test.with_scaling(scaling)?))
}
