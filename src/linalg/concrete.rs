//! The rules of the operations as they are compiled in this crate, for `f32` and for `f64`.
//!
//! A generic function is compiled where it is called, and as well as that crate is: in a debug build of a program that depends
//! on this one, every loop over a tensor would run unoptimised, a hundred times slower, at whatever level this crate is compiled
//! itself. So the rules are instantiated here, in a table, and [`Tape::apply`](crate::autograd::Tape::apply) finds them there. A
//! function pointer is all that it takes: the code behind it is this crate's. Loops outside of operations are bound to this crate
//! by the macro `concrete!`, beside [`Scalar`].

use crate::Scalar;
use crate::autograd::{Op, Rules};
use crate::ops::*;
use crate::scalar::Concrete;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// What was compiled here, by the type of the operation.
type Table = HashMap<TypeId, Box<dyn Any + Send + Sync>, BuildHasherDefault<Bits>>;

/// The hash of a type's number, which is a hash already.
#[derive(Default)]
struct Bits(u64);

impl Hasher for Bits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = self.0.rotate_left(8) ^ u64::from(byte));
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = bits;
    }
}

fn rules<O: Op<F, N>, F: Scalar, const N: usize>() -> (TypeId, Box<dyn Any + Send + Sync>) {
    (TypeId::of::<O>(), Box::new(Rules::<O, F, N>::here()))
}

macro_rules! table {
    ($($op:ident)+) => {
        /// Every operation but `Concatenate`, which takes any number of inputs.
        #[cfg(test)]
        const LISTED: &[&str] = &[$(stringify!($op)),+];

        fn table<F: Scalar>() -> Table {
            [$(rules::<$op, F, _>()),+].into_iter().collect()
        }
    };
}

table! {
    Dense Conv1d Conv2d DepthwiseConv2d MaxPool1d AvgPool1d MaxPool2d AvgPool2d ZeroPad2d GlobalMaxPool1d GlobalAvgPool1d Relu Relu6 LeakyRelu Tanh Sigmoid Softmax LogSoftmax Dropout
    Gather Reshape Add Sub Mul Div Neg Affine Sum Mean Powi Powf Exp Ln Sqrt Abs Maximum Minimum Matmul PermuteAxes SumAxis MeanAxis
    MaxAxis VarAxis BroadcastTo SliceAxis TakeRows Select LogSumExp Mse BinaryCrossEntropy Huber SoftmaxCrossEntropy L2 L1
    BatchNorm LayerNorm ChannelAffine Gru
}

macro_rules! concrete_rules {
    ($($t:ty),+) => {$(
        impl Concrete for $t {
            fn concrete(key: TypeId) -> Option<&'static (dyn Any + Send + Sync)> {
                static TABLE: LazyLock<Table> = LazyLock::new(table::<$t>);
                TABLE.get(&key).map(|rules| &**rules)
            }
        }
    )+};
}

concrete_rules!(f32, f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_compiled_here() {
        let missing: Vec<_> = ALL.iter().filter(|name| !LISTED.contains(name) && **name != "Concatenate").collect();
        assert!(missing.is_empty(), "add {missing:?} to the table in src/linalg/concrete.rs");
        assert!(Rules::<Conv1d, f32, 3>::found().is_some() && Rules::<L2, f64, 1>::found().is_some());
    }
}
