//! The transposed convolution, which is the gradient of a convolution to its image:
//! x[n, c, p] = Σ over (o, i, j) of w[o, c, i, j] · g[n, o, (p + padding − (i, j) · dilation) / stride], where the division
//! leaves no remainder.
//!
//! Pixels with the same remainder of (p + padding) / stride, a *class*, use the same taps. So each class is a dense product of
//! its own, whose pixels are `stride` apart.

use super::finish::Finish;
use super::geometry::Geometry;
use super::pass::{Part, Pass};
use super::planes::{Planes, lanes_for};
use super::table::Table;
use super::tile::Tiles;
use crate::buffer::Buffer;
use crate::simd::Isa;
use crate::{Real, concrete};
use std::ops::Range;

/// One axis of a class: the taps, and the pixels.
#[derive(Clone, Copy)]
struct Axis {
    rest: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    kernel: usize,
    image: usize,
}

impl Axis {
    fn of(geometry: &Geometry, axis: usize, rest: usize) -> Self {
        Self {
            rest,
            stride: geometry.options.stride[axis],
            padding: geometry.options.padding[axis],
            dilation: geometry.options.dilation[axis],
            kernel: geometry.kernel[axis],
            image: geometry.image[axis],
        }
    }

    /// The taps that pixels of this class use.
    fn taps(self) -> impl Iterator<Item = usize> + Clone {
        (0..self.kernel).filter(move |tap| tap * self.dilation % self.stride == self.rest)
    }

    /// The distance of a tap's element above the pixel's quotient.
    fn back(self, tap: usize) -> usize {
        tap * self.dilation / self.stride
    }

    /// The quotients (p + padding) / stride of the pixels p of this class.
    fn quotients(self) -> Range<usize> {
        let first = self.padding.saturating_sub(self.rest).div_ceil(self.stride);
        let end = (self.image + self.padding)
            .saturating_sub(self.rest)
            .div_ceil(self.stride);
        first..end.max(first)
    }

    /// The first pixel.
    fn first_pixel(self) -> usize {
        self.quotients().start * self.stride + self.rest - self.padding
    }

    /// Elements that the taps reach before the first one, and past the last of `size`.
    fn reach(self, size: usize) -> [usize; 2] {
        let quotients = self.quotients();
        let backs = || self.taps().map(|tap| self.back(tap));
        match (backs().min(), backs().max()) {
            (Some(near), Some(far)) if !quotients.is_empty() => [
                far.saturating_sub(quotients.start),
                (quotients.end - 1).saturating_sub(near + size - 1),
            ],
            _ => [0; 2],
        }
    }
}

/// Returns all classes, each with the number of taps in the classes before it.
fn classes(geometry: &Geometry) -> impl Iterator<Item = ([Axis; 2], usize)> {
    let [down, across] = geometry.options.stride;
    let all = (0..down * across).map(move |class| [class / across, class % across]);
    let axes = |rests: [usize; 2]| [0, 1].map(|axis| Axis::of(geometry, axis, rests[axis]));
    all.map(axes).scan(0, |before, axes| {
        let start = *before;
        *before += axes[0].taps().count() * axes[1].taps().count();
        Some((axes, start))
    })
}

/// Returns the planes of the gradient, with the border that the classes reach.
fn planes_of(geometry: &Geometry, lanes: usize) -> Planes {
    let [before, after] = [0, 1].map(|side| {
        [0, 1].map(|axis| {
            let rests = 0..geometry.options.stride[axis];
            let reach = |rest| Axis::of(geometry, axis, rest).reach(geometry.output[axis])[side];
            rests.map(reach).max().unwrap_or(0)
        })
    });
    let channels = geometry.groups * geometry.outputs;
    Planes::new(channels, geometry.output, before, after, lanes)
}

/// Returns, for each class, output and tap, the distance of the element from its pixel's quotient, including the border, so that
/// it is never before the first element.
fn tables<T: Real>(geometry: &Geometry, planes: &Planes) -> Table<T> {
    let offsets = classes(geometry).flat_map(|(axes, _)| {
        (0..geometry.outputs).flat_map(move |output| {
            axes[0].taps().flat_map(move |i| {
                axes[1].taps().map(move |j| {
                    let above = axes[0].quotients().start + planes.before[0];
                    let left = axes[1].quotients().start + planes.before[1];
                    // A class without pixels may be out of bounds; its table is never read.
                    let row = above.saturating_sub(axes[0].back(i));
                    let column = left.saturating_sub(axes[1].back(j));
                    (output * planes.pitch + row * planes.width + column) * planes.lanes
                })
            })
        })
    });
    Table::new(offsets, geometry.outputs * geometry.taps())
}

/// Returns the weight, class by class, as (group, input, output, tap).
fn weights<T: Real>(geometry: &Geometry, weight: &[T]) -> Buffer<T> {
    let mut buffer = Buffer::recycled(weight.len().max(1));
    let [down, across] = geometry.kernel;
    let mut places = buffer.as_mut().into_iter().flatten();
    for (axes, _) in classes(geometry) {
        for group in 0..geometry.groups {
            for input in 0..geometry.inputs {
                for output in 0..geometry.outputs {
                    let row = ((group * geometry.outputs + output) * geometry.inputs + input) * down * across;
                    for i in axes[0].taps() {
                        for j in axes[1].taps() {
                            if let Some(place) = places.next() {
                                *place = weight[row + i * across + j];
                            }
                        }
                    }
                }
            }
        }
    }
    buffer
}

concrete! {
    pub(super) fn transposed<'a, T>(
        isa: Isa,
        geometry: &'a Geometry,
        gradient: &'a [T],
        weight: &'a [T],
        finish: Option<&'a dyn Finish<T>>,
        out: &'a mut [T],
    ) = transposed_generic(isa, geometry, gradient, weight, finish, out);
}

fn transposed_generic<T: Real>(
    isa: Isa,
    geometry: &Geometry,
    gradient: &[T],
    weight: &[T],
    finish: Option<&dyn Finish<T>>,
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    let lanes = lanes_for(geometry.samples);
    let planes = planes_of(geometry, lanes);
    let tables = tables::<T>(geometry, &planes);
    let weights = weights(geometry, weight);
    let pass = Pass {
        isa,
        samples: geometry.samples,
        source: gradient,
        planes,
        channels: geometry.groups * geometry.inputs,
        pixels: geometry.pixels()[0],
        finish,
    };
    let multiply = |part: &Part<T>| {
        for (axes, before) in classes(geometry) {
            let class = Class {
                axes,
                table: &tables.offsets()[before * geometry.outputs..],
                weights: &weights.as_slice()[before * geometry.groups * geometry.inputs * geometry.outputs..],
            };
            class.multiply(&pass, geometry, part);
        }
    };
    pass.run(out, &multiply);
}

struct Class<'a, T> {
    axes: [Axis; 2],
    table: &'a [isize],
    weights: &'a [T],
}

impl<T: Real> Class<'_, T> {
    fn multiply(&self, pass: &Pass<'_, T>, geometry: &Geometry, part: &Part<T>) {
        let (planes, lanes, pixels) = (&pass.planes, pass.planes.lanes, pass.pixels);
        let [down, across] = self.axes;
        let depth = geometry.outputs * down.taps().count() * across.taps().count();
        let table = &self.table[..depth];
        let pixel = down.first_pixel() * geometry.image[1] + across.first_pixel();
        for rows in part.rows(geometry.groups, geometry.inputs) {
            pass.isa.run_wide(Tiles {
                a: self.weights[rows.first * depth..].as_ptr(),
                rows: rows.count,
                table,
                count: [down.quotients().len(), across.quotients().len()],
                b: part
                    .planes
                    .wrapping_add(rows.group * geometry.outputs * planes.channel()),
                b_step: [planes.width * lanes, lanes].map(|step| step as isize),
                c: part.target.wrapping_add((rows.before * pixels + pixel) * lanes),
                c_step: [down.stride * geometry.image[1] * lanes, across.stride * lanes]
                    .map(|step| step as isize),
                c_row: (pixels * lanes) as isize,
                samples: part.samples,
            });
        }
    }
}
