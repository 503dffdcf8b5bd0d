//! Random draws: golden values from an independent generator, independence of chunks and threads, and statistics.

use latents_tensor::random::Key;
use latents_tensor::{Algebra, Real, Tensor};
use latents_testing::in_pool;

const KEY: Key = Key::new(42).purpose("golden").step(7);

/// `tests/reference/random.py` prints these.
#[test]
fn golden_values() {
    let mut single = [0.0f32; 4];
    KEY.uniform_into(&mut single);
    assert_eq!(
        single.map(|x| x * (1 << 24) as f32),
        [12840145.0, 1928385.0, 1592200.0, 599377.0]
    );
    let mut double = [0.0f64; 4];
    KEY.uniform_into(&mut double);
    assert_eq!(
        double.map(|x| (x * (1u64 << 53) as f64) as u64),
        [
            1035294178049434,
            321788460599665,
            1666889957988420,
            5698842664010915
        ]
    );
    let normal = KEY.normal::<f64>([16]).to_vec();
    let expected = [
        0.8668063911782439,
        0.41591734110178097,
        -0.498671433517286,
        -1.3957308749052952,
    ];
    for (got, want) in [normal[0], normal[1], normal[8], normal[9]].iter().zip(expected) {
        assert!((got - want).abs() < 4e-16, "{got} {want}");
    }
    let mask = KEY.bernoulli::<f32>(0.3, [24]).to_vec();
    let mask: String = mask
        .iter()
        .map(|&bit| if bit == 1.0 { '1' } else { '0' })
        .collect();
    assert_eq!(mask, "001100110101010001000100");
    let mut below = [0; 5];
    KEY.below_into(1000, &mut below);
    assert_eq!(below, [453, 570, 252, 699, 814]);
    assert_eq!(KEY.below(1000), 453);
    assert_eq!(KEY.permutation(10), [4, 8, 2, 6, 1, 7, 0, 3, 9, 5]);
}

/// The bits of our own functions, which the comparison with a tolerance above does not fix.
#[test]
fn golden_bits_of_normals() {
    let single = KEY.normal::<f32>([16]).to_vec();
    let bits = [single[0], single[7], single[8], single[15]].map(f32::to_bits);
    assert_eq!(bits, GOLDEN_32, "{bits:#x?}");
    let double = KEY.normal::<f64>([16]).to_vec();
    let bits = [double[0], double[7], double[8], double[15]].map(f64::to_bits);
    assert_eq!(bits, GOLDEN_64, "{bits:#x?}");
}

const GOLDEN_32: [u32; 4] = [0xc001_665e, 0xbe9d_d240, 0xbed0_5a23, 0x3e59_82ef];
const GOLDEN_64: [u64; 4] = [
    0x3feb_bce0_c1c2_6100,
    0x3ff4_da93_dd80_8d7f,
    0xbfdf_ea3b_9699_fede,
    0x3fd5_9db1_e708_9b0a,
];

#[test]
fn every_part_of_the_address_counts() {
    let draw = |key: Key| key.uniform::<f64>([4]).to_vec();
    let keys = [
        KEY,
        KEY.step(8),
        KEY.index(0),
        KEY.index(1),
        KEY.purpose("golden"),
        Key::new(43).purpose("golden").step(7),
        Key::new(42).purpose("goldfish").step(7),
        Key::new(42).purpose("gold").purpose("en").step(7),
        Key::new(42).step(7),
        Key::new(42).step(6).purpose("golden").step(7),
    ];
    for (i, a) in keys.iter().enumerate() {
        for b in &keys[..i] {
            assert_ne!(draw(*a), draw(*b), "{a:?} {b:?}");
        }
    }
    assert_eq!(draw(KEY), draw(Key::new(42).purpose("golden").step(7)));
}

fn all_kinds<T: Real>(count: usize) -> [Tensor<T>; 3] {
    [
        KEY.uniform([count]),
        KEY.normal([count]),
        KEY.bernoulli(0.25, [count]),
    ]
}

fn parts_equal_the_whole<T: Real>() {
    let whole = all_kinds::<T>(20_000).map(|draw| draw.to_vec());
    for (first, count) in [
        (0, 1),
        (0, 15),
        (1, 3),
        (7, 9),
        (7, 10),
        (8, 16),
        (16, 33),
        (255, 258),
        (8191, 2),
        (8190, 9000),
        (19_999, 1),
    ] {
        let mut part = vec![T::zero(); count];
        KEY.uniform_into_from(first, &mut part);
        assert_eq!(part, whole[0][first..][..count], "uniform {first} {count}");
        KEY.normal_into_from(first, &mut part);
        assert_eq!(part, whole[1][first..][..count], "normal {first} {count}");
        KEY.bernoulli_into_from(0.25, first, &mut part);
        assert_eq!(part, whole[2][first..][..count], "bernoulli {first} {count}");
    }
    for count in 0..70 {
        for (short, long) in all_kinds::<T>(count).iter().zip(&whole) {
            assert_eq!(short.to_vec(), long[..count]);
        }
    }
}

#[test]
fn a_part_of_a_draw_equals_that_part_of_the_whole() {
    parts_equal_the_whole::<f32>();
    parts_equal_the_whole::<f64>();
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let draw = |threads: usize| {
        in_pool(threads, || {
            let mut below = vec![0; 50_000];
            KEY.below_into(97, &mut below);
            (all_kinds::<f32>(100_000).map(|draw| draw.to_vec()), below)
        })
    };
    let expected = draw(1);
    for threads in 2..=4 {
        assert!(draw(threads) == expected, "{threads} threads");
    }
}

/// The largest distance between the empirical distribution and `cumulative` (Kolmogorov and Smirnov), times √n.
fn kolmogorov_smirnov(mut sample: Vec<f64>, cumulative: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let distances = sample.iter().enumerate().map(|(i, &x)| {
        let expected = cumulative(x);
        (expected - i as f64 / n)
            .abs()
            .max(((i + 1) as f64 / n - expected).abs())
    });
    distances.fold(0.0, f64::max) * n.sqrt()
}

/// Mean of the k-th powers.
fn moment(sample: &[f64], power: u32) -> f64 {
    let sum: f64 = sample
        .iter()
        .map(|&x| (0..power).fold(1.0, |product, _| product * x))
        .sum();
    sum / sample.len() as f64
}

const COUNT: usize = 1 << 20;

fn distributions<T: Real>() {
    let widen = |draw: Tensor<T>| -> Vec<f64> { draw.to_vec().into_iter().map(T::to_f64).collect() };
    let uniform = widen(KEY.uniform([COUNT]));
    assert!(uniform.iter().all(|x| (0.0..1.0).contains(x)));
    assert!((moment(&uniform, 1) - 0.5).abs() < 1.5e-3);
    assert!((moment(&uniform, 2) - 1.0 / 3.0).abs() < 1.5e-3);
    // 1.95 is passed once in a thousand.
    assert!(kolmogorov_smirnov(uniform.clone(), |x| x) < 1.95);
    let neighbours: f64 = uniform
        .windows(2)
        .map(|pair| (pair[0] - 0.5) * (pair[1] - 0.5))
        .sum();
    assert!((neighbours / COUNT as f64 * 12.0).abs() < 5e-3, "correlation");

    let normal = widen(KEY.normal([COUNT]));
    for (power, expected, within) in [
        (1, 0.0, 5e-3),
        (2, 1.0, 7e-3),
        (3, 0.0, 2e-2),
        (4, 3.0, 5e-2),
        (6, 15.0, 0.6),
    ] {
        let got = moment(&normal, power);
        assert!((got - expected).abs() < within, "moment {power}: {got}");
    }
    let cumulative = |x: f64| 0.5 * (1.0 + Algebra::erf(x / 2f64.sqrt()));
    assert!(kolmogorov_smirnov(normal.clone(), cumulative) < 1.95);
    let beyond_4 = normal.iter().filter(|x| x.abs() > 4.0).count();
    assert!((40..100).contains(&beyond_4), "66 expected, {beyond_4} drawn");
    // The cosine and the sine of one pair share their radius; they must not be correlated.
    let pairs: f64 = normal
        .chunks_exact(16)
        .map(|block| (0..8).map(|j| block[j] * block[j + 8]).sum::<f64>())
        .sum();
    assert!((pairs / (COUNT / 2) as f64).abs() < 5e-3);

    for probability in [0.0, 0.1, 0.5, 0.999, 1.0] {
        let mask = widen(KEY.bernoulli(probability, [COUNT]));
        assert!(mask.iter().all(|&bit| bit == 0.0 || bit == 1.0));
        assert!((moment(&mask, 1) - probability).abs() <= 2e-3 * probability.min(1.0 - probability).sqrt());
    }
}

#[test]
fn single_precision_distributions() {
    distributions::<f32>();
}

#[test]
fn double_precision_distributions() {
    distributions::<f64>();
}

#[test]
fn integers_are_uniform() {
    let mut values = vec![0; 700_000];
    KEY.below_into(7, &mut values);
    let mut counts = [0f64; 7];
    values.iter().for_each(|&value| counts[value] += 1.0);
    let chi_squared: f64 = counts
        .iter()
        .map(|count| (count - 1e5) * (count - 1e5) / 1e5)
        .sum();
    assert!(chi_squared < 22.5, "6 degrees of freedom: {chi_squared}");
}

#[test]
fn permutations_hold_every_element_and_all_orders_come() {
    for count in [0, 1, 2, 17, 1000] {
        let mut order = KEY.permutation(count);
        order.sort_unstable();
        assert!(order.into_iter().eq(0..count));
    }
    let mut counts = std::collections::HashMap::new();
    for step in 0..24_000 {
        *counts.entry(KEY.step(step).permutation(4)).or_insert(0.0) += 1.0;
    }
    assert_eq!(counts.len(), 24);
    let chi_squared: f64 = counts
        .values()
        .map(|count: &f64| (count - 1e3) * (count - 1e3) / 1e3)
        .sum();
    assert!(chi_squared < 49.7, "23 degrees of freedom: {chi_squared}");
}

#[test]
#[should_panic(expected = "not in [0, 1]")]
fn a_probability_above_one_is_refused() {
    KEY.bernoulli::<f32>(1.5, [3]);
}

#[test]
#[should_panic(expected = "no integer is below 0")]
fn an_empty_range_is_refused() {
    KEY.below(0);
}
