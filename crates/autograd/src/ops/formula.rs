//! `Formula`: an algebra that builds expressions. The table of rules in the docs prints them, and the tests change single signs
//! and operators in them, to see whether a gradient check notices.

use latents_tensor::{Algebra, algebra_methods};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// An expression. An [`Algebra`] is `Copy`, so its nodes are leaked: a few kilobytes for the whole table.
#[derive(Clone, Copy, PartialEq)]
pub struct Formula(&'static Node);

/// A node of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// A variable.
    Name(&'static str),
    /// A number.
    Literal(f64),
    /// The negative of an expression.
    Minus(Formula),
    /// Two expressions with one of `+ − · /` between them.
    Between(char, [Formula; 2]),
    /// A method of [`Algebra`] on one, two or three expressions.
    Call(&'static str, &'static [Formula]),
}

/// The precedence of a formula's outermost operator; an operand of lower precedence is put in brackets.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Comparison,
    Sum,
    Product,
    Atom,
}
use Binding::{Atom, Comparison, Product, Sum};

/// Returns the precedence of an operator, and the least precedence of its right operand.
fn infix(sign: char) -> (Binding, Binding) {
    match sign {
        '+' | '−' => (Sum, Product),
        '·' | '/' => (Product, Atom),
        _ => (Comparison, Sum),
    }
}

/// Returns the sign of a comparison, which is written between its operands.
fn comparison(method: &str) -> Option<char> {
    Some(match method {
        "less" => '<',
        "less_equal" => '≤',
        "equal" => '=',
        _ => return None,
    })
}

impl Formula {
    /// Creates an expression from a node.
    pub fn new(node: Node) -> Self {
        Self(Box::leak(Box::new(node)))
    }

    /// Returns the outermost node.
    pub fn node(self) -> Node {
        *self.0
    }

    pub(super) fn name(text: &'static str) -> Self {
        Self::new(Node::Name(text))
    }

    pub(super) fn names<const N: usize>(texts: [&'static str; N]) -> [Self; N] {
        texts.map(Self::name)
    }

    /// Evaluates the expression for these values of the variables. There must be at least one.
    ///
    /// # Panics
    /// If the expression contains a variable that is not listed.
    pub fn value<A: Algebra>(self, variables: &[(&str, A)]) -> A {
        match *self.0 {
            Node::Name(name) => match variables.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => *value,
                None => panic!("the formula {self} has a variable {name}"),
            },
            Node::Literal(number) => variables[0].1.lit(number),
            Node::Minus(x) => -x.value(variables),
            Node::Between(sign, operands) => {
                let [x, y] = operands.map(|operand| operand.value(variables));
                match sign {
                    '+' => x + y,
                    '−' => x - y,
                    '·' => x * y,
                    _ => x / y,
                }
            }
            Node::Call(method, operands) => {
                let operands: Vec<A> = operands.iter().map(|operand| operand.value(variables)).collect();
                call(method, &operands)
            }
        }
    }

    fn binding(self) -> Binding {
        match *self.0 {
            Node::Minus(_) => Sum,
            Node::Literal(value) if value < 0.0 => Sum,
            Node::Between(sign, _) => infix(sign).0,
            Node::Call(method, _) if comparison(method).is_some() => Comparison,
            _ => Atom,
        }
    }

    /// Writes the expression, in brackets if its precedence is below `least`.
    fn write_within(self, f: &mut fmt::Formatter<'_>, least: Binding) -> fmt::Result {
        match self.binding() >= least {
            true => write!(f, "{self}"),
            false => write!(f, "({self})"),
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.0 {
            Node::Name(name) => f.write_str(name),
            Node::Literal(value) if value != 0.0 && value.abs() < 1e-4 => write!(f, "{value:e}"),
            Node::Literal(value) => f.write_str(&value.to_string().replace('-', "−")),
            Node::Minus(x) => {
                f.write_str("−")?;
                x.write_within(f, Product)
            }
            Node::Between(sign, operands) => write_between(f, sign, operands),
            Node::Call(method, operands) => match (comparison(method), operands) {
                (Some(sign), &[x, y]) => write_between(f, sign, [x, y]),
                _ => {
                    let operands: Vec<_> = operands.iter().map(Formula::to_string).collect();
                    write!(f, "{method}({})", operands.join(", "))
                }
            },
        }
    }
}

fn write_between(f: &mut fmt::Formatter<'_>, sign: char, [x, y]: [Formula; 2]) -> fmt::Result {
    let (binding, right) = infix(sign);
    x.write_within(f, binding)?;
    write!(f, " {sign} ")?;
    y.write_within(f, right)
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Neg for Formula {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(Node::Minus(self))
    }
}

macro_rules! between {
    ($($trait:ident $method:ident $sign:literal),+) => {$(
        impl $trait for Formula {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self::new(Node::Between($sign, [self, other]))
            }
        }
    )+};
}
between!(Add add '+', Sub sub '−', Mul mul '·', Div div '/');

macro_rules! calls {
    ($($(#[$doc:meta])* $method:ident($x:ident $(, $operand:ident)*) => $on_lanes:expr;)+) => {
        impl latents_tensor::sealed::Algebra for Formula {}

        impl Algebra for Formula {
            fn lit(self, value: f64) -> Self {
                Self::new(Node::Literal(value))
            }
            $(fn $method(self $(, $operand: Self)*) -> Self {
                Self::new(Node::Call(stringify!($method), vec![self $(, $operand)*].leak()))
            })+
        }

        /// Calls the method of this name on the operands.
        fn call<A: Algebra>(method: &str, operands: &[A]) -> A {
            let mut operands = operands.iter().copied();
            let mut next = || operands.next().unwrap_or_else(|| panic!("{method} lacks an operand"));
            let x = next();
            match method {
                $(stringify!($method) => {
                    $(let $operand = next();)*
                    x.$method($($operand),*)
                })+
                _ => panic!("{method} is no method of an algebra"),
            }
        }
    };
}
algebra_methods!(calls);
