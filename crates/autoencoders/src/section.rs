//! `Section`: a table for the report that is specific to the model.

/// A table for the report; see [`Autoencoder::sections`](crate::Autoencoder::sections).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Heading, such as `Codebooks`.
    pub title: String,
    /// What was measured, and on which rows, in one or two sentences.
    pub about: String,
    /// Column names, with units.
    pub columns: Vec<String>,
    /// Name and values of each row, one value per column; `None` for missing values.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
}
