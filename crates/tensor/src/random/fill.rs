//! Draws of real numbers. Each chunk seeks the generator to its own words, so chunks may be filled in any order.

use super::{Key, Kind};
use crate::kernels::normal::{Words, box_muller};
use crate::{Real, concrete, parallel};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// The elements that a thread fills at a time, and those made at once: both multiples of the normal block.
const CHUNK: usize = 8192;
const BATCH: usize = 256;
/// Normals come in blocks: radii from the first half of the words, angles from the second; cosines, then sines.
const BLOCK: usize = 16;

/// Random words for elements `first .. first + count`, as 64-bit numbers (their upper half for `W` = 4).
fn draw<const W: usize>(generator: &mut ChaCha8Rng, words: &mut [u64]) {
    let mut bytes = [0; BATCH * 8];
    let bytes = &mut bytes[..words.len() * W];
    generator.fill_bytes(bytes);
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(W)) {
        *word = match W {
            4 => (u32::from_le_bytes(bytes.try_into().unwrap_or_default()) as u64) << 32,
            _ => u64::from_le_bytes(bytes.try_into().unwrap_or_default()),
        };
    }
}

/// Bytes of the stream that a real number of type `T` takes.
fn width<T>() -> usize {
    size_of::<T>()
}

/// Seeks to `element` and calls `body(words, out)` for one batch after the other.
fn batches<T: Real>(
    mut generator: ChaCha8Rng,
    word_bytes: usize,
    element: usize,
    out: &mut [T],
    mut body: impl FnMut(&mut [u64], &mut [T]),
) {
    generator.set_word_pos(element as u128 * (word_bytes / 4) as u128);
    let mut words = [0; BATCH];
    for out in out.chunks_mut(BATCH) {
        let words = &mut words[..out.len()];
        match word_bytes {
            4 => draw::<4>(&mut generator, words),
            _ => draw::<8>(&mut generator, words),
        }
        body(words, out);
    }
}

fn uniform_generic<T: Real>(key: &Key, first: usize, out: &mut [T]) {
    // The upper 24 (53) bits, which the type holds exactly.
    let bits = if width::<T>() == 4 { 24 } else { 53 };
    let step = T::from_f64(1.0 / (1u64 << bits) as f64);
    parallel::chunks_mut(out, CHUNK, |index, out| {
        let generator = key.generator(Kind::Uniform, 0);
        batches(
            generator,
            width::<T>(),
            first + index * CHUNK,
            out,
            |words, out| {
                for (out, word) in out.iter_mut().zip(words) {
                    *out = T::from_f64((*word >> (64 - bits)) as f64) * step;
                }
            },
        );
    });
}

fn bernoulli_generic<T: Real>(key: &Key, probability: f64, first: usize, out: &mut [T]) {
    // 2³² for certainty, which no word reaches.
    let border = ((probability * (1u64 << 32) as f64).round() as u64).min(1 << 32);
    parallel::chunks_mut(out, CHUNK, |index, out| {
        let generator = key.generator(Kind::Bernoulli, 0);
        batches(generator, 4, first + index * CHUNK, out, |words, out| {
            for (out, word) in out.iter_mut().zip(words) {
                *out = if *word >> 32 < border { T::one() } else { T::zero() };
            }
        });
    });
}

concrete! {
    pub(super) fn uniform<'a, T>(key: &'a Key, first: usize, out: &'a mut [T]) = uniform_generic(key, first, out);
    pub(super) fn bernoulli<'a, T>(key: &'a Key, probability: f64, first: usize, out: &'a mut [T]) =
        bernoulli_generic(key, probability, first, out);
    pub(super) fn normal<'a, T>(key: &'a Key, first: usize, out: &'a mut [T]) = normal_generic(key, first, out);
}

fn normal_generic<T: Real>(key: &Key, first: usize, out: &mut [T]) {
    // Blocks are made whole: fill up to the next boundary first, then block by block.
    let inside = first % BLOCK;
    let head = if inside == 0 {
        0
    } else {
        (BLOCK - inside).min(out.len())
    };
    let (head, rest) = out.split_at_mut(head);
    if !head.is_empty() {
        let mut block = [T::zero(); BLOCK];
        normal_blocks(key, first - inside, &mut block);
        head.copy_from_slice(&block[inside..][..head.len()]);
    }
    let first = first.next_multiple_of(BLOCK);
    parallel::chunks_mut(rest, CHUNK, |index, out| {
        let start = first + index * CHUNK;
        let whole = out.len() - out.len() % BLOCK;
        let (blocks, tail) = out.split_at_mut(whole);
        normal_blocks(key, start, blocks);
        if !tail.is_empty() {
            let mut block = [T::zero(); BLOCK];
            normal_blocks(key, start + whole, &mut block);
            tail.copy_from_slice(&block[..tail.len()]);
        }
    });
}

/// Whole blocks, from element `start` on.
fn normal_blocks<T: Real>(key: &Key, start: usize, out: &mut [T]) {
    let generator = key.generator(Kind::Normal, 0);
    let single = width::<T>() == 4;
    // Radii use all bits of a word, so that the tails reach far; angles use the bits that the type represents exactly.
    let (radius_bits, angle_bits) = if single { (32, 24) } else { (53, 53) };
    let unit = |bits: u32| T::from_f64(1.0 / (1u64 << bits) as f64);
    let (radius_unit, angle_unit) = (unit(radius_bits), unit(angle_bits));
    let half = unit(radius_bits + 1);
    batches(generator, width::<T>(), start, out, |words, out| {
        let mut values = Words {
            radii: [T::zero(); BATCH / 2],
            angles: [T::zero(); BATCH / 2],
        };
        let pairs = words.len() / 2;
        for (i, block) in words.chunks_exact(BLOCK).enumerate() {
            for j in 0..BLOCK / 2 {
                let place = i * (BLOCK / 2) + j;
                // Half a step up, so that the argument of the logarithm is never 0.
                let radius = T::from_f64((block[j] >> (64 - radius_bits)) as f64);
                values.radii[place] = radius * radius_unit + half;
                let angle = T::from_f64((block[BLOCK / 2 + j] >> (64 - angle_bits)) as f64);
                values.angles[place] = angle * angle_unit;
            }
        }
        box_muller(&mut values, pairs);
        for (i, block) in out.chunks_exact_mut(BLOCK).enumerate() {
            let (cosines, sines) = block.split_at_mut(BLOCK / 2);
            let place = i * (BLOCK / 2);
            cosines.copy_from_slice(&values.radii[place..][..BLOCK / 2]);
            sines.copy_from_slice(&values.angles[place..][..BLOCK / 2]);
        }
    });
}
