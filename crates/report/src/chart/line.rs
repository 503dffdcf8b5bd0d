//! Line charts; each line is named at its right end.

use super::frame::{Frame, TEXT, Words};
use super::scale::{Scale, bounds};
use super::svg::{Anchor, Svg, text_width};
use latents_text::number;

/// A line chart, such as the loss by epoch.
///
/// Non-finite points leave a gap. If `logarithmic` is `None`, the vertical axis is logarithmic if all values are positive and
/// the largest is more than four times the smallest.
///
/// ```
/// use latents_report::chart::{LineChart, Series};
/// let loss = Series { name: "training".into(), points: vec![(1.0, 0.5), (2.0, 0.2), (3.0, 0.1)] };
/// let chart = LineChart { title: "Loss".into(), x_label: "Epoch".into(), series: vec![loss], ..LineChart::default() };
/// assert!(chart.svg().starts_with("<svg"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LineChart {
    /// Title of the chart.
    pub title: String,
    /// Horizontal axis label, with the unit.
    pub x_label: String,
    /// Vertical axis label, with the unit.
    pub y_label: String,
    /// The lines. Colours repeat after ten.
    pub series: Vec<Series>,
    /// A position on the horizontal axis to mark, and its label.
    pub mark: Option<(f64, String)>,
    /// Whether the vertical axis is logarithmic. If `None`, chosen from the values.
    pub logarithmic: Option<bool>,
    /// Whether the horizontal values are integers.
    pub whole: bool,
    /// Width and height, in pixels.
    pub size: (f64, f64),
}

/// A named line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name, shown at the right end of the line.
    pub name: String,
    /// Points, in order of their first coordinate.
    pub points: Vec<(f64, f64)>,
}

impl Default for LineChart {
    fn default() -> Self {
        Self {
            title: String::new(),
            x_label: String::new(),
            y_label: String::new(),
            series: Vec::new(),
            mark: None,
            logarithmic: None,
            whole: true,
            size: (960.0, 360.0),
        }
    }
}

/// Largest number of points with a tooltip. More would be too close together to point at.
const HITS: usize = 200;

impl LineChart {
    /// Renders the chart as SVG, for a page that contains [`STYLE`](super::STYLE); see [`standalone`](super::standalone).
    ///
    /// ```
    /// # use latents_report::chart::{LineChart, Series};
    /// let series = vec![Series { name: "validation".into(), points: vec![(1.0, 3.0), (2.0, 2.0)] }];
    /// assert!(LineChart { series, ..LineChart::default() }.svg().contains("validation"));
    /// ```
    pub fn svg(&self) -> String {
        let labels: Vec<String> = self.series.iter().map(end_label).collect();
        let widest = labels
            .iter()
            .map(|label| text_width(label, TEXT))
            .fold(0.0, f64::max);
        let y = self.y_scale();
        let y_label = match y.is_logarithmic() {
            true => format!("{} (logarithmic axis)", self.y_label),
            false => self.y_label.clone(),
        };
        let words = Words {
            title: &self.title,
            x: &self.x_label,
            y: &y_label,
            description: format!("Last values: {}.", labels.join(", ")),
        };
        let (mut svg, frame) = Frame::draw(self.size, widest * 1.2 + 16.0, &words, self.x_scale(), y);
        if let Some((value, label)) = &self.mark {
            frame.mark(&mut svg, *value, label, 0);
        }
        for (index, series) in self.series.iter().enumerate() {
            draw_series(&mut svg, &frame, index, series, &self.x_label);
        }
        self.draw_ends(&mut svg, &frame, &labels);
        svg.finish()
    }

    fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.series
            .iter()
            .flat_map(|series| series.points.iter().map(|point| point.1))
    }

    fn x_scale(&self) -> Scale {
        let places = self
            .series
            .iter()
            .flat_map(|series| series.points.iter().map(|point| point.0));
        Scale::tight(places, 8, self.whole)
    }

    fn y_scale(&self) -> Scale {
        let (low, high) = bounds(self.values());
        if self.logarithmic.unwrap_or(low > 0.0 && high / low > 4.0) {
            Scale::logarithmic(self.values())
        } else {
            Scale::linear(self.values(), 5)
        }
    }

    /// Writes the names at the ends of the lines, and moves them apart if they would overlap.
    fn draw_ends(&self, svg: &mut Svg, frame: &Frame, labels: &[String]) {
        let mut ends: Vec<(f64, usize)> = Vec::new();
        for (index, series) in self.series.iter().enumerate() {
            let last = series.points.iter().rev().find_map(|&(x, y)| frame.point(x, y));
            match last {
                Some((_, y)) => ends.push((y, index)),
                None => ends.push((frame.bottom, index)),
            }
        }
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        spread(&mut ends, 18.0, frame.bottom);
        for (y, index) in ends {
            let class = format!("strong f{}", index % 10);
            svg.text(
                &class,
                (frame.right + 12.0, y + 4.0),
                Anchor::Start,
                &labels[index],
            );
        }
        if !self.values().any(f64::is_finite) {
            frame.nothing(svg, "No finite values to show.");
        }
    }
}

fn end_label(series: &Series) -> String {
    match series.points.last() {
        Some(&(_, value)) => format!("{} {}", series.name, number::significant(value, 4)),
        None => series.name.clone(),
    }
}

/// Moves sorted positions apart to at least `gap`, and none below `lowest`.
fn spread(ends: &mut [(f64, usize)], gap: f64, lowest: f64) {
    for index in 1..ends.len() {
        ends[index].0 = ends[index].0.max(ends[index - 1].0 + gap);
    }
    let mut limit = lowest;
    for end in ends.iter_mut().rev() {
        end.0 = end.0.min(limit);
        limit = end.0 - gap;
    }
}

fn draw_series(svg: &mut Svg, frame: &Frame, index: usize, series: &Series, x_label: &str) {
    let color = index % 10;
    for piece in pieces(frame, &series.points) {
        match piece[..] {
            [point] => svg.circle(&format!("f{color}"), point, 4.0, ""),
            _ => svg.path(&format!("curve l{color}"), &thinned(&piece)),
        }
    }
    if series.points.len() > HITS {
        return;
    }
    for &(x, y) in &series.points {
        if let Some(point) = frame.point(x, y) {
            let x = if x.fract() == 0.0 {
                number::fixed(x, 0)
            } else {
                number::significant(x, 4)
            };
            let y = number::significant(y, 4);
            svg.circle("hit", point, 6.0, &format!("{x_label} {x}, {}: {y}", series.name));
        }
    }
}

/// The positions of the points, split where a point cannot be drawn.
fn pieces(frame: &Frame, points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let places: Vec<Option<(f64, f64)>> = points.iter().map(|&(x, y)| frame.point(x, y)).collect();
    let pieces = places.split(Option::is_none).filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| piece.iter().flatten().copied().collect())
        .collect()
}

/// The first, lowest, highest and last point of each pixel column: the same image from fewer points.
pub(super) fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let columns = points.chunk_by(|a, b| a.0.floor() == b.0.floor());
    columns.flat_map(column_outline).collect()
}

fn column_outline(column: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if column.len() <= 4 {
        return column.to_vec();
    }
    let places = 0..column.len();
    let by_height = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
    let lowest = places.clone().min_by(by_height).unwrap_or(0);
    let highest = places.max_by(by_height).unwrap_or(0);
    let mut kept = vec![0, lowest, highest, column.len() - 1];
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|index| column[index]).collect()
}
