//! The gather against its definition: every stored type, scaling, element type, number of threads.

use latents_data::{Affine, Dataset, Labels, Scaling, ScalingRule, Values, digits};
use latents_tensor::{Real, Tensor};

const ROWS: usize = 301;
const COLUMNS: usize = 37;

/// A dataset of each stored type.
fn every_type() -> Vec<Dataset> {
    let number = |i: usize| ((i * 7919) % 251) as i64 - 120;
    let all = 0..ROWS * COLUMNS;
    let values: Vec<Values> = vec![
        all.clone().map(|i| number(i) > 0).collect::<Vec<bool>>().into(),
        all.clone()
            .map(|i| (number(i) + 120) as u8)
            .collect::<Vec<_>>()
            .into(),
        all.clone().map(|i| number(i) as i8).collect::<Vec<_>>().into(),
        all.clone()
            .map(|i| (number(i) + 120) as u16 * 260)
            .collect::<Vec<_>>()
            .into(),
        all.clone()
            .map(|i| number(i) as i16 * 250)
            .collect::<Vec<_>>()
            .into(),
        all.clone()
            .map(|i| (number(i) + 120) as u32 * 16_777_259)
            .collect::<Vec<_>>()
            .into(),
        all.clone()
            .map(|i| number(i) as i32 * 15_777_259)
            .collect::<Vec<_>>()
            .into(),
        all.clone()
            .map(|i| (number(i) + 120) as u64 * 9_007_199_254_740_993)
            .collect::<Vec<_>>()
            .into(),
        all.clone()
            .map(|i| number(i) * 9_007_199_254_740_993)
            .collect::<Vec<_>>()
            .into(),
        all.clone()
            .map(|i| number(i) as f32 / 7.0)
            .collect::<Vec<_>>()
            .into(),
        all.map(|i| number(i) as f64 / 7.0).collect::<Vec<_>>().into(),
    ];
    values
        .into_iter()
        .map(|values| Dataset::new("x", values, COLUMNS).unwrap())
        .collect()
}

fn every_scaling(data: &Dataset) -> Vec<Scaling> {
    vec![
        Scaling::None,
        Scaling::Divide { by: 255.0 },
        Scaling::Divide { by: 0.1 },
        Scaling::fit_min_max(data).unwrap(),
        Scaling::fit_min_max_columns(data).unwrap(),
        Scaling::fit_standard(data).unwrap(),
    ]
}

/// Computed in f64, rounded once.
fn by_definition<T: Real>(stored: &[f64], scaling: &Scaling) -> Vec<u64> {
    let scaled = stored
        .iter()
        .enumerate()
        .map(|(i, &x)| scaling.apply(x, i % COLUMNS));
    scaled.map(|y| T::from_f64(y).to_f64().to_bits()).collect()
}

fn bits<T: Real>(tensor: &Tensor<T>) -> Vec<u64> {
    tensor
        .to_vec()
        .into_iter()
        .map(|y| y.to_f64().to_bits())
        .collect()
}

#[test]
fn every_type_and_scaling_equals_its_definition_bit_for_bit() {
    let rows: Vec<usize> = (0..ROWS).map(|row| (row * 173) % ROWS).collect();
    for data in every_type() {
        let stored = data.gather::<f64>(&rows).to_vec();
        for scaling in every_scaling(&data) {
            let data = data.clone().with_scaling(scaling.clone()).unwrap();
            let name = format!("{} {scaling}", data.element_type());
            assert_eq!(
                bits(&data.gather::<f32>(&rows)),
                by_definition::<f32>(&stored, &scaling),
                "{name}"
            );
            assert_eq!(
                bits(&data.gather::<f64>(&rows)),
                by_definition::<f64>(&stored, &scaling),
                "{name}"
            );
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let data = digits();
    let rows: Vec<usize> = (0..1000).map(|row| (row * 31) % data.rows()).collect();
    let reference = bits(&data.gather::<f32>(&rows));
    for threads in 1..=4 {
        latents_testing::in_pool(threads, || {
            assert_eq!(bits(&data.gather::<f32>(&rows)), reference);
            latents_tensor::parallel::team(|| assert_eq!(bits(&data.gather::<f32>(&rows)), reference));
        });
    }
}

#[test]
fn selections_are_rows_of_their_own() {
    let data = Dataset::new("x", (0..20i16).collect::<Vec<_>>(), 2).unwrap();
    let data = data
        .with_labels(Labels::from_numbers((0..10).map(f64::from)))
        .unwrap();
    let some = data.select(&[9, 1, 4]);
    assert_eq!((some.rows(), some.range()), (3, (2.0, 19.0)));
    assert_eq!(some.gather::<f32>(&[2, 0]).to_vec(), [8.0, 9.0, 18.0, 19.0]);
    assert_eq!(some.classes(), Some(vec![9, 1, 4]));
    let fewer = some.select(&[1, 1]);
    assert_eq!(fewer.to_tensor::<f32>().to_vec(), [2.0, 3.0, 2.0, 3.0]);
    let relabelled = fewer.with_labels(Labels::from_texts(["a", "b"])).unwrap();
    assert_eq!(
        (relabelled.class(1), relabelled.to_tensor::<f32>().to_vec()),
        (Some(1), vec![2.0, 3.0, 2.0, 3.0])
    );
}

#[test]
#[should_panic(expected = "row 1797 of digits, which has 1797 rows")]
fn rows_outside_are_the_callers_mistake() {
    digits().gather::<f32>(&[0, 1797]);
}

#[test]
fn batches_cover_every_row_once() {
    let data = Dataset::new("x", (0..103u16).collect::<Vec<_>>(), 1).unwrap();
    let order: Vec<usize> = (0..103).rev().collect();
    for size in [1, 10, 103, 500] {
        let batches = data.batches::<f32>(size);
        assert_eq!(batches.len(), 103usize.div_ceil(size));
        let stored: Vec<f32> = batches.flat_map(|batch| batch.to_vec()).collect();
        assert_eq!(stored, (0..103).map(|x| x as f32).collect::<Vec<_>>());
        let turned: Vec<f32> = data
            .batches(size)
            .ordered(&order)
            .flat_map(|batch: Tensor| batch.to_vec())
            .collect();
        assert_eq!(turned, (0..103).rev().map(|x| x as f32).collect::<Vec<_>>());
    }
    let mut batch = Tensor::<f32>::zeros([0]);
    let mut batches = data.batches(50).ordered(&order[..60]);
    assert!(batches.next_into(&mut batch));
    assert_eq!(batch.shape()[..], [50, 1]);
    assert!(batches.next_into(&mut batch));
    assert_eq!((&batch.shape()[..], batch.at(&[9, 0])), (&[10, 1][..], 43.0));
    assert!(!batches.next_into(&mut batch));
}

#[test]
fn splits_are_disjoint_and_complete() {
    let data = Dataset::new("x", (0..1000u16).collect::<Vec<_>>(), 1).unwrap();
    let order: Vec<usize> = (0..1000).map(|row| (row * 397) % 1000).collect();
    let (train, validation) = data.split_ordered(0.25, &order).unwrap();
    assert_eq!((train.rows(), validation.rows()), (750, 250));
    let mut all = [
        train.to_tensor::<f32>().to_vec(),
        validation.to_tensor::<f32>().to_vec(),
    ]
    .concat();
    all.sort_by(f32::total_cmp);
    assert_eq!(all, (0..1000).map(|x| x as f32).collect::<Vec<_>>());
}

#[test]
fn stratified_splits_keep_the_proportions() {
    let labels = || Labels::from_numbers((0..1000).map(|row| f64::from(row % 10 / 9 + row % 100 / 99)));
    let data = Dataset::new("x", (0..1000u16).collect::<Vec<_>>(), 1).unwrap();
    let data = data.with_labels(labels()).unwrap();
    let order: Vec<usize> = (0..1000).map(|row| (row * 397) % 1000).collect();
    let (train, validation) = data.split_stratified(0.3, &order).unwrap();
    let counts = |data: &Dataset| {
        let classes = data.classes().unwrap();
        [0, 1, 2].map(|class| classes.iter().filter(|&&other| other == class).count())
    };
    assert_eq!(counts(&data), [900, 90, 10]);
    assert_eq!(
        (counts(&train), counts(&validation)),
        ([630, 63, 7], [270, 27, 3])
    );
    let mut all = [&train, &validation]
        .map(|part| part.to_tensor::<f32>().to_vec())
        .concat();
    all.sort_by(f32::total_cmp);
    assert_eq!(all, (0..1000).map(|x| x as f32).collect::<Vec<_>>());
    // Another order holds out other rows.
    let backwards: Vec<usize> = order.iter().rev().copied().collect();
    let other = data.split_stratified(0.3, &backwards).unwrap().1;
    assert_eq!(counts(&other), [270, 27, 3]);
    assert_ne!(other.to_tensor::<f32>(), validation.to_tensor::<f32>());
    // Of a selection, too.
    let part = data.select(&(500..1000).collect::<Vec<_>>());
    let order: Vec<usize> = (0..500).collect();
    assert_eq!(counts(&part.split_stratified(0.2, &order).unwrap().1), [90, 9, 1]);
}

#[test]
fn scalings_do_what_they_say_and_can_be_inverted() {
    for data in every_type() {
        let stored = data.to_tensor::<f64>();
        for scaling in every_scaling(&data) {
            let data = data.clone().with_scaling(scaling.clone()).unwrap();
            let (low, high) = data.scaled_range();
            let scaled = data.to_tensor::<f64>();
            let values = scaled.to_vec();
            assert_eq!(low, values.iter().copied().fold(f64::INFINITY, f64::min));
            assert_eq!(high, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            match &scaling {
                Scaling::MinMax(_) => assert_eq!((low, high), (0.0, 1.0)),
                Scaling::Standard(_) => {
                    for column in 0..COLUMNS {
                        let cells = values.iter().skip(column).step_by(COLUMNS);
                        let mean = cells.clone().sum::<f64>() / ROWS as f64;
                        let square = cells.map(|y| y * y).sum::<f64>() / ROWS as f64;
                        assert!(
                            mean.abs() < 1e-12 && (square - 1.0).abs() < 1e-12,
                            "{mean} {square}"
                        );
                    }
                }
                _ => {}
            }
            let unscaled = scaling.invert(&scaled);
            let largest = stored
                .to_vec()
                .iter()
                .fold(0.0, |largest: f64, x| largest.max(x.abs()));
            for (again, x) in unscaled.to_vec().iter().zip(stored.to_vec()) {
                assert!((again - x).abs() <= 1e-14 * largest, "{again} {x}");
            }
        }
    }
}

/// Seconds since 1970 in a model of `f32`: scaled values keep what the units of the data need.
#[test]
fn columns_far_from_zero_come_back_with_all_their_values() {
    let seconds: Vec<f64> = (0..200).map(|i| 1_700_000_000.0 + f64::from(i)).collect();
    let data = Dataset::new("x", seconds.clone(), 1).unwrap();
    for rule in [
        ScalingRule::Standard,
        ScalingRule::MinMaxColumns,
        ScalingRule::MinMax,
    ] {
        let scaling = rule.fit(&data).unwrap();
        let scaled = data
            .clone()
            .with_scaling(scaling.clone())
            .unwrap()
            .to_tensor::<f32>();
        for (again, x) in scaling.invert(&scaled).to_vec().iter().zip(&seconds) {
            assert!((again - x).abs() < 1e-4, "{again} {x}");
        }
    }
}

#[test]
fn constant_columns_become_zero() {
    let data = Dataset::new("x", vec![0.1, 1.0, 0.1, 2.0, 0.1, 3.0], 2).unwrap();
    for rule in [ScalingRule::Standard, ScalingRule::MinMaxColumns] {
        let scaling = rule.fit(&data).unwrap();
        let scaled = data.clone().with_scaling(scaling).unwrap().to_tensor::<f32>();
        for row in 0..3 {
            assert!(
                scaled.at(&[row, 0]).abs() < 1e-7,
                "{scaled:?}",
                scaled = scaled.to_vec()
            );
        }
    }
    let constant = Dataset::new("x", vec![5u8; 4], 2).unwrap();
    let scaling = ScalingRule::MinMax.fit(&constant).unwrap();
    assert_eq!(constant.with_scaling(scaling).unwrap().scaled_range(), (0.0, 0.0));
}

#[test]
fn scalings_are_saved_exactly() {
    let data = digits();
    for scaling in [
        Scaling::None,
        Scaling::Divide { by: 16.0 },
        Scaling::MinMax(Affine {
            shift: vec![0.1],
            scale: vec![0.3],
        }),
        Scaling::fit_standard(&data).unwrap(),
    ] {
        let text = serde_json::to_string(&scaling).unwrap();
        assert_eq!(serde_json::from_str::<Scaling>(&text).unwrap(), scaling, "{text}");
    }
    assert_eq!(
        serde_json::to_string(&Scaling::Divide { by: 16.0 }).unwrap(),
        r#"{"kind":"divide","by":16.0}"#
    );
    for rule in ["auto", "none", "255", "min-max", "min-max-columns", "standard"] {
        let parsed: ScalingRule = rule.parse().unwrap();
        assert_eq!(parsed.to_string(), rule);
        assert_eq!(serde_json::to_string(&parsed).unwrap(), format!("{rule:?}"));
    }
}
