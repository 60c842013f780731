//! Chapter 1: a number that remembers: backpropagation from nothing, then the library's.

use std::cell::RefCell;
use tonegrad::{Tensor, autograd::Tape as Library, pictures};

/// For each number, the numbers that it was made of: where they are, and its slope with respect to each.
#[derive(Default)]
struct Tape(RefCell<Vec<Vec<(usize, f64)>>>);

#[derive(Clone, Copy)]
struct Number<'t>(&'t Tape, usize, f64); // its tape, its place there, its value

impl Tape {
    fn number(&self, value: f64, made_of: &[(usize, f64)]) -> Number<'_> {
        self.0.borrow_mut().push(made_of.to_vec());
        Number(self, self.0.borrow().len() - 1, value)
    }

    fn gradients(&self, of: Number, gather: fn(&mut f64, f64)) -> Vec<f64> {
        let mut gradients = vec![0.0; self.0.borrow().len()];
        gradients[of.1] = 1.0;
        for (at, made_of) in self.0.borrow().iter().enumerate().rev() {
            for &(input, slope) in made_of {
                let part = gradients[at] * slope;
                gather(&mut gradients[input], part);
            }
        }
        gradients
    }
}

impl<'t> Number<'t> {
    fn plus(self, b: Self) -> Self {
        self.0.number(self.2 + b.2, &[(self.1, 1.0), (b.1, 1.0)])
    }

    fn times(self, b: Self) -> Self {
        self.0.number(self.2 * b.2, &[(self.1, b.2), (b.1, self.2)])
    }
}

fn main() -> tonegrad::Result<()> {
    let tape = Tape::default();
    let [x, w, b] = [2.0, 0.5, -3.0].map(|value| tape.number(value, &[]));
    let error = w.times(x).plus(b);
    let loss = error.times(error);
    let right = tape.gradients(loss, |sum, part| *sum += part);
    let wrong = tape.gradients(loss, |sum, part| *sum = part);
    for (name, number) in [("x", x), ("w", w), ("b", b)] {
        println!("d loss / d {name} = {:2}    with = in place of +=: {:2}", right[number.1], wrong[number.1]);
    }

    let tape = Library::keeping_all();
    let [x, w, b] = [("x", 2.0), ("w", 0.5), ("b", -3.0)].map(|(n, v)| tape.label(n, tape.leaf(Tensor::scalar(v))));
    let error = tape.label("error", &w * &x + &b);
    let graph = tape.draw(Some(&tape.gradients(&(&error * &error))));
    print!("\n{graph}");
    std::env::args().nth(1).map_or(Ok(()), |folder| pictures::graph(&graph)?.write(folder + "/01-number.svg"))
}
