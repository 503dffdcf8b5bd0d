//! Horizontal bar charts.

use super::svg::{Anchor, Svg, shortened, text_width};
use super::{frame::TEXT, scale::bounds};
use latents_text::number;

/// A bar chart with its axis at zero. Each value is printed at the end of its bar.
///
/// ```
/// use latents_report::chart::{Bar, BarChart};
/// let bars = vec![Bar { label: "This run".into(), value: 0.0096, highlight: true }];
/// assert!(BarChart { title: "Error".into(), bars, ..BarChart::default() }.svg().contains("0.009600"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BarChart {
    /// Title of the chart.
    pub title: String,
    /// Axis label, with the unit and which direction is better.
    pub label: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
    /// Width in pixels; the height follows from the number of bars.
    pub width: f64,
}

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Label above the bar.
    pub label: String,
    /// Length of the bar. Negative and non-finite values are not drawn.
    pub value: f64,
    /// Whether to draw the bar in the highlight colour.
    pub highlight: bool,
}

impl Default for BarChart {
    fn default() -> Self {
        Self {
            title: String::new(),
            label: String::new(),
            bars: Vec::new(),
            width: 465.0,
        }
    }
}

/// Distance between bars.
const STEP: f64 = 58.0;
/// The thickness of a bar.
const THICKNESS: f64 = 20.0;

impl BarChart {
    /// Renders the chart as SVG, for a page that contains [`STYLE`](super::STYLE); see [`standalone`](super::standalone).
    ///
    /// ```
    /// # use latents_report::chart::{Bar, BarChart};
    /// let bars = vec![Bar { label: "PCA".into(), value: 0.5, highlight: false }];
    /// assert!(BarChart { bars, ..BarChart::default() }.svg().contains("PCA"));
    /// ```
    pub fn svg(&self) -> String {
        let values: Vec<String> = self
            .bars
            .iter()
            .map(|bar| number::significant(bar.value, 4))
            .collect();
        let height = 66.0 + STEP * self.bars.len() as f64;
        let mut svg = Svg::new(self.width, height, &self.description(&values));
        svg.text("title", (0.0, 18.0), Anchor::Start, &self.title);
        svg.text("", (0.0, 40.0), Anchor::Start, &self.label);
        let widest = values
            .iter()
            .map(|value| text_width(value, TEXT))
            .fold(0.0, f64::max);
        let (_, largest) = bounds(self.bars.iter().map(|bar| bar.value));
        let unit = (self.width - widest * 1.1 - 16.0) / largest.max(f64::MIN_POSITIVE);
        for (index, (bar, value)) in self.bars.iter().zip(&values).enumerate() {
            self.draw_bar(&mut svg, 72.0 + STEP * index as f64, bar, unit, value);
        }
        svg.finish()
    }

    fn draw_bar(&self, svg: &mut Svg, top: f64, bar: &Bar, unit: f64, value: &str) {
        let (color, weight) = if bar.highlight {
            ("f0", "strong")
        } else {
            ("quiet", "ink")
        };
        let label = shortened(&bar.label, self.width, TEXT);
        svg.text(weight, (0.0, top), Anchor::Start, &label);
        let length = if bar.value.is_finite() {
            (bar.value * unit).max(1.0)
        } else {
            0.0
        };
        let title = format!("{}: {value}", bar.label);
        svg.rectangle(
            &format!("bar {color}"),
            (0.0, top + 8.0),
            (length, THICKNESS),
            &title,
        );
        svg.text(weight, (length + 8.0, top + 8.0 + 14.5), Anchor::Start, value);
    }

    fn description(&self, values: &[String]) -> String {
        let bars = self.bars.iter().zip(values);
        let list: Vec<String> = bars
            .map(|(bar, value)| format!("{} {value}", bar.label))
            .collect();
        format!("{}. {}: {}.", self.title, self.label, list.join(", "))
    }
}
