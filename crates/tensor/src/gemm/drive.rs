//! From matrices to chunks: the direction of C, slabs of B, threads.

use super::block::Chunk;
use super::epilogue::{Epilogue, Finish};
use super::pack::{Slab, pack_panel};
use super::plan::{Limits, Plan, Problem};
use super::{MatMut, MatRef, Start};
use crate::Real;
use crate::buffer::Buffer;
use crate::parallel::{self, SharedMut};
use crate::simd::Isa;

/// Brings C into the direction that tiles store in, along its rows, and multiplies. The shapes fit.
pub(super) fn any_output<T: Real, E: Epilogue<T>>(
    isa: Isa,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    mut c: MatMut<'_, T>,
    start: Start,
    epilogue: &E,
    limits: &Limits,
) {
    let (rows, columns) = (c.rows(), c.columns());
    if rows == 0 || columns == 0 {
        return;
    }
    let finish: Option<&dyn Finish<T>> = (!E::IDENTITY).then_some(epilogue as &dyn Finish<T>);
    let along_rows = c.column_stride() == 1 || columns == 1;
    let along_columns = c.row_stride() == 1 || rows == 1;
    if along_rows {
        along_rows_of_c(isa, a, b, &mut c, start, finish, limits);
    } else if along_columns && finish.is_none() {
        // Cᵀ = Bᵀ·Aᵀ; the products of each chain change sides, which changes no bit.
        let mut c = c.transpose();
        along_rows_of_c(isa, b.transpose(), a.transpose(), &mut c, start, None, limits);
    } else {
        let mut buffer = Buffer::<T>::recycled(rows * columns);
        let Some(scratch) = buffer.as_mut() else { return };
        let scratch = &mut scratch[..rows * columns];
        if start == Start::Output {
            exchange(&mut c, scratch, |element, scratch| *scratch = *element);
        }
        let mut ordered = MatMut::row_major(scratch, rows, columns);
        along_rows_of_c(isa, a, b, &mut ordered, start, finish, limits);
        exchange(&mut c, scratch, |element, scratch| *element = *scratch);
    }
}

/// Runs `body` on every element of `c` and its counterpart in row-major order.
fn exchange<T>(c: &mut MatMut<'_, T>, ordered: &mut [T], body: impl Fn(&mut T, &mut T)) {
    let columns = c.columns();
    for (index, counterpart) in ordered.iter_mut().enumerate() {
        let (row, column) = ((index / columns) as isize, (index % columns) as isize);
        let place = row * c.row_stride() + column * c.column_stride();
        // SAFETY: the constructor of `c` checked that every index lies in its slice.
        body(unsafe { &mut *c.start().offset(place) }, counterpart);
    }
}

fn along_rows_of_c<T: Real>(
    isa: Isa,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    c: &mut MatMut<'_, T>,
    start: Start,
    finish: Option<&dyn Finish<T>>,
    limits: &Limits,
) {
    let problem = Problem {
        rows: c.rows(),
        columns: c.columns(),
        depth: a.columns(),
        a: a.start(),
        a_row: a.row_stride(),
        a_step: a.column_stride(),
        b: b.start(),
        b_step: b.row_stride(),
        b_column: b.column_stride(),
        c: c.start(),
        c_row: c.row_stride(),
    };
    let plan = Plan::new(isa, &problem, limits);
    let mut shared = Packed::new(&problem, &plan, !plan.packs_alone);
    let panel = plan.vectors * plan.width;
    let slab_columns = plan.slab_panels * panel;
    for first_column in (0..problem.columns).step_by(slab_columns) {
        let panels = slab_columns.min(problem.columns - first_column).div_ceil(panel);
        let mut first_k = 0;
        // Runs once for k = 0 too, as a chunk does.
        loop {
            let slab = Slab {
                first_k,
                depth: plan.slab_depth.min(problem.depth - first_k),
                first_column,
                panels,
            };
            let resume = start == Start::Output || first_k > 0;
            first_k += slab.depth;
            let last = first_k == problem.depth;
            shared.fill(isa, &problem, &plan, &slab, limits);
            let own = || {
                let mut own = Packed::new(&problem, &plan, plan.packs_alone);
                own.fill(isa, &problem, &plan, &slab, limits);
                own
            };
            let [down, across] = plan.chunks;
            parallel::chunks_with(down * across, own, |own, index| {
                let (row, column) = (index / across, index % across);
                let chunk = Chunk {
                    isa,
                    problem: &problem,
                    plan: &plan,
                    slab: &slab,
                    packed: if plan.packs_alone { own } else { &shared }.as_slice().as_ptr(),
                    tiles: row * plan.tiles / down..(row + 1) * plan.tiles / down,
                    panels: column * slab.panels / across..(column + 1) * slab.panels / across,
                    resume,
                    finish: finish.filter(|_| last),
                };
                // SAFETY: the ranges cut tiles and panels into disjoint parts, so chunks own their parts of C; `fill`
                // packed the panels of this slab.
                unsafe { chunk.run() };
            });
            if last {
                break;
            }
        }
    }
}

/// The memory for packed panels of B.
struct Packed<T: Real>(Option<Buffer<T>>);

impl<T: Real> Packed<T> {
    /// Room for the panels of a slab that are not read in place, if these are `wanted`.
    fn new(problem: &Problem<T>, plan: &Plan, wanted: bool) -> Self {
        let panel = plan.vectors * plan.width;
        let panels = match (plan.b_in_place, problem.columns.is_multiple_of(panel)) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => plan.slab_panels,
        };
        let length = panels * panel * plan.slab_depth.min(problem.depth);
        Self((wanted && length > 0).then(|| Buffer::recycled(length)))
    }

    /// The packed panels, for reading; empty where all of B is read in place.
    fn as_slice(&self) -> &[T] {
        self.0.as_ref().map_or(&[], Buffer::as_slice)
    }

    /// Packs the panels of a slab that are not read in place.
    fn fill(&mut self, isa: Isa, problem: &Problem<T>, plan: &Plan, slab: &Slab, limits: &Limits) {
        let panel = plan.vectors * plan.width;
        let Some(target) = self.0.as_mut().and_then(Buffer::as_mut) else {
            return;
        };
        // SAFETY: concurrent chunks write different panels, and the buffer outlives them.
        let target = unsafe { SharedMut::new(target) };
        if plan.b_in_place {
            let whole = (problem.columns - slab.first_column) / panel;
            if whole < slab.panels {
                // SAFETY: the one panel that is not whole, into a buffer of its size.
                unsafe { pack_panel(isa, problem, plan, slab, whole, target.get()) };
            }
            return;
        }
        let each = (limits.packing / (panel * slab.depth.max(1))).max(1);
        parallel::chunks(slab.panels.div_ceil(each), &|chunk| {
            for index in chunk * each..slab.panels.min((chunk + 1) * each) {
                // SAFETY: panels before this one are whole, so it starts `index` of them on; the buffer has room for
                // all of the slab, and this chunk alone writes this panel.
                unsafe {
                    let place = target.get().add(index * panel * slab.depth);
                    pack_panel(isa, problem, plan, slab, index, place);
                }
            }
        });
    }
}
