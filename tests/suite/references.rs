//! Every forward rule against its definition, in plain loops; and what must follow from the definitions.

use crate::common::{Draw, close, draw};
use proptest::prelude::*;
use tonegrad::autograd::{Op, Tape, Var};
use tonegrad::ops::*;
use tonegrad::random::Key;
use tonegrad::{Scalar, Tensor};

fn forward<O: Op<f64, N>, const N: usize>(op: &O, inputs: [Tensor<f64>; N]) -> Tensor<f64> {
    op.forward(inputs).0
}

/// A signal (n, l, c) as a function of example, position and channel; `outside` beyond its ends.
fn at(x: &Tensor<f64>, outside: f64) -> impl Fn(usize, isize, usize) -> f64 + '_ {
    let [_, l, c] = *x.shape() else { panic!("a signal has three axes") };
    move |n, t, j| if (0..l as isize).contains(&t) { x.as_slice()[(n * l + t as usize) * c + j] } else { outside }
}

/// Where the first window begins, and how many there are, by the definitions of Keras: `same` gives ⌈l/s⌉ outputs and puts
/// the odd zero on the right, `causal` puts all zeros on the left.
fn geometry(l: usize, span: usize, stride: usize, padding: Padding) -> (isize, usize) {
    let (l, span, stride) = (l as isize, span as isize, stride as isize);
    let fitting = |total: isize| ((l + total - span) / stride + 1) as usize;
    match padding {
        Padding::Valid => (0, fitting(0)),
        Padding::Causal => (1 - span, fitting(span - 1)),
        Padding::Explicit(left, right) => (-(left as isize), fitting((left + right) as isize)),
        Padding::Same => {
            let outputs = (l + stride - 1) / stride;
            let total = ((outputs - 1) * stride + span - l).max(0);
            (-(total / 2), outputs as usize)
        }
        other => panic!("what {other:?} means is not written down here"),
    }
}

/// Builds (n, outputs, c) from a formula.
fn build(shape: [usize; 3], formula: impl Fn(usize, usize, usize) -> f64) -> Tensor<f64> {
    let [n, l, c] = shape;
    let all = (0..n).flat_map(|n| (0..l).flat_map(move |t| (0..c).map(move |j| (n, t, j))));
    Tensor::new(shape, all.map(|(n, t, j)| formula(n, t, j)).collect())
}

/// The values of each window that lie inside the signal, reduced by `pool`.
fn naive_pool(window: Window, x: &Tensor<f64>, pool: impl Fn(&[f64]) -> f64) -> Tensor<f64> {
    let [n, l, c] = [0, 1, 2].map(|a| x.shape()[a]);
    let (start, outputs) = geometry(l, window.size, window.stride, window.padding);
    let x = at(x, f64::NAN);
    build([n, outputs, c], |n, t, j| {
        let places = (0..window.size).map(|q| start + (t * window.stride + q) as isize);
        let inside: Vec<f64> = places.filter(|p| (0..l as isize).contains(p)).map(|p| x(n, p, j)).collect();
        pool(&inside)
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn max(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn map(x: &Tensor<f64>, f: impl Fn(f64) -> f64) -> Tensor<f64> {
    Tensor::new(x.shape(), x.as_slice().iter().map(|&x| f(x)).collect())
}

/// By definition, without any care for overflow.
fn naive_softmax(row: &[f64]) -> Vec<f64> {
    let sum: f64 = row.iter().map(|x| x.exp()).sum();
    row.iter().map(|x| x.exp() / sum).collect()
}

/// Elements in one example of a signal.
fn x_row(d: &Draw) -> usize {
    d.length * d.channels
}

/// Builds (n, rows, columns, c) from a formula.
fn build_picture(shape: [usize; 4], formula: impl Fn(usize, usize, usize, usize) -> f64) -> Tensor<f64> {
    let [n, h, w, c] = shape;
    let index = |i: usize| (i / (h * w * c), i / (w * c) % h, i / c % w, i % c);
    let all = (0..n * h * w * c).map(index);
    Tensor::new(shape, all.map(|(n, r, t, j)| formula(n, r, t, j)).collect())
}

/// The positions that window t touches along an axis, and which tap each is of; those in the padding are left out.
fn touched(window: Window, length: usize, t: usize) -> Vec<(usize, usize)> {
    let (start, _) = geometry(length, window.span(), window.stride, window.padding);
    let positions = (0..window.size).map(|q| (q, start + (t * window.stride + q * window.dilation) as isize));
    positions.filter(|(_, p)| (0..length as isize).contains(p)).map(|(q, p)| (q, p as usize)).collect()
}

/// What a patch of channel `j` reduces to: `reduce` gets the taps and the elements under them.
fn patchwise(
    x: &Tensor<f64>,
    [down, across]: [Window; 2],
    channels: usize,
    reduce: impl Fn(usize, usize, &[([usize; 2], [usize; 2])]) -> f64,
) -> Tensor<f64> {
    let [n, h, w] = [0, 1, 2].map(|a| x.shape()[a]);
    let outputs = |window: Window, length| geometry(length, window.span(), window.stride, window.padding).1;
    build_picture([n, outputs(down, h), outputs(across, w), channels], |n, r, t, j| {
        let columns = touched(across, w, t);
        let rows = touched(down, h, r);
        let taps = rows.iter().flat_map(|&(p, y)| columns.iter().map(move |&(q, x)| ([p, q], [y, x])));
        reduce(n, j, &taps.collect::<Vec<_>>())
    })
}

fn conv_case(d: &Draw) -> (Conv1d, [Tensor<f64>; 3]) {
    let op = Conv1d { stride: d.stride, dilation: d.dilation, padding: d.padding };
    let x = d.normal(&[d.batch, d.fitting_length(d.window()), d.channels], 0);
    (op, [x, d.normal(&[d.size, d.channels, d.outputs], 1), d.normal(&[d.outputs], 2)])
}

proptest! {
    #[test]
    fn conv1d_is_its_triple_loop(d in draw()) {
        let (op, [x, w, b]) = conv_case(&d);
        let wanted = op.plain(&x, &w, &b);
        close(&forward(&op, [x, w, b]), &wanted, 1e-13)?;
    }

    #[test]
    fn dense_is_its_triple_loop(d in draw()) {
        let (x, w, b) = (d.normal(&[d.batch, d.length], 0), d.normal(&[d.length, d.outputs], 1), d.normal(&[d.outputs], 2));
        let wanted = build([1, d.batch, d.outputs], |_, n, j| {
            let products = (0..d.length).map(|i| x.as_slice()[n * d.length + i] * w.as_slice()[i * d.outputs + j]);
            b.as_slice()[j] + products.sum::<f64>()
        });
        close(&forward(&Dense, [x, w, b]), &wanted.reshape([d.batch, d.outputs]), 1e-13)?;
    }

    #[test]
    fn pools_reduce_the_values_inside_their_windows(d in draw()) {
        let window = Window { dilation: 1, ..d.window() };
        let x = d.normal(&[d.batch, d.fitting_length(window), d.channels], 0);
        let Window { size, stride, padding, .. } = window;
        close(&forward(&AvgPool1d { size, stride, padding }, [x.clone()]), &naive_pool(window, &x, mean), 1e-14)?;
        let op = MaxPool1d { size, stride, padding };
        prop_assert_eq!(op.plain(&x), naive_pool(window, &x, max));
        prop_assert_eq!(forward(&op, [x.clone()]), op.plain(&x));

        let whole = Window { size: x.shape()[1], stride: 1, dilation: 1, padding: Padding::Valid };
        let flat = [d.batch, d.channels];
        close(&forward(&GlobalAvgPool1d, [x.clone()]), &naive_pool(whole, &x, mean).reshape(flat), 1e-14)?;
        prop_assert_eq!(forward(&GlobalMaxPool1d, [x.clone()]), naive_pool(whole, &x, max).reshape(flat));
    }

    #[test]
    fn convolutions_of_pictures_are_their_loops(d in draw()) {
        let windows @ [down, across] = d.windows();
        let (h, w, i, o) = (d.fitting(down), d.fitting(across), d.channels, d.outputs);
        let (stride, dilation, padding) =
            ([down.stride, across.stride], [down.dilation, across.dilation], [down.padding, across.padding]);
        let x = d.normal(&[d.batch, h, w, i], 0);
        let element = |n, [y, z]: [usize; 2], c| x.as_slice()[((n * h + y) * w + z) * i + c];

        let (kernel, bias) = (d.normal(&[down.size, across.size, i, o], 1), d.normal(&[o], 2));
        let weight = |[p, q]: [usize; 2], c, j| kernel.as_slice()[((p * across.size + q) * i + c) * o + j];
        let wanted = patchwise(&x, windows, o, |n, j, taps| {
            let terms = taps.iter().flat_map(|&(tap, place)| (0..i).map(move |c| (tap, place, c)));
            bias.as_slice()[j] + terms.map(|(tap, place, c)| element(n, place, c) * weight(tap, c, j)).sum::<f64>()
        });
        let op = Conv2d { stride, dilation, padding };
        close(&op.plain(&x, &kernel, &bias), &wanted, 1e-13)?;
        close(&forward(&op, [x.clone(), kernel, bias]), &wanted, 1e-13)?;

        let (kernel, bias) = (d.normal(&[down.size, across.size, i], 3), d.normal(&[i], 4));
        let wanted = patchwise(&x, windows, i, |n, j, taps| {
            let terms = taps.iter().map(|&([p, q], place)| {
                element(n, place, j) * kernel.as_slice()[(p * across.size + q) * i + j]
            });
            bias.as_slice()[j] + terms.sum::<f64>()
        });
        close(&forward(&DepthwiseConv2d { stride, dilation, padding }, [x.clone(), kernel, bias]), &wanted, 1e-13)?;
    }

    #[test]
    fn pools_reduce_the_elements_inside_their_patches(d in draw()) {
        let windows @ [down, across] = d.windows().map(|window| Window { dilation: 1, ..window });
        let (h, w, c) = (d.fitting(down), d.fitting(across), d.channels);
        let (size, stride, padding) =
            ([down.size, across.size], [down.stride, across.stride], [down.padding, across.padding]);
        let x = d.normal(&[d.batch, h, w, c], 0);
        let elements = |n: usize, j: usize, taps: &[([usize; 2], [usize; 2])]| -> Vec<f64> {
            taps.iter().map(|&(_, [y, z])| x.as_slice()[((n * h + y) * w + z) * c + j]).collect()
        };
        let op = AvgPool2d { size, stride, padding };
        let wanted = patchwise(&x, windows, c, |n, j, taps| mean(&elements(n, j, taps)));
        close(&op.plain(&x), &wanted, 1e-14)?;
        close(&forward(&op, [x.clone()]), &wanted, 1e-14)?;
        let op = MaxPool2d { size, stride, padding };
        let wanted = patchwise(&x, windows, c, |n, j, taps| max(&elements(n, j, taps)));
        prop_assert_eq!(&op.plain(&x), &wanted);
        prop_assert_eq!(forward(&op, [x.clone()]), wanted);
    }

    #[test]
    fn gathering_takes_columns_of_the_last_axis(d in draw()) {
        let x = d.normal(&d.signal(), 0);
        let index: Vec<usize> = (0..d.size).map(|j| (j * 5 + d.outputs) % d.channels).collect();
        let column = at(&x, f64::NAN);
        let wanted = build([d.batch, d.length, d.size], |n, t, j| column(n, t as isize, index[j]));
        prop_assert_eq!(forward(&Gather { index: index.into() }, [x.clone()]), wanted);
    }

    #[test]
    fn activations_are_their_formulas(d in draw()) {
        let x = map(&d.normal(&d.signal(), 0), |x| 4.0 * x);
        prop_assert_eq!(forward(&Relu, [x.clone()]), map(&x, |x| x.max(0.0)));
        prop_assert_eq!(forward(&Relu6, [x.clone()]), map(&x, |x| x.clamp(0.0, 6.0)));
        let slope = d.fraction;
        prop_assert_eq!(forward(&LeakyRelu { slope }, [x.clone()]), map(&x, |x| if x > 0.0 { x } else { slope * x }));
        close(&forward(&Sigmoid, [x.clone()]), &map(&x, |x| 1.0 / (1.0 + (-x).exp())), 1e-14)?;
        // By its definition rather than by the same library function.
        close(&forward(&Tanh, [x.clone()]), &map(&x, |x| ((2.0 * x).exp() - 1.0) / ((2.0 * x).exp() + 1.0)), 1e-14)?;
    }

    #[test]
    fn sums_products_and_penalties_are_their_formulas(d in draw()) {
        let (a, b) = (d.normal(&d.signal(), 0), d.normal(&d.signal(), 1));
        let pairs = || a.as_slice().iter().zip(b.as_slice());
        prop_assert_eq!(forward(&Add, [a.clone(), b.clone()]), Tensor::new(a.shape(), pairs().map(|(a, b)| a + b).collect()));
        prop_assert_eq!(forward(&Mul, [a.clone(), b.clone()]), Tensor::new(a.shape(), pairs().map(|(a, b)| a * b).collect()));
        let sum = |f: &dyn Fn(f64) -> f64| a.as_slice().iter().map(|&x| f(x)).sum::<f64>();
        let lambda = d.fraction;
        close(&forward(&Sum, [a.clone()]), &Tensor::scalar(sum(&|x| x)), 1e-12)?;
        close(&forward(&Mean, [a.clone()]), &Tensor::scalar(sum(&|x| x) / a.len() as f64), 1e-12)?;
        close(&forward(&L2 { lambda }, [a.clone()]), &Tensor::scalar(lambda * sum(&|x| x * x)), 1e-12)?;
        close(&forward(&L1 { lambda }, [a.clone()]), &Tensor::scalar(lambda * sum(&f64::abs)), 1e-12)?;
    }

    #[test]
    fn arithmetic_is_that_of_the_numbers(d in draw()) {
        let (a, b) = (d.normal(&d.signal(), 0), d.nonzero(&d.signal(), 1));
        let c = 3.0 * d.fraction - 1.0;
        let pairs = |f: &dyn Fn(f64, f64) -> f64| {
            Tensor::new(a.shape(), a.as_slice().iter().zip(b.as_slice()).map(|(&a, &b)| f(a, b)).collect())
        };
        let tape = Tape::new();
        let (x, y) = (tape.constant(a.clone()), tape.constant(b.clone()));
        let mut assigned = x.clone();
        assigned += &y;
        assigned -= c;
        assigned *= y.clone();
        assigned /= &y;
        for (found, wanted) in [
            (&x + &y, pairs(&|a, b| a + b)), (&x + y.clone(), pairs(&|a, b| a + b)), (x.clone() + &y, pairs(&|a, b| a + b)),
            (&x - &y, pairs(&|a, b| a - b)), (&x - y.clone(), pairs(&|a, b| a - b)), (x.clone() - &y, pairs(&|a, b| a - b)),
            (&x * &y, pairs(&|a, b| a * b)), (&x * y.clone(), pairs(&|a, b| a * b)), (x.clone() * &y, pairs(&|a, b| a * b)),
            (&x / &y, pairs(&|a, b| a / b)), (&x / y.clone(), pairs(&|a, b| a / b)), (x.clone() / &y, pairs(&|a, b| a / b)),
            (&x + c, pairs(&|a, _| a + c)), (&x - c, pairs(&|a, _| a - c)), (&x * c, pairs(&|a, _| a * c)),
            (&x / 3.0, pairs(&|a, _| a / 3.0)), (-&x, pairs(&|a, _| -a)), (-x.clone(), pairs(&|a, _| -a)),
            (c + &y, pairs(&|_, b| c + b)), (c - &y, pairs(&|_, b| c - b)), (c * &y, pairs(&|_, b| c * b)),
            (c / &y, pairs(&|_, b| c / b)), (1.0 - y.clone(), pairs(&|_, b| 1.0 - b)),
            (assigned, pairs(&|a, b| ((a + b) - c) * b / b)),
        ] {
            prop_assert_eq!(found.value(), &wanted);
        }
        let single = Tape::new();
        let z = single.constant(Tensor::new([1], vec![4f32]));
        prop_assert_eq!((2.0 / &z * 3.0 - 1.0 + z.clone()).value().item(), 4.5);
    }

    #[test]
    fn functions_of_an_element_are_their_formulas(d in draw()) {
        let (x, signed) = (d.positive(&d.signal(), 0), d.nonzero(&d.signal(), 1));
        let (n, p) = (d.size as i32 - 3, 3.0 * d.fraction - 1.0);
        let product = |x: f64| {
            let all = (0..n.abs()).fold(1.0, |y, _| y * x);
            if n < 0 { 1.0 / all } else { all }
        };
        close(&forward(&Powi { exponent: n }, [signed.clone()]), &map(&signed, product), 1e-14)?;
        // By another function of the standard library.
        close(&forward(&Powf { exponent: p }, [x.clone()]), &map(&x, |x| (p * x.log2()).exp2()), 1e-13)?;
        close(&forward(&Exp, [signed.clone()]), &map(&signed, |x| x.exp2().powf(std::f64::consts::LOG2_E)), 1e-13)?;
        close(&forward(&Ln, [x.clone()]), &map(&x, |x| x.log10() / std::f64::consts::LOG10_E), 1e-13)?;
        close(&forward(&Sqrt, [x.clone()]), &map(&x, |x| x.powf(0.5)), 1e-14)?;
        prop_assert_eq!(forward(&Abs, [signed.clone()]), map(&signed, |x| if x < 0.0 { -x } else { x }));
        let [a, b] = d.distinct(&d.signal());
        let pairs = || a.as_slice().iter().zip(b.as_slice());
        let larger = pairs().map(|(&a, &b)| if a > b { a } else { b }).collect();
        let smaller = pairs().map(|(&a, &b)| if a < b { a } else { b }).collect();
        prop_assert_eq!(forward(&Maximum, [a.clone(), b.clone()]), Tensor::new(a.shape(), larger));
        prop_assert_eq!(forward(&Minimum, [a.clone(), b.clone()]), Tensor::new(a.shape(), smaller));
    }

    #[test]
    fn a_matrix_product_is_its_triple_loop(d in draw()) {
        let [batch, m, k, n] = [d.batch, d.length, d.channels, d.outputs];
        let (a, b) = (d.normal(&[batch, m, k], 0), d.normal(&[batch, k, n], 1));
        let wanted = build([batch, m, n], |e, i, j| {
            (0..k).map(|p| a.as_slice()[(e * m + i) * k + p] * b.as_slice()[(e * k + p) * n + j]).sum()
        });
        close(&forward(&Matmul, [a.clone(), b.clone()]), &wanted, 1e-13)?;
        let one = [a.rows(0, 1).reshape([m, k]), b.rows(0, 1).reshape([k, n])];
        close(&forward(&Matmul, one), &wanted.rows(0, 1).reshape([m, n]), 1e-13)?;
    }

    #[test]
    fn axes_are_permuted_sliced_taken_and_joined_element_by_element(d in draw()) {
        let [n, l, c] = d.signal();
        let x = d.normal(&d.signal(), 0);
        let element = |i: usize, t: usize, j: usize| x.as_slice()[(i * l + t) * c + j];
        let transposed = build([n, c, l], |i, j, t| element(i, t, j));
        let turned = build([c, n, l], |j, i, t| element(i, t, j));
        let tape = Tape::new();
        prop_assert_eq!(tape.constant(x.clone()).transpose().into_value(), transposed);
        prop_assert_eq!(tape.constant(x.clone()).permute_axes([2, 0, 1]).into_value(), turned);

        let (start, end) = (d.size % l, l);
        let slice = build([n, end - start, c], |i, t, j| element(i, start + t, j));
        prop_assert_eq!(forward(&SliceAxis { axis: 1, range: start..end }, [x.clone()]), slice);
        let index: Vec<usize> = (0..d.size).map(|j| (j * 5 + d.outputs) % n).collect();
        let rows = build([d.size, l, c], |i, t, j| element(index[i], t, j));
        prop_assert_eq!(forward(&TakeRows { index: index.into() }, [x.clone()]), rows);

        let other = d.normal(&[n, d.size, c], 1);
        let joined = build([n, l + d.size, c], |i, t, j| {
            if t < l { element(i, t, j) } else { other.as_slice()[(i * d.size + t - l) * c + j] }
        });
        prop_assert_eq!(forward(&Concatenate { axis: 1 }, [x.clone(), other.clone()]), joined.clone());
        let leaves = [&x, &other].map(|x| tape.leaf(x.clone()));
        let y = Var::concatenate(&leaves, 1);
        prop_assert_eq!(y.value(), &joined);
        let dy = d.normal(joined.shape(), 2);
        let gradients = tape.backward(&y, dy.clone());
        prop_assert_eq!(gradients.of(&leaves[0]), forward(&SliceAxis { axis: 1, range: 0..l }, [dy.clone()]));
        prop_assert_eq!(gradients.of(&leaves[1]), forward(&SliceAxis { axis: 1, range: l..l + d.size }, [dy]));

        let column = d.normal(&[l, 1], 3);
        let wide = build([n, l, c], |_, t, _| column.as_slice()[t]);
        prop_assert_eq!(forward(&BroadcastTo { shape: vec![n, l, c] }, [column]), wide);
        let b = d.normal(&d.signal(), 4);
        let mask: Vec<bool> = b.as_slice().iter().map(|b| *b > 0.0).collect();
        let chosen = x.as_slice().iter().zip(b.as_slice()).map(|(&a, &b)| if b > 0.0 { a } else { b }).collect();
        prop_assert_eq!(forward(&Select { mask: mask.into() }, [x.clone(), b]), Tensor::new(x.shape(), chosen));
    }

    #[test]
    fn reductions_are_those_of_each_line(d in draw()) {
        let [n, l, c] = d.signal();
        let x = d.normal(&d.signal(), 0);
        let variance = |values: &[f64]| mean(&values.iter().map(|x| (x - mean(values)).powi(2)).collect::<Vec<_>>());
        for axis in 0..3 {
            let size = [n, l, c];
            let mut reduced = size;
            reduced[axis] = 1;
            let shape: Vec<usize> = (0..3).filter(|a| *a != axis).map(|a| size[a]).collect();
            let each = |f: &dyn Fn(&[f64]) -> f64| {
                let lines = build(reduced, |i, t, j| {
                    let line = (0..size[axis]).map(|at| {
                        let mut place = [i, t, j];
                        place[axis] = at;
                        x.as_slice()[(place[0] * l + place[1]) * c + place[2]]
                    });
                    f(&line.collect::<Vec<_>>())
                });
                lines.reshape(&shape[..])
            };
            close(&forward(&SumAxis { axis }, [x.clone()]), &each(&|line| line.iter().sum()), 1e-13)?;
            close(&forward(&MeanAxis { axis }, [x.clone()]), &each(&mean), 1e-13)?;
            close(&forward(&VarAxis { axis }, [x.clone()]), &each(&variance), 1e-13)?;
            prop_assert_eq!(forward(&MaxAxis { axis }, [x.clone()]), each(&max));
            if axis == 2 {
                let naive = each(&|line| line.iter().map(|x| x.exp()).sum::<f64>().ln());
                close(&forward(&LogSumExp, [x.clone()]), &naive, 1e-13)?;
            }
        }
    }

    #[test]
    fn losses_of_numbers_are_their_formulas(d in draw()) {
        let (y, t) = (map(&d.normal(&d.signal(), 0), |x| 2.0 * x), d.normal(&d.signal(), 1));
        let averaged = |f: &dyn Fn(f64, f64) -> f64| {
            let all: Vec<f64> = y.as_slice().iter().zip(t.as_slice()).map(|(&y, &t)| f(y, t)).collect();
            Tensor::scalar(mean(&all))
        };
        close(&forward(&Mse, [y.clone(), t.clone()]), &averaged(&|y, t| (y - t) * (y - t)), 1e-13)?;
        let delta = 0.1 + d.fraction;
        let huber = averaged(&|y, t| {
            let r = (y - t).abs();
            if r > delta { delta * r - delta * delta / 2.0 } else { r * r / 2.0 }
        });
        close(&forward(&Huber { delta }, [y.clone(), t.clone()]), &huber, 1e-13)?;
        let likelihood = averaged(&|x, t| {
            let p = 1.0 / (1.0 + (-x).exp());
            -(t * p.ln() + (1.0 - t) * (1.0 - p).ln())
        });
        close(&forward(&BinaryCrossEntropy, [y.clone(), t.clone()]), &likelihood, 1e-12)?;
    }

    #[test]
    fn softmax_is_its_formula_and_only_differences_count(d in draw(), shift in -500.0..500.0f64) {
        let x = d.normal(&d.signal(), 0);
        let p = forward(&Softmax, [x.clone()]);
        let wanted = x.as_slice().chunks(d.channels).flat_map(naive_softmax).collect();
        close(&p, &Tensor::new(x.shape(), wanted), 1e-14)?;
        close(&forward(&LogSoftmax, [x.clone()]), &map(&p, f64::ln), 1e-13)?;
        let shifted = map(&x, |x| x + shift);
        close(&forward(&Softmax, [shifted.clone()]), &p, 1e-11)?;
        close(&forward(&LogSoftmax, [shifted]), &map(&p, f64::ln), 1e-11)?;
    }

    #[test]
    fn cross_entropy_is_its_formula_and_its_gradient_rows_sum_to_zero(d in draw()) {
        let (n, c) = (d.length, d.outputs);
        let x = d.normal(&[n, c], 0);
        let labels: Vec<usize> = (0..n).map(|i| (i * 3 + 1) % c).collect();
        let weights: Vec<f64> = (0..c).map(|j| 0.5 + j as f64).collect();
        let [weighted, _, summed] = d.switches;
        let mut wanted = 0.0;
        for (row, &label) in x.as_slice().chunks(c).zip(&labels) {
            for (j, p) in naive_softmax(row).into_iter().enumerate() {
                let target = (1.0 - d.fraction) * f64::from(u8::from(j == label)) + d.fraction / c as f64;
                wanted -= if weighted { weights[label] } else { 1.0 } * target * p.ln() / if summed { 1.0 } else { n as f64 };
            }
        }
        let op = SoftmaxCrossEntropy {
            labels: labels.into(),
            class_weights: weighted.then(|| weights.into()),
            smoothing: d.fraction,
            reduction: if summed { Reduction::Sum } else { Reduction::Mean },
        };
        let tape = Tape::new();
        let leaf = tape.leaf(x);
        let loss = leaf.clone().cross_entropy(op);
        close(loss.value(), &Tensor::scalar(wanted), 1e-13)?;
        let g = tape.gradients(&loss).of(&leaf);
        prop_assert!(g.as_slice().chunks(c).all(|row| row.iter().sum::<f64>().abs() < 1e-14 * (1.0 + 5.0 * n as f64)));
    }

    #[test]
    fn a_convolution_of_kernel_1_is_dense_at_every_position(d in draw()) {
        let (x, w, b) = (d.normal(&d.signal(), 0), d.normal(&[d.channels, d.outputs], 1), d.normal(&[d.outputs], 2));
        let conv = forward(&Conv1d::default(), [x.clone(), w.clone().reshape([1, d.channels, d.outputs]), b.clone()]);
        let dense = forward(&Dense, [x.reshape([d.batch * d.length, d.channels]), w, b]);
        prop_assert_eq!(conv, dense.reshape([d.batch, d.length, d.outputs]));
    }

    #[test]
    fn a_shifted_signal_gives_a_shifted_output(d in draw(), steps in 1..4usize) {
        let op = Conv1d { stride: d.stride, dilation: d.dilation, padding: Padding::Valid };
        let window = op.window(d.size);
        let (shift, channels) = (steps * d.stride, d.channels);
        let length = d.fitting_length(window) + shift;
        let (w, b) = (d.normal(&[d.size, channels, d.outputs], 1), d.normal(&[d.outputs], 2));
        let x = d.normal(&[1, length, channels], 0);
        let later = Tensor::new([1, length - shift, channels], x.as_slice()[shift * channels..].to_vec());
        let (y, y_later) = (forward(&op, [x, w.clone(), b.clone()]), forward(&op, [later, w, b]));
        prop_assert_eq!(y_later.as_slice(), &y.as_slice()[steps * d.outputs..]);
    }

    #[test]
    fn windows_lie_where_keras_puts_them(d in draw()) {
        let (window, l) = (d.window(), d.fitting_length(d.window()));
        let (start, outputs) = geometry(l, window.span(), window.stride, window.padding);
        prop_assert_eq!((window.pads(l).0 as isize, window.outputs(l)), (-start, Some(outputs)));
    }

    #[test]
    fn dropout_multiplies_by_its_mask(d in draw()) {
        let (x, op) = (d.normal(&d.signal(), 0), Dropout { rate: d.fraction, key: d.key() });
        let y = forward(&op, [x.clone()]);
        for (at, (&x, &y)) in x.as_slice().iter().zip(y.as_slice()).enumerate() {
            prop_assert_eq!(y, x * op.mask_of(at / x_row(&d), at % x_row(&d)));
        }
    }

    #[test]
    fn dropout_masks_follow_the_example_through_any_cut_of_the_batch(d in draw(), cut in 0..4usize) {
        let (x, op) = (d.normal(&d.signal(), 0), Dropout { rate: d.fraction, key: d.key() });
        let cut = cut.min(d.batch);
        let y = forward(&op, [x.clone()]);
        let below = |rows| Dropout { key: Key::below(op.key, rows), ..op };
        prop_assert_eq!(forward(&op, [x.rows(0, cut)]), y.rows(0, cut));
        prop_assert_eq!(forward(&below(cut), [x.rows(cut, d.batch)]), y.rows(cut, d.batch));
    }
}

/// Loss and gradient of one row of extreme logits.
fn extreme<F: Scalar>(
    logits: [f64; 3],
    label: usize,
    f: impl for<'t> Fn(Var<'t, F>, usize) -> Var<'t, F>,
) -> (F, Tensor<F>) {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([1, 3], logits.map(F::of).to_vec()));
    let loss = f(x.clone(), label);
    (loss.value().item(), tape.gradients(&loss).of(&x))
}

fn extreme_logits_stay_finite<F: Scalar>() {
    let rows = [[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4], [-1e4, 1e4, 1e4 - 1.0]];
    for (logits, label) in rows.into_iter().flat_map(|row| [0, 1, 2].map(|label| (row, label))) {
        let (loss, g) = extreme::<F>(logits, label, |x, label| x.cross_entropy(SoftmaxCrossEntropy::new([label])));
        assert!(loss.is_finite() && g.is_finite(), "{logits:?}, label {label}: loss {loss}, gradient {g:?}");
        let top = logits.iter().copied().fold(f64::MIN, f64::max);
        assert!(loss.as_f64() >= top - logits[label] - 1e-6 && loss.as_f64() <= top - logits[label] + 1.1);
        let (p, g) = extreme::<F>(logits, label, |x, _| x.softmax().sum());
        assert!((p.as_f64() - 1.0).abs() < 1e-6 && g.is_finite());
        let (log_p, g) = extreme::<F>(logits, label, |x, _| x.log_softmax().sum());
        assert!(log_p.is_finite() && g.is_finite());
    }
}

#[test]
fn logits_of_ten_thousand_stay_finite() {
    extreme_logits_stay_finite::<f32>();
    extreme_logits_stay_finite::<f64>();
}

#[test]
fn saturated_activations_stay_finite() {
    for (x, sigmoid, tanh) in [(-1e4f32, 0.0, -1.0), (1e4, 1.0, 1.0)] {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::new([1], vec![x]));
        let (s, t) = (x.clone().sigmoid(), x.clone().tanh());
        assert_eq!((s.value().item(), t.value().item()), (sigmoid, tanh));
        assert_eq!(tape.gradients(&(&s + &t).sum()).of(&x).item(), 0.0);
    }
}

#[test]
fn windows_of_keras() {
    // tf.nn.conv1d's own examples: length 13, span 6, stride 5 are padded by 1 and 2 under `same`, and lose two under `valid`.
    let window = Window { size: 6, stride: 5, dilation: 1, padding: Padding::Same };
    assert_eq!((window.pads(13), window.outputs(13)), ((1, 2), Some(3)));
    let window = Window { padding: Padding::Valid, ..window };
    assert_eq!((window.pads(13), window.outputs(13)), ((0, 0), Some(2)));
    let window = Window { size: 3, stride: 1, dilation: 2, padding: Padding::Causal };
    assert_eq!((window.span(), window.pads(4), window.outputs(4)), (5, (4, 0), Some(4)));
    assert_eq!(Window { padding: Padding::Explicit(1, 0), ..window }.outputs(3), None);
    assert_eq!(Window { padding: Padding::Same, ..window }.outputs(0), None);
}
