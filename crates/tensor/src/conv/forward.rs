//! The convolution: y[n, o, p] = Σ over (c, i, j) of w[o, c, i, j] · x[n, c, p · stride + (i, j) · dilation − padding].

use super::finish::Finish;
use super::geometry::Geometry;
use super::pass::{Part, Pass};
use super::planes::{Planes, lanes_for};
use super::table::Table;
use super::tile::Tiles;
use crate::simd::Isa;
use crate::{Real, concrete};

/// Returns the planes of the image, with the border that the window reaches.
pub(super) fn image_planes(geometry: &Geometry, lanes: usize) -> Planes {
    let options = &geometry.options;
    let after = [0, 1].map(|axis| {
        let reach = (geometry.output[axis] - 1) * options.stride[axis]
            + (geometry.kernel[axis] - 1) * options.dilation[axis]
            + 1;
        reach.saturating_sub(options.padding[axis] + geometry.image[axis])
    });
    let channels = geometry.groups * geometry.inputs;
    Planes::new(channels, geometry.image, options.padding, after, lanes)
}

/// Returns the offset of the pixel of each element of a weight's row, relative to the pixel under the first tap.
pub(super) fn taps<T: Real>(geometry: &Geometry, planes: &Planes) -> Table<T> {
    let [down, across] = geometry.kernel;
    let dilation = geometry.options.dilation;
    let count = geometry.inputs * geometry.taps();
    let offset = |k: usize| {
        let (channel, i, j) = (k / (down * across), k / across % down, k % across);
        let pixel = channel * planes.pitch + i * dilation[0] * planes.width + j * dilation[1];
        pixel * planes.lanes
    };
    Table::new((0..count).map(offset), count)
}

concrete! {
    pub(super) fn forward<'a, T>(
        isa: Isa,
        geometry: &'a Geometry,
        x: &'a [T],
        weight: &'a [T],
        finish: Option<&'a dyn Finish<T>>,
        out: &'a mut [T],
    ) = forward_generic(isa, geometry, x, weight, finish, out);
}

fn forward_generic<T: Real>(
    isa: Isa,
    geometry: &Geometry,
    x: &[T],
    weight: &[T],
    finish: Option<&dyn Finish<T>>,
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    let lanes = lanes_for(geometry.samples);
    let planes = image_planes(geometry, lanes);
    let table = taps::<T>(geometry, &planes);
    let (table, pixels) = (table.offsets(), geometry.pixels()[1]);
    let pass = Pass {
        isa,
        samples: geometry.samples,
        source: x,
        planes,
        channels: geometry.groups * geometry.outputs,
        pixels,
        finish,
    };
    let multiply = |part: &Part<T>| {
        let stride = geometry.options.stride;
        for rows in part.rows(geometry.groups, geometry.outputs) {
            isa.run_wide(Tiles {
                a: weight[rows.first * table.len()..].as_ptr(),
                rows: rows.count,
                table,
                count: geometry.output,
                b: part
                    .planes
                    .wrapping_add(rows.group * geometry.inputs * planes.channel()),
                b_step: [stride[0] * planes.width * lanes, stride[1] * lanes].map(|step| step as isize),
                c: part.target.wrapping_add(rows.before * pixels * lanes),
                c_step: [geometry.output[1] * lanes, lanes].map(|step| step as isize),
                c_row: (pixels * lanes) as isize,
                samples: part.samples,
            });
        }
    };
    pass.run(out, &multiply);
}
