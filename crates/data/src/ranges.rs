//! Minimum and maximum of stored values, and detection of invalid values.

use crate::values::with_values;
use crate::{Element, Values};

/// Elements processed together, so that the compiler uses vectors.
const LANES: usize = 32;

/// The index of the first element that is NaN, infinite, or outside the range of `f32`.
pub(crate) fn find_unusable(values: &Values) -> Option<usize> {
    fn find<E: Element>(values: &[E]) -> Option<usize> {
        // No early exit within a block: a branch per element would prevent vectorisation.
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

/// The minimum and the maximum of a non-empty table without NaN.
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

/// The minimum and the maximum of each column over the rows (at least one) at these positions.
pub(crate) fn column_ranges(
    values: &Values,
    columns: usize,
    places: impl Iterator<Item = usize>,
) -> Vec<(f64, f64)> {
    fn ranges<E: Element>(
        values: &[E],
        columns: usize,
        mut places: impl Iterator<Item = usize>,
    ) -> Vec<(f64, f64)> {
        let row = |place: usize| &values[place * columns..][..columns];
        let first = places.next().map_or(&values[..0], row);
        let (mut low, mut high) = (first.to_vec(), first.to_vec());
        places.for_each(|place| widen(&mut low, &mut high, row(place)));
        let ends = low.into_iter().zip(high);
        ends.map(|(low, high)| (low.to_f64(), high.to_f64())).collect()
    }
    with_values!(values, slice => ranges(slice, columns, places))
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
