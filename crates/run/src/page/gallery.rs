//! Images that a model makes of codes: drawn from a density, along single latents, between two rows.

use super::codes::Chosen;
use super::subject::Subject;
use crate::density::{self, GAUSSIANS};
use crate::passes::evenly;
use latents_autoencoders::{interpolate, latent_effects, traverse};
use latents_classical::KNearest;
use latents_report::pictures::ImageShape;
use latents_report::{Gallery, GalleryLine};
use latents_tensor::Tensor;
use latents_text::number::{self, counted, percent, short};

/// Images in a row.
const STEPS: usize = 9;
/// Latents that are traversed.
const LATENTS: usize = 8;
/// Standard deviations to either side.
const DEVIATIONS: f64 = 2.0;
/// Pairs of rows that are joined.
const PAIRS: usize = 3;
/// Products an iteration of the fit of a density: a fraction of a second's.
const WORK: usize = 1 << 25;
/// Of longer codes no density is fitted here: their covariances would take longer than the training.
const MOST_LATENTS: usize = 512;
/// Training rows among which the nearest is looked for.
const NEAREST_OF: usize = 10_000;

/// Those that the model has, where rows are images.
pub(super) fn all(page: &Subject<'_>, chosen: &Chosen) -> Vec<Gallery> {
    let Some(image) = page.image() else {
        return Vec::new();
    };
    let galleries = [
        samples(page, image),
        traversal(page, chosen, image),
        ways(page, chosen, image),
    ];
    galleries.into_iter().flatten().collect()
}

/// Codes from the prior, where the model has one, or else from a density over the codes of training rows; with what they
/// are drawn from.
fn codes(page: &Subject<'_>) -> Option<(Tensor, String)> {
    let (latent, seed) = (page.model.latent_dim(), page.config.training.seed);
    if let Some(prior) = page.model.prior() {
        let codes = prior.draw(STEPS, density::key(seed));
        return Some((codes, format!("the {} prior", prior.name())));
    }
    if latent > MOST_LATENTS {
        return None;
    }
    let components = components(latent).min(page.split.train.rows());
    let most = density::most_rows(latent, components, WORK);
    let rows = page.split.train.select(&evenly(&page.split.train, most));
    let codes = density::drawn(page.model, &rows, components, STEPS, seed).ok()?;
    let gaussians = match components {
        1 => "a Gaussian".to_owned(),
        _ => format!("a mixture of {components} Gaussians"),
    };
    let fitted = counted(rows.rows(), "training row");
    Some((codes, format!("{gaussians} fitted to the codes of {fitted}")))
}

/// As many Gaussians as `latents sample` takes, fewer where codes are so long that each would be fitted to less than four
/// rows a number.
fn components(latent: usize) -> usize {
    (WORK / (4 * latent.pow(3))).isqrt().clamp(1, GAUSSIANS)
}

/// Drawn codes decoded, above the training rows that they are nearest to.
fn samples(page: &Subject<'_>, image: ImageShape) -> Option<Gallery> {
    let (codes, density) = codes(page)?;
    let drawn = page.model.decode_data(&codes);
    let train = &page.split.train;
    let known = train.select(&evenly(train, NEAREST_OF));
    let search = KNearest::new(&known, &vec![0; known.rows()], 1).ok()?;
    let (rows, distances) = search.nearest(&drawn, 1);
    let caption = |(&row, distance): (&usize, f64)| {
        format!(
            "row {}, {}",
            number::count(known.source_row(row) + 1),
            short(distance)
        )
    };
    Some(Gallery {
        title: "Samples".to_owned(),
        about: format!(
            "Codes drawn from {density} (seed {}), and below each sample the nearest of {} with its \
             Euclidean distance: samples should not be copies.",
            page.config.training.seed,
            counted(known.rows(), "training row")
        ),
        columns: Vec::new(),
        lines: vec![
            GalleryLine {
                name: "Sample".to_owned(),
                pictures: page.tones().pixels(&drawn),
                captions: Vec::new(),
            },
            GalleryLine {
                name: "Nearest row".to_owned(),
                captions: rows.iter().zip(distances.to_vec()).map(caption).collect(),
                pictures: page.tones().pixels(&known.gather(&rows)),
            },
        ],
        image,
    })
}

/// The latents that change decoded rows most, one a line, around the mean code.
fn traversal(page: &Subject<'_>, chosen: &Chosen, image: ImageShape) -> Option<Gallery> {
    let effects = latent_effects(page.model, &chosen.codes);
    let strongest: Vec<_> = effects
        .into_iter()
        .filter(|effect| effect.effect > 0.0)
        .take(LATENTS)
        .collect();
    if strongest.is_empty() {
        return None;
    }
    let sweeps: Vec<_> = strongest.iter().map(|effect| effect.sweep(DEVIATIONS)).collect();
    let rows = traverse(page.model, &mean(&chosen.codes), &sweeps, STEPS);
    let rows = page.tones().pixels(&rows);
    let lines = strongest.iter().enumerate().map(|(line, effect)| GalleryLine {
        name: format!("Latent {}", effect.latent + 1),
        pictures: rows.narrow(0, line * STEPS, (line + 1) * STEPS),
        captions: Vec::new(),
    });
    let step = |index: usize| {
        let place = DEVIATIONS * (2.0 * index as f64 / (STEPS - 1) as f64 - 1.0);
        match place {
            0.0 => "mean".to_owned(),
            place if place < 0.0 => format!("\u{2212}{} σ", -place),
            place => format!("+{place} σ"),
        }
    };
    Some(Gallery {
        title: "Traversal".to_owned(),
        about: format!(
            "From the mean code, one latent dimension at a time moves from {DEVIATIONS} standard deviations below its mean to \
             as many above; the dimensions that change images most come first."
        ),
        columns: (0..STEPS).map(step).collect(),
        lines: lines.collect(),
        image,
    })
}

fn mean(codes: &Tensor) -> Tensor {
    codes.mean(&[0], false)
}

/// Straight lines between the codes of rows, of different classes where rows have classes.
fn ways(page: &Subject<'_>, chosen: &Chosen, image: ImageShape) -> Option<Gallery> {
    let lines: Vec<GalleryLine> = pairs(chosen)
        .into_iter()
        .map(|(from, to)| {
            let code = |row| chosen.codes.select(0, row);
            GalleryLine {
                name: format!("{} to {}", name(chosen, from), name(chosen, to)),
                pictures: page
                    .tones()
                    .pixels(&interpolate(page.model, &code(from), &code(to), STEPS)),
                captions: Vec::new(),
            }
        })
        .collect();
    let way = |index: usize| percent(index as f64 / (STEPS - 1) as f64, 0);
    (!lines.is_empty()).then(|| Gallery {
        title: "Interpolation".to_owned(),
        about: "From one row to another: the ends are their reconstructions, the images between them are decoded from \
                codes on the straight line."
            .to_owned(),
        columns: (0..STEPS).map(way).collect(),
        lines,
        image,
    })
}

/// Each of the first rows with the next one of another class, or with the next one.
fn pairs(chosen: &Chosen) -> Vec<(usize, usize)> {
    let rows = chosen.numbers.len();
    let labelled = chosen.labels.len() == rows;
    let mut used = vec![false; rows];
    let mut pairs = Vec::new();
    for from in 0..rows {
        if pairs.len() == PAIRS {
            break;
        }
        let other = |to: &usize| !used[*to] && (!labelled || chosen.labels[*to] != chosen.labels[from]);
        if used[from] {
            continue;
        }
        if let Some(to) = (from + 1..rows).find(other) {
            (used[from], used[to]) = (true, true);
            pairs.push((from, to));
        }
    }
    pairs
}

/// `Row 12 (3)`.
fn name(chosen: &Chosen, row: usize) -> String {
    let number = number::count(chosen.numbers[row]);
    match chosen.labels.get(row) {
        Some(label) => format!("row {number} ({label})"),
        None => format!("row {number}"),
    }
}
