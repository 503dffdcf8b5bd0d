//! Descriptions of datasets.

use crate::{Dataset, Scaling};
use latents_text::number::{count, counted, plain};

impl Dataset {
    /// A description for people: name, rows, columns, type, range, scaling, labels, and whether a column names the rows.
    ///
    /// ```
    /// assert_eq!(
    ///     latents_data::digits().describe(),
    ///     "digits: 1,797 rows × 64 columns (images 8×8) of u8, values 0 to 16, divided by 16: 0 to 1; 10 classes"
    /// );
    /// ```
    pub fn describe(&self) -> String {
        let picture = self
            .image_shape()
            .map(|shape| match shape.channels {
                1 => format!(" (images {}×{})", shape.height, shape.width),
                channels => format!(" (images {}×{}×{channels})", shape.height, shape.width),
            })
            .unwrap_or_default();
        let (low, high) = self.range();
        let (scaled_low, scaled_high) = self.scaled_range();
        let scaled = match self.scaling() {
            Scaling::None => String::new(),
            _ => format!(": {} to {}", plain(scaled_low), plain(scaled_high)),
        };
        let classes = self
            .class_names()
            .map(|names| match names.len() {
                1 => "; 1 class".to_owned(),
                several => format!("; {} classes", count(several)),
            })
            .unwrap_or_default();
        let header = match (self.column_names(), self.is_headless()) {
            (Some(_), _) => "named by a header, ",
            (None, true) => "without a header, ",
            (None, false) => "",
        };
        // Rows of an image folder always have file names; no need to mention them.
        let named = self.rows() > 0 && self.file_name(0).is_some() && self.image_shape().is_none();
        let files = if named {
            "; rows named by the column `file`"
        } else {
            ""
        };
        format!(
            "{}: {} × {}{picture} of {}, {header}values {} to {}, {}{scaled}{classes}{files}",
            self.name(),
            counted(self.rows(), "row"),
            counted(self.columns(), "column"),
            self.element_type(),
            plain(low),
            plain(high),
            self.scaling(),
        )
    }
}
