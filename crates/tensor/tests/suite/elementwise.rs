//! Element-wise functions against the same formula on plain numbers, for every layout; broadcasting; in-place forms.

use latents_tensor::{Algebra, Real, Tensor};
use latents_testing::{SIZES, assert_same, elements, layouts, numbers, panic_message, positions};

type Unary<T> = (&'static str, fn(&Tensor<T>) -> Tensor<T>, fn(T) -> T);
type Binary<T> = (
    &'static str,
    fn(&Tensor<T>, &Tensor<T>) -> Tensor<T>,
    fn(T, T) -> T,
);

fn lit<T: Real>(value: f64) -> T {
    T::from_f64(value)
}

fn unary<T: Real>() -> Vec<Unary<T>> {
    vec![
        ("neg", |x| -x, |x| -x),
        ("abs", |x| x.abs(), |x| x.absolute()),
        ("square", |x| x.square(), |x| x * x),
        ("recip", |x| x.recip(), |x| lit::<T>(1.0) / x),
        ("sqrt", |x| x.sqrt(), |x| x.square_root()),
        ("floor", |x| x.floor(), |x| x.floor_lanes()),
        ("exp", |x| x.exp(), Algebra::exp),
        ("expm1", |x| x.expm1(), Algebra::expm1),
        ("exp_remainder", |x| x.exp_remainder(), Algebra::exp_remainder),
        ("ln", |x| x.ln(), Algebra::ln),
        ("log1p", |x| x.log1p(), Algebra::log1p),
        ("tanh", |x| x.tanh(), Algebra::tanh),
        ("sigmoid", |x| x.sigmoid(), Algebra::sigmoid),
        ("softplus", |x| x.softplus(), Algebra::softplus),
        ("erf", |x| x.erf(), Algebra::erf),
        ("relu", |x| x.relu(), |x| if x > lit(0.0) { x } else { lit(0.0) }),
        ("powf", |x| x.powf(lit(2.5)), |x| Algebra::pow(x, lit(2.5))),
        (
            "clamp",
            |x| x.clamp(lit(-1.0), lit(2.0)),
            |x| {
                if x > lit(2.0) {
                    lit(2.0)
                } else if x > lit(-1.0) {
                    x
                } else {
                    lit(-1.0)
                }
            },
        ),
        ("x + 2", |x| x + lit::<T>(2.0), |x| x + lit(2.0)),
        ("x - 2", |x| x - lit::<T>(2.0), |x| x - lit(2.0)),
        ("x * 3", |x| x * lit::<T>(3.0), |x| x * lit(3.0)),
        ("x / 3", |x| x / lit::<T>(3.0), |x| x / lit(3.0)),
    ]
}

fn mask<T: Real>(holds: bool) -> T {
    if holds { T::one() } else { T::zero() }
}

fn binary<T: Real>() -> Vec<Binary<T>> {
    vec![
        ("add", |x, y| x + y, |x, y| x + y),
        ("sub", |x, y| x - y, |x, y| x - y),
        ("mul", |x, y| x * y, |x, y| x * y),
        ("div", |x, y| x / y, |x, y| x / y),
        ("maximum", |x, y| x.maximum(y), |x, y| if x > y { x } else { y }),
        ("minimum", |x, y| x.minimum(y), |x, y| if x < y { x } else { y }),
        ("less", |x, y| x.less(y), |x, y| mask(x < y)),
        ("less_equal", |x, y| x.less_equal(y), |x, y| mask(x <= y)),
        ("greater", |x, y| x.greater(y), |x, y| mask(x > y)),
        ("greater_equal", |x, y| x.greater_equal(y), |x, y| mask(x >= y)),
        ("equal", |x, y| x.equal(y), |x, y| mask(x == y)),
        ("not_equal", |x, y| x.not_equal(y), |x, y| mask(x != y)),
        (
            "choose",
            |x, y| x.choose(y, x),
            |x, y| if x == T::zero() { x } else { y },
        ),
        ("pow", |x, y| x.pow(y), Algebra::pow),
    ]
}

fn check_layouts<T: Real>() {
    for (rows, columns) in SIZES {
        for (layout, x) in layouts::<T>(rows, columns, 1) {
            let plain = elements(&x);
            for (name, function, formula) in unary::<T>() {
                let expected: Vec<T> = plain.iter().map(|&x| formula(x)).collect();
                assert_same(
                    &elements(&function(&x)),
                    &expected,
                    &format!("{name} of {layout} [{rows}, {columns}]"),
                );
            }
            for (other, y) in layouts::<T>(rows, columns, 5) {
                let pairs: Vec<(T, T)> = plain.iter().copied().zip(elements(&y)).collect();
                for (name, function, formula) in binary::<T>() {
                    let expected: Vec<T> = pairs.iter().map(|&(x, y)| formula(x, y)).collect();
                    let what = format!("{name} of {layout} and {other} [{rows}, {columns}]");
                    assert_same(&function(&x, &y).to_vec(), &expected, &what);
                }
            }
        }
    }
}

#[test]
fn every_function_on_every_layout_f32() {
    check_layouts::<f32>();
}

#[test]
fn every_function_on_every_layout_f64() {
    check_layouts::<f64>();
}

#[test]
fn shapes_broadcast_as_in_numpy() {
    let shapes: [&[usize]; 9] = [
        &[],
        &[1],
        &[5],
        &[4, 1],
        &[4, 5],
        &[1, 5],
        &[3, 1, 5],
        &[3, 4, 1],
        &[2, 1, 4, 5],
    ];
    for (left, right) in shapes.iter().flat_map(|left| shapes.map(|right| (*left, right))) {
        let (x, y) = (numbers::<f32>(left, 1), numbers::<f32>(right, 2));
        let sum = &x + &y;
        // The element of an operand: positions counted from the last axis, 0 where the axis has length 1.
        let pick = |operand: &Tensor<f32>, position: &[usize]| {
            let lead = position.len() - operand.rank();
            let own: Vec<usize> = operand
                .shape()
                .iter()
                .zip(&position[lead..])
                .map(|(&length, &i)| i.min(length - 1))
                .collect();
            operand.at(&own)
        };
        for position in positions(sum.shape()) {
            assert_eq!(
                sum.at(&position),
                pick(&x, &position) + pick(&y, &position),
                "{left:?} + {right:?}"
            );
        }
    }
}

#[test]
fn operators_take_tensors_and_numbers_owned_and_borrowed() {
    let x = Tensor::from_slice(&[1.0f32, 2.0, 4.0], [3]);
    assert_eq!((&x + &x).to_vec(), [2.0, 4.0, 8.0]);
    assert_eq!((x.clone() - &x * 2.0).to_vec(), [-1.0, -2.0, -4.0]);
    assert_eq!((8.0 / &x - x.clone()).to_vec(), [7.0, 2.0, -2.0]);
    assert_eq!((1.0 - &x).to_vec(), [0.0, -1.0, -3.0]);
    assert_eq!((1.0 + 2.0 * x.clone()).to_vec(), [3.0, 5.0, 9.0]);
    assert_eq!((-(&x / &x)).to_vec(), [-1.0; 3]);
}

#[test]
fn comparisons_and_extremes_of_nan_and_zeros() {
    let nan = f32::NAN;
    let x = Tensor::from_slice(&[nan, 1.0, nan, 0.0, -0.0], [5]);
    let y = Tensor::from_slice(&[1.0, nan, nan, -0.0, 0.0], [5]);
    assert_same(&x.maximum(&y).to_vec(), &[nan, nan, nan, -0.0, 0.0], "maximum");
    assert_same(&x.minimum(&y).to_vec(), &[nan, nan, nan, -0.0, 0.0], "minimum");
    assert_same(
        &x.less_equal(&y).to_vec(),
        &[0.0, 0.0, 0.0, 1.0, 1.0],
        "less_equal",
    );
    assert_same(&x.equal(&y).to_vec(), &[0.0, 0.0, 0.0, 1.0, 1.0], "equal");
    assert_same(&x.relu().to_vec(), &[nan, 1.0, nan, 0.0, 0.0], "relu");
    assert_same(&x.choose(&y, &x).to_vec(), &[1.0, nan, nan, 0.0, -0.0], "choose");
}

#[test]
fn in_place_forms_equal_the_others_and_leave_sharers_alone() {
    for (rows, columns) in SIZES {
        for (layout, start) in layouts::<f64>(rows, columns, 3) {
            for (other, y) in layouts::<f64>(rows, columns, 4) {
                let what = format!("{layout}, {other}");
                for shared in [false, true] {
                    let before = start.copied();
                    let mut x = if shared { start.clone() } else { start.copied() };
                    let sharer = x.clone();
                    let sharer = if shared { sharer } else { before.clone() };
                    x += &y;
                    assert_eq!(x, &before + &y, "{what}");
                    x.axpy(-0.5, &y);
                    assert_eq!(x, &before + &y + &y * -0.5, "{what}");
                    x.scale_assign(2.0);
                    x -= &y;
                    x *= &y;
                    assert_eq!(x, ((&before + &y + &y * -0.5) * 2.0 - &y) * &y, "{what}");
                    assert_eq!(sharer, before, "{what}: a sharer changed");
                }
            }
        }
    }
}

#[test]
fn in_place_forms_write_where_the_tensor_lies() {
    let mut x = Tensor::<f32>::ones([100]);
    let place = x.as_slice().map(<[f32]>::as_ptr);
    x.add_assign(&Tensor::ones([100]));
    x *= 3.0;
    assert_eq!(x.as_slice().map(<[f32]>::as_ptr), place);
    assert_eq!(x, Tensor::full([100], 6.0));
}

#[test]
fn messages_name_the_operation_and_the_shapes() {
    let (x, y) = (numbers::<f32>(&[2, 3], 0), numbers::<f32>(&[4], 0));
    let expected = "mul: axis 1 from the end is 3 in one operand and 4 in another\n  operand 0: [2, 3]\n  operand 1: [4]\n  hint: axes are matched from the last; each pair must be equal or one of them 1";
    let (a, b) = (x.to_vec(), y.to_vec());
    let text = panic_message(move || drop(Tensor::from_vec(a, [2, 3]) * Tensor::from_vec(b, [4])));
    assert_eq!(text, expected);
    let text = panic_message(|| Tensor::<f32>::zeros([3]).add_assign(&Tensor::zeros([2, 3])));
    assert_eq!(
        text,
        "add_assign: the result [2, 3] does not fit the tensor that it is written to\n  operand 0: [3]\n  operand 1: [2, 3]\n  hint: only the second operand may be repeated"
    );
}

#[test]
fn mistakes_are_reported_at_the_callers_line() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let hook = std::panic::take_hook();
    let sink = seen.clone();
    std::panic::set_hook(Box::new(move |info| {
        if let (Some(place), Ok(mut lines)) = (info.location(), sink.lock()) {
            lines.push((place.file().to_owned(), place.line()));
        }
    }));
    let line = line!() + 1;
    let _ = std::panic::catch_unwind(|| drop(Tensor::<f32>::zeros([2]) + Tensor::zeros([3])));
    let _ = std::panic::catch_unwind(|| drop(Tensor::<f32>::zeros([2]).sum(&[1], false)));
    let _ = std::panic::catch_unwind(|| drop(Tensor::<f32>::zeros([2]).max(&[4], false)));
    let _ = std::panic::catch_unwind(|| drop(Tensor::<f32>::zeros([2]).gather(0, &[5][..].into())));
    std::panic::set_hook(hook);
    let seen = seen.lock().unwrap();
    for line in line..line + 4 {
        assert!(
            seen.iter()
                .any(|(file, seen)| file.ends_with("elementwise.rs") && *seen == line),
            "{line}: {seen:?}"
        );
    }
}
