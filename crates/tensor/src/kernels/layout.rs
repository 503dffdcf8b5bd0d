//! Walking strided memory, and copying it into row-major order.

use crate::{MAX_RANK, Real, Shape, Strides, Tensor};

/// Calls `body(offsets)` for every index of `shape`, in row-major order, with the place of each operand.
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

/// Merges neighbouring axes that every operand walks as one, so that inner loops are long. Axes of length 1 go.
pub(crate) fn collapse<const N: usize>(
    shape: Shape,
    strides: [Strides; N],
) -> (Shape, [[isize; MAX_RANK]; N]) {
    let mut merged: [(usize, [isize; N]); MAX_RANK] = [(1, [0; N]); MAX_RANK];
    let mut rank = 0;
    for (axis, &length) in shape.iter().enumerate().filter(|(_, length)| **length != 1) {
        let step: [isize; N] = std::array::from_fn(|operand| strides[operand][axis]);
        let joins =
            rank > 0 && (0..N).all(|operand| merged[rank - 1].1[operand] == step[operand] * length as isize);
        if joins {
            merged[rank - 1] = (merged[rank - 1].0 * length, step);
        } else {
            merged[rank] = (length, step);
            rank += 1;
        }
    }
    let mut lengths = [0; MAX_RANK];
    let mut steps = [[0; MAX_RANK]; N];
    for axis in 0..rank {
        lengths[axis] = merged[axis].0;
        (0..N).for_each(|operand| steps[operand][axis] = merged[axis].1[operand]);
    }
    (Shape::from(&lengths[..rank]), steps)
}

/// Writes the elements of `source` in row-major order.
pub(crate) fn copy<T: Real>(source: &Tensor<T>, out: &mut [T]) {
    if let Some(elements) = source.as_slice() {
        return out.copy_from_slice(elements);
    }
    let (shape, [strides]) = collapse(source.shape(), [source.all_strides()]);
    let (storage, start) = (source.storage(), source.offset() as isize);
    let Some((&length, outer)) = shape.split_last() else {
        return out.fill(storage[start as usize]);
    };
    let step = strides[outer.len()];
    let mut rows = out.chunks_exact_mut(length.max(1));
    walk(outer, &[strides], [start], |[place]| {
        let Some(row) = rows.next() else { return };
        match step {
            1 => row.copy_from_slice(&storage[place as usize..][..length]),
            0 => row.fill(storage[place as usize]),
            _ => row
                .iter_mut()
                .enumerate()
                .for_each(|(i, out)| *out = storage[(place + i as isize * step) as usize]),
        }
    });
}
