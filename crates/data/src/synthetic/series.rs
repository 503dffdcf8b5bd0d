//! A time series with anomalies.

use super::generator::{Generator, Random, Synthetic, table};
use crate::{DataError, Labels};
use latents_tensor::simd::Math;

/// Steps of a day.
const DAY: f64 = 48.0;
/// Steps between two anomalies, on average, and steps that one takes.
const EVERY: f64 = 200.0;
const LENGTH: usize = 8;

pub(super) const SERIES: Generator = Generator {
    name: "series",
    help: "one row a step of a day and week, a trend and correlated noise in 3 columns, with injected anomalies; the class \
           says which steps they are",
    truth: "the anomaly (0 none, 1 a spike, 2 a shift of the level, 3 a stuck value) and its column (from 1; 0 none)",
    row_bytes: (3 + 2) * 8,
    draw,
};

/// What happens to a column for some steps.
#[derive(Clone, Copy)]
enum Anomaly {
    /// A spike at the first step.
    Spike,
    /// Another level.
    Shift,
    /// No change at all.
    Stuck,
}

fn draw(name: &str, rows: usize, random: &mut Random) -> Result<Synthetic, DataError> {
    let (mut noise, mut stuck) = ([0.0; 3], [0.0; 3]);
    let mut under_way: Option<(Anomaly, usize, usize)> = None;
    let (mut values, mut classes) = (Vec::with_capacity(3 * rows), Vec::with_capacity(rows));
    let mut factors = Vec::with_capacity(2 * rows);
    for step in 0..rows {
        noise
            .iter_mut()
            .for_each(|noise| *noise = 0.8 * *noise + 0.1 * random.normal());
        let mut row = usual(step as f64, noise);
        let begins = under_way.is_none() && random.unit() < 1.0 / EVERY;
        if begins {
            let kind = [Anomaly::Spike, Anomaly::Shift, Anomaly::Stuck][random.below(3)];
            under_way = Some((kind, random.below(3), 0));
        }
        let is_anomaly = under_way.is_some();
        let numbers = under_way.map(|(kind, column, _)| [kind as usize + 1, column + 1]);
        factors.extend(numbers.unwrap_or_default().map(|number| number as f64));
        if let Some((kind, column, age)) = under_way {
            row[column] = match kind {
                Anomaly::Spike => row[column] + 3.0,
                Anomaly::Shift => row[column] + 1.5,
                Anomaly::Stuck => stuck[column],
            };
            let is_over = matches!(kind, Anomaly::Spike) || age + 1 == LENGTH;
            under_way = (!is_over).then_some((kind, column, age + 1));
        }
        stuck = row;
        values.extend(row);
        classes.push(if is_anomaly { "anomaly" } else { "normal" });
    }
    let data = table(name, values, &["load", "temperature", "flow"])?;
    let data = data.with_labels(Labels::from_texts(classes))?;
    Ok(Synthetic::new(data, &["anomaly", "column"], factors))
}

/// The three columns at a step without anomalies.
fn usual(step: f64, noise: [f64; 3]) -> [f64; 3] {
    let wave = |period: f64| {
        let turns = step / period;
        f64::sin_cos_of_turns_lanes::<f64>(turns - turns.floor())
    };
    let ((day, shifted), (week, _)) = (wave(DAY), wave(7.0 * DAY));
    [
        day + 0.3 * week + noise[0],
        0.7 * shifted + 1e-4 * step + noise[1],
        0.5 * day * week + noise[2],
    ]
}
