//! Synthetic data sets: their processes, their names, and reference values.

use latents_data::{Dataset, GENERATORS, OpenOptions, formats, open, synthetic, synthetic_with_truth};
use latents_tensor::Tensor;
use latents_tensor::simd::Math;

/// White pixels of three sprites.
const WHITE: [f64; 3] = [89.0, 130.0, 288.0];

fn values(data: &Dataset) -> Vec<f64> {
    data.to_tensor::<f64>().to_vec()
}

fn column(data: &Dataset, number: usize) -> Vec<f64> {
    values(data)
        .into_iter()
        .skip(number)
        .step_by(data.columns())
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn refused(spec: &str) -> String {
    open(spec, &OpenOptions::default()).unwrap_err().to_string()
}

#[test]
fn every_generator_draws_the_rows_that_were_asked_for() {
    for generator in GENERATORS {
        let long = synthetic(generator.name, 300, 5).unwrap();
        let short = open(
            &format!("synthetic:{}:20:5", generator.name),
            &OpenOptions::default(),
        )
        .unwrap()
        .train;
        assert_eq!((long.rows(), short.rows()), (300, 20), "{}", generator.name);
        assert_eq!(
            values(&long)[..20 * long.columns()],
            values(&short),
            "{}",
            generator.name
        );
        let other = synthetic(generator.name, 20, 6).unwrap();
        assert_ne!(values(&other), values(&short), "{}", generator.name);
        if let Some(classes) = long.classes() {
            assert!(
                classes.iter().any(|&class| class != classes[0]),
                "{}",
                generator.name
            );
        }
    }
    let whole = open("synthetic:s-curve", &OpenOptions::default()).unwrap().train;
    assert_eq!(values(&whole), values(&synthetic("s-curve", 1000, 0).unwrap()));
}

#[test]
fn manifolds_satisfy_their_equations() {
    let roll = synthetic("swiss-roll", 500, 1).unwrap();
    for row in values(&roll).chunks(3) {
        let radius = (row[0] * row[0] + row[2] * row[2]).sqrt();
        // The radius is the angle: x = t cos t, z = t sin t.
        let turns = radius / std::f64::consts::TAU;
        assert!((0.75..=2.25).contains(&turns) && (0.0..21.0).contains(&row[1]));
        let (sin, cos) = f64::sin_cos_of_turns_lanes::<f64>(turns - turns.floor());
        assert!((radius * cos - row[0]).abs() < 1e-11 && (radius * sin - row[2]).abs() < 1e-11);
    }
    for row in values(&synthetic("s-curve", 500, 1).unwrap()).chunks(3) {
        let side = if row[2] > 0.0 { -1.0 } else { 1.0 };
        let height = side * row[2] + 1.0;
        assert!((row[0] * row[0] + height * height - 1.0).abs() < 1e-12, "{row:?}");
    }
    let moons = synthetic("two-moons", 4000, 1).unwrap();
    let classes = moons.classes().unwrap();
    // Of the noise around the two circles.
    let points = values(&moons);
    let distances = points.chunks(2).zip(&classes).map(|(row, &class)| {
        let lower = moons.class_names().unwrap()[class] == "lower";
        let [x, y] = if lower {
            [1.0 - row[0], 0.5 - row[1]]
        } else {
            [row[0], row[1]]
        };
        (x * x + y * y).sqrt() - 1.0
    });
    let squares: Vec<f64> = distances.map(|distance| distance * distance).collect();
    assert!(
        (mean(&squares).sqrt() - 0.1).abs() < 0.01,
        "{}",
        mean(&squares).sqrt()
    );
}

fn standard_deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: Vec<f64> = values.iter().map(|x| (x - centre) * (x - centre)).collect();
    mean(&squares).sqrt()
}

/// Rows of a cluster lie around its centre with its standard deviation, in every column.
#[test]
fn clusters_have_their_centres_and_deviations() {
    let drawn = synthetic_with_truth("gaussians", 5000, 3).unwrap();
    let (factors, centres) = (drawn.factors, drawn.components.unwrap());
    assert_eq!(
        (drawn.data.columns(), drawn.data.class_names().unwrap().len()),
        (8, 5)
    );
    for cluster in 0..5 {
        let of_cluster = |row: &usize| factors.at(&[*row, 0]) == cluster as f64;
        let rows: Vec<usize> = (0..5000).filter(of_cluster).collect();
        assert!((900..1100).contains(&rows.len()));
        let classes = drawn.data.classes().unwrap();
        let name = &drawn.data.class_names().unwrap()[classes[rows[0]]];
        assert_eq!(*name, cluster.to_string());
        assert!(rows.iter().all(|&row| classes[row] == classes[rows[0]]));
        let deviation = factors.at(&[rows[0], 1]);
        assert!((0.5..1.5).contains(&deviation));
        for number in 0..8 {
            let values = column(&drawn.data.select(&rows), number);
            let (centre, error) = (centres.at(&[cluster, number]), deviation / 30.0);
            assert!((mean(&values) - centre).abs() < 4.0 * error, "{cluster} {number}");
            assert!((standard_deviation(&values) - deviation).abs() < 4.0 * error);
        }
    }
    // Centres are standard normal times 5.
    assert!((3.5..6.5).contains(&standard_deviation(&centres.to_vec())));
}

/// A row is the sum of the atoms with its weights, and noise of standard deviation 0.01.
#[test]
fn sums_of_atoms_have_their_weights() {
    let drawn = synthetic_with_truth("dictionary", 5000, 3).unwrap();
    let (weights, atoms) = (drawn.factors, drawn.components.unwrap());
    let lengths = (&atoms * &atoms).sum(&[1], false).to_vec();
    assert!(lengths.iter().all(|length| (length - 1.0).abs() < 1e-12));
    let noise = &drawn.data.to_tensor::<f64>() - &weights.matmul(&atoms);
    let noise = noise.to_vec();
    assert!((standard_deviation(&noise) - 0.01).abs() < 1e-4);
    // 4 of the 64 on average, with exponential weights of mean 1 and variance 1.
    let active: Vec<f64> = weights
        .to_vec()
        .into_iter()
        .filter(|&weight| weight != 0.0)
        .collect();
    assert!((active.len() as f64 / 5000.0 - 4.0).abs() < 0.1);
    assert!((mean(&active) - 1.0).abs() < 0.03 && (standard_deviation(&active) - 1.0).abs() < 0.05);
    assert!(active.iter().all(|&weight| weight > 0.0));
}

/// Spikes and shifts stand out of the series by their height, stuck values do not change, and other steps do neither.
#[test]
fn anomalies_of_a_series_are_injected() {
    let drawn = synthetic_with_truth("series", 20_000, 3).unwrap();
    let (data, factors) = (&drawn.data, &drawn.factors);
    let columns: Vec<Vec<f64>> = (0..3).map(|number| column(data, number)).collect();
    let is_anomaly = |row: usize| data.class_names().unwrap()[data.classes().unwrap()[row]] == "anomaly";
    let labelled: Vec<bool> = (0..20_000).map(is_anomaly).collect();
    let kind = |row: usize| factors.at(&[row, 0]) as usize;
    let place = |row: usize| factors.at(&[row, 1]) as usize;
    // The rise of a column at the first step of an anomaly, and whether its values repeat the one before.
    let mut rises = [vec![], vec![], vec![]];
    let (mut stuck, mut lengths) = (0, [0; 4]);
    for row in 1..20_000 {
        assert_eq!(labelled[row], kind(row) > 0);
        lengths[kind(row)] += 1;
        if kind(row) == 0 {
            assert!(
                columns.iter().all(|values| values[row] != values[row - 1]),
                "{row}"
            );
            continue;
        }
        let values = &columns[place(row) - 1];
        match kind(row) {
            3 => {
                assert_eq!(values[row], values[row - 1], "{row}");
                stuck += 1;
            }
            kind if factors.at(&[row - 1, 0]) == 0.0 => rises[kind].push(values[row] - values[row - 1]),
            _ => {}
        }
    }
    // Between two steps the columns themselves change by 0 on average, up to noise.
    assert!((mean(&rises[1]) - 3.0).abs() < 0.2, "{}", mean(&rises[1]));
    assert!((mean(&rises[2]) - 1.5).abs() < 0.2, "{}", mean(&rises[2]));
    assert!(rises[1].len() > 15 && rises[2].len() > 15 && stuck > 100);
    // One in 200 steps begins one; a spike takes 1 step, the others take 8.
    assert_eq!(lengths[1], rises[1].len());
    assert!((200..1200).contains(&(20_000 - lengths[0])), "{lengths:?}");
}

/// Of an angle in turns.
fn sin_cos(turns: f64) -> (f64, f64) {
    f64::sin_cos_of_turns_lanes::<f64>(turns - turns.floor())
}

/// The pixels that the factors of a sprite give, by the definition of its shape.
fn sprite(factors: &[f64]) -> Vec<f32> {
    let [shape, scale, orientation, x, y] = *factors else {
        unreachable!()
    };
    let radius = 6.4 + 5.12 * scale / 5.0;
    let (sin, cos) = sin_cos(orientation / 40.0);
    let (cx, cy) = (16.0 + 32.0 * x / 31.0, 16.0 + 32.0 * y / 31.0);
    let pixel = |place: usize| {
        let (dx, dy) = ((place % 64) as f64 + 0.5 - cx, (place / 64) as f64 + 0.5 - cy);
        // The image is turned back by the angle.
        let u = (cos * dx + sin * dy) / radius;
        let v = (cos * dy - sin * dx) / radius;
        let inside = match shape as usize {
            0 => u.abs().max(v.abs()) <= 0.8,
            1 => u * u + 3.0 * v * v <= 1.2,
            _ => {
                let (x, y) = (1.25 * u, -1.25 * v);
                let disc = x * x + y * y - 1.0;
                disc * disc * disc <= x * x * y * y * y
            }
        };
        f32::from(u8::from(inside))
    };
    (0..64 * 64).map(pixel).collect()
}

#[test]
fn sprites_are_images_of_their_factors() {
    let drawn = synthetic_with_truth("sprites", 300, 2).unwrap();
    let shape = drawn.data.image_shape().unwrap();
    assert_eq!((shape.height, shape.width, shape.channels), (64, 64, 1));
    assert_eq!(drawn.factor_names, ["shape", "scale", "orientation", "x", "y"]);
    let images: Tensor = drawn.data.to_tensor();
    let factors = drawn.factors.to_vec();
    for (row, factors) in factors.chunks(5).enumerate() {
        let pixels = images.narrow(0, row, row + 1).to_vec();
        let expected = sprite(factors);
        // Pixels whose middle lies on the outline may round to either side.
        let differences = pixels.iter().zip(&expected).filter(|(a, b)| a != b).count();
        assert!(differences <= 2, "{row}: {differences} pixels of {factors:?}");
        // The whole shape lies in the image: its frame is black.
        let frame = (0..64).flat_map(|i| [i, 63 * 64 + i, 64 * i, 64 * i + 63]);
        assert!(
            frame.map(|place| pixels[place]).all(|pixel| pixel == 0.0),
            "{row}"
        );
        let class = drawn.data.classes().unwrap()[row];
        let name = &drawn.data.class_names().unwrap()[class];
        assert_eq!(name, ["square", "ellipse", "heart"][factors[0] as usize]);
    }
    // Every factor takes its least and its largest value in enough draws, or comes near.
    for (factor, count) in [3.0, 6.0, 40.0, 32.0, 32.0].into_iter().enumerate() {
        let values: Vec<f64> = factors.iter().skip(factor).step_by(5).copied().collect();
        let (low, high) = (0.05 * count, 0.95 * count - 1.0);
        assert!(values.iter().any(|&value| value <= low) && values.iter().any(|&value| value >= high));
        assert!(values.iter().all(|&value| value < count && value.fract() == 0.0));
    }
}

/// Where a point of a curve lies on it.
#[test]
fn manifolds_have_their_parameters() {
    let roll = synthetic_with_truth("swiss-roll", 200, 1).unwrap();
    for (row, factors) in values(&roll.data).chunks(3).zip(roll.factors.to_vec().chunks(2)) {
        let (angle, (_, cos)) = (std::f64::consts::TAU * factors[0], sin_cos(factors[0]));
        assert!((row[0] - angle * cos).abs() < 1e-11 && row[1] == factors[1]);
    }
    let curve = synthetic_with_truth("s-curve", 200, 1).unwrap();
    for (row, factors) in values(&curve.data)
        .chunks(3)
        .zip(curve.factors.to_vec().chunks(2))
    {
        let (sin, cos) = sin_cos(factors[0]);
        assert!((row[0] - sin).abs() < 1e-12 && row[1] == factors[1]);
        assert!((row[2] - factors[0].signum() * (cos - 1.0)).abs() < 1e-12);
    }
    let moons = synthetic_with_truth("two-moons", 4000, 1).unwrap();
    let angles = moons.factors.to_vec();
    let heights = values(&moons.data)
        .chunks(2)
        .map(|row| row[1])
        .collect::<Vec<_>>();
    let errors: Vec<f64> = (0..4000)
        .step_by(2)
        .map(|row| heights[row] - sin_cos(angles[row]).0)
        .collect();
    assert!((standard_deviation(&errors) - 0.1).abs() < 0.01 && mean(&errors).abs() < 0.01);
}

#[test]
fn the_help_of_the_format_lists_all_generators_and_data_have_the_name_of_their_draw() {
    let format = formats()
        .find(|format| format.name.starts_with("synthetic:"))
        .unwrap();
    let names: Vec<&str> = GENERATORS.iter().map(|generator| generator.name).collect();
    assert!(format.help.ends_with(&names.join(", ")), "{}", format.help);
    let data = open("synthetic:series:30", &OpenOptions::default())
        .unwrap()
        .train;
    assert_eq!(data.name(), "synthetic:series:30:0");
}

#[test]
fn names_that_mean_nothing_are_refused() {
    assert_eq!(
        refused("synthetic:moons"),
        "synthetic:moons: no generator `moons`; give two-moons, swiss-roll, s-curve, gaussians, sprites, dictionary or series"
    );
    for (spec, reason) in [
        ("synthetic:", "no generator ``"),
        (
            "synthetic:two-moons:0",
            "0 rows; give a number from 1 to 44739242, which takes 1 GiB",
        ),
        ("synthetic:two-moons:99999999999", "99999999999 rows"),
        // More than the rows of any generator that fit memory.
        (
            "synthetic:sprites:10000000",
            "10000000 rows; give a number from 1 to 259608",
        ),
        ("synthetic:dictionary:1398102", "give a number from 1 to 1398101"),
        ("synthetic:synthetic:two-moons", "no generator `synthetic`"),
        ("synthetic:two-moons:many", "`many` is not a number for ROWS"),
        ("synthetic:two-moons:-5", "`-5` is not a number for ROWS"),
        ("synthetic:two-moons:5:x", "`x` is not a number for SEED"),
        ("synthetic:two-moons:5:1:2", "`2` after the seed"),
    ] {
        assert!(refused(spec).contains(reason), "{}", refused(spec));
    }
    let labelled = OpenOptions::default().label("class".to_owned());
    assert!(open("synthetic:two-moons", &labelled).is_err());
}

/// The first numbers of each process. Elementary functions of the platform may change their last bits.
#[test]
fn draws_are_those_of_the_first_version() {
    let expected = [
        (
            "two-moons",
            [0.2878276943361869, 0.8597788186752984, 1.140213406974587],
        ),
        (
            "swiss-roll",
            [-1.7609804901848112, 1.8974477192235892, 7.879475238756188],
        ),
        (
            "s-curve",
            [-0.975924431641482, 0.18070930659272277, 0.7818910737148745],
        ),
        (
            "gaussians",
            [-4.516967358664067, -7.926765226512203, -0.544430020313255],
        ),
        (
            "dictionary",
            [0.524212321633778, -0.6489547760591774, -0.054331982860102185],
        ),
        (
            "series",
            [-0.07253071115339692, 0.5525860427216907, -0.04053485149742836],
        ),
    ];
    for (name, first) in expected {
        let drawn = values(&synthetic(name, 3, 11).unwrap());
        for (drawn, expected) in drawn.iter().zip(first) {
            assert!((drawn - expected).abs() < 1e-12, "{name}: {drawn} {expected}");
        }
    }
    let sprites = synthetic("sprites", 3, 11).unwrap();
    let white: Vec<f64> = values(&sprites)
        .chunks(64 * 64)
        .map(|image| image.iter().sum())
        .collect();
    assert_eq!(white, WHITE);
}
