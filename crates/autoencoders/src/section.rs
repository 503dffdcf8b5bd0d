//! `Section`: a table of figures that only one kind of model has.

/// Figures for the report of a model: see [`Autoencoder::sections`](crate::Autoencoder::sections).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// The heading, such as `Codebooks`.
    pub title: String,
    /// What was measured on what, in a sentence or two.
    pub about: String,
    /// The names of the columns, with their units.
    pub columns: Vec<String>,
    /// The rows of the table: a name, and a figure a column; none where there is nothing to say.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
}
