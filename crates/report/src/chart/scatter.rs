//! Scatter charts, coloured by class.

use super::frame::{Frame, TEXT, Words};
use super::scale::Scale;
use super::svg::{Anchor, Svg, shortened, text_width};
use latents_text::number;

/// A scatter chart. Each class has a colour, and its name is written at the median of its points, so that readers do not depend
/// on colour. With more than ten classes, the rarest share one colour.
///
/// ```
/// use latents_report::chart::Scatter;
/// let points = vec![(0.0, 0.0), (1.0, 2.0)];
/// let chart = Scatter { points, labels: vec!["cat".into(), "dog".into()], ..Scatter::default() };
/// assert!(chart.svg().contains("row 2, dog"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// Title of the chart.
    pub title: String,
    /// Horizontal axis label.
    pub x_label: String,
    /// Vertical axis label.
    pub y_label: String,
    /// One point per row.
    pub points: Vec<(f64, f64)>,
    /// Class of each point; may be empty.
    pub labels: Vec<String>,
    /// Row number of each point. If empty, 1, 2, …
    pub rows: Vec<usize>,
    /// Width and height, in pixels.
    pub size: (f64, f64),
}

impl Default for Scatter {
    fn default() -> Self {
        Self {
            title: String::new(),
            x_label: String::new(),
            y_label: String::new(),
            points: Vec::new(),
            labels: Vec::new(),
            rows: Vec::new(),
            size: (960.0, 560.0),
        }
    }
}

/// Largest number of points drawn, evenly spaced over the rows. More would overlap and make the page large.
pub(crate) const POINTS: usize = 2000;
/// Number of classes with their own colour.
const COLORS: usize = 10;

impl Scatter {
    /// Renders the chart as SVG, for a page that contains [`STYLE`](super::STYLE); see [`standalone`](super::standalone).
    ///
    /// ```
    /// # use latents_report::chart::Scatter;
    /// assert!(Scatter { points: vec![(0.0, 0.0); 3], ..Scatter::default() }.svg().contains("3 points."));
    /// ```
    pub fn svg(&self) -> String {
        let (width, height) = self.size;
        let classes = self.classes();
        let margin = if classes.is_empty() {
            12.0
        } else {
            (width * 0.22).min(170.0)
        };
        let words = Words {
            title: &self.title,
            x: &self.x_label,
            y: &self.y_label,
            description: self.description(&classes),
        };
        let x = Scale::roomy(self.points.iter().map(|point| point.0), 7);
        let y = Scale::roomy(self.points.iter().map(|point| point.1), 6);
        let (mut svg, frame) = Frame::draw((width, height), margin, &words, x, y);
        self.draw_points(&mut svg, &frame, &classes);
        if !classes.is_empty() {
            self.draw_names(&mut svg, &frame, &classes);
            draw_legend(&mut svg, &frame, &classes, margin);
        }
        if !self.points.iter().any(|&(x, y)| frame.point(x, y).is_some()) {
            frame.nothing(&mut svg, "No finite points to show.");
        }
        svg.finish()
    }

    /// The classes that have a colour, sorted by name (numbers by value), with their row counts.
    fn classes(&self) -> Vec<(&str, usize)> {
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for label in &self.labels {
            *counts.entry(label).or_default() += 1;
        }
        let mut classes: Vec<(&str, usize)> = counts.into_iter().collect();
        classes.sort_by_key(|class| std::cmp::Reverse(class.1));
        classes.truncate(if classes.len() > COLORS {
            COLORS - 1
        } else {
            COLORS
        });
        let value = |name: &str| name.parse::<f64>().unwrap_or(f64::INFINITY);
        classes.sort_by(|a, b| value(a.0).total_cmp(&value(b.0)).then(a.0.cmp(b.0)));
        classes
    }

    fn draw_points(&self, svg: &mut Svg, frame: &Frame, classes: &[(&str, usize)]) {
        let radius = if self.points.len() > 500 { 3.0 } else { 4.0 };
        let every = self.points.len().div_ceil(POINTS).max(1);
        for (index, &(x, y)) in self.points.iter().enumerate().step_by(every) {
            let Some(place) = frame.point(x, y) else { continue };
            let label = self.labels.get(index).map_or("", String::as_str);
            let color = classes.iter().position(|class| class.0 == label);
            let color = color.unwrap_or(if classes.is_empty() { 0 } else { COLORS - 1 });
            let row = self.rows.get(index).copied().unwrap_or(index + 1);
            let title = match label {
                "" => format!("row {}", number::count(row)),
                label => format!("row {}, {label}", number::count(row)),
            };
            svg.circle(&format!("dot f{color}"), place, radius, &title);
        }
    }

    /// Writes each class name at the median of its points, or above it if the class has only a few points.
    fn draw_names(&self, svg: &mut Svg, frame: &Frame, classes: &[(&str, usize)]) {
        for &(class, _) in classes {
            let rows = self
                .points
                .iter()
                .zip(&self.labels)
                .filter(|(_, label)| *label == class);
            let places: Vec<(f64, f64)> = rows.filter_map(|(&(x, y), _)| frame.point(x, y)).collect();
            if places.is_empty() {
                continue;
            }
            let (x, y) = (
                median(places.iter().map(|place| place.0)),
                median(places.iter().map(|place| place.1)),
            );
            let shift = if places.len() < 4 { -9.0 } else { 5.0 };
            svg.text(
                "halo",
                (x, y + shift),
                Anchor::Middle,
                &shortened(class, 90.0, 14.0),
            );
        }
    }

    fn description(&self, classes: &[(&str, usize)]) -> String {
        let names: Vec<&str> = classes.iter().map(|class| class.0).collect();
        let points = number::count(self.points.len());
        match names.is_empty() {
            true => format!("{points} points."),
            false => format!("{points} points, classes {}.", names.join(", ")),
        }
    }
}

fn draw_legend(svg: &mut Svg, frame: &Frame, classes: &[(&str, usize)], margin: f64) {
    let left = frame.right + 24.0;
    for (index, (class, count)) in classes.iter().enumerate() {
        let y = frame.top + 6.0 + 22.0 * index as f64;
        svg.circle(&format!("f{index}"), (left, y), 5.0, "");
        let plural = if *count == 1 { "" } else { "s" };
        let rows = format!("{} row{plural}", number::count(*count));
        let room = margin - 50.0 - text_width(&rows, TEXT);
        let name = shortened(class, room.max(20.0), TEXT);
        svg.text("ink", (left + 14.0, y + 4.0), Anchor::Start, &name);
        svg.text("", (left + margin - 28.0, y + 4.0), Anchor::End, &rows);
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    super::histogram::quantile(&sorted, 0.5)
}
