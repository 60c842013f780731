//! A network applied to a mini-batch example by example, in parallel on all threads.
//!
//! Convolution, pooling, activations and dropout act on each example alone. Run layer by layer over a batch of 400, they
//! carry every activation through main memory, a gigabyte a step. Run depth-first, the activations of a few examples stay
//! in the cache from the first layer to the last, and the examples are what the threads share: one function owns the
//! parallelism, and the operations stay plain loops. (But for large products: those of a single example are shared by
//! threads that would have nothing to do.)
//!
//! The gradient of a parameter is a sum over examples, and a sum of rounded terms depends on its order. It is taken
//! over chunks of fixed size, then over the chunks in order: any number of threads gives the same bits.

use super::op::Slot;
use super::tape::{Gradients, Tape, Var};
use crate::{Scalar, Tensor};
use rayon::prelude::*;

/// Examples on one tape: few enough for the cache, enough to share what an operation prepares once (a packed kernel).
const GROUP: usize = 2;
/// Groups whose parameter gradients are summed into one tensor.
const GROUPS_IN_CHUNK: usize = 4;
/// So many examples are one thread's; fewer stay where they are.
pub(crate) const EXAMPLES_OF_A_THREAD: usize = GROUP * GROUPS_IN_CHUNK;

/// The forward pass of a group of examples, kept for the backward pass. Leaves: the examples, then the parameters.
struct Group<F: Scalar> {
    tape: Tape<F>,
    output: Option<usize>,
    rows: usize,
}

/// Applies `f` to the examples of a mini-batch `x` (its first axis) a few at a time, and stacks the results.
///
/// `f` gets some consecutive examples, the parameters, and the index of the first example in the batch; each example's
/// result must depend on that example alone. `shape` is the shape of one example's result.
///
/// ```
/// use tonegrad::autograd::{Tape, map_examples};
/// use tonegrad::Tensor;
/// let tape = Tape::new();
/// let x = tape.constant(Tensor::new([3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
/// let (w, b) = (tape.leaf(Tensor::full([2, 1], 1.0)), tape.leaf(Tensor::zeros([1])));
/// let y = map_examples(&x, &[&w, &b], &[1], |x, p, _| x.dense(p[0].clone(), p[1].clone()));
/// assert_eq!(y.value().as_slice(), [3.0, 7.0, 11.0]);
/// assert_eq!(tape.gradients(&y.sum()).of(&w).as_slice(), [9.0, 12.0]);
/// ```
pub fn map_examples<'t, F, G>(x: &Var<'t, F>, params: &[&Var<'t, F>], shape: &[usize], f: G) -> Var<'t, F>
where
    F: Scalar,
    G: for<'i> Fn(Var<'i, F>, &[Var<'i, F>], usize) -> Var<'i, F> + Sync,
{
    x.tape().own("map_examples", params);
    let examples = x.shape()[0];
    let row_len: usize = shape.iter().product();
    let mut y = Tensor::scratch(&[&[examples], shape].concat()[..]);
    let nodes: Vec<_> = std::iter::once(x.node()).chain(params.iter().map(|p| p.node())).collect();
    // Threads share the values; a tape belongs to one thread.
    let (x_value, x_wanted) = (x.value(), x.node().is_some());
    let params: Vec<(&Tensor<F>, bool)> = params.iter().map(|p| (p.value(), p.node().is_some())).collect();

    let chunk_rows = EXAMPLES_OF_A_THREAD;
    let chunks: Vec<Vec<Group<F>>> = y
        .as_mut_slice()
        .par_chunks_mut((chunk_rows * row_len).max(1))
        .enumerate()
        .with_max_len(1) // A thread that has to wait for the machine is helped out.
        .map(|(chunk, y)| {
            let groups = y.chunks_mut(GROUP * row_len).enumerate();
            groups
                .map(|(group, y)| {
                    let (first, rows) = (chunk * chunk_rows + group * GROUP, y.len() / row_len);
                    let tape = Tape::new();
                    let enter = |value, wanted| if wanted { tape.leaf(value) } else { tape.constant(value) };
                    let examples = enter(x_value.rows(first, first + rows), x_wanted);
                    let params: Vec<_> = params.iter().map(|&(p, wanted)| enter(p.clone(), wanted)).collect();
                    let out = f(examples, &params, first);
                    y.copy_from_slice(out.value().as_slice());
                    let output = out.node();
                    drop((out, params));
                    Group { tape, output, rows }
                })
                .filter(|group| group.output.is_some())
                .collect()
        })
        .collect();

    let x_shape = x.shape().to_vec();
    let constant = |i: usize| if i == 0 { x_value.clone() } else { params[i - 1].0.clone() };
    x.tape().record("map_examples", y, &nodes, &constant, move |dy, slots| backward(chunks, &x_shape, &dy, slots))
}

fn backward<F: Scalar>(chunks: Vec<Vec<Group<F>>>, x_shape: &[usize], dy: &Tensor<F>, slots: &mut [Slot<F>]) {
    // Inner leaves exist for what is wanted, in the order of the slots.
    let wanted: Vec<usize> = (0..slots.len()).filter(|&s| slots[s].is_wanted()).collect();
    let wants_x = slots[0].is_wanted();
    let chunk_rows = EXAMPLES_OF_A_THREAD;

    // For each chunk: dx of its groups, and its sum for each wanted input.
    let (dx, sums): (Vec<_>, Vec<_>) = chunks
        .into_par_iter()
        .enumerate()
        .with_max_len(1)
        .map(|(chunk, groups)| {
            let mut sums: Vec<Option<Tensor<F>>> = wanted.iter().map(|_| None).collect();
            let mut dx: Vec<Tensor<F>> = Vec::new();
            let mut row = chunk * chunk_rows;
            for Group { tape, output, rows } in groups {
                let mut gradients = Gradients::starting_with(sums);
                tape.backward_into(output, dy.rows(row, row + rows), &mut gradients);
                row += rows;
                sums = gradients.into_first(wanted.len());
                if wants_x {
                    let shape = [&[rows], &x_shape[1..]].concat();
                    dx.push(sums[0].take().unwrap_or_else(|| Tensor::zeros(&shape[..])));
                }
            }
            (dx, sums)
        })
        .unzip();

    if wants_x {
        slots[0].accumulate(|sum| {
            let pieces = dx.iter().flatten().flat_map(Tensor::as_slice);
            sum.as_mut_slice().iter_mut().zip(pieces).for_each(|(s, &d)| *s += d);
        });
    }
    for chunk in sums {
        for (&slot, sum) in wanted.iter().zip(chunk) {
            if let Some(sum) = sum {
                slots[slot].add(sum);
            }
        }
    }
}
