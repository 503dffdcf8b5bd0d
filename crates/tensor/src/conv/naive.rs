//! The reference: the definitions, one element after the other. Every fast path gives these bits.

use super::geometry::Geometry;
use super::planes::BLOCK;
use crate::Real;

/// Returns the element of a channel's image under a tap, or 0 in the padding.
fn under<T: Real>(geometry: &Geometry, image: &[T], place: [usize; 2], tap: [usize; 2]) -> T {
    let options = &geometry.options;
    let at = [0, 1].map(|axis| {
        let padded = place[axis] * options.stride[axis] + tap[axis] * options.dilation[axis];
        padded
            .checked_sub(options.padding[axis])
            .filter(|&at| at < geometry.image[axis])
    });
    match at {
        [Some(row), Some(column)] => image[row * geometry.image[1] + column],
        _ => T::zero(),
    }
}

fn taps(geometry: &Geometry) -> impl Iterator<Item = [usize; 2]> + Clone {
    let [down, across] = geometry.kernel;
    (0..down).flat_map(move |i| (0..across).map(move |j| [i, j]))
}

/// Channel (sample, group, channel) of a tensor with `channels` in a group.
fn channel<'a, T>(
    geometry: &Geometry,
    values: &'a [T],
    channels: usize,
    pixels: usize,
    index: [usize; 3],
) -> &'a [T] {
    let [sample, group, channel] = index;
    let first = ((sample * geometry.groups + group) * channels + channel) * pixels;
    &values[first..first + pixels]
}

pub(super) fn forward<T: Real>(geometry: &Geometry, x: &[T], weight: &[T]) -> Vec<T> {
    let [pixels, _] = geometry.pixels();
    let mut out = Vec::new();
    for (sample, group) in (0..geometry.samples).flat_map(|n| (0..geometry.groups).map(move |g| (n, g))) {
        for output in 0..geometry.outputs {
            let row = (group * geometry.outputs + output) * geometry.inputs * geometry.taps();
            for (y, column) in places(geometry.output) {
                let mut sum = T::zero();
                let mut k = row;
                for input in 0..geometry.inputs {
                    let image = channel(geometry, x, geometry.inputs, pixels, [sample, group, input]);
                    for tap in taps(geometry) {
                        sum = weight[k].fused_mul_add(under(geometry, image, [y, column], tap), sum);
                        k += 1;
                    }
                }
                out.push(sum);
            }
        }
    }
    out
}

fn places(size: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    (0..size[0]).flat_map(move |y| (0..size[1]).map(move |x| (y, x)))
}

pub(super) fn transposed<T: Real>(geometry: &Geometry, gradient: &[T], weight: &[T]) -> Vec<T> {
    let [_, pixels] = geometry.pixels();
    let options = &geometry.options;
    let mut out = Vec::new();
    for (sample, group) in (0..geometry.samples).flat_map(|n| (0..geometry.groups).map(move |g| (n, g))) {
        for input in 0..geometry.inputs {
            for (y, x) in places(geometry.image) {
                let mut sum = T::zero();
                for output in 0..geometry.outputs {
                    let index = [sample, group, output];
                    let image = channel(geometry, gradient, geometry.outputs, pixels, index);
                    let row =
                        ((group * geometry.outputs + output) * geometry.inputs + input) * geometry.taps();
                    for (k, tap) in taps(geometry).enumerate() {
                        let [down, across] = [(0, y), (1, x)].map(|(axis, at)| {
                            let far = (at + options.padding[axis]) as isize
                                - (tap[axis] * options.dilation[axis]) as isize;
                            let stride = options.stride[axis] as isize;
                            (far.rem_euclid(stride) == 0).then_some(far.div_euclid(stride))
                        });
                        let (Some(down), Some(across)) = (down, across) else {
                            continue;
                        };
                        let inside = (0..geometry.output[0] as isize).contains(&down)
                            && (0..geometry.output[1] as isize).contains(&across);
                        let element = if inside {
                            image[down as usize * geometry.output[1] + across as usize]
                        } else {
                            T::zero()
                        };
                        sum = weight[row + k].fused_mul_add(element, sum);
                    }
                }
                out.push(sum);
            }
        }
    }
    out
}

pub(super) fn weight_gradient<T: Real>(geometry: &Geometry, x: &[T], gradient: &[T]) -> Vec<T> {
    let mut out = Vec::new();
    for (group, output) in (0..geometry.groups).flat_map(|g| (0..geometry.outputs).map(move |o| (g, o))) {
        for input in 0..geometry.inputs {
            for tap in taps(geometry) {
                out.push(split_sum(geometry, |sample| {
                    let [pixels, places_of] = geometry.pixels();
                    let image = channel(geometry, x, geometry.inputs, pixels, [sample, group, input]);
                    let index = [sample, group, output];
                    let factors = channel(geometry, gradient, geometry.outputs, places_of, index);
                    let all = places(geometry.output).zip(factors);
                    all.fold(T::zero(), |sum, ((y, x), &factor)| {
                        factor.fused_mul_add(under(geometry, image, [y, x], tap), sum)
                    })
                }));
            }
        }
    }
    out
}

/// The documented order: lanes of a block by a tree, blocks in order within a run, runs in order.
fn split_sum<T: Real>(geometry: &Geometry, chain: impl Fn(usize) -> T) -> T {
    let blocks = geometry.samples.div_ceil(BLOCK);
    let block = |block: usize| {
        let mut lanes: Vec<T> = (block * BLOCK..(block + 1) * BLOCK)
            .map(|sample| {
                if sample < geometry.samples {
                    chain(sample)
                } else {
                    T::zero()
                }
            })
            .collect();
        while lanes.len() > 1 {
            let half = lanes.len() / 2;
            lanes = (0..half).map(|lane| lanes[lane] + lanes[lane + half]).collect();
        }
        lanes[0]
    };
    let sum = |values: Vec<T>| {
        let mut values = values.into_iter();
        let first = values.next();
        first.map_or(T::zero(), |first| values.fold(first, |sum, value| sum + value))
    };
    let each = blocks.div_ceil(16).max(1);
    let runs = (0..blocks).step_by(each);
    sum(runs
        .map(|first| sum((first..blocks.min(first + each)).map(block).collect()))
        .collect())
}
