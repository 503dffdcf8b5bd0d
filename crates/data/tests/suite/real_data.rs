//! MNIST and the anomaly sets of ADBench, where they lie beside the code.

use crate::common;

use common::*;
use latents_data::{ElementType, ScalingRule};
use latents_testing::real_data;

#[test]
fn mnist() {
    let Some(folder) = real_data("mnist") else { return };
    let loaded = load(folder.to_str().unwrap()).unwrap();
    let validation = loaded.validation.as_ref().unwrap();
    assert_eq!((loaded.train.rows(), loaded.train.columns()), (60_000, 784));
    assert_eq!((validation.rows(), validation.columns()), (10_000, 784));
    assert_eq!(loaded.train.element_type(), ElementType::U8);
    loaded.train.check_unit_range().unwrap();
    let first: Vec<_> = (0..5).map(|row| loaded.train.class(row).unwrap()).collect();
    assert_eq!(first, [5, 0, 4, 1, 9]);
    // The mean pixel, 0.1306604762738429 in every textbook.
    let sum: f64 = loaded
        .train
        .batches::<f32>(1000)
        .map(|batch| batch.to_vec().into_iter().map(f64::from).sum::<f64>())
        .sum();
    assert!((sum / (60_000.0 * 784.0) - 0.130_660_476_273_842_9).abs() < 1e-7);
    println!("{}", loaded.describe());
}

#[test]
fn adbench() {
    let Some(folder) = real_data("adbench") else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = load(path.to_str().unwrap()).unwrap().train;
        assert_eq!(data.class_names().unwrap(), ["0", "1"], "{}", path.display());
        let scaling = ScalingRule::MinMaxColumns.fit(&data).unwrap();
        data.clone()
            .with_scaling(scaling)
            .unwrap()
            .check_unit_range()
            .unwrap();
        println!("{}", data.describe());
        count += 1;
    }
    assert!(count > 0);
}
