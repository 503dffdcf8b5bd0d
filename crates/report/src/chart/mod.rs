//! Charts as inline SVG. [`STYLE`] has a light and a dark theme with colours for colour-blind readers (after Okabe and Ito);
//! tooltips show the values. Non-finite values are never drawn.

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
