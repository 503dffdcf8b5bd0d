//! Charts as inline SVG: light and dark by [`STYLE`], colours that colour-blind readers can tell apart (after Okabe and
//! Ito), round ticks, titles under the pointer. Values that are not finite never reach the drawing.

mod bars;
mod frame;
mod histogram;
mod line;
mod profile;
mod scale;
mod scatter;
mod svg;

pub use bars::{Bar, BarChart};
pub use histogram::Histogram;
pub use line::{LineChart, Series};
pub use profile::Profile;
pub use scatter::Scatter;
pub use svg::{STYLE, standalone};

pub(crate) use scatter::POINTS;
