//! `Dataset`: rows of features in memory, in their stored type.

use crate::image::ImageShape;
use crate::ranges::{column_ranges, find_unusable, range_of};
use crate::row_names::RowNames;
use crate::values::with_values;
use crate::{DataError, Element, ElementType, Labels, Scaling, Values};
use std::sync::{Arc, OnceLock};

/// A table of finite numbers in memory (rows × columns), in the type that it was stored in, optionally with a label per row.
///
/// Values are converted and scaled when rows are gathered into a batch. Clones, splits and re-scaled copies share the stored
/// values.
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
    /// The rows of the table in this dataset, in order; `None` for all rows.
    picked: Option<Arc<[usize]>>,
    scaling: Scaling,
    range: Arc<OnceLock<(f64, f64)>>,
}

/// The data that several datasets share.
#[derive(Clone, Debug)]
struct Table {
    name: String,
    values: Values,
    rows: usize,
    columns: usize,
    image: Option<ImageShape>,
    column_names: Option<Vec<String>>,
    /// Whether the source is a table without a header.
    headless: bool,
    labels: Option<Labels>,
    /// The file of each row, if the rows come from files.
    files: Option<RowNames>,
}

impl Dataset {
    /// Creates a dataset from rows of `columns` values each, in row-major order. The values are not scaled.
    ///
    /// # Errors
    /// If there are no values or no columns, if the last row is incomplete, or if a value is NaN, infinite, or outside the
    /// range of `f32`.
    ///
    /// ```
    /// # use latents_data::Dataset;
    /// let data = Dataset::new("table", vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3)?;
    /// assert_eq!((data.rows(), data.columns()), (2, 3));
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
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
            let reason = format!("{} values cannot be divided into rows of {columns}", values.len());
            let hint = "give rows × columns values";
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

    /// Replaces the scaling.
    ///
    /// # Errors
    /// If the scaling was fitted on another number of columns, or contains invalid numbers.
    ///
    /// ```
    /// # use latents_data::{Dataset, Scaling};
    /// let data = Dataset::new("pixels", vec![0u8, 51], 2)?.with_scaling(Scaling::Divide { by: 255.0 })?;
    /// assert_eq!(data.to_tensor::<f32>().to_vec(), [0.0, 0.2]);
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn with_scaling(mut self, scaling: Scaling) -> Result<Self, DataError> {
        scaling.validate(self.columns())?;
        self.scaling = scaling;
        Ok(self)
    }

    /// Sets a label for each row.
    ///
    /// # Errors
    /// If the numbers of labels and rows differ.
    ///
    /// ```
    /// # use latents_data::{Dataset, Labels};
    /// let data = Dataset::new("table", vec![1.0, 2.0], 1)?.with_labels(Labels::from_texts(["dog", "cat"]))?;
    /// assert_eq!(data.classes(), Some(vec![1, 0]));
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn with_labels(mut self, labels: Labels) -> Result<Self, DataError> {
        if labels.len() != self.rows() {
            return Err(DataError::Labels {
                place: self.name().to_owned(),
                reason: format!("{} labels for {} rows", labels.len(), self.rows()),
            });
        }
        let labels = match &self.picked {
            None => labels,
            // Labels are stored for all rows of the table, so copy the selected rows first.
            Some(_) => return self.compact().with_labels(labels),
        };
        Arc::make_mut(&mut self.table).labels = Some(labels);
        Ok(self)
    }

    /// Sets a name for each column.
    ///
    /// # Errors
    /// If the numbers of names and columns differ.
    ///
    /// ```
    /// # use latents_data::Dataset;
    /// let data = Dataset::new("table", vec![1.0, 2.0], 2)?.with_column_names(vec!["x".into(), "y".into()])?;
    /// assert_eq!(data.column_names().unwrap()[1], "y");
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn with_column_names(mut self, names: Vec<String>) -> Result<Self, DataError> {
        if names.len() != self.columns() {
            return Err(DataError::Width {
                place: self.name().to_owned(),
                found: names.len(),
                expected: self.columns(),
                reason: "column names",
            });
        }
        Arc::make_mut(&mut self.table).column_names = Some(names);
        Ok(self)
    }

    /// Marks this dataset as a table without a header.
    pub(crate) fn without_header(mut self) -> Self {
        Arc::make_mut(&mut self.table).headless = true;
        self
    }

    pub(crate) fn is_headless(&self) -> bool {
        self.table.headless
    }

    /// Declares that each row is an image of this shape.
    ///
    /// # Errors
    /// If the image does not have one value per column.
    ///
    /// ```
    /// # use latents_data::{Dataset, ImageShape};
    /// let data = Dataset::new("pixels", vec![0u8; 12], 6)?.with_image_shape(ImageShape::grey(2, 3))?;
    /// assert_eq!(data.image_shape(), Some(ImageShape::grey(2, 3)));
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn with_image_shape(mut self, shape: ImageShape) -> Result<Self, DataError> {
        if shape.len() != self.columns() {
            return Err(DataError::Width {
                place: self.name().to_owned(),
                found: shape.len(),
                expected: self.columns(),
                reason: "values of an image",
            });
        }
        Arc::make_mut(&mut self.table).image = Some(shape);
        Ok(self)
    }

    /// Sets the file that each row was read from.
    pub(crate) fn with_file_names(mut self, names: RowNames) -> Self {
        debug_assert!(self.picked.is_none() && names.len() == self.rows());
        Arc::make_mut(&mut self.table).files = Some(names);
        self
    }

    /// Selects rows in the given order, without copying their values.
    ///
    /// # Panics
    /// If a row index is out of range.
    ///
    /// ```
    /// let some = latents_data::digits().select(&[10, 3]);
    /// assert_eq!((some.rows(), some.source_row(0)), (2, 10));
    /// ```
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

    /// Copies the rows into a table of their own.
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

    /// The name of the source.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().name(), "digits");
    /// ```
    pub fn name(&self) -> &str {
        &self.table.name
    }

    /// The number of rows.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().rows(), 1797);
    /// ```
    pub fn rows(&self) -> usize {
        self.picked.as_ref().map_or(self.table.rows, |rows| rows.len())
    }

    /// The number of columns (features).
    ///
    /// ```
    /// assert_eq!(latents_data::digits().columns(), 64);
    /// ```
    pub fn columns(&self) -> usize {
        self.table.columns
    }

    /// The stored element type.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().element_type(), latents_data::ElementType::U8);
    /// ```
    pub fn element_type(&self) -> ElementType {
        self.table.values.element_type()
    }

    /// Height, width and channels, if the rows are images.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().image_shape().unwrap().height, 8);
    /// ```
    pub fn image_shape(&self) -> Option<ImageShape> {
        self.table.image
    }

    /// The column names, if the source has them.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().column_names(), None);
    /// ```
    pub fn column_names(&self) -> Option<&[String]> {
        self.table.column_names.as_deref()
    }

    /// The file of a row, relative to its folder (such as `cat/1.png`), or the value of the column `file` of a table. `None` if
    /// rows do not come from files.
    ///
    /// # Panics
    /// If the row index is out of range.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().file_name(0), None);
    /// ```
    /// If there is no such row.
    #[track_caller]
    pub fn file_name(&self, row: usize) -> Option<&str> {
        self.assert_rows(&[row]);
        Some(self.table.files.as_ref()?.get(self.place(row)))
    }

    /// The files of all rows in order; see [`Dataset::file_name`].
    ///
    /// ```
    /// assert_eq!(latents_data::digits().file_names(), None);
    /// ```
    pub fn file_names(&self) -> Option<Vec<&str>> {
        self.table.files.as_ref()?;
        (0..self.rows()).map(|row| self.file_name(row)).collect()
    }

    /// The scaling applied to gathered rows.
    ///
    /// ```
    /// # use latents_data::{Scaling, digits};
    /// assert_eq!(digits().scaling(), &Scaling::Divide { by: 16.0 });
    /// ```
    pub fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    /// Whether the rows have labels.
    ///
    /// ```
    /// assert!(latents_data::digits().has_labels());
    /// ```
    pub fn has_labels(&self) -> bool {
        self.table.labels.is_some()
    }

    /// The names of the classes, if the rows have labels.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().class_names().unwrap()[3], "3");
    /// ```
    pub fn class_names(&self) -> Option<&[String]> {
        self.table.labels.as_ref().map(Labels::names)
    }

    /// The class of a row, as an index into [`Dataset::class_names`]; `None` without labels.
    ///
    /// # Panics
    /// If the row index is out of range.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().class(1), Some(1));
    /// ```
    #[track_caller]
    pub fn class(&self, row: usize) -> Option<usize> {
        self.assert_rows(&[row]);
        self.table
            .labels
            .as_ref()
            .map(|labels| labels.class(self.place(row)))
    }

    /// The classes of all rows in order, if the rows have labels.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().classes().unwrap().len(), 1797);
    /// ```
    pub fn classes(&self) -> Option<Vec<usize>> {
        let labels = self.table.labels.as_ref()?;
        Some(
            (0..self.rows())
                .map(|row| labels.class(self.place(row)))
                .collect(),
        )
    }

    /// The minimum and the maximum stored value. Computed once and cached.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().range(), (0.0, 16.0));
    /// ```
    pub fn range(&self) -> (f64, f64) {
        *self.range.get_or_init(|| match &self.picked {
            None => range_of(&self.table.values),
            Some(_) => self.column_ranges().into_iter().fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(low, high), (minimum, maximum)| (low.min(minimum), high.max(maximum)),
            ),
        })
    }

    /// The minimum and the maximum stored value of each column.
    pub(crate) fn column_ranges(&self) -> Vec<(f64, f64)> {
        let places = (0..self.rows()).map(|row| self.place(row));
        column_ranges(&self.table.values, self.columns(), places)
    }

    pub(crate) fn values(&self) -> &Values {
        &self.table.values
    }

    /// The index, from 0, of a row in the original data, before any selection.
    ///
    /// # Panics
    /// If the row index is out of range.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().select(&[5, 9]).select(&[1]).source_row(0), 9);
    /// ```
    #[track_caller]
    pub fn source_row(&self, row: usize) -> usize {
        self.assert_rows(&[row]);
        self.place(row)
    }

    /// The position of a row in the table.
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
