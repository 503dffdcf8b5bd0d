//! The list of operations. An operation enters here once: the list makes the type that the tape stores, and
//! `tests/suite/catalogue.rs` refuses an operation that it has no sample of, so none can exist without a gradient check.

mod activated;
pub mod catalogue;
mod conv;
mod formula;
mod index;
mod join;
mod layout;
mod linear;
mod loss;
mod matmul;
mod pointwise;
mod reduce;
mod row;
mod sparse;
mod sum_of;
mod var;

use crate::Op;
use latents_tensor::Real;
use std::rc::Rc;

pub use activated::Activation;
pub use loss::Reduction;

macro_rules! operations {
    (leaves: $($leaf:ident $leaf_name:literal),+; operations: $($variant:ident($op:ty)),+ $(,)?) => {
        /// An operation as a node stores it: inline, so that recording allocates nothing.
        #[derive(Clone)]
        pub(crate) enum Recorded<T: Real> {
            $($leaf,)+
            $($variant($op),)+
            Custom(Rc<dyn Op<T>>),
        }

        impl<T: Real> Recorded<T> {
            /// The rule, or `None` for a leaf.
            fn as_op(&self) -> Option<&dyn Op<T>> {
                match self {
                    $(Self::$leaf => None,)+
                    $(Self::$variant(op) => Some(op),)+
                    Self::Custom(op) => Some(&**op),
                }
            }

            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$leaf => $leaf_name,)+
                    _ => self.as_op().map_or("", Op::name),
                }
            }
        }

        impl<T: Real> Recorded<T> {
            /// The name in [`ALL`], where it has one.
            pub(crate) fn listed(&self) -> Option<&'static str> {
                match self {
                    $(Self::$leaf => None,)+
                    $(Self::$variant(_) => Some(stringify!($variant)),)+
                    Self::Custom(_) => None,
                }
            }
        }

        /// The names of all operations, for tests that hold the catalogue to this list.
        pub const ALL: &[&str] = &[$(stringify!($variant)),+];

        $(impl<T: Real> From<$op> for Recorded<T> {
            fn from(op: $op) -> Self {
                Self::$variant(op)
            }
        })+
    };
}

operations! {
    leaves: Input "input", Variable "variable", Parameter "parameter", Constant "constant";
    operations:
    Neg(pointwise::Neg),
    Abs(pointwise::Abs),
    Sqrt(pointwise::Sqrt),
    Square(pointwise::Square),
    Recip(pointwise::Recip),
    Exp(pointwise::Exp),
    Expm1(pointwise::Expm1),
    Ln(pointwise::Ln),
    Log1p(pointwise::Log1p),
    Tanh(pointwise::Tanh),
    Sigmoid(pointwise::Sigmoid),
    Softplus(pointwise::Softplus),
    Erf(pointwise::Erf),
    Relu(pointwise::Relu),
    Add(pointwise::Add),
    Sub(pointwise::Sub),
    Mul(pointwise::Mul),
    Div(pointwise::Div),
    Pow(pointwise::Pow),
    Maximum(pointwise::Maximum),
    Minimum(pointwise::Minimum),
    Choose(pointwise::Choose),
    SquaredError(pointwise::SquaredError),
    AbsoluteError(pointwise::AbsoluteError),
    HuberError(pointwise::HuberError),
    BinaryCrossEntropy(pointwise::BinaryCrossEntropy),
    BinaryCrossEntropyWithLogits(pointwise::BinaryCrossEntropyWithLogits),
    SumSquaredError(sum_of::SumOf<pointwise::SquaredError>),
    SumAbsoluteError(sum_of::SumOf<pointwise::AbsoluteError>),
    SumHuberError(sum_of::SumOf<pointwise::HuberError>),
    SumBinaryCrossEntropy(sum_of::SumOf<pointwise::BinaryCrossEntropy>),
    SumBinaryCrossEntropyWithLogits(sum_of::SumOf<pointwise::BinaryCrossEntropyWithLogits>),
    MatMul(matmul::MatMul),
    Linear(linear::Linear),
    Conv2d(conv::Conv2d),
    ConvTranspose2d(conv::ConvTranspose2d),
    Conv2dWeight(conv::Conv2dWeight),
    Sum(reduce::Sum),
    SumTo(reduce::SumTo),
    Extreme(reduce::Extreme),
    LogSumExp(reduce::LogSumExp),
    CumulativeSum(reduce::CumulativeSum),
    Reshape(layout::Reshape),
    Permute(layout::Permute),
    BroadcastTo(layout::BroadcastTo),
    Narrow(layout::Narrow),
    Flip(layout::Flip),
    Pad(layout::Pad),
    Concat(join::Concat),
    IndexSelect(index::IndexSelect),
    IndexAdd(index::IndexAdd),
    Gather(index::Gather),
    ScatterAdd(index::ScatterAdd),
    SparseLinear(sparse::SparseLinear),
    SampledLinear(sparse::SampledLinear),
    SparseTransposeMatMul(sparse::SparseTransposeMatMul),
}

impl<T: Real> Recorded<T> {
    pub(crate) fn vjp<'t>(&self, rule: &mut crate::Rule<'t, '_, T>) {
        if let Some(op) = self.as_op() {
            op.vjp(rule);
        }
    }
}
