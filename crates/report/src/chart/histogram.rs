//! Histograms.

use super::frame::{Frame, Words};
use super::scale::{Scale, bounds};
use latents_text::number;

/// A histogram of values, with lines at the median and the 95th percentile, or with a threshold instead.
///
/// Non-finite values are not counted. Values above twice the 99th percentile are counted in the axis label instead of drawn, so
/// that a few outliers do not compress the chart.
///
/// ```
/// use latents_report::chart::Histogram;
/// let chart = Histogram { title: "Error per row".into(), values: vec![0.1, 0.2, 0.2, 0.3], ..Histogram::default() };
/// assert!(chart.svg().contains("median 0.200"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Title of the chart.
    pub title: String,
    /// Horizontal axis label, with the unit.
    pub x_label: String,
    /// What is counted.
    pub y_label: String,
    /// The values, in any order.
    pub values: Vec<f64>,
    /// A value to mark, such as the threshold of a detector, and its label.
    pub threshold: Option<(f64, String)>,
    /// Width and height, in pixels.
    pub size: (f64, f64),
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            title: String::new(),
            x_label: String::new(),
            y_label: "Rows".into(),
            values: Vec::new(),
            threshold: None,
            size: (465.0, 320.0),
        }
    }
}

/// The number of values between two bounds.
#[derive(Clone, Debug, PartialEq)]
struct Bin {
    low: f64,
    high: f64,
    count: usize,
}

impl Histogram {
    /// Renders the chart as SVG, for a page that contains [`STYLE`](super::STYLE); see [`standalone`](super::standalone).
    ///
    /// ```
    /// # use latents_report::chart::Histogram;
    /// assert!(Histogram { values: vec![1.0, 2.0, 4.0], ..Histogram::default() }.svg().contains("median 2.00"));
    /// ```
    pub fn svg(&self) -> String {
        let mut sorted: Vec<f64> = self
            .values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        sorted.sort_by(f64::total_cmp);
        let shown = without_far_tail(&sorted);
        let bins = bins(shown);
        let threshold = self.threshold.as_ref().filter(|(value, _)| value.is_finite());
        let ends = bins.iter().flat_map(|bin| [bin.low, bin.high]);
        let x = Scale::tight(ends.chain(threshold.map(|(value, _)| *value)), 5, false);
        let largest = bins.iter().map(|bin| bin.count).max().unwrap_or(0);
        // The labels of the lines are above the bars.
        let y = Scale::counts(largest + largest.div_ceil(4), 4);
        let x_label = self.label_with_tail(sorted.len() - shown.len(), shown.last());
        let words = Words {
            title: &self.title,
            x: &x_label,
            y: &self.y_label,
            description: describe(&sorted),
        };
        let (mut svg, frame) = Frame::draw(self.size, 12.0, &words, x, y);
        for bin in &bins {
            draw_bin(&mut svg, &frame, bin, &self.y_label);
        }
        if sorted.is_empty() {
            frame.nothing(&mut svg, "No finite values to show.");
        } else {
            // A threshold already marks the tail.
            let marks = [("median", 0.5), ("95th percentile", 0.95)];
            let marks = &marks[..if threshold.is_some() { 1 } else { 2 }];
            for (level, &(name, share)) in marks.iter().enumerate() {
                let value = quantile(&sorted, share);
                let label = format!("{name} {}", number::significant(value, 3));
                frame.mark(&mut svg, value, &label, level);
            }
        }
        if let Some((value, label)) = threshold {
            frame.threshold(&mut svg, *value, label, 1);
        }
        svg.finish()
    }

    fn label_with_tail(&self, hidden: usize, limit: Option<&f64>) -> String {
        match limit {
            Some(&limit) if hidden > 0 => format!(
                "{} ({} more above {})",
                self.x_label,
                number::count(hidden),
                number::significant(limit, 3)
            ),
            _ => self.x_label.clone(),
        }
    }
}

fn draw_bin(svg: &mut super::svg::Svg, frame: &Frame, bin: &Bin, counted: &str) {
    let corners = (frame.point(bin.low, bin.count as f64), frame.point(bin.high, 0.0));
    let (Some((left, top)), Some((right, bottom))) = corners else {
        return;
    };
    let (low, high) = (number::significant(bin.low, 3), number::significant(bin.high, 3));
    let title = format!(
        "{low} to {high}: {} {}",
        number::count(bin.count),
        counted.to_lowercase()
    );
    let width = (right - left - 1.0).max(1.0);
    svg.rectangle("bar f0", (left + 0.5, top), (width, bottom - top), &title);
}

fn describe(sorted: &[f64]) -> String {
    if sorted.is_empty() {
        return "No finite values.".into();
    }
    let [low, median, high] = [0.0, 0.5, 1.0].map(|share| number::significant(quantile(sorted, share), 3));
    format!(
        "{} values from {low} to {high}, median {median}.",
        number::count(sorted.len())
    )
}

/// The quantile of sorted values, with linear interpolation.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let index = (place as usize).min(sorted.len() - 1);
    let next = (index + 1).min(sorted.len() - 1);
    let part = place - index as f64;
    sorted[index] * (1.0 - part) + sorted[next] * part
}

/// The values up to twice the 99th percentile, if the maximum is far above that.
fn without_far_tail(sorted: &[f64]) -> &[f64] {
    if sorted.len() < 20 || sorted[0] < 0.0 {
        return sorted;
    }
    let limit = 2.0 * quantile(sorted, 0.99);
    if sorted[sorted.len() - 1] <= 2.0 * limit {
        return sorted;
    }
    &sorted[..sorted.partition_point(|&value| value <= limit)]
}

/// Bins of equal width after Freedman and Diaconis (2 · interquartile range · n^(−1/3)), 5 to 40 of them.
fn bins(sorted: &[f64]) -> Vec<Bin> {
    let (Some(&first), Some(_)) = (sorted.first(), sorted.last()) else {
        return Vec::new();
    };
    let (low, high) = bounds(sorted.iter().copied());
    if high - low <= high.abs().max(low.abs()) * 1e-9 {
        let room = if first == 0.0 { 0.5 } else { first.abs() * 0.05 };
        return vec![Bin {
            low: low - room,
            high: high + room,
            count: sorted.len(),
        }];
    }
    let spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
    let cube_root = latents_tensor::Algebra::pow(sorted.len() as f64, 1.0 / 3.0);
    let wanted = ((high - low) * cube_root / (2.0 * spread)).ceil();
    let count = if wanted.is_finite() {
        wanted.clamp(5.0, 40.0) as usize
    } else {
        20
    };
    let edge = |index: usize| low + (high - low) * (index as f64 / count as f64);
    let mut bins: Vec<Bin> = (0..count)
        .map(|index| Bin {
            low: edge(index),
            high: edge(index + 1),
            count: 0,
        })
        .collect();
    for value in sorted {
        let place = ((value - low) / (high - low) * count as f64) as usize;
        bins[place.min(count - 1)].count += 1;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_once() {
        let mut values: Vec<f64> = (0..1000).map(|i| ((i * 7919) % 1000) as f64 / 1000.0).collect();
        values.sort_by(f64::total_cmp);
        let bins = bins(&values);
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<usize>(), 1000);
        assert_eq!((bins[0].low, bins[bins.len() - 1].high), (0.0, 0.999));
    }

    #[test]
    fn one_value_is_one_bin() {
        assert_eq!(bins(&[3.0; 50]).len(), 1);
        assert_eq!(bins(&[0.0]).len(), 1);
        assert_eq!(bins(&[]).len(), 0);
    }

    #[test]
    fn far_values_are_named_instead_of_drawn() {
        let mut values: Vec<f64> = (0..200).map(|i| 1.0 + f64::from(i) / 200.0).collect();
        values.push(1e6);
        let histogram = Histogram {
            values,
            x_label: "Error".into(),
            ..Histogram::default()
        };
        assert!(
            histogram.svg().contains("Error (1 more above 2.00)"),
            "{}",
            histogram.svg()
        );
    }

    #[test]
    fn quantiles() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
        assert_eq!(quantile(&[5.0], 0.95), 5.0);
    }
}
