//! Iteration over strided memory, and copies into row-major order.

use crate::{MAX_RANK, Real, Shape, Strides, Tensor, concrete, parallel};

/// Calls `body(offsets)` for every index of `shape`, in row-major order, with the offset of each operand.
pub(crate) fn walk<const N: usize>(
    shape: &[usize],
    strides: &[[isize; MAX_RANK]; N],
    start: [isize; N],
    mut body: impl FnMut([isize; N]),
) {
    if shape.contains(&0) {
        return;
    }
    let mut index = [0usize; MAX_RANK];
    let mut place = start;
    loop {
        body(place);
        let mut axis = shape.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            index[axis] += 1;
            for (place, strides) in place.iter_mut().zip(strides) {
                *place += strides[axis];
            }
            if index[axis] < shape[axis] {
                break;
            }
            for (place, strides) in place.iter_mut().zip(strides) {
                *place -= strides[axis] * shape[axis] as isize;
            }
            index[axis] = 0;
        }
    }
}

/// Merges neighbouring axes that are contiguous in every operand, so that inner loops are long, and drops axes of length 1.
/// Replaces the strides by those of the returned shape.
pub(crate) fn collapse(shape: Shape, strides: &mut [[isize; MAX_RANK]]) -> Shape {
    let mut lengths = [0; MAX_RANK];
    let mut rank = 0;
    for (axis, &length) in shape.iter().enumerate().filter(|(_, length)| **length != 1) {
        let joins = |strides: &[isize; MAX_RANK]| strides[rank - 1] == strides[axis] * length as isize;
        if rank > 0 && strides.iter().all(joins) {
            lengths[rank - 1] *= length;
        } else {
            lengths[rank] = length;
            rank += 1;
        }
        for strides in &mut *strides {
            strides[rank - 1] = strides[axis];
        }
    }
    for strides in strides {
        strides[rank..].fill(0);
    }
    Shape::from(&lengths[..rank])
}

/// The number of elements that make a chunk of work for one thread, approximately.
const CHUNK: usize = 32768;
/// Rows and columns of a tile of a transposed copy: its cache lines on both sides fit the first-level cache.
const TILE: usize = 32;

concrete! {
    /// Writes the elements of `source` in row-major order.
    pub(crate) fn copy<'a, T>(source: &'a Tensor<T>, out: &'a mut [T]) = copy_generic(source, out);
}

fn copy_generic<T: Real>(source: &Tensor<T>, out: &mut [T]) {
    assert_eq!(
        out.len(),
        source.len(),
        "copy: the output has another number of elements"
    );
    let shape = source.shape();
    if out.len() <= CHUNK {
        return paste(source, out, shape.contiguous_strides(), 0);
    }
    // More than one element, so there is an axis: cut the first one that is longer than 1.
    let axis = shape.iter().position(|&length| length > 1).unwrap_or(0);
    let row = out.len() / shape[axis];
    let rows = (CHUNK / row).next_multiple_of(TILE).min(shape[axis]).max(1);
    parallel::chunks_mut(out, rows * row, |chunk, out| {
        let start = chunk * rows;
        let part = source.narrow(axis as isize, start, (start + rows).min(shape[axis]));
        paste(&part, out, part.shape().contiguous_strides(), 0);
    });
}

/// Writes the elements of `source` to `out[start + Σ index · stride]`.
///
/// # Panics
/// If an offset is outside `out`.
pub(crate) fn paste<T: Real>(source: &Tensor<T>, out: &mut [T], strides: Strides, start: usize) {
    if source.is_empty() {
        return;
    }
    let mut steps = [source.all_strides().0, strides.0];
    let shape = collapse(source.shape(), &mut steps);
    let (from, starts) = (source.storage(), [source.offset() as isize, start as isize]);
    let Some((&length, outer)) = shape.split_last() else {
        out[start] = from[source.offset()];
        return;
    };
    let [step, out_step] = steps.map(|steps| steps[outer.len()]);
    // A transposed operand: one of the outer axes is contiguous.
    let across = (0..outer.len()).find(|&axis| steps[0][axis] == 1);
    if let (Some(across), true) = (across, step != 1 && out_step == 1) {
        return paste_transposed(from, out, &shape, &steps, starts, across);
    }
    walk(outer, &steps, starts, |[place, out_place]| {
        match (step, out_step) {
            (1, 1) => {
                let row = &from[place as usize..][..length];
                out[out_place as usize..][..length].copy_from_slice(row);
            }
            (0, 1) => out[out_place as usize..][..length].fill(from[place as usize]),
            _ => (0..length as isize)
                .for_each(|i| out[(out_place + i * out_step) as usize] = from[(place + i * step) as usize]),
        }
    });
}

/// Copies in square tiles: the source is contiguous along axis `across`, the output along the last one.
fn paste_transposed<T: Real>(
    from: &[T],
    out: &mut [T],
    shape: &[usize],
    steps: &[[isize; MAX_RANK]; 2],
    starts: [isize; 2],
    across: usize,
) {
    let (last, step, out_step) = (shape.len() - 1, steps[0][shape.len() - 1], steps[1][across]);
    // Iterate over the corners of the tiles: both axes in steps of TILE, one row of tiles after the other.
    let mut corners = [0; MAX_RANK];
    corners[..last].copy_from_slice(&shape[..last]);
    corners[across] = 1;
    walk(&corners[..last], steps, starts, |[place, out_place]| {
        for row in (0..shape[across]).step_by(TILE) {
            let rows = TILE.min(shape[across] - row);
            for column in (0..shape[last]).step_by(TILE) {
                let columns = TILE.min(shape[last] - column);
                for i in row..row + rows {
                    let out_row = (out_place + i as isize * out_step) as usize + column;
                    let first = place + i as isize + column as isize * step;
                    for (j, out) in out[out_row..][..columns].iter_mut().enumerate() {
                        *out = from[(first + j as isize * step) as usize];
                    }
                }
            }
        }
    });
}
