//! A tabular row and its reconstruction, as two lines over the columns.

use super::line::thinned;
use super::scale::{Scale, bounds};
use super::svg::{Anchor, Svg};
use latents_text::number;

/// A small chart of a row (solid) and its reconstruction (dashed). Charts can share an axis through [`ends`](Profile::ends).
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Title, such as `Row 1, error 0.012`.
    pub title: String,
    /// The row.
    pub original: Vec<f64>,
    /// The reconstruction.
    pub reconstruction: Vec<f64>,
    /// Lower and upper end of the axis. If `None`, taken from the two lines.
    pub ends: Option<(f64, f64)>,
    /// Width and height, in pixels.
    pub size: (f64, f64),
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            title: String::new(),
            original: Vec::new(),
            reconstruction: Vec::new(),
            ends: None,
            size: (306.0, 150.0),
        }
    }
}

/// Draw dots on the lines up to this number of columns, because the values between columns have no meaning.
const DOTS: usize = 40;

impl Profile {
    /// Renders the chart as SVG, for a page that contains [`STYLE`](super::STYLE); see [`standalone`](super::standalone).
    ///
    /// ```
    /// # use latents_report::chart::Profile;
    /// let chart = Profile { original: vec![0.0, 1.0], reconstruction: vec![0.0, 0.5], ..Profile::default() };
    /// assert!(chart.svg().contains("2 columns, values from"));
    /// ```
    pub fn svg(&self) -> String {
        let (width, height) = self.size;
        let (low, high) = self.ends.unwrap_or_else(|| {
            let both = self.original.iter().chain(&self.reconstruction);
            bounds(both.copied())
        });
        let scale = Scale::linear([low, high].into_iter(), 3);
        let description = format!(
            "{}: {} columns, values from {} to {}.",
            self.title,
            self.original.len(),
            number::significant(low, 3),
            number::significant(high, 3)
        );
        let mut svg = Svg::new(width, height, &description);
        svg.text("ink", (0.0, 13.0), Anchor::Start, &self.title);
        let (left, top, bottom) = (44.0, 28.0, height - 10.0);
        let y_of = |place: f64| bottom - place * (bottom - top);
        for tick in &scale.ticks {
            let y = y_of(scale.place(tick.value).unwrap_or(0.0));
            svg.line("grid", (left, y), (width, y));
            svg.text("", (left - 8.0, y + 4.0), Anchor::End, &tick.label);
        }
        let step = (width - left - 12.0) / (self.original.len().max(2) - 1) as f64;
        for (index, (row, dash)) in [(&self.original, ""), (&self.reconstruction, " dashed")]
            .into_iter()
            .enumerate()
        {
            let places = row.iter().map(|&value| scale.place(value)).enumerate();
            let points =
                places.map(|(column, place)| Some((left + 6.0 + column as f64 * step, y_of(place?))));
            draw_row(&mut svg, &points.collect::<Vec<_>>(), index, dash);
        }
        svg.finish()
    }
}

fn draw_row(svg: &mut Svg, points: &[Option<(f64, f64)>], color: usize, dash: &str) {
    for piece in points.split(Option::is_none).filter(|piece| !piece.is_empty()) {
        let piece: Vec<(f64, f64)> = piece.iter().flatten().copied().collect();
        svg.path(&format!("curve thin l{color}{dash}"), &thinned(&piece));
    }
    if points.len() <= DOTS {
        for &point in points.iter().flatten() {
            svg.circle(&format!("f{color}"), point, 2.5, "");
        }
    }
}
