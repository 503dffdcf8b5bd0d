//! PCA beside NumPy's, and its definitions.

use latents_classical::Pca;
use latents_tensor::Tensor;
use latents_testing::{in_pool, sheet};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

#[track_caller]
fn check(what: &str, got: &[f64], expected: &Value) {
    let expected = numbers(expected);
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    for (index, (got, expected)) in got.iter().zip(&expected).enumerate() {
        let off = (got - expected).abs() / scale;
        assert!(off < 1e-10, "{what}[{index}]: got {got}, expected {expected}");
    }
}

#[test]
fn mean_directions_variances_and_error_are_numpys() {
    let cases: Value = serde_json::from_str(include_str!("../reference/pca.json")).unwrap();
    for name in ["tall", "wide"] {
        let case = &cases[name];
        let (rows, values) = (case["x"].as_array().unwrap().len(), numbers(&case["x"]));
        let features = values.len() / rows;
        let data = Tensor::from_fn([rows, features], |i| values[i] as f32);
        let components = case["components"].as_array().unwrap().len();
        let pca = Pca::fit(&data, components).unwrap();
        check("mean", pca.mean(), &case["mean"]);
        check("components", &pca.components().to_vec(), &case["components"]);
        check("variances", pca.variances(), &case["variances"]);
        check("mse", &[pca.mse(&data)], &case["mse"]);
    }
}

#[test]
fn all_components_lose_nothing_and_invert() {
    let data = sheet(50);
    let pca = Pca::fit(&data, 8).unwrap();
    assert!(pca.mse(&data) < 1e-12);
    let back = pca.inverse_transform(&pca.transform(&data)).to_vec();
    assert!(back.iter().zip(data.to_vec()).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn the_largest_entry_of_a_direction_is_positive() {
    let pca = Pca::fit(&sheet(60), 8).unwrap();
    for row in pca.components().to_vec().chunks_exact(8) {
        let (low, high) = row
            .iter()
            .fold((0.0f64, 0.0f64), |(low, high), &x| (low.min(x), high.max(x)));
        assert!(high >= -low, "{row:?}");
    }
}

#[test]
fn rows_that_do_not_vary_have_no_variance() {
    let pca = Pca::fit(&Tensor::full([3, 4], 7.0), 2).unwrap();
    assert_eq!(pca.variances(), [0.0, 0.0]);
    assert_eq!(pca.mse(&Tensor::full([3, 4], 7.0)), 0.0);
    let one = Tensor::from_slice(&[1.0, 2.0, 3.0], [1, 3]);
    assert_eq!(Pca::fit(&one, 3).unwrap().mse(&one), 0.0);
}

#[test]
fn what_has_no_components_is_an_error() {
    let data = sheet(50);
    let message = |data: &Tensor, components| Pca::fit(data, components).unwrap_err().to_string();
    assert_eq!(message(&data, 0), "components is 0: must be between 1 and 8");
    assert_eq!(message(&data, 9), "components is 9: must be between 1 and 8");
    assert_eq!(
        message(&Tensor::zeros([0, 8]), 1),
        "rows is 0: must be at least 1 for PCA"
    );
    let message = message(&Tensor::full([4, 8], f32::NAN), 1);
    assert_eq!(message, "the data is not finite: must be finite for PCA");
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let data = sheet(700);
    let with = |threads| {
        in_pool(threads, || {
            let pca = Pca::fit(&data, 3).unwrap();
            (pca.components().to_vec(), pca.mse(&data))
        })
    };
    let one = with(1);
    assert!((2..=4).all(|threads| with(threads) == one));
}
