//! Tensors as NumPy 2 shows the same arrays.

use latents_tensor::Tensor;

#[track_caller]
fn shows(tensor: &Tensor<f32>, expected: &str) {
    assert_eq!(tensor.to_string(), expected);
}

#[track_caller]
fn shows_double(tensor: &Tensor<f64>, expected: &str) {
    assert_eq!(tensor.to_string(), expected);
}

#[test]
fn points_stand_below_each_other() {
    shows(&Tensor::from_slice(&[1.0, 2.5, -3.0], [3]), "[ 1.   2.5 -3. ]");
    shows(
        &Tensor::from_slice(&[0.1, 22.125, -1.0 / 3.0, 100.0], [2, 2]),
        "[[  0.1         22.125     ]\n [ -0.33333334 100.        ]]",
    );
    shows(
        &Tensor::from_slice(&[123_456.79, 1234.5677], [2]),
        "[123456.79     1234.5677]",
    );
}

#[test]
fn wide_ranges_are_scientific() {
    shows_double(&Tensor::from_slice(&[1e-5, 10.0], [2]), "[1.e-05 1.e+01]");
    shows_double(
        &Tensor::from_slice(&[1.5e-5, 10.0, 0.0, -3e10], [4]),
        "[ 1.5e-05  1.0e+01  0.0e+00 -3.0e+10]",
    );
    shows_double(&Tensor::from_slice(&[1e8, 1.0], [2]), "[1.e+08 1.e+00]");
}

#[test]
fn special_numbers_are_aligned() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    shows_double(&Tensor::from_slice(&[nan, 1.25, -inf], [3]), "[ nan 1.25 -inf]");
    shows_double(&Tensor::from_slice(&[nan, 1.0, -inf], [3]), "[ nan   1. -inf]");
}

#[test]
fn axes_are_nested_and_long_rows_broken() {
    shows(
        &Tensor::arange(0.0, 24.0, 1.0).reshape([2, 3, 4]),
        "[[[ 0.  1.  2.  3.]\n  [ 4.  5.  6.  7.]\n  [ 8.  9. 10. 11.]]\n\n [[12. 13. 14. 15.]\n  [16. 17. 18. 19.]\n  [20. 21. 22. 23.]]]",
    );
    shows(
        &Tensor::ones([2, 2, 2, 2]),
        "[[[[1. 1.]\n   [1. 1.]]\n\n  [[1. 1.]\n   [1. 1.]]]\n\n\n [[[1. 1.]\n   [1. 1.]]\n\n  [[1. 1.]\n   [1. 1.]]]]",
    );
    shows(
        &Tensor::arange(0.0, 30.0, 1.0),
        "[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.\n 18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.]",
    );
    shows_double(
        &Tensor::linspace(0.0, 1.0, 25),
        "[0.         0.04166667 0.08333333 0.125      0.16666667 0.20833333\n 0.25       0.29166667 0.33333333 0.375      0.41666667 0.45833333\n 0.5        0.54166667 0.58333333 0.625      0.66666667 0.70833333\n 0.75       0.79166667 0.83333333 0.875      0.91666667 0.95833333\n 1.        ]",
    );
}

#[test]
fn large_tensors_show_their_ends() {
    shows(
        &Tensor::arange(1.0, 2001.0, 1.0).reshape([20, 100]),
        "[[1.000e+00 2.000e+00 3.000e+00 ... 9.800e+01 9.900e+01 1.000e+02]\n [1.010e+02 1.020e+02 1.030e+02 ... 1.980e+02 1.990e+02 2.000e+02]\n [2.010e+02 2.020e+02 2.030e+02 ... 2.980e+02 2.990e+02 3.000e+02]\n ...\n [1.701e+03 1.702e+03 1.703e+03 ... 1.798e+03 1.799e+03 1.800e+03]\n [1.801e+03 1.802e+03 1.803e+03 ... 1.898e+03 1.899e+03 1.900e+03]\n [1.901e+03 1.902e+03 1.903e+03 ... 1.998e+03 1.999e+03 2.000e+03]]",
    );
    shows(
        &Tensor::arange(0.0, 1002.0, 1.0).unsqueeze(1),
        "[[0.000e+00]\n [1.000e+00]\n [2.000e+00]\n ...\n [9.990e+02]\n [1.000e+03]\n [1.001e+03]]",
    );
}

#[test]
fn scalars_and_empty_tensors() {
    shows(&Tensor::scalar(2.5), "2.5");
    shows(&Tensor::scalar(3.0), "3.0");
    shows(&Tensor::zeros([2, 0, 3]), "[]");
}

#[test]
fn precision_and_views() {
    let x = Tensor::from_slice(&[0.123456f32, 1.0, 2.0, 3.0], [2, 2]);
    assert_eq!(format!("{:.2}", x.transpose()), "[[0.12 2.  ]\n [1.   3.  ]]");
    assert_eq!(format!("{:.2}", Tensor::scalar(0.126f64)), "0.13");
}

#[test]
fn debug_says_type_and_shape() {
    let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    assert_eq!(
        format!("{x:?}"),
        "tensor([[1., 2.],\n        [3., 4.]], f32[2, 2])"
    );
    assert_eq!(format!("{:?}", Tensor::<f64>::zeros([0])), "tensor([], f64[0])");
}

#[test]
fn equality_and_closeness() {
    let x = Tensor::from_slice(&[1.0f64, f64::INFINITY], [2]);
    assert_eq!(x, x.clone());
    assert_ne!(x, x.reshape([1, 2]));
    assert_ne!(Tensor::full([1], f64::NAN), Tensor::full([1], f64::NAN));
    assert_eq!(Tensor::full([1], 0.0f32), Tensor::full([1], -0.0f32));
    assert!(x.allclose(&Tensor::from_slice(&[1.0 + 1e-9, f64::INFINITY], [2]), 1e-8, 0.0));
    assert!(!x.allclose(&Tensor::from_slice(&[1.0 + 1e-7, f64::INFINITY], [2]), 1e-8, 0.0));
    assert!(!x.allclose(&Tensor::from_slice(&[1.0, f64::NEG_INFINITY], [2]), 1e-8, 0.0));
    assert!(!x.allclose(&Tensor::from_slice(&[1.0, f64::MAX], [2]), 1e-8, 0.0));
    assert!(!x.allclose(&Tensor::scalar(f64::NAN), 1.0, 1.0));
    assert!(Tensor::<f32>::zeros([0]).allclose(&Tensor::zeros([0]), 0.0, 0.0));
}
