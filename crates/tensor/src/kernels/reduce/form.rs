//! One group of folded axes, cut into blocks.

use crate::Shape;

/// Virtual lanes of a row.
pub(crate) const LANES: usize = 32;
/// Elements in a block of a row.
pub(super) const ROW_BLOCK: usize = 4096;
/// Rows in a block of columns.
pub(super) const COLUMN_BLOCK: usize = 64;
/// The number of elements that make a chunk of work for one thread, approximately. Does not affect the result.
pub(super) const CHUNK: usize = 16384;

/// One group of folded axes: `outer × length × inner` elements become `outer × inner`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) outer: usize,
    pub(super) length: usize,
    pub(super) inner: usize,
    /// Whether no axis after the folded ones is kept; `inner` is then 1.
    pub(super) rows: bool,
}

impl Form {
    /// Folded elements in a block.
    pub(super) fn block(&self) -> usize {
        if self.rows { ROW_BLOCK } else { COLUMN_BLOCK }
    }

    pub(super) fn blocks(&self) -> usize {
        self.length.div_ceil(self.block()).max(1)
    }

    /// The results of the blocks, as what is left to fold.
    pub(super) fn of_blocks(self) -> Self {
        Self {
            length: self.blocks(),
            ..self
        }
    }
}

/// All axes but the last as one.
pub(super) fn columns_of(shape: Shape) -> Form {
    Form {
        outer: 1,
        length: shape[..shape.rank() - 1].iter().product(),
        inner: shape[shape.rank() - 1],
        rows: false,
    }
}
