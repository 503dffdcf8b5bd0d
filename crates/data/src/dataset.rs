//! `Dataset`: rows of features in memory, in their stored type.

use crate::image::ImageShape;
use crate::ranges::{column_ranges, find_unusable, range_of};
use crate::row_names::RowNames;
use crate::values::with_values;
use crate::{DataError, Element, ElementType, Labels, Scaling, Values};
use std::sync::{Arc, OnceLock};

/// Rows × columns of finite numbers in memory, in the type that they were stored in, perhaps with a label a row.
///
/// Conversion and scaling happen when rows are gathered into a batch. Clones, splits and re-scalings share the
/// stored values.
///
/// ```
/// use latents_data::{Dataset, Scaling};
/// let data = Dataset::new("pixels", vec![0u8, 51, 102, 255], 2)?.with_scaling(Scaling::Divide { by: 255.0 })?;
/// assert_eq!(data.gather::<f32>(&[1, 0]).to_vec(), [0.4, 1.0, 0.0, 0.2]);
/// # Ok::<(), latents_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    table: Arc<Table>,
    /// The rows of the table that are this dataset, in order; all of them if `None`.
    picked: Option<Arc<[usize]>>,
    scaling: Scaling,
    range: Arc<OnceLock<(f64, f64)>>,
}

/// What datasets share.
#[derive(Clone, Debug)]
struct Table {
    name: String,
    values: Values,
    rows: usize,
    columns: usize,
    image: Option<ImageShape>,
    column_names: Option<Vec<String>>,
    /// Whether it was a table whose first line is not taken for names of columns.
    headless: bool,
    labels: Option<Labels>,
    /// Of each row, where each is or was made of a file.
    files: Option<RowNames>,
}

impl Dataset {
    /// Rows of `columns` values each; `values` holds them in row-major order. Not scaled.
    ///
    /// # Errors
    /// If there are no values or columns, if the values do not fill their last row, or if one of them is NaN,
    /// infinite, or beyond the range of `f32`.
    pub fn new(
        name: impl Into<String>,
        values: impl Into<Values>,
        columns: usize,
    ) -> Result<Self, DataError> {
        let (name, values) = (name.into(), values.into());
        if columns == 0 {
            return Err(DataError::NoColumns {
                place: name,
                label_only: false,
            });
        }
        if values.is_empty() {
            return Err(DataError::NoRows { place: name });
        }
        let rows = values.len() / columns;
        if rows * columns != values.len() {
            let reason = format!("{} values do not make rows of {columns}", values.len());
            let hint = "give as many values as rows times columns";
            return Err(DataError::malformed(&name, reason, hint));
        }
        if let Some(index) = find_unusable(&values) {
            return Err(DataError::NotFinite {
                place: name,
                row: index / columns,
                column: index % columns,
                value: values.at(index),
            });
        }
        let table = Table {
            name,
            values,
            rows,
            columns,
            image: None,
            column_names: None,
            headless: false,
            labels: None,
            files: None,
        };
        Ok(Self {
            table: Arc::new(table),
            picked: None,
            scaling: Scaling::None,
            range: Arc::default(),
        })
    }

    /// This dataset with another scaling.
    ///
    /// # Errors
    /// If the scaling was fitted on another number of columns or holds unusable numbers.
    pub fn with_scaling(mut self, scaling: Scaling) -> Result<Self, DataError> {
        scaling.validate(self.columns())?;
        self.scaling = scaling;
        Ok(self)
    }

    /// This dataset with a label for each row.
    ///
    /// # Errors
    /// If there is another number of labels than rows.
    pub fn with_labels(mut self, labels: Labels) -> Result<Self, DataError> {
        if labels.len() != self.rows() {
            return Err(DataError::Labels {
                place: self.name().to_owned(),
                reason: format!("{} labels for {} rows", labels.len(), self.rows()),
            });
        }
        let labels = match &self.picked {
            None => labels,
            // Labels are kept for every row of the table: pick the rows out first.
            Some(_) => return self.compact().with_labels(labels),
        };
        Arc::make_mut(&mut self.table).labels = Some(labels);
        Ok(self)
    }

    /// This dataset with a name for each column.
    ///
    /// # Errors
    /// If there is another number of names than columns.
    pub fn with_column_names(mut self, names: Vec<String>) -> Result<Self, DataError> {
        if names.len() != self.columns() {
            return Err(DataError::Width {
                place: self.name().to_owned(),
                found: names.len(),
                expected: self.columns(),
                reason: "names of columns",
            });
        }
        Arc::make_mut(&mut self.table).column_names = Some(names);
        Ok(self)
    }

    /// This dataset as one from a table without a header.
    pub(crate) fn without_header(mut self) -> Self {
        Arc::make_mut(&mut self.table).headless = true;
        self
    }

    pub(crate) fn is_headless(&self) -> bool {
        self.table.headless
    }

    /// This dataset with rows that are pictures.
    ///
    /// # Errors
    /// If a picture has another number of values than a row.
    pub fn with_image_shape(mut self, shape: ImageShape) -> Result<Self, DataError> {
        if shape.len() != self.columns() {
            return Err(DataError::Width {
                place: self.name().to_owned(),
                found: shape.len(),
                expected: self.columns(),
                reason: "values of a picture",
            });
        }
        Arc::make_mut(&mut self.table).image = Some(shape);
        Ok(self)
    }

    /// This dataset with the file that each row of the table was read from.
    pub(crate) fn with_file_names(mut self, names: RowNames) -> Self {
        debug_assert!(self.picked.is_none() && names.len() == self.rows());
        Arc::make_mut(&mut self.table).files = Some(names);
        self
    }

    /// Some of the rows, in the given order, without copying their values.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    #[track_caller]
    pub fn select(&self, rows: &[usize]) -> Self {
        self.assert_rows(rows);
        Self {
            table: Arc::clone(&self.table),
            picked: Some(rows.iter().map(|&row| self.place(row)).collect()),
            scaling: self.scaling.clone(),
            range: Arc::default(),
        }
    }

    /// The same rows in a table of their own.
    fn compact(self) -> Self {
        let Some(picked) = &self.picked else { return self };
        let columns = self.columns();
        fn pick<E: Element>(values: &[E], rows: &[usize], columns: usize) -> Vec<E> {
            rows.iter()
                .flat_map(|&row| &values[row * columns..][..columns])
                .copied()
                .collect()
        }
        let table = Table {
            name: self.table.name.clone(),
            values: with_values!(&self.table.values, slice => pick(slice, picked, columns).into()),
            rows: picked.len(),
            labels: None,
            files: self
                .table
                .files
                .as_ref()
                .map(|files| picked.iter().map(|&row| files.get(row)).collect()),
            image: self.table.image,
            column_names: self.table.column_names.clone(),
            headless: self.table.headless,
            columns,
        };
        Self {
            table: Arc::new(table),
            picked: None,
            ..self
        }
    }

    /// Where the data come from.
    pub fn name(&self) -> &str {
        &self.table.name
    }

    /// The number of rows (samples).
    pub fn rows(&self) -> usize {
        self.picked.as_ref().map_or(self.table.rows, |rows| rows.len())
    }

    /// The number of columns (features).
    pub fn columns(&self) -> usize {
        self.table.columns
    }

    /// The stored type.
    pub fn element_type(&self) -> ElementType {
        self.table.values.element_type()
    }

    /// Height, width and channels, where rows are pictures.
    pub fn image_shape(&self) -> Option<ImageShape> {
        self.table.image
    }

    /// The names of the columns, where the source has them.
    pub fn column_names(&self) -> Option<&[String]> {
        self.table.column_names.as_deref()
    }

    /// Where a row comes from, where each is a file of a folder: its path within that, such as `cat/1.png`; or what the
    /// column `file` of a table has for it.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn file_name(&self, row: usize) -> Option<&str> {
        self.assert_rows(&[row]);
        Some(self.table.files.as_ref()?.get(self.place(row)))
    }

    /// The files of all rows in order, see [`Dataset::file_name`].
    pub fn file_names(&self) -> Option<Vec<&str>> {
        self.table.files.as_ref()?;
        (0..self.rows()).map(|row| self.file_name(row)).collect()
    }

    /// The scaling that gathered rows have.
    pub fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    /// Whether rows have labels.
    pub fn has_labels(&self) -> bool {
        self.table.labels.is_some()
    }

    /// The names of the label classes, where rows have labels.
    pub fn class_names(&self) -> Option<&[String]> {
        self.table.labels.as_ref().map(Labels::names)
    }

    /// The label class of a row, an index into [`Dataset::class_names`].
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn class(&self, row: usize) -> Option<usize> {
        self.assert_rows(&[row]);
        self.table
            .labels
            .as_ref()
            .map(|labels| labels.class(self.place(row)))
    }

    /// The classes of all rows in order.
    pub fn classes(&self) -> Option<Vec<usize>> {
        let labels = self.table.labels.as_ref()?;
        Some(
            (0..self.rows())
                .map(|row| labels.class(self.place(row)))
                .collect(),
        )
    }

    /// The least and the greatest stored value. Found once, and remembered.
    pub fn range(&self) -> (f64, f64) {
        *self.range.get_or_init(|| match &self.picked {
            None => range_of(&self.table.values),
            Some(_) => self.column_ranges().into_iter().fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(low, high), (minimum, maximum)| (low.min(minimum), high.max(maximum)),
            ),
        })
    }

    /// The least and the greatest stored value of each column.
    pub(crate) fn column_ranges(&self) -> Vec<(f64, f64)> {
        let places = (0..self.rows()).map(|row| self.place(row));
        column_ranges(&self.table.values, self.columns(), places)
    }

    pub(crate) fn values(&self) -> &Values {
        &self.table.values
    }

    /// The number, from 0, that a row has in the data that were read, whatever was selected from them since.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn source_row(&self, row: usize) -> usize {
        self.assert_rows(&[row]);
        self.place(row)
    }

    /// Where a row lies in the table.
    #[inline(always)]
    pub(crate) fn place(&self, row: usize) -> usize {
        self.picked.as_ref().map_or(row, |picked| picked[row])
    }

    /// The stored values of a row.
    pub(crate) fn stored_row_into(&self, row: usize, out: &mut [f64]) {
        fn widen<E: Element>(values: &[E], out: &mut [f64]) {
            out.iter_mut().zip(values).for_each(|(out, x)| *out = x.to_f64());
        }
        let start = self.place(row) * self.columns();
        with_values!(self.values(), slice => widen(&slice[start..start + self.columns()], out));
    }

    #[track_caller]
    pub(crate) fn assert_rows(&self, rows: &[usize]) {
        let count = self.rows();
        if let Some(row) = rows.iter().find(|row| **row >= count) {
            panic!("row {row} of {}, which has {count} rows", self.name());
        }
    }
}
