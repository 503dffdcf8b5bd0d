//! The list of operations. An operation is listed here, or is a row in `pointwise.rs`. The list generates the type that the tape
//! stores, and a test fails for every operation without a law in `tests/suite/laws`, so every operation has a gradient check.

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
mod norm;
mod pointwise;
mod reduce;
mod row;
mod safe;
mod softmax;
mod sparse;
mod sum_of;
mod var;

use crate::Op;
use latents_tensor::{Real, concrete};
use std::rc::Rc;

pub use activated::FusedActivation;
pub use loss::Reduction;

macro_rules! operations {
    (leaves: $($leaf:ident $leaf_name:literal),+; operations: $($variant:ident($op:ty)),+ $(,)?) => {
        /// An operation as a node stores it: inline, so that recording allocates nothing.
        #[derive(Clone)]
        pub(crate) enum Recorded<T: Real> {
            $($leaf,)+
            /// A row of the table of pointwise operations.
            Row(&'static dyn Op<T>),
            $($variant($op),)+
            Custom(Rc<dyn Op<T>>),
        }

        /// The rule, or `None` for a leaf.
        fn rule_of<T: Real>(recorded: &Recorded<T>) -> Option<&dyn Op<T>> {
            match recorded {
                $(Recorded::$leaf => None,)+
                Recorded::Row(op) => Some(*op),
                $(Recorded::$variant(op) => Some(op),)+
                Recorded::Custom(op) => Some(&**op),
            }
        }

        impl<T: Real> Recorded<T> {
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$leaf => $leaf_name,)+
                    _ => as_op(self).map_or("", Op::name),
                }
            }
        }

        impl<T: Real> Recorded<T> {
            /// Returns whether this is a user-defined operation.
            pub(crate) fn is_custom(&self) -> bool {
                matches!(self, Self::Custom(_))
            }

            /// Returns the name in [`ALL`], if it is listed there.
            pub(crate) fn listed(&self) -> Option<&'static str> {
                match self {
                    $(Self::$leaf => None,)+
                    Self::Row(_) => None,
                    $(Self::$variant(_) => Some(stringify!($variant)),)+
                    Self::Custom(_) => None,
                }
            }
        }

        /// The names of all operations but the rows, for tests that compare the catalogue with this list.
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
    SumSquaredError(sum_of::SumOf<latents_tensor::formula::SquaredError>),
    SumAbsoluteError(sum_of::SumOf<latents_tensor::formula::AbsoluteError>),
    SumHuberError(sum_of::SumOf<latents_tensor::formula::HuberError>),
    SumBinaryCrossEntropy(sum_of::SumOf<latents_tensor::formula::BinaryCrossEntropy>),
    SumBinaryCrossEntropyWithLogits(sum_of::SumOf<latents_tensor::formula::BinaryCrossEntropyWithLogits>),
    MatMul(matmul::MatMul),
    Linear(linear::Linear),
    Conv2d(conv::Conv2d),
    ConvTranspose2d(conv::ConvTranspose2d),
    Conv2dWeight(conv::Conv2dWeight),
    Sum(reduce::Sum),
    SumTo(reduce::SumTo),
    Extreme(reduce::Extreme),
    Norm(norm::Norm),
    LogSumExp(softmax::LogSumExp),
    Softmax(softmax::Softmax),
    LogSoftmax(softmax::LogSoftmax),
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

concrete! {
    /// Returns the operation's rule. The rules of all operations are compiled here.
    fn as_op<'a, T>(recorded: &'a Recorded<T>) -> Option<&'a dyn Op<T>> = rule_of(recorded);
}

impl<T: Real> Recorded<T> {
    pub(crate) fn vjp<'t>(&self, rule: &mut crate::Rule<'t, '_, T>) {
        if let Some(op) = as_op(self) {
            op.vjp(rule);
        }
    }
}
