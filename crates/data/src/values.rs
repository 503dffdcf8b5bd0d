//! `Values`: the elements of a table in their stored type.

#[cfg(doc)]
use crate::Element;
use crate::ElementType;

/// Elements in row-major order, in their stored type: bytes stay bytes.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each variant is named after its element type")]
pub enum Values {
    Bool(Vec<bool>),
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    U64(Vec<u64>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Evaluates an expression with the slice of the stored type.
macro_rules! with_values {
    ($values:expr, $slice:ident => $body:expr) => {
        match $values {
            $crate::Values::Bool($slice) => $body,
            $crate::Values::U8($slice) => $body,
            $crate::Values::I8($slice) => $body,
            $crate::Values::U16($slice) => $body,
            $crate::Values::I16($slice) => $body,
            $crate::Values::U32($slice) => $body,
            $crate::Values::I32($slice) => $body,
            $crate::Values::U64($slice) => $body,
            $crate::Values::I64($slice) => $body,
            $crate::Values::F32($slice) => $body,
            $crate::Values::F64($slice) => $body,
        }
    };
}
pub(crate) use with_values;

impl Values {
    /// The number of elements.
    ///
    /// ```
    /// assert_eq!(latents_data::Values::from(vec![1u8, 2]).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        with_values!(self, slice => slice.len())
    }

    /// Whether there are no elements.
    ///
    /// ```
    /// assert!(latents_data::Values::from(Vec::<f32>::new()).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The stored element type.
    ///
    /// ```
    /// # use latents_data::{ElementType, Values};
    /// assert_eq!(Values::from(vec![1u8, 2]).element_type(), ElementType::U8);
    /// ```
    pub fn element_type(&self) -> ElementType {
        fn of<E: crate::Element>(_: &[E]) -> ElementType {
            E::TYPE
        }
        with_values!(self, slice => of(slice))
    }

    /// The element at `index` in row-major order; see [`Element::to_f64`].
    ///
    /// ```
    /// assert_eq!(latents_data::Values::from(vec![1u8, 2]).at(1), 2.0);
    /// ```
    pub fn at(&self, index: usize) -> f64 {
        with_values!(self, slice => crate::Element::to_f64(slice[index]))
    }

    /// Converts an array of `shape` from column-major (Fortran) to row-major order.
    pub(crate) fn into_row_major(self, shape: &[usize]) -> Self {
        macro_rules! reorder {
            ($($name:ident),*) => {
                match self {
                    $(Values::$name(values) => Values::$name(row_major(&values, shape)),)*
                }
            };
        }
        reorder!(Bool, U8, I8, U16, I16, U32, I32, U64, I64, F32, F64)
    }
}

/// Iterates over the target in order, tracking the position in the column-major source.
fn row_major<E: Copy>(source: &[E], shape: &[usize]) -> Vec<E> {
    if source.is_empty() {
        return Vec::new();
    }
    let strides: Vec<usize> = shape
        .iter()
        .scan(1, |step, &length| {
            let stride = *step;
            *step *= length;
            Some(stride)
        })
        .collect();
    let mut index = vec![0; shape.len()];
    let mut place = 0;
    let mut target = Vec::with_capacity(source.len());
    for _ in 0..source.len() {
        target.push(source[place]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            place += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    target
}

macro_rules! from_vec {
    ($($t:ident $name:ident),*) => {$(
        impl From<Vec<$t>> for Values {
            fn from(values: Vec<$t>) -> Self {
                Self::$name(values)
            }
        }
    )*};
}
from_vec!(bool Bool, u8 U8, i8 I8, u16 U16, i16 I16, u32 U32, i32 I32, u64 U64, i64 I64, f32 F32, f64 F64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_major_becomes_row_major() {
        let two = Values::from(vec![1u8, 4, 2, 5, 3, 6]).into_row_major(&[2, 3]);
        assert_eq!(two, Values::U8(vec![1, 2, 3, 4, 5, 6]));
        // Element (i, j, k) of a 2×3×4 array is 100 i + 10 j + k.
        let shape = [2, 3, 4];
        let mut columns = Vec::new();
        (0..4).for_each(|k| (0..3).for_each(|j| (0..2).for_each(|i| columns.push(100 * i + 10 * j + k))));
        let mut rows = Vec::new();
        (0..2).for_each(|i| (0..3).for_each(|j| (0..4).for_each(|k| rows.push(100 * i + 10 * j + k))));
        assert_eq!(Values::I32(columns).into_row_major(&shape), Values::I32(rows));
    }
}
