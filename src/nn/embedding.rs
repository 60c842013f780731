//! The embedding layer: a vector that is learned for each number of a list.

use super::init::Init;
use super::layer::{Layer, Mode, Output, compiled_here};
use super::onnx::{Attribute, Graph};
use super::param::{Param, ParamSpec};
use crate::autograd::Var;
use crate::{Error, Result, Scalar, Tensor};

/// An embedding: each whole number below `count` becomes a vector that is learned, (length) to (length, width).
///
/// An element is read as the nearest whole number, if it is within 1/16 of one. What is no such number, a fraction, a number too
/// large, NaN, becomes a vector of NaN: training and prediction refuse it there, where a vector of something else would go
/// unnoticed. Leave columns that hold such numbers out of standardising.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::nn::{Dense, Embedding, Flatten, Sequential};
/// let words = Sequential::new([7]).then(Embedding::new(1000, 16)).then(Flatten {}).then(Dense::new(2));
/// assert_eq!(words.build::<f32>(Seed(0))?.params()[0].value.shape(), [1000, 16]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Embedding {
    count: usize,
    width: usize,
}

impl Embedding {
    /// Vectors of this width for the numbers 0 to `count` - 1; uniform within ±0.05 at first, as in Keras.
    pub fn new(count: usize, width: usize) -> Self {
        Embedding { count, width }
    }

    /// The row of the table that an element asks for.
    fn row<F: Scalar>(&self, x: F) -> Option<usize> {
        let (x, nearest) = (x.as_f64(), x.as_f64().round());
        ((x - nearest).abs() <= 1.0 / 16.0 && (0.0..self.count as f64).contains(&nearest)).then_some(nearest as usize)
    }
}

impl Layer for Embedding {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("embedding", "Embedding")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        match input {
            _ if self.count == 0 || self.width == 0 => {
                let found = format!("{} vectors of width {}", self.count, self.width);
                Err(Error::shape("").found(found).wanted("at least one of each"))
            }
            // Beyond it, f32 leaves whole numbers out.
            _ if self.count > 1 << 24 => {
                Err(Error::shape("").found(format!("{} vectors", self.count)).wanted("at most 2^24"))
            }
            [length] => Ok(vec![*length, self.width]),
            _ => Err(Error::shape("").found(format!("input {input:?}")).wanted("a vector of whole numbers")),
        }
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![ParamSpec::new("embeddings", [self.count, self.width]).init(Init::Uniform(0.05))]
    }

    /// The whole batch at once: the gradient of the table is one tensor then.
    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let shape = [x.shape(), &[self.width]].concat();
        let rows: Vec<Option<usize>> = x.value().as_slice().iter().map(|&x| self.row(x)).collect();
        let index: Vec<usize> = rows.iter().map(|row| row.unwrap_or(0)).collect();
        let y = params[0].clone().take_rows(index).reshape(&shape[..]);
        if rows.iter().all(Option::is_some) {
            return y.into();
        }
        let nothing = rows.iter().flat_map(|row| {
            let value = if row.is_some() { F::zero() } else { F::nan() };
            std::iter::repeat_n(value, self.width)
        });
        let nothing = y.tape().constant(Tensor::new(&shape[..], nothing.collect()));
        (y + nothing).into()
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], _: &[usize]) -> Result<()> {
        // A fraction is refused here and rounded there. ONNX's number for 64-bit integers is 7.
        graph.then("Round", &[], vec![]);
        graph.then("Cast", &[], vec![("to", Attribute::Int(7))]);
        let (table, index) = (graph.tensor(params[0].name.as_str(), &params[0].value), graph.value().to_owned());
        graph.go_on_from(table);
        graph.then("Gather", &[index], vec![("axis", Attribute::Int(0))]);
        graph.channels_first(2);
        Ok(())
    }
}
