//! `Formula`: the algebra that prints, for the table of rules in the docs.

use latents_tensor::{Algebra, algebra_methods};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A formula as text. An [`Algebra`] is `Copy`, so the text is leaked: a few kilobytes for the whole table.
#[derive(Clone, Copy)]
pub struct Formula {
    text: &'static str,
    binding: Binding,
}

/// How firmly a formula's outermost operator holds it together; a looser one inside a firmer one gets brackets.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Comparison,
    Sum,
    Product,
    Atom,
}
use Binding::{Atom, Comparison, Product, Sum};

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl Formula {
    fn new(text: String, binding: Binding) -> Self {
        let text = text.leak();
        Self { text, binding }
    }

    pub(super) fn name(text: &'static str) -> Self {
        Self { text, binding: Atom }
    }

    pub(super) fn names<const N: usize>(texts: [&'static str; N]) -> [Self; N] {
        texts.map(Self::name)
    }

    /// Its text, in brackets unless it holds at least as firmly as `least`.
    fn within(self, least: Binding) -> String {
        if self.binding >= least {
            self.text.to_owned()
        } else {
            format!("({})", self.text)
        }
    }

    fn infix(self, sign: &str, other: Self, binding: Binding, right: Binding) -> Self {
        let text = format!("{} {sign} {}", self.within(binding), other.within(right));
        Self::new(text, binding)
    }

    /// A comparison stands between its operands, any other function before them.
    fn call<const N: usize>(self, name: &str, others: [Self; N]) -> Self {
        let sign = match name {
            "less" => "<",
            "less_equal" => "≤",
            "equal" => "=",
            _ => {
                let operands: Vec<_> = others.iter().map(|other| other.text).collect();
                let text = [&[self.text][..], &operands].concat().join(", ");
                return Self::new(format!("{name}({text})"), Atom);
            }
        };
        others
            .into_iter()
            .fold(self, |left, right| left.infix(sign, right, Comparison, Sum))
    }
}

impl Neg for Formula {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(format!("−{}", self.within(Product)), Sum)
    }
}
impl Add for Formula {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.infix("+", other, Sum, Product)
    }
}
impl Sub for Formula {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.infix("−", other, Sum, Product)
    }
}
impl Mul for Formula {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.infix("·", other, Product, Atom)
    }
}
impl Div for Formula {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.infix("/", other, Product, Atom)
    }
}

macro_rules! calls {
    ($($(#[$doc:meta])* $method:ident($x:ident $(, $operand:ident)*) => $on_lanes:expr;)+) => {
        impl Algebra for Formula {
            fn lit(self, value: f64) -> Self {
                let text = if value != 0.0 && value.abs() < 1e-4 {
                    format!("{value:e}")
                } else {
                    format!("{value}").replace('-', "−")
                };
                Self::new(text, if value < 0.0 { Sum } else { Atom })
            }
            $(fn $method(self $(, $operand: Self)*) -> Self {
                self.call(stringify!($method), [$($operand),*])
            })+
        }
    };
}
algebra_methods!(calls);
