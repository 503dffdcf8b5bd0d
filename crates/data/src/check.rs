//! What the values are: finite, in which range, fit for a sigmoid decoder.

use crate::values::with_values;
use crate::{DataError, Dataset, Element, Scaling, Values};

/// Elements that are looked at together, so that the compiler uses vectors.
const LANES: usize = 32;

/// The first element that is NaN, infinite, or beyond the range of `f32`.
pub(crate) fn find_unusable(values: &Values) -> Option<usize> {
    fn find<E: Element>(values: &[E]) -> Option<usize> {
        // Within a block without an early exit: a branch for each element would keep it scalar.
        let spoiled = |block: &[E]| !block.iter().fold(true, |usable, x| usable & x.is_usable());
        let block = values.chunks(256).position(spoiled)?;
        let within = values[block * 256..].iter().position(|x| !x.is_usable())?;
        Some(block * 256 + within)
    }
    match values {
        Values::F32(values) => find(values),
        Values::F64(values) => find(values),
        _ => None,
    }
}

/// The least and the greatest element of a table that has elements, none of them NaN.
pub(crate) fn range_of(values: &Values) -> (f64, f64) {
    fn range<E: Element>(values: &[E]) -> (f64, f64) {
        let mut low = [values[0]; LANES];
        let mut high = [values[0]; LANES];
        let blocks = values.chunks_exact(LANES);
        let rest = blocks.remainder();
        for block in blocks {
            widen(&mut low, &mut high, block);
        }
        widen(&mut low, &mut high, rest);
        let ends = low.into_iter().zip(high);
        let (low, high) = ends.fold((values[0], values[0]), |(low, high), (a, b)| {
            (lesser(low, a), greater(high, b))
        });
        (low.to_f64(), high.to_f64())
    }
    with_values!(values, slice => range(slice))
}

/// The least and the greatest stored value of each column.
pub(crate) fn column_ranges(data: &Dataset) -> Vec<(f64, f64)> {
    fn ranges<E: Element>(data: &Dataset, values: &[E]) -> Vec<(f64, f64)> {
        let columns = data.columns();
        let row = |index: usize| &values[data.place(index) * columns..][..columns];
        let (mut low, mut high) = (row(0).to_vec(), row(0).to_vec());
        (1..data.rows()).for_each(|index| widen(&mut low, &mut high, row(index)));
        let ends = low.into_iter().zip(high);
        ends.map(|(low, high)| (low.to_f64(), high.to_f64())).collect()
    }
    with_values!(data.values(), slice => ranges(data, slice))
}

fn widen<E: Element>(low: &mut [E], high: &mut [E], values: &[E]) {
    for ((low, high), &x) in low.iter_mut().zip(high).zip(values) {
        *low = lesser(*low, x);
        *high = greater(*high, x);
    }
}

#[inline(always)]
fn lesser<E: PartialOrd>(a: E, b: E) -> E {
    if b < a { b } else { a }
}

#[inline(always)]
fn greater<E: PartialOrd>(a: E, b: E) -> E {
    if b > a { b } else { a }
}

impl Dataset {
    /// The least and the greatest value after scaling.
    pub fn scaled_range(&self) -> (f64, f64) {
        match self.scaling() {
            Scaling::MinMax(affine) | Scaling::Standard(affine) if affine.shift.len() > 1 => {
                let ends = column_ranges(self).into_iter().enumerate();
                let scaled = ends.flat_map(|(column, (low, high))| {
                    [
                        self.scaling().apply(low, column),
                        self.scaling().apply(high, column),
                    ]
                });
                scaled.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
                    (low.min(y), high.max(y))
                })
            }
            scaling => {
                let (low, high) = self.range();
                let (a, b) = (scaling.apply(low, 0), scaling.apply(high, 0));
                (a.min(b), a.max(b))
            }
        }
    }

    /// Whether every scaled value lies in [0, 1], as a decoder that ends in a sigmoid needs.
    ///
    /// # Errors
    /// If not, with the range and what to do.
    pub fn check_unit_range(&self) -> Result<(), DataError> {
        let (minimum, maximum) = self.scaled_range();
        if minimum >= 0.0 && maximum <= 1.0 {
            return Ok(());
        }
        Err(DataError::OutsideUnitRange {
            place: self.name().to_owned(),
            minimum,
            maximum,
            scaling: self.scaling().to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_equal_a_plain_search() {
        for count in 1..200usize {
            let values: Vec<f32> = (0..count).map(|i| ((i * 37) % 101) as f32 - 50.0).collect();
            let low = values.iter().copied().fold(f32::INFINITY, f32::min);
            let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(
                range_of(&values.into()),
                (low as f64, high as f64),
                "{count} values"
            );
        }
    }

    #[test]
    fn the_first_unusable_element_is_found() {
        for place in [0, 1, 255, 256, 700, 999] {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e39] {
                let mut values = vec![0.5; 1000];
                values[place] = bad;
                values[999] = f64::NAN;
                assert_eq!(find_unusable(&values.into()), Some(place), "{bad} at {place}");
            }
        }
        assert_eq!(find_unusable(&vec![f32::MAX, f32::MIN, 0.0].into()), None);
    }
}
