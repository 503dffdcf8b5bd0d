//! Measures and baselines beside scikit-learn's, scikit-image's and SciPy's, and the same bits on any number of threads.

use latents_classical::*;
use latents_metrics::*;
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_testing::in_pool;
use serde_json::Value;

fn reference(part: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../reference/measures.json")).unwrap();
    all[part].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn flags(value: &Value) -> Vec<bool> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|flag| flag.as_bool().unwrap())
        .collect()
}

fn classes(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|class| class as usize).collect()
}

fn shape(value: &Value) -> Vec<usize> {
    let mut shape = Vec::new();
    let mut inner = value;
    while let Value::Array(items) = inner {
        shape.push(items.len());
        inner = &items[0];
    }
    shape
}

fn tensor(value: &Value) -> Tensor {
    let values = numbers(value);
    Tensor::from_fn(&shape(value)[..], |i| values[i] as f32)
}

fn tensor_f64(value: &Value) -> Tensor<f64> {
    Tensor::from_vec(numbers(value), &shape(value)[..])
}

#[track_caller]
fn check(what: &str, got: &[f64], expected: &Value, tolerance: f64) {
    let expected = numbers(expected);
    assert_eq!(got.len(), expected.len(), "{what}");
    for (index, (got, expected)) in got.iter().zip(&expected).enumerate() {
        let off = (got - expected).abs();
        assert!(
            off <= tolerance,
            "{what}[{index}]: got {got}, expected {expected}"
        );
    }
}

#[test]
fn rankings_are_scikit_learns() {
    let case = reference("ranking");
    let (labels, scores) = (flags(&case["labels"]), numbers(&case["scores"]));
    check(
        "auroc",
        &[auroc(&labels, &scores).unwrap()],
        &case["auroc"],
        1e-14,
    );
    let average = average_precision(&labels, &scores).unwrap();
    check("average precision", &[average], &case["average_precision"], 1e-14);
    let quantiles = [0.0, 0.1, 0.37, 0.95, 1.0].map(|level| quantile(&scores, level).unwrap());
    check("quantiles", &quantiles, &case["quantiles"], 1e-12);
}

#[test]
fn discoveries_are_scipys() {
    let case = reference("discoveries");
    let (p_values, adjusted) = (numbers(&case["p_values"]), numbers(&case["adjusted"]));
    let mut most = 0;
    for level in [0.001, 0.01, 0.05, 0.1, 0.3, 0.9] {
        let expected: Vec<bool> = adjusted.iter().map(|&p| p <= level).collect();
        assert_eq!(alarms_at(level, &p_values), expected, "{level}");
        most = expected.iter().filter(|&&alarm| alarm).count();
    }
    assert!(most > 10);
}

#[test]
fn pictures_are_compared_as_by_scikit_image() {
    let case = reference("pictures");
    let (x, y) = (tensor(&case["x"]), tensor(&case["y"]));
    check("psnr", &psnr(&x, &y, 1.0), &case["psnr"], 1e-9);
    check("ssim", &ssim(&x, &y, 1.0), &case["ssim"], 1e-9);
    for size in [3, 5] {
        let filtered: Vec<f64> = median_filter(&x, size)
            .unwrap()
            .to_vec()
            .into_iter()
            .map(f64::from)
            .collect();
        check("median", &filtered, &case[&format!("median_{size}")], 0.0);
    }
}

#[test]
fn neighbourhoods_are_scikit_learns() {
    let case = reference("embedding");
    let (x, codes) = (tensor(&case["x"]), tensor(&case["codes"]));
    for neighbours in [1, 4, 12] {
        let config = NeighbourhoodConfig::default().neighbours(neighbours);
        let found = neighbourhood(&x, &codes, config).unwrap();
        let found = [found.trustworthiness, found.continuity];
        check(
            "neighbourhood",
            &found,
            &case["cases"][neighbours.to_string()],
            1e-12,
        );
    }
    let accuracy = neighbour_accuracy(&codes, &classes(&case["classes"]), 1, 1000, 0).unwrap();
    check("accuracy", &[accuracy], &case["accuracy"], 1e-12);
}

#[test]
fn logistic_regression_reaches_scikit_learns_minimum() {
    let case = reference("logistic");
    let (x, classes_of) = (tensor(&case["x"]), classes(&case["classes"]));
    for case in case["cases"].as_array().unwrap() {
        let config = LogisticRegressionConfig::default()
            .inverse_penalty(case["inverse_penalty"].as_f64().unwrap())
            .tolerance(1e-6);
        let model = LogisticRegression::fit(&x, &classes_of, config).unwrap();
        assert!(model.converged());
        check("loss", &[model.loss()], &case["loss"], 1e-6);
        let as_f64 = |tensor: &Tensor| tensor.to_vec().into_iter().map(f64::from).collect::<Vec<_>>();
        check("weights", &as_f64(model.weights()), &case["weights"], 1e-3);
        let probabilities = as_f64(&model.probabilities(&x));
        check("probabilities", &probabilities, &case["probabilities"], 1e-4);
        assert_eq!(model.predict(&x), classes(&case["predictions"]));
    }
}

#[test]
fn the_density_of_a_mixture_is_scikit_learns() {
    let case = reference("mixture");
    let (means, covariances) = (tensor_f64(&case["means"]), tensor_f64(&case["covariances"]));
    let mixture = GaussianMixture::from_parameters(&numbers(&case["weights"]), &means, &covariances).unwrap();
    let densities = mixture.log_density(&tensor(&case["z"]));
    check("log density", &densities, &case["log_density"], 1e-9);
}

#[test]
fn an_isolation_forest_ranks_as_scikit_learns() {
    let case = reference("forest");
    let (x, anomalous) = (tensor(&case["x"]), flags(&case["anomalous"]));
    let forest = |trees, seed| {
        let config = IsolationForestConfig::default().trees(trees).seed(seed);
        IsolationForest::fit(&x, config).unwrap().scores(&x)
    };
    let areas: Vec<f64> = (0..20)
        .map(|seed| auroc(&anomalous, &forest(100, seed)).unwrap())
        .collect();
    // Two means of 20 forests: five deviations of their difference.
    let deviation = case["deviation"].as_f64().unwrap();
    let off = (areas.iter().sum::<f64>() / 20.0 - case["auroc"].as_f64().unwrap()).abs();
    assert!(off < 5.0 * deviation / 10.0f64.sqrt(), "{off}");
    // With many trees chance averages out, and the scores themselves are alike: forests of scikit-learn with two seeds
    // differ by 0.0026 here.
    let expected = numbers(&case["scores_of_many_trees"]);
    let pairs = forest(2000, 0).into_iter().zip(&expected);
    let squares: f64 = pairs
        .map(|(ours, theirs)| (ours - theirs) * (ours - theirs))
        .sum();
    let difference = (squares / expected.len() as f64).sqrt();
    assert!(difference < 0.004, "{difference}");
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let data: Tensor = Key::new(1).normal([1500, 20]);
    let other: Tensor = Key::new(2).normal([1500, 20]);
    let classes: Vec<usize> = (0..1500).map(|row| row * 5 % 4).collect();
    let pictures = |tensor: &Tensor| tensor.narrow(0, 0, 70).reshape([70, 4, 5]);
    let with = |threads| {
        in_pool(threads, || {
            let logistic =
                LogisticRegression::fit(&data, &classes, LogisticRegressionConfig::default()).unwrap();
            let mixture = GaussianMixture::fit(&data, GaussianMixtureConfig::new(3)).unwrap();
            let forest = IsolationForest::fit(&data, IsolationForestConfig::default()).unwrap();
            let known = KNearest::new(&data, &classes, 5).unwrap();
            (
                (logistic.weights().to_vec(), logistic.loss().to_bits()),
                (mixture.covariances().to_vec(), mixture.log_density(&other)),
                forest.scores(&other),
                (known.predict(&other), known.nearest(&other, 2).1.to_vec()),
                neighbourhood(&data, &other, NeighbourhoodConfig::default()).unwrap(),
                ssim(&pictures(&data), &pictures(&other), 1.0),
                (mse(&data, &other).to_bits(), active_units(&data).variances),
            )
        })
    };
    let one = with(1);
    assert!((2..=4).all(|threads| with(threads) == one));
}

/// Two groups of close rows, so far from each other that products of rows around their mean lose what is within a group.
#[test]
fn far_groups_keep_their_own_neighbourhoods() {
    let groups = |far: f32| {
        Tensor::from_fn([22, 2], |i| match (i % 2, i / 2) {
            (0, row) => far * (row / 11) as f32,
            (_, row) => (row % 11) as f32 * (row % 11) as f32 * 0.001,
        })
    };
    let near = groups(1.0);
    let classes: Vec<usize> = (0..22).collect();
    let first_neighbours = KNearest::new(&near, &classes, 1)
        .unwrap()
        .predict_left_out(&near, &classes);
    for far in [1e4, 1e8, 1e15] {
        let far = groups(far);
        let found = neighbourhood(&far, &near, NeighbourhoodConfig::default()).unwrap();
        assert_eq!((found.trustworthiness, found.continuity), (1.0, 1.0));
        let known = KNearest::new(&far, &classes, 1).unwrap();
        assert_eq!(known.predict_left_out(&far, &classes), first_neighbours);
    }
}

/// A far row takes no digits from the distances between the others. Its own distances may be equal: their ranks are 0.955.
#[test]
fn a_far_row_keeps_the_order_of_near_ones() {
    let with = |far: f32| Tensor::from_fn([22, 1], |i| if i == 21 { far } else { (i * i) as f32 * 1e-5 });
    for far in [1e10, 1e15] {
        let found = neighbourhood(&with(far), &with(1e4), NeighbourhoodConfig::default()).unwrap();
        let worst = found.trustworthiness.min(found.continuity);
        assert!(worst > 0.94, "{far}: {found:?}");
    }
}

/// Codes of the embedded digits keep less than the pixels, and more than chance.
#[test]
fn the_measures_agree_on_digits() {
    let digits = latents_data::digits();
    let order = Key::new(1).permutation(digits.rows());
    let (train, test) = digits.split_stratified(0.3, &order).unwrap();
    let (of_train, of_test) = (train.classes().unwrap(), test.classes().unwrap());
    let linear = LogisticRegression::fit(&train, &of_train, LogisticRegressionConfig::default()).unwrap();
    assert!(linear.converged());
    assert!(
        linear.error(&test, &of_test) < 0.06,
        "{}",
        linear.error(&test, &of_test)
    );
    let nearest = KNearest::new(&train, &of_train, 3).unwrap();
    assert!(
        nearest.error(&test, &of_test) < 0.025,
        "{}",
        nearest.error(&test, &of_test)
    );
    let pca = latents_classical::Pca::fit(&train, 2).unwrap();
    let codes = pca.transform(&train.to_tensor());
    let found = neighbourhood(&train, &codes, NeighbourhoodConfig::default()).unwrap();
    assert!((0.75..0.9).contains(&found.trustworthiness), "{found:?}");
    assert!(found.continuity > found.trustworthiness, "{found:?}");
    let accuracy = neighbour_accuracy(&codes, &of_train, 5, 10_000, 0).unwrap();
    assert!((0.5..0.8).contains(&accuracy), "{accuracy}");
}
