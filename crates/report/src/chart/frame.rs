//! The frame of a chart: title, axes, grid and labels around the plot area.

use super::scale::Scale;
use super::svg::{Anchor, Svg, text_width};

/// Size of tick labels and legends.
pub(super) const TEXT: f64 = 12.0;

/// The texts of a chart.
pub(super) struct Words<'a> {
    pub(super) title: &'a str,
    pub(super) x: &'a str,
    pub(super) y: &'a str,
    /// Description for screen readers.
    pub(super) description: String,
}

/// The plot area and its two axes.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    x: Scale,
    y: Scale,
}

impl Frame {
    /// Draws the frame; leaves `right_margin` free for labels.
    pub(super) fn draw(
        (width, height): (f64, f64),
        right_margin: f64,
        words: &Words,
        x: Scale,
        y: Scale,
    ) -> (Svg, Self) {
        let mut svg = Svg::new(width, height, &format!("{}. {}", words.title, words.description));
        let widest = y.ticks.iter().map(|tick| text_width(&tick.label, TEXT));
        let frame = Self {
            left: (widest.fold(0.0, f64::max) + 12.0).min(width * 0.3),
            right: width - right_margin,
            top: 62.0,
            bottom: height - 46.0,
            x,
            y,
        };
        svg.text("title", (0.0, 18.0), Anchor::Start, words.title);
        svg.text("", (0.0, 40.0), Anchor::Start, words.y);
        frame.draw_axes(&mut svg, words.x);
        (svg, frame)
    }

    fn draw_axes(&self, svg: &mut Svg, x_label: &str) {
        for tick in &self.y.ticks {
            let Some(y) = self.y_of(tick.value) else { continue };
            svg.line("grid", (self.left, y), (self.right, y));
            svg.text("", (self.left - 8.0, y + 4.0), Anchor::End, &tick.label);
        }
        svg.line("axis", (self.left, self.bottom), (self.right, self.bottom));
        let mut free = f64::NEG_INFINITY;
        for tick in &self.x.ticks {
            let Some(x) = self.x_of(tick.value) else { continue };
            svg.line("axis", (x, self.bottom), (x, self.bottom + 4.0));
            // Skip labels that would overlap.
            let half = text_width(&tick.label, TEXT) / 2.0;
            if x - half > free {
                svg.text("", (x, self.bottom + 19.0), Anchor::Middle, &tick.label);
                free = x + half + 6.0;
            }
        }
        let middle = (self.left + self.right) / 2.0;
        svg.text("", (middle, self.bottom + 40.0), Anchor::Middle, x_label);
    }

    pub(super) fn x_of(&self, value: f64) -> Option<f64> {
        let place = self.x.place(value)?;
        Some(self.left + place * (self.right - self.left))
    }

    pub(super) fn y_of(&self, value: f64) -> Option<f64> {
        let place = self.y.place(value)?;
        Some(self.bottom - place * (self.bottom - self.top))
    }

    /// Position of a point in the drawing; `None` if it cannot be drawn.
    pub(super) fn point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((self.x_of(x)?, self.y_of(y)?))
    }

    /// Writes the reason for an empty plot in its centre.
    pub(super) fn nothing(&self, svg: &mut Svg, why: &str) {
        let middle = ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0);
        svg.text("ink", middle, Anchor::Middle, why);
    }

    /// A dotted vertical line with a label at its upper end, `level` lines of text down.
    pub(super) fn mark(&self, svg: &mut Svg, value: f64, label: &str, level: usize) {
        self.named_line(svg, "mark", value, label, level);
    }

    /// Like [`Frame::mark`], as a solid line with its own colour and thickness.
    pub(super) fn threshold(&self, svg: &mut Svg, value: f64, label: &str, level: usize) {
        self.named_line(svg, "threshold", value, label, level);
    }

    fn named_line(&self, svg: &mut Svg, class: &str, value: f64, label: &str, level: usize) {
        let Some(x) = self.x_of(value) else { return };
        svg.line(class, (x, self.top - 8.0), (x, self.bottom));
        let width = text_width(label, TEXT);
        let start = match x + 6.0 + width < self.right {
            true => x + 6.0,
            false => (x - 6.0 - width).max(self.left),
        };
        let text = if class == "threshold" {
            "strong label"
        } else {
            "ink label"
        };
        let place = (start, self.top + 2.0 + 17.0 * level as f64);
        svg.text(text, place, Anchor::Start, label);
    }
}
