//! What a reader wants to see of a network for pictures: what it was shown, where it was most surely wrong, and what it
//! looks at: the kernels of its first convolution, and how its answer changes with each pixel.

use crate::Result;
use crate::data::Images;
use crate::metrics::argmax;
use crate::nn::Model;
use ndarray::{Array2, ArrayView2, s};

/// A picture of the test part, with what is said of it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Its class, by number.
    pub truth: usize,
    /// What it was taken for.
    pub taken: usize,
    /// The probability of that.
    pub confidence: f32,
    /// Its pixels, (height, width); of colours the first channel.
    pub pixels: Array2<f32>,
}

/// What is shown of a run.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    /// A test picture of each class.
    pub examples: Vec<Shown>,
    /// The most confident mistakes.
    pub mistakes: Vec<Shown>,
    /// The test picture of which the model is surest, and |∂logit/∂pixel| of its class.
    pub saliency: Option<(Shown, Array2<f32>)>,
    /// Kernels of the first convolution, (rows, columns) each.
    pub kernels: Vec<Array2<f32>>,
}

/// Classes, mistakes and kernels that are shown, at most.
const EXAMPLES: usize = 8;
const MISTAKES: usize = 8;
const KERNELS: usize = 32;

impl Looks {
    /// Looks at a model and the test rows, whose probabilities these are, (rows, classes). Of raw samples there is nothing
    /// to show but their kernels, which are no pictures either: then there is nothing.
    ///
    /// # Errors
    /// When a probability is not a number, or the model does not take such rows.
    pub fn new(images: &Images, rows: &[usize], model: &Model<f32>, probabilities: ArrayView2<f32>) -> Result<Looks> {
        let [height, width, channels] = images.shape();
        if width == 1 {
            return Ok(Looks::default());
        }
        let taken = argmax(probabilities)?;
        let (x, y) = (images.dataset().x(), images.dataset().y());
        let picture = |row: ArrayView2<f32>| {
            let flat = row.into_shape_with_order((height * width, channels)).expect("a row of that shape");
            flat.column(0).to_owned().into_shape_with_order((height, width)).expect("height x width")
        };
        let shown = |i: usize| Shown {
            name: images.names()[rows[i]].clone(),
            truth: y[rows[i]],
            taken: taken[i],
            confidence: probabilities[[i, taken[i]]],
            pixels: picture(x.slice(s![rows[i]..=rows[i], ..])),
        };
        let mut by_confidence: Vec<usize> = (0..rows.len()).collect();
        by_confidence.sort_by(|&a, &b| probabilities[[b, taken[b]]].total_cmp(&probabilities[[a, taken[a]]]));
        let wrong = by_confidence.iter().copied().filter(|&i| taken[i] != y[rows[i]]);
        let of_class = |class| (0..rows.len()).find(|&i| y[rows[i]] == class);
        let classes = images.dataset().classes().len();
        let saliency = by_confidence.iter().copied().find(|&i| taken[i] == y[rows[i]]).map(|i| {
            // A network with one logit has that of the second class; its size is the same for both.
            let output = taken[i].min(model.output()[0] - 1);
            let slope = model.saliency(x.slice(s![rows[i]..=rows[i], ..]), output)?;
            Ok((shown(i), picture(slope.mapv(f32::abs).view())))
        });
        Ok(Looks {
            examples: (0..classes).filter_map(of_class).take(EXAMPLES).map(shown).collect(),
            mistakes: wrong.take(MISTAKES).map(shown).collect(),
            saliency: saliency.transpose()?,
            kernels: kernels(model),
        })
    }
}

/// The kernels of the first two-dimensional convolution, of its first input channel; none where that is a single pixel.
fn kernels(model: &Model<f32>) -> Vec<Array2<f32>> {
    let Some(kernel) = model.params().iter().find(|param| param.value.shape().len() == 4) else { return Vec::new() };
    let &[rows, columns, channels, filters] = kernel.value.shape() else { return Vec::new() };
    let values = kernel.value.as_slice();
    let of = |f: usize| {
        Array2::from_shape_fn((rows, columns), |(i, j)| values[((i * columns + j) * channels) * filters + f])
    };
    if rows * columns == 1 { Vec::new() } else { (0..filters.min(KERNELS)).map(of).collect() }
}
