//! Splits a product into chunks: the direction of C, slabs of B, threads.

use super::block::Chunk;
use super::epilogue::Finish;
use super::pack::{Slab, pack_panel};
use super::plan::{Limits, Plan, Problem};
use super::{MatMut, MatRef, Start};
use crate::buffer::Buffer;
use crate::parallel::{self, SharedMut};
use crate::simd::Isa;
use crate::{Real, concrete};

concrete! {
    /// Transposes the product if needed, so that tiles store along the rows of C, and multiplies. The shapes match.
    pub(super) fn any_output<'a, T>(
        isa: Isa,
        a: MatRef<'a, T>,
        b: MatRef<'a, T>,
        c: MatMut<'a, T>,
        start: Start,
        finish: Option<&'a dyn Finish<T>>,
        limits: &'a Limits,
    ) = any_output_generic(isa, a, b, c, start, finish, limits);
}

fn any_output_generic<T: Real>(
    isa: Isa,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    mut c: MatMut<'_, T>,
    start: Start,
    finish: Option<&dyn Finish<T>>,
    limits: &Limits,
) {
    let (rows, columns) = (c.rows(), c.columns());
    if rows == 0 || columns == 0 {
        return;
    }
    let along_rows = c.column_stride() == 1 || columns == 1;
    let along_columns = c.row_stride() == 1 || rows == 1;
    if along_rows {
        along_rows_of_c(isa, a, b, &mut c, start, finish, limits);
    } else if along_columns && finish.is_none() {
        // Cᵀ = Bᵀ·Aᵀ: the factors of each product are exchanged, which does not affect the bits.
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
    let room = Room::new(&problem, &plan);
    let panel = plan.vectors * plan.width;
    let slab_columns = plan.slab_panels * panel;
    for first_column in (0..problem.columns).step_by(slab_columns) {
        let panels = slab_columns.min(problem.columns - first_column).div_ceil(panel);
        let mut first_k = 0;
        // Also runs once for k = 0, as a chunk does.
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
            if !plan.packs_alone {
                // SAFETY: no chunk runs yet, and the room was made for the slabs of this plan.
                unsafe { pack_slab(isa, &problem, &plan, &slab, limits, SharedMut::at(room.shared())) };
            }
            let prepare = |thread| {
                let (panels, copy) = room.own(thread);
                if plan.packs_alone {
                    // SAFETY: this part of the room is one thread's alone, and is made for the slabs of this plan.
                    unsafe { pack_slab(isa, &problem, &plan, &slab, limits, SharedMut::at(panels)) };
                }
                (if plan.packs_alone { panels } else { room.shared() }, copy)
            };
            let [down, across] = plan.chunks;
            parallel::chunks_with(down * across, prepare, |&mut (packed, copy), index| {
                let (row, column) = (index / across, index % across);
                let chunk = Chunk {
                    isa,
                    problem: &problem,
                    plan: &plan,
                    slab: &slab,
                    packed,
                    copy: (!plan.a_in_place).then_some(copy),
                    tiles: row * plan.tiles / down..(row + 1) * plan.tiles / down,
                    panels: column * slab.panels / across..(column + 1) * slab.panels / across,
                    resume,
                    finish: finish.filter(|_| last),
                };
                // SAFETY: the ranges cut tiles and panels into disjoint parts, so chunks own their parts of C; the
                // panels of this slab are packed, and the room for copies is this thread's alone.
                unsafe { chunk.run() };
            });
            if last {
                break;
            }
        }
    }
}

/// Packs the panels of a slab that are not read in place.
///
/// # Safety
/// `target` has the [`Room`] for them, and no other thread uses it meanwhile.
unsafe fn pack_slab<T: Real>(
    isa: Isa,
    problem: &Problem<T>,
    plan: &Plan,
    slab: &Slab,
    limits: &Limits,
    target: SharedMut<T>,
) {
    let panel = plan.vectors * plan.width;
    if plan.b_in_place {
        let whole = (problem.columns - slab.first_column) / panel;
        if whole < slab.panels {
            // SAFETY: the one panel that is not whole, into room of its size.
            unsafe { pack_panel(isa, problem, plan, slab, whole, target.get()) };
        }
        return;
    }
    let each = (limits.packing / (panel * slab.depth.max(1))).max(1);
    parallel::chunks(slab.panels.div_ceil(each), &|chunk| {
        for index in chunk * each..slab.panels.min((chunk + 1) * each) {
            // SAFETY: panels before this one are whole, so it starts `index` of them on; there is room for all of the
            // slab, and this chunk alone writes this panel.
            unsafe {
                let place = target.get().add(index * panel * slab.depth);
                pack_panel(isa, problem, plan, slab, index, place);
            }
        }
    });
}

/// Memory for packed panels of B and copies of A, for all threads from the pool of the multiplying thread: a helper that takes
/// its first chunk in the middle of a training must not allocate.
struct Room<T: Real> {
    start: *mut T,
    /// Elements of the panels that all threads share; the threads' own rooms follow.
    shared: usize,
    /// Elements of the panels that a thread packs for itself; room for its copy of A follows.
    own_panels: usize,
    /// Elements from one thread's own room to the next's.
    own: usize,
    _buffer: Option<Buffer<T>>,
}

// SAFETY: threads write disjoint parts (see `along_rows_of_c`), and the buffer is only kept alive.
unsafe impl<T: Real> Sync for Room<T> {}

impl<T: Real> Room<T> {
    fn new(problem: &Problem<T>, plan: &Plan) -> Self {
        let panel = plan.vectors * plan.width;
        let panels = match (plan.b_in_place, problem.columns.is_multiple_of(panel)) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => plan.slab_panels,
        };
        let whole_lines = |elements: usize| elements.next_multiple_of(64 / size_of::<T>());
        let packed = whole_lines(panels * panel * plan.slab_depth.min(problem.depth));
        let copied = match plan.a_in_place {
            true => 0,
            false => whole_lines(plan.rows_of_chunk(problem.rows) * plan.block),
        };
        let (shared, own_panels) = if plan.packs_alone {
            (0, packed)
        } else {
            (packed, 0)
        };
        let own = own_panels + copied;
        let length = shared + own * parallel::threads();
        let mut buffer = (length > 0).then(|| Buffer::recycled(length));
        let start = buffer.as_mut().and_then(Buffer::as_mut).map(<[T]>::as_mut_ptr);
        Self {
            start: start.unwrap_or(std::ptr::null_mut()),
            shared,
            own_panels,
            own,
            _buffer: buffer,
        }
    }

    /// Returns the panels that all threads share.
    fn shared(&self) -> *mut T {
        self.start
    }

    /// Returns the panels that a thread packs for itself, and its copy of A.
    fn own(&self, thread: usize) -> (*mut T, *mut T) {
        let own = self.start.wrapping_add(self.shared + thread * self.own);
        (own, own.wrapping_add(self.own_panels))
    }
}
