//! Writing SVG: elements with escaped text and short coordinates.

use latents_text::printable;
use std::fmt::Write;

/// What the charts look like, in light and in dark.
pub const STYLE: &str = include_str!("chart.css");

/// SVG that is being written.
pub(super) struct Svg {
    text: String,
}

/// Where a text hangs on its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// Opens a drawing of `width × height` that a screen reader reads as `description`.
    pub(super) fn new(width: f64, height: f64, description: &str) -> Self {
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" \
             aria-label=\"{}\">",
            Coordinate(width),
            Coordinate(height),
            escape(description)
        );
        Self { text }
    }

    /// Closes the drawing.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }

    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let ends = [x1, y1, x2, y2].map(Coordinate);
        self.write(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            ends[0], ends[1], ends[2], ends[3]
        ));
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, content: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y) = (Coordinate(x), Coordinate(y));
        self.write(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{}</text>",
            escape(content)
        ));
    }

    /// A rectangle; `title` shows under the pointer.
    pub(super) fn rectangle(
        &mut self,
        class: &str,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        title: &str,
    ) {
        let [x, y, width, height] = [x, y, width, height].map(Coordinate);
        self.write(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">{}</rect>",
            titled(title)
        ));
    }

    /// A circle; `title` shows under the pointer.
    pub(super) fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64, title: &str) {
        let [x, y, radius] = [x, y, radius].map(Coordinate);
        self.write(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\">{}</circle>",
            titled(title)
        ));
    }

    /// A line through all points.
    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        self.write(format_args!("<path class=\"{class}\" d=\""));
        for (index, &(x, y)) in points.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            self.write(format_args!("{command}{} {}", Coordinate(x), Coordinate(y)));
        }
        self.text.push_str("\"/>");
    }

    fn write(&mut self, arguments: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(arguments);
    }
}

/// A coordinate with at most one decimal: a tenth of a pixel is finer than anybody sees.
struct Coordinate(f64);

impl std::fmt::Display for Coordinate {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let rounded = (self.0 * 10.0).round() / 10.0;
        // Adding 0 turns −0 into 0.
        write!(f, "{}", rounded + 0.0)
    }
}

fn titled(title: &str) -> String {
    match title {
        "" => String::new(),
        text => format!("<title>{}</title>", escape(text)),
    }
}

/// Text for the inside of an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    let text = printable(text);
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The width of `text` in a font of `size`, about.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let width = |character| match character {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | ' ' | '\'' | '|' | '(' | ')' => 0.33,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.9,
        'A'..='Z' => 0.68,
        '⁰'..='⁹' | '¹' | '²' | '³' => 0.38,
        _ => 0.57,
    };
    size * text.chars().map(width).sum::<f64>()
}

/// `text` cut so that it fits `width`, with an ellipsis where something is missing.
pub(super) fn shortened(text: &str, width: f64, size: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if text_width(&kept, size) + size > width {
            break;
        }
    }
    kept.trim_end().to_owned() + "…"
}

/// A chart as a file of its own: the drawing with its style inside.
pub fn standalone(chart: &str) -> String {
    match chart.split_once('>') {
        Some((opening, rest)) => format!("{opening}><style>{STYLE}</style>{rest}\n"),
        None => chart.to_owned(),
    }
}
