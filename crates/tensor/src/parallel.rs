//! Parallel loops that do not affect results and do not allocate.
//!
//! Work is split into chunks whose bounds depend only on the problem, never on the number of threads. Each chunk writes its own
//! part of the output, or its own slot of a partial result, and these are combined in index order. So it does not matter which
//! thread runs a chunk, and when.
//!
//! A training step consists of a few dozen kernels of some microseconds each: too short to wake sleeping threads. A loop of
//! steps therefore runs inside [`team`], which borrows the threads of the rayon pool once; between kernels they spin. A kernel
//! publishes a region (a closure and a number of chunks), and every member takes chunks: first from its own share, front to
//! back, so that the same rows meet the same cache in successive kernels; then from the back of the others' shares. Outside a
//! team, a region forms its own. The leader works too and never waits for helpers that have not started, so a busy pool costs
//! only speed. has not begun, so a pool that is busy with something else costs speed and no more.

use crate::simd::float_mode::StandardMode;
use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The role of the current thread in the regions that it enters.
#[derive(Clone, Copy)]
enum Role {
    /// No team: a region forms its own.
    Free,
    /// Leads the team at this address, which outlives the role (see `team`).
    Leads(*const Team),
    /// Inside a chunk, or in a team of one: regions run here, one chunk after the other.
    Serial,
}

thread_local! {
    static ROLE: Cell<Role> = const { Cell::new(Role::Free) };
}

/// Sets the role of this thread temporarily, also across a panic.
struct RoleGuard(Role);

impl RoleGuard {
    fn set(role: Role) -> Self {
        Self(ROLE.replace(role))
    }
}

impl Drop for RoleGuard {
    fn drop(&mut self) {
        ROLE.set(self.0);
    }
}

/// The remaining chunks `next .. end` of a member's share, packed so that both ends move in one atomic step.
#[repr(align(64))]
struct Share(AtomicU64);

impl Share {
    fn set(&self, start: usize, end: usize) {
        self.0
            .store(((start as u64) << 32) | end as u64, Ordering::Relaxed);
    }

    fn take(&self, from_back: bool) -> Option<usize> {
        let mut packed = self.0.load(Ordering::Relaxed);
        loop {
            let (start, end) = (packed >> 32, packed & 0xffff_ffff);
            if start >= end {
                return None;
            }
            let (rest, taken) = if from_back {
                ((start << 32) | (end - 1), end - 1)
            } else {
                (((start + 1) << 32) | end, start)
            };
            match self
                .0
                .compare_exchange_weak(packed, rest, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return Some(taken as usize),
                Err(now) => packed = now,
            }
        }
    }
}

/// The work of a member in a region: take chunks from a queue until it is empty. The argument is the number of the member.
type Body<'a> = dyn Fn(usize, &mut dyn FnMut() -> Option<usize>) + Sync + 'a;

/// The threads of a [`team`] and the region that they work on.
struct Team {
    shares: Vec<Share>,
    /// The number of regions so far, so that a helper enters each one once.
    generation: AtomicUsize,
    /// A region may be entered.
    open: AtomicBool,
    /// The number of helpers that may be using `body`.
    inside: AtomicUsize,
    /// The team is over.
    done: AtomicBool,
    body: UnsafeCell<Option<*const Body<'static>>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `body` is written by the leader only while the region is closed and no helper is inside, and read by
// helpers only while they are inside an open region; `run` and `help` order these with SeqCst operations. The
// closure behind it is `Sync`.
unsafe impl Sync for Team {}
// SAFETY: as above; a helper that drops the team last only frees its memory.
unsafe impl Send for Team {}

impl Team {
    fn new(members: usize) -> Self {
        Self {
            shares: (0..members).map(|_| Share(AtomicU64::new(0))).collect(),
            generation: AtomicUsize::new(0),
            open: AtomicBool::new(false),
            inside: AtomicUsize::new(0),
            done: AtomicBool::new(false),
            body: UnsafeCell::new(None),
            panic: Mutex::new(None),
        }
    }

    /// Runs every chunk and returns when all are done and no helper can access `body` any more.
    fn run(&self, count: usize, body: &Body<'_>) {
        let members = self.shares.len();
        // A panic of a helper may have been left here, where the leader's own went first.
        drop(self.take_panic());
        for (member, share) in self.shares.iter().enumerate() {
            share.set(member * count / members, (member + 1) * count / members);
        }
        // SAFETY: only the lifetime is erased; `Close` below waits until no helper holds the reference.
        let erased = unsafe { std::mem::transmute::<*const Body<'_>, *const Body<'static>>(body) };
        // SAFETY: the region is closed and nobody is inside: `Close` of the region before made sure.
        unsafe { *self.body.get() = Some(erased) };
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.open.store(true, Ordering::SeqCst);
        let close = Close(self);
        {
            let _serial = RoleGuard::set(Role::Serial);
            self.work(0, body);
        }
        drop(close);
        if let Some(payload) = self.take_panic() {
            resume_unwind(payload);
        }
    }

    fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.panic.lock().ok().and_then(|mut slot| slot.take())
    }

    fn work(&self, member: usize, body: &Body<'_>) {
        let members = self.shares.len();
        body(member, &mut || {
            let own = self.shares[member].take(false);
            own.or_else(|| (1..members).find_map(|other| self.shares[(member + other) % members].take(true)))
        });
    }

    /// The loop of a helper: wait for a region, work on it, and wait again.
    fn help(&self, member: usize) {
        let _mode = StandardMode::enter();
        let _serial = RoleGuard::set(Role::Serial);
        let mut seen = 0;
        let mut idle = 0u32;
        while !self.done.load(Ordering::Acquire) {
            if self.open.load(Ordering::Acquire) && self.generation.load(Ordering::Relaxed) != seen {
                self.inside.fetch_add(1, Ordering::SeqCst);
                if self.open.load(Ordering::SeqCst) {
                    seen = self.generation.load(Ordering::Relaxed);
                    self.enter(member);
                    idle = 0;
                }
                self.inside.fetch_sub(1, Ordering::Release);
            } else if idle < 4096 {
                idle += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }

    fn enter(&self, member: usize) {
        // SAFETY: this helper is inside an open region, so the leader waits for it before `body` dies.
        let body = unsafe { (*self.body.get()).map(|body| &*body) };
        let Some(body) = body else { return };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.work(member, body)))
            && let Ok(mut slot) = self.panic.lock()
        {
            slot.get_or_insert(payload);
        }
    }
}

/// Closes a region and waits for the helpers inside it, also when the leader's own chunk panics.
struct Close<'a>(&'a Team);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.0.open.store(false, Ordering::SeqCst);
        let mut spins = 0u32;
        while self.0.inside.load(Ordering::SeqCst) != 0 {
            spins += 1;
            if spins < 4096 {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        // Chunks left over after a panic must not run in the next region.
        for share in &self.0.shares {
            share.set(0, 0);
        }
    }
}

/// Ends a team when its body returns or panics, which releases the helpers.
struct Dismiss<'a>(&'a Team);

impl Drop for Dismiss<'_> {
    fn drop(&mut self) {
        self.0.done.store(true, Ordering::Release);
    }
}

/// Runs `body` while the other threads of the current rayon pool wait for its parallel kernels.
///
/// Enter a team once around a loop of training steps: between kernels the helpers spin, so that even a kernel of a few
/// microseconds is worth splitting. The result does not depend on the number of threads. A `team` inside a team has no effect.
///
/// ```
/// # use latents_tensor::{Tensor, parallel};
/// let sum = parallel::team(|| Tensor::<f32>::ones([1000, 1000]).sum_all());
/// assert_eq!(sum, 1e6);
/// ```
pub fn team<R>(body: impl FnOnce() -> R) -> R {
    let _mode = StandardMode::enter();
    if !matches!(ROLE.get(), Role::Free) {
        return body();
    }
    let members = rayon::current_num_threads();
    if members < 2 {
        let _serial = RoleGuard::set(Role::Serial);
        return body();
    }
    let team = Arc::new(Team::new(members));
    // Not scoped: where other work keeps the pool's threads, a helper may come late, or when the team is long over.
    for member in 1..members {
        let team = team.clone();
        rayon::spawn(move || team.help(member));
    }
    let _dismiss = Dismiss(&team);
    let _leads = RoleGuard::set(Role::Leads(&*team));
    body()
}

/// Runs `body(0)`, `body(1)`, … `body(count − 1)` on the available threads, in any order.
///
/// A chunk must not call rayon; regions inside it run sequentially.
///
/// # Panics
/// If a chunk panics; the others are finished or dropped first. If `count` does not fit 32 bits.
///
/// ```
/// # use latents_tensor::parallel; use std::sync::atomic::{AtomicUsize, Ordering};
/// let sum = AtomicUsize::new(0);
/// parallel::chunks(10, &|index| {
///     sum.fetch_add(index, Ordering::Relaxed);
/// });
/// assert_eq!(sum.into_inner(), 45);
/// ```
pub fn chunks(count: usize, body: &(dyn Fn(usize) + Sync)) {
    chunks_with(count, |_| (), |(), chunk| body(chunk));
}

/// Returns the number of threads that may take part in a region that starts here.
///
/// ```
/// assert!(latents_tensor::parallel::threads() >= 1);
/// ```
pub fn threads() -> usize {
    match ROLE.get() {
        Role::Free => rayon::current_num_threads(),
        // SAFETY: the role is set only while `team` holds the pointee.
        Role::Leads(team) => unsafe { &*team }.shares.len(),
        Role::Serial => 1,
    }
}

/// Like [`chunks`], with a state that each thread creates before its first chunk, from its number below [`threads`]. Which
/// chunks share a state is unspecified, so it must not affect the results: use it for scratch memory, and for copies that are
/// cheaper to make again than to fetch from another core. No two states of the same number exist at the same time.
///
/// # Panics
/// As in [`chunks`].
pub fn chunks_with<S>(count: usize, state: impl Fn(usize) -> S + Sync, body: impl Fn(&mut S, usize) + Sync) {
    assert!(
        u32::try_from(count).is_ok(),
        "{count} chunks: at most 2³² − 1; make the chunks longer"
    );
    let _mode = StandardMode::enter();
    let work = |member: usize, next: &mut dyn FnMut() -> Option<usize>| {
        let Some(first) = next() else { return };
        let mut state = state(member);
        body(&mut state, first);
        while let Some(chunk) = next() {
            body(&mut state, chunk);
        }
    };
    match ROLE.get() {
        Role::Leads(team) if count > 1 => {
            // SAFETY: the role is set only while `team` holds the pointee.
            unsafe { &*team }.run(count, &work);
        }
        Role::Free if count > 1 => team(|| chunks_with(count, state, body)),
        _ => {
            let mut left = 0..count;
            work(0, &mut || left.next());
        }
    }
}

/// A pointer that chunks may share because each of them touches its own part.
pub(crate) struct SharedMut<T>(*mut T);

// SAFETY: whoever makes one promises that concurrent chunks touch disjoint elements (see `new`).
unsafe impl<T: Send> Sync for SharedMut<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for SharedMut<T> {}

impl<T> SharedMut<T> {
    /// # Safety
    /// Elements reached through `get` by concurrent chunks must be disjoint, and the slice must outlive them.
    pub(crate) unsafe fn new(slice: &mut [T]) -> Self {
        Self(slice.as_mut_ptr())
    }

    /// # Safety
    /// As [`SharedMut::new`], for the elements from `start` on.
    pub(crate) unsafe fn at(start: *mut T) -> Self {
        Self(start)
    }

    pub(crate) fn get(&self) -> *mut T {
        self.0
    }
}

/// Splits `slice` into pieces of `length` (the last may be shorter) and runs `body(index, piece)` on each.
///
/// # Panics
/// If `length` is 0, or a piece panics.
///
/// ```
/// # use latents_tensor::parallel;
/// let mut numbers = [0; 5];
/// parallel::chunks_mut(&mut numbers, 2, |index, piece| piece.fill(index));
/// assert_eq!(numbers, [0, 0, 1, 1, 2]);
/// ```
pub fn chunks_mut<T: Send>(slice: &mut [T], length: usize, body: impl Fn(usize, &mut [T]) + Sync) {
    assert!(length > 0, "chunks_mut: the length of a chunk must be at least 1");
    let total = slice.len();
    // SAFETY: piece `index` is the elements index·length .. (index + 1)·length, disjoint from the others'.
    let shared = unsafe { SharedMut::new(slice) };
    chunks(total.div_ceil(length), &|index| {
        let start = index * length;
        let count = length.min(total - start);
        // SAFETY: in bounds by the line above, disjoint by the index, and `slice` is borrowed until we return.
        let piece = unsafe { std::slice::from_raw_parts_mut(shared.get().add(start), count) };
        body(index, piece);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_testing::in_pool;

    #[test]
    fn every_chunk_runs_once() {
        for threads in 1..=5 {
            in_pool(threads, || {
                team(|| {
                    for count in [0, 1, 2, 3, 7, 64, 1000] {
                        let mut hits = vec![0u8; count];
                        chunks_mut(&mut hits, 1, |_, hit| hit[0] += 1);
                        assert!(
                            hits.iter().all(|&hit| hit == 1),
                            "{threads} threads, {count} chunks"
                        );
                    }
                });
            });
        }
    }

    #[test]
    fn many_short_regions() {
        in_pool(3, || {
            team(|| {
                let mut sums = vec![0u64; 9];
                for _ in 0..20_000 {
                    chunks_mut(&mut sums, 2, |index, part| {
                        part.iter_mut().for_each(|sum| *sum += index as u64)
                    });
                }
                assert_eq!(sums[8], 4 * 20_000);
            });
        });
    }

    #[test]
    fn a_panic_in_a_chunk_reaches_the_caller_and_the_team_survives() {
        in_pool(2, || {
            team(|| {
                let caught = catch_unwind(|| chunks(100, &|chunk| assert!(chunk != 77, "chunk 77")));
                assert!(caught.is_err());
                let mut hits = vec![0u8; 50];
                chunks_mut(&mut hits, 3, |_, part| part.fill(1));
                assert!(hits.iter().all(|&hit| hit == 1));
            });
        });
    }

    #[test]
    fn a_panic_of_every_chunk_leaves_nothing_behind() {
        in_pool(3, || {
            team(|| {
                for _ in 0..50 {
                    let caught = catch_unwind(|| chunks(90, &|chunk| panic!("chunk {chunk}")));
                    assert!(caught.is_err());
                    chunks(90, &|_| {});
                }
            });
        });
    }

    #[test]
    fn every_thread_makes_its_own_state() {
        for threads in 1..=4 {
            in_pool(threads, || {
                let made = AtomicUsize::new(0);
                let sum = AtomicUsize::new(0);
                let region = || {
                    let state = |member| {
                        assert!(member < super::threads());
                        made.fetch_add(1, Ordering::Relaxed)
                    };
                    chunks_with(100, state, |_, chunk| {
                        sum.fetch_add(chunk, Ordering::Relaxed);
                    });
                };
                team(region);
                assert!((1..=threads).contains(&made.load(Ordering::Relaxed)));
                region();
                assert_eq!(sum.load(Ordering::Relaxed), 2 * 4950);
                chunks_with(0, |_| panic!("nothing to do"), |(), _| {});
            });
        }
    }

    #[test]
    fn a_team_whose_threads_are_busy_goes_on_alone() {
        in_pool(2, || {
            let (send, receive) = std::sync::mpsc::channel::<()>();
            let receive = Mutex::new(receive);
            rayon::scope(|scope| {
                scope.spawn(move |_| {
                    let _ = receive.lock().map(|receive| receive.recv());
                });
                // The pool's other thread waits for the message below; so may this one not wait for it.
                let mut hits = vec![0u8; 50];
                team(|| chunks_mut(&mut hits, 3, |_, part| part.fill(1)));
                assert!(hits.iter().all(|&hit| hit == 1));
                drop(send);
            });
        });
    }

    #[test]
    fn nested_regions_run_in_place() {
        in_pool(2, || {
            team(|| {
                let mut grid = vec![0u32; 64];
                chunks_mut(&mut grid, 8, |row, cells| {
                    chunks_mut(cells, 1, |column, cell| cell[0] = (row * 8 + column) as u32);
                });
                assert!(grid.iter().enumerate().all(|(index, &cell)| index as u32 == cell));
            });
        });
    }
}
