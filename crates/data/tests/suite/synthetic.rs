//! Synthetic data sets: their processes, their names, and reference values.

use latents_data::{Dataset, GENERATORS, OpenOptions, open, synthetic};
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

#[test]
fn clusters_atoms_and_anomalies_are_what_they_are_said_to_be() {
    let clusters = synthetic("gaussians", 5000, 3).unwrap();
    assert_eq!(
        (clusters.columns(), clusters.class_names().unwrap().len()),
        (8, 5)
    );
    let classes = clusters.classes().unwrap();
    for class in 0..5 {
        let rows: Vec<usize> = (0..5000).filter(|&row| classes[row] == class).collect();
        assert!((900..1100).contains(&rows.len()));
        let first = column(&clusters.select(&rows), 0);
        let centre = mean(&first);
        let squares: Vec<f64> = first.iter().map(|x| (x - centre) * (x - centre)).collect();
        assert!((0.45..1.6).contains(&mean(&squares).sqrt()));
    }
    // The mean square of a row: 4 atoms of unit norm with weights whose mean square is 2.
    let sums = synthetic("dictionary", 5000, 3).unwrap();
    let squares: Vec<f64> = values(&sums)
        .chunks(32)
        .map(|row| row.iter().map(|x| x * x).sum())
        .collect();
    assert!((5.0..15.0).contains(&mean(&squares)), "{}", mean(&squares));
    let series = synthetic("series", 20_000, 3).unwrap();
    let anomaly = series
        .class_names()
        .unwrap()
        .iter()
        .position(|name| name == "anomaly")
        .unwrap();
    let marked = series
        .classes()
        .unwrap()
        .iter()
        .filter(|&&class| class == anomaly)
        .count();
    assert!((200..1200).contains(&marked), "{marked}");
}

#[test]
fn sprites_are_images_of_their_shape() {
    let sprites = synthetic("sprites", 300, 2).unwrap();
    let shape = sprites.image_shape().unwrap();
    assert_eq!((shape.height, shape.width, shape.channels), (64, 64, 1));
    let images: Tensor = sprites.to_tensor();
    for row in 0..300 {
        let pixels = images.narrow(0, row, row + 1).to_vec();
        assert!(pixels.iter().all(|&pixel| pixel == 0.0 || pixel == 1.0));
        // The whole shape lies in the image: its frame is black.
        let frame = (0..64).flat_map(|i| [i, 63 * 64 + i, 64 * i, 64 * i + 63]);
        assert!(
            frame.map(|place| pixels[place]).all(|pixel| pixel == 0.0),
            "{row}"
        );
        let area = pixels.iter().sum::<f32>();
        assert!((50.0..600.0).contains(&area), "{area}");
    }
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
            "0 rows; give a number from 1 to 10000000",
        ),
        ("synthetic:two-moons:99999999999", "99999999999 rows"),
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
