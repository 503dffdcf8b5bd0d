//! Draws of integers: uniform ones, and permutations.

use super::{Key, Kind};
use crate::parallel;
use rand_chacha::rand_core::Rng;

/// Elements that one thread fills at a time.
const CHUNK: usize = 8192;

/// The product's upper half is uniform below `limit` where its lower half is not among the first
/// 2⁶⁴ mod `limit` values (D. Lemire, "Fast random integer generation in an interval", 2019).
fn accept(word: u64, limit: u64) -> Option<u64> {
    let product = word as u128 * limit as u128;
    let low = product as u64;
    if low < limit && low < limit.wrapping_neg() % limit {
        return None;
    }
    Some((product >> 64) as u64)
}

pub(super) fn below(key: &Key, limit: u64, out: &mut [usize]) {
    parallel::chunks_mut(out, CHUNK, |index, out| {
        let first = index * CHUNK;
        let mut generator = key.generator(Kind::Below, 0);
        generator.set_word_pos(first as u128 * 2);
        for (i, out) in out.iter_mut().enumerate() {
            let drawn = accept(generator.next_u64(), limit);
            *out = drawn.unwrap_or_else(|| again(key, limit, first + i)) as usize;
        }
    });
}

/// A rejected element reads the streams of the next attempts at its own position, so its neighbours are unaffected.
#[cold]
fn again(key: &Key, limit: u64, element: usize) -> u64 {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let mut generator = key.generator(Kind::Below, attempt);
        generator.set_word_pos(element as u128 * 2);
        if let Some(value) = accept(generator.next_u64(), limit) {
            return value;
        }
    }
}

/// R. Durstenfeld's shuffle (1964), from the last element down.
pub(super) fn permutation(key: &Key, out: &mut [usize]) {
    out.iter_mut().enumerate().for_each(|(i, out)| *out = i);
    let mut generator = key.generator(Kind::Permutation, 0);
    for last in (1..out.len()).rev() {
        let partner = loop {
            if let Some(value) = accept(generator.next_u64(), last as u64 + 1) {
                break value as usize;
            }
        };
        out.swap(last, partner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_words_are_exactly_the_surplus() {
        // With 2⁶⁴ = q·limit + surplus, `surplus` words must be refused; they lie where the low half is small.
        let limit = (1 << 63) + 1;
        assert_eq!(accept(0, limit), None);
        assert_eq!(accept(1, limit), Some(0));
        let refused = (0..1000).filter(|&word| accept(word, limit).is_none()).count();
        assert_eq!(refused, 500);
        assert!((0..1000).all(|word| accept(word << 54, 8).is_some()));
    }

    #[test]
    fn refused_elements_do_not_move_their_neighbours() {
        let (key, limit) = (Key::new(3), (1usize << 63) + 1);
        let mut all = [0; 64];
        key.below_into(limit, &mut all);
        let mut words = key.generator(Kind::Below, 0);
        let mut refused = 0;
        for value in all {
            match accept(words.next_u64(), limit as u64) {
                Some(expected) => assert_eq!(value as u64, expected),
                None => refused += 1,
            }
        }
        assert!(refused > 16, "about half of the words are refused for this limit");
    }
}
