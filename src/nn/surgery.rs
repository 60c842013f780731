//! Looking into a model, and taking it apart: activations of any layer, saliency, the first layers alone, another scalar type.

use super::layer::Mode;
use super::loss::Loss;
use super::model::Model;
use super::sequential::Sequential;
use crate::autograd::Tape;
use crate::{Error, Result, Scalar, Tensor};
use ndarray::{Array2, ArrayView2, Axis, Ix2};

/// Rows that are differentiated at once.
const ROWS_AT_ONCE: usize = 400;

impl<F: Scalar> Model<F> {
    /// The first layers alone, up to the one of this name, with their weights: a feature extractor. It predicts numbers.
    ///
    /// # Errors
    /// When no layer has the name.
    pub fn up_to(&self, layer: &str) -> Result<Model<F>> {
        let position = self.layers().iter().position(|placed| placed.name == layer);
        let last = position.ok_or_else(|| {
            let names: Vec<_> = self.layers().iter().map(|placed| placed.name.as_str()).collect();
            let known = format!("one of {}", names.join(", "));
            Error::config("layer by name").found(format!("{layer:?}")).wanted(known)
        })?;
        let layers = self.network().layers()[..=last].iter().cloned();
        let network = layers.fold(Sequential::new(self.input()), Sequential::then);
        network.assemble(|name, _| Ok(self.value_of(name).clone()))?.with_loss(Loss::SquaredError)
    }

    /// The activations of a layer, its output for these rows in inference, (rows, output shape): names of layers are those of the
    /// [`summary`](Model::summary).
    ///
    /// ```
    /// use ndarray::array;
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Conv1d, Dense, Flatten, Sequential};
    /// let network = Sequential::new([4, 1]).then(Conv1d::new(3, 2).relu()).then(Flatten {}).then(Dense::new(2));
    /// let model = network.build::<f32>(Seed(0))?;
    /// let x = array![[1.0, -1.0, 2.0, 0.5]];
    /// assert_eq!(model.activations("conv1d", x.view())?.shape(), [1, 3, 3]);
    /// assert_eq!(model.activations("dense", x.view())?.as_slice(), model.logits(x.view()).as_slice().unwrap());
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When no layer has the name, or a row has another number of features.
    pub fn activations<T: Scalar>(&self, layer: &str, x: ArrayView2<T>) -> Result<Tensor<F>> {
        let trunk = self.up_to(layer)?;
        let values = Tensor::from(trunk.try_predict(x)?);
        Ok(values.reshape(&[&[x.nrows()], trunk.output()].concat()[..]))
    }

    /// Saliency: how an output, of the last layer in row-major order, changes with each feature, ∂output/∂feature for each row,
    /// (rows, features). For a classifier that is the logit of the class, not its probability, which a large logit
    /// would flatten (Simonyan, Vedaldi and Zisserman 2013, who take the absolute value).
    ///
    /// ```
    /// use ndarray::array;
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Sequential};
    /// let model = Sequential::new([2]).then(Dense::new(3)).build::<f64>(Seed(0))?;
    /// let kernel = model.params()[0].value.to_array::<ndarray::Ix2>();
    /// assert_eq!(model.saliency(array![[5.0, 7.0]].view(), 1)?.row(0), kernel.column(1));
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such output, or a row has another number of features.
    pub fn saliency<T: Scalar>(&self, x: ArrayView2<T>, output: usize) -> Result<Array2<F>> {
        self.fits(x)?;
        let outputs: usize = self.output().iter().product();
        if output >= outputs {
            return Err(Error::config("saliency, output").found(output.to_string()).wanted(format!("below {outputs}")));
        }
        let mut saliency = Array2::zeros(x.dim());
        rayon::scope(|_| {
            let chunks = saliency.axis_chunks_iter_mut(Axis(0), ROWS_AT_ONCE);
            for (x, mut out) in x.axis_chunks_iter(Axis(0), ROWS_AT_ONCE).zip(chunks) {
                let tape = Tape::new();
                let params: Vec<_> = self.params().iter().map(|p| tape.constant(p.value.clone())).collect();
                let x = tape.leaf(self.batch(x));
                let y = self.forward(x.clone(), &params, Mode::Eval);
                let mut dy = Tensor::zeros(y.shape());
                dy.as_mut_slice().chunks_exact_mut(outputs).for_each(|row| row[output] = F::one());
                let dx = tape.backward(&y, dy).of(&x);
                let rows = dx.shape()[0];
                out.assign(&dx.reshape([rows, self.input().iter().product()]).view::<Ix2>());
            }
        });
        Ok(saliency)
    }

    /// The same model in another scalar type, every weight rounded to the nearest value of it; what is frozen stays so.
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Sequential};
    /// let model = Sequential::new([2]).then(Dense::new(3)).build::<f32>(Seed(0))?;
    /// let double = model.cast::<f64>();
    /// assert_eq!(double.cast::<f32>().params(), model.params());
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    pub fn cast<G: Scalar>(&self) -> Model<G> {
        let value = |name: &str| {
            let value = self.value_of(name);
            Tensor::new(value.shape(), value.as_slice().iter().map(|v| G::of(v.as_f64())).collect())
        };
        let cast = self.network().assemble(|name, _| Ok(value(name))).and_then(|model| model.with_loss(self.loss()));
        let mut cast = cast.expect("a network that was built once");
        cast.params_mut().iter_mut().zip(self.params()).for_each(|(to, from)| to.role = from.role);
        cast
    }

    /// The value of a parameter that there is.
    fn value_of(&self, name: &str) -> &Tensor<F> {
        let param = self.params().iter().find(|param| param.name == name);
        &param.expect("a part of a network has no other parameters than the whole").value
    }
}
