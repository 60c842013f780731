//! Chapter 3: arrays: the matrix product and its transposes; broadcasting forward is summing backward.

use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Op, Slot, Tape};
use tonegrad::{Result, Tensor, pictures};

/// C = A·B: c[i, j] = Σ_k a[i, k] b[k, j].
fn product(a: &Tensor<f64>, b: &Tensor<f64>) -> Tensor<f64> {
    let (rows, inner, columns) = (a.shape()[0], a.shape()[1], b.shape()[1]);
    let mut c = vec![0.0; rows * columns];
    for i in 0..rows {
        for j in 0..columns {
            for k in 0..inner {
                c[i * columns + j] += a.as_slice()[i * inner + k] * b.as_slice()[k * columns + j];
            }
        }
    }
    Tensor::new([rows, columns], c)
}

/// Aᵀ: its rows are the columns of A.
fn transpose(a: &Tensor<f64>) -> Tensor<f64> {
    let (rows, columns) = (a.shape()[0], a.shape()[1]);
    Tensor::new([columns, rows], (0..rows * columns).map(|i| a.as_slice()[i % rows * columns + i / rows]).collect())
}

/// The product as an operation: with the transposes in its backward rule, or without.
struct Product(fn(&Tensor<f64>) -> Tensor<f64>);

impl Op<f64, 2> for Product {
    type Saved = [Tensor<f64>; 2];

    fn forward(&self, [a, b]: [Tensor<f64>; 2]) -> (Tensor<f64>, [Tensor<f64>; 2]) {
        (product(&a, &b), [a, b])
    }

    fn backward(&self, [a, b]: &[Tensor<f64>; 2], dc: Tensor<f64>, [da, db]: &mut [Slot<f64>; 2]) {
        da.add(product(&dc, &(self.0)(b)));
        db.add(product(&(self.0)(a), &dc));
    }
}

fn main() -> Result<()> {
    for (name, rule) in [("with transposes", transpose as fn(&_) -> _), ("without", Tensor::clone)] {
        let verdict = Check::multilinear().run(&Product(rule), [normal([2, 2], 1), normal([2, 2], 2)]);
        println!("{name}: {}", verdict.map_or_else(|failure| failure.to_string(), |()| "the laws hold".into()));
    }
    let tape = Tape::keeping_all();
    let variable = |name: &str, tensor| tape.label(name, tape.leaf(tensor));
    let (x, w, b) =
        (variable("x", normal([4, 3], 1)), variable("W", normal([3, 2], 2)), Tensor::new([2], vec![0.5, -1.0]));
    let b = variable("b", b);
    let y = tape.label("y", x.matmul(w) + b.clone().broadcast_to([4, 2]));
    let gradients = tape.gradients(&(&y * &y).sum());
    println!("\ngradient of y, a row for each example: {:.3?}", gradients.of(&y).as_slice());
    println!("gradient of b: {:.3?}", gradients.of(&b).as_slice());
    let graph = pictures::graph(&tape.draw(Some(&gradients)))?;
    std::env::args().nth(1).map_or(Ok(()), |folder| graph.write(folder + "/03-dense.svg"))
}
