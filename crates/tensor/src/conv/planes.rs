//! Images of a block of samples with the samples innermost, so that a vector holds one pixel of many samples.

use crate::Real;
use crate::simd::{Kernel, Lanes};

/// Samples of a block, and virtual lanes of a sum over samples.
pub(super) const BLOCK: usize = 32;
/// The width of the widest vector, in elements.
const WIDEST: usize = 16;

/// The layout of the pixels of a block: pixel (channel, row, column) of all samples at
/// `((channel·pitch + row·width + column) · lanes`, among a border of zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planes {
    pub channels: usize,
    /// The image, without its border.
    pub image: [usize; 2],
    /// Rows above and columns left of the image.
    pub before: [usize; 2],
    /// Columns of a row, with the border.
    pub width: usize,
    /// Pixels from one channel to the next.
    pub pitch: usize,
    /// Elements per pixel: one for each sample, padded to whole vectors.
    pub lanes: usize,
}

impl Planes {
    /// Images among borders of these sizes (above and left, below and right).
    pub(super) fn new(
        channels: usize,
        image: [usize; 2],
        before: [usize; 2],
        after: [usize; 2],
        lanes: usize,
    ) -> Self {
        let [height, width] = [0, 1].map(|axis| before[axis] + image[axis] + after[axis]);
        Self {
            channels,
            image,
            before,
            width,
            // An odd number of lines or pairs of lines, so that channels do not map to the same places of the cache.
            pitch: (height * width) | 1,
            lanes,
        }
    }

    /// Images one right after the other.
    pub(super) fn dense(channels: usize, image: [usize; 2], lanes: usize) -> Self {
        Self {
            channels,
            image,
            before: [0; 2],
            width: image[1],
            pitch: image[0] * image[1],
            lanes,
        }
    }

    /// Elements of all channels.
    pub(super) fn len(&self) -> usize {
        self.channels * self.pitch * self.lanes
    }

    /// Elements from one channel to the next.
    pub(super) fn channel(&self) -> usize {
        self.pitch * self.lanes
    }
}

/// Returns the number of lanes for this many samples of a block.
pub(super) fn lanes_for(samples: usize) -> usize {
    if samples <= BLOCK / 2 { BLOCK / 2 } else { BLOCK }
}

/// Copies samples (channels, rows, columns) to planes. Lanes without a sample become 0; the border is not touched.
///
/// Uses the narrower vectors: squares are transposed through memory if rows end in their middle, and reading a whole vector soon
/// after half of it was written stalls.
pub(super) struct Pack<'a, T> {
    pub planes: &'a Planes,
    /// The first sample; the next one `step` elements on.
    pub source: *const T,
    pub step: usize,
    pub samples: usize,
    /// Room for the planes.
    pub target: *mut T,
}

impl<T: Real> Kernel<T> for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let planes = self.planes;
        let pixels = planes.channels * planes.image[0] * planes.image[1];
        let mut place = Place::new(planes);
        let mut square = [T::zero(); WIDEST * WIDEST];
        for first in (0..pixels).step_by(L::WIDTH) {
            let count = L::WIDTH.min(pixels - first);
            let mut places = [0usize; WIDEST];
            for place_of in &mut places[..count] {
                *place_of = place.next();
            }
            // Pixels of one row, or of dense planes, follow each other.
            let follow = count == L::WIDTH && places[count - 1] == places[0] + (count - 1) * planes.lanes;
            for lane in (0..planes.lanes).step_by(L::WIDTH) {
                // SAFETY: the samples hold `pixels` elements each, and the places lie in the planes.
                unsafe {
                    if follow && self.samples >= lane + L::WIDTH {
                        let from = self.source.add(lane * self.step + first);
                        let to = self.target.add(places[0] + lane);
                        L::transpose(from, self.step as isize, to, planes.lanes as isize);
                        continue;
                    }
                    self.square::<L>(first, count, lane, square.as_mut_ptr());
                    for (index, &place) in places[..count].iter().enumerate() {
                        let pixel = L::load(square.as_ptr().add(index * L::WIDTH));
                        pixel.store(self.target.add(place + lane));
                    }
                }
            }
        }
    }
}

impl<T: Real> Pack<'_, T> {
    /// `count` elements from `first` on, of the samples from `lane` on, transposed to `square`.
    ///
    /// # Safety
    /// Samples have those elements, and `square` has room.
    #[inline(always)]
    unsafe fn square<L: Lanes<Elem = T>>(&self, first: usize, count: usize, lane: usize, square: *mut T) {
        let samples = self.samples.saturating_sub(lane);
        // SAFETY: only elements and samples that exist are read.
        unsafe {
            let from = self.source.wrapping_add(lane * self.step + first);
            if count == L::WIDTH && samples >= L::WIDTH {
                return L::transpose(from, self.step as isize, square, L::WIDTH as isize);
            }
            let mut rows = [T::zero(); WIDEST * WIDEST];
            for sample in 0..samples.min(L::WIDTH) {
                let (from, to) = (
                    from.add(sample * self.step),
                    rows.as_mut_ptr().add(sample * L::WIDTH),
                );
                load_some::<L>(from, count).store(to);
            }
            L::transpose(rows.as_ptr(), L::WIDTH as isize, square, L::WIDTH as isize);
        }
    }
}

/// Iterates over the positions of an image's pixels in planes.
struct Place<'a> {
    planes: &'a Planes,
    channel: usize,
    row: usize,
    column: usize,
}

impl<'a> Place<'a> {
    fn new(planes: &'a Planes) -> Self {
        Self {
            planes,
            channel: 0,
            row: 0,
            column: 0,
        }
    }

    #[inline(always)]
    fn next(&mut self) -> usize {
        let planes = self.planes;
        let pixel = self.channel * planes.pitch
            + (planes.before[0] + self.row) * planes.width
            + planes.before[1]
            + self.column;
        self.column += 1;
        if self.column == planes.image[1] {
            self.column = 0;
            self.row += 1;
            if self.row == planes.image[0] {
                self.row = 0;
                self.channel += 1;
            }
        }
        pixel * planes.lanes
    }
}

/// Copies dense planes of a block back to samples.
pub(super) struct Unpack<T> {
    pub source: *const T,
    pub lanes: usize,
    /// Pixels of all channels.
    pub pixels: usize,
    /// The first sample; the next one `step` elements on.
    pub target: *mut T,
    pub step: usize,
    pub samples: usize,
}

impl<T: Real> Kernel<T> for Unpack<T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        for first in (0..self.pixels).step_by(L::WIDTH) {
            for lane in (0..self.samples).step_by(L::WIDTH) {
                // SAFETY: pixels and samples exist.
                unsafe { self.square::<L>(first, lane) };
            }
        }
    }
}

impl<T: Real> Unpack<T> {
    /// # Safety
    /// The creator of this value guarantees its bounds; the pixel and the lane exist.
    #[inline(always)]
    unsafe fn square<L: Lanes<Elem = T>>(&self, first: usize, lane: usize) {
        let count = L::WIDTH.min(self.pixels - first);
        let samples = L::WIDTH.min(self.samples - lane);
        // SAFETY: only pixels and samples that exist are touched.
        unsafe {
            let from = self.source.add(first * self.lanes + lane);
            let to = self.target.add(lane * self.step + first);
            if count == L::WIDTH && samples == L::WIDTH {
                return L::transpose(from, self.lanes as isize, to, self.step as isize);
            }
            let mut rows = [T::zero(); WIDEST * WIDEST];
            for pixel in 0..count {
                L::load(from.add(pixel * self.lanes)).store(rows.as_mut_ptr().add(pixel * L::WIDTH));
            }
            let mut square = [T::zero(); WIDEST * WIDEST];
            L::transpose(
                rows.as_ptr(),
                L::WIDTH as isize,
                square.as_mut_ptr(),
                L::WIDTH as isize,
            );
            for sample in 0..samples {
                let row = L::load(square.as_ptr().add(sample * L::WIDTH));
                let to = to.add(sample * self.step);
                if count == L::WIDTH {
                    row.store(to);
                } else {
                    row.store_first(to, count);
                }
            }
        }
    }
}

/// # Safety
/// `count ≤ WIDTH` elements are readable at `from`.
#[inline(always)]
unsafe fn load_some<L: Lanes>(from: *const L::Elem, count: usize) -> L {
    // SAFETY: the caller's.
    unsafe {
        if count == L::WIDTH {
            L::load(from)
        } else {
            L::load_first(from, count)
        }
    }
}

impl Planes {
    /// Writes zeros around every image.
    ///
    /// # Safety
    /// `start` has room for the planes.
    pub(super) unsafe fn clear_border<T: Real>(&self, start: *mut T) {
        let ([height, width], [top, left]) = (self.image, self.before);
        let clear = |pixel: usize, pixels: usize| {
            // SAFETY: runs of pixels within a channel's pitch.
            let run =
                unsafe { std::slice::from_raw_parts_mut(start.add(pixel * self.lanes), pixels * self.lanes) };
            run.fill(T::zero());
        };
        for channel in 0..self.channels {
            let first = channel * self.pitch;
            clear(first, top * self.width + left);
            for row in 1..height {
                clear(
                    first + (top + row - 1) * self.width + left + width,
                    self.width - width,
                );
            }
            let end = (top + height - 1) * self.width + left + width;
            clear(first + end, self.pitch - end);
        }
    }
}
