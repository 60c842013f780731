//! Backpropagation: variables used many times, diamonds, values that lead nowhere; gradients add up over all paths.

use crate::common::{self, on_threads, told};
use proptest::prelude::*;
use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Tape, Var, map_examples};

fn number(x: f64) -> Tensor<f64> {
    Tensor::new([1], vec![x])
}

#[test]
fn a_variable_used_once_twice_and_thrice() {
    let tape = Tape::new();
    let x = tape.leaf(number(3.0));
    assert_eq!(tape.gradients(&x).of(&x).item(), 1.0);

    let tape = Tape::new();
    let x = tape.leaf(number(3.0));
    let y = &(&x + &x) + &x;
    assert_eq!((y.value().item(), tape.gradients(&y).of(&x).item()), (9.0, 3.0));

    let tape = Tape::new();
    let x = tape.leaf(number(3.0));
    let cube = &(&x * &x) * &x;
    assert_eq!((cube.value().item(), tape.gradients(&cube).of(&x).item()), (27.0, 27.0));
}

#[test]
fn a_diamond_sums_over_its_paths() {
    // z = (x + y)·(x·y): ∂z/∂x = xy + (x + y) y, ∂z/∂y = xy + (x + y) x.
    let tape = Tape::new();
    let (x, y) = (tape.leaf(number(2.0)), tape.leaf(number(5.0)));
    let z = &(&x + &y) * &(&x * &y);
    let g = tape.gradients(&z);
    assert_eq!((g.of(&x).item(), g.of(&y).item()), (10.0 + 35.0, 10.0 + 14.0));

    // A value halfway that is used by both arms: s = x², z = s·s + s, so dz/dx = (2s + 1)·2x.
    let tape = Tape::new();
    let x = tape.leaf(number(3.0));
    let s = &x * &x;
    let z = &(&s * &s) + &s;
    assert_eq!(tape.gradients(&z).of(&x).item(), 19.0 * 6.0);
}

#[test]
fn what_does_not_lead_to_the_result_has_no_gradient() {
    let tape = Tape::new();
    let (x, unused) = (tape.leaf(number(2.0)), tape.leaf(normal([2, 3], 1)));
    let _nowhere = unused.clone().tanh();
    let before = &x * &x;
    let _after = &before * &x;
    let g = tape.gradients(&before);
    assert_eq!((g.of(&x).item(), g.of(&unused)), (4.0, Tensor::zeros([2, 3])));

    let later = Tape::new();
    let (y, x) = (later.constant(number(1.0)), later.leaf(number(2.0)));
    assert_eq!(later.gradients(&(&y * &y)).of(&x).item(), 0.0);
}

#[test]
fn a_constant_stops_the_walk_and_keeps_its_value() {
    let tape = Tape::new();
    let (x, k) = (tape.leaf(number(2.0)), tape.constant(number(7.0)));
    let y = &x * &(&k * &k);
    assert_eq!((y.value().item(), tape.gradients(&y).of(&x).item()), (98.0, 49.0));
}

#[test]
#[should_panic(expected = "a constant has no gradient; enter it with Tape::leaf")]
fn a_constant_has_no_gradient() {
    let tape = Tape::new();
    let (x, k) = (tape.leaf(number(2.0)), tape.constant(number(7.0)));
    tape.gradients(&(&x * &k)).of(&k);
}

#[test]
#[should_panic(expected = "gradients: the loss has shape [2], wanted a scalar")]
fn a_loss_is_a_scalar() {
    let tape = Tape::new();
    tape.gradients(&tape.leaf(normal([2], 1)));
}

/// Two leaves, then a value for each (operation, operand, operand): operands are any earlier values, also the same twice.
fn graph<'t>(leaves: &[Var<'t, f64>], steps: &[(u8, usize, usize)]) -> Var<'t, f64> {
    let mut values = leaves.to_vec();
    for &(op, a, b) in steps {
        let (a, b) = (values[a % values.len()].clone(), values[b % values.len()].clone());
        values.push(match op % 5 {
            0 => (&a + &b).tanh(),
            1 => (&a * &b).tanh(),
            2 => a.tanh(),
            3 => a.dense(b.clone(), first_row(b)).tanh(),
            _ => a.sigmoid(),
        });
    }
    values.pop().expect("there are leaves")
}

/// The first row of a matrix as a bias, by a product with a constant.
fn first_row(x: Var<'_, f64>) -> Var<'_, f64> {
    let tape = x.tape();
    let first = tape.constant(Tensor::new([1, 3], vec![1.0, 0.0, 0.0]));
    first.dense(x, tape.constant(Tensor::zeros([3]))).reshape([3])
}

proptest! {
    #[test]
    fn any_graph(steps in prop::collection::vec((any::<u8>(), 0..16usize, 0..16usize), 1..9), seed in any::<u64>()) {
        let leaves = [normal([3, 3], seed), normal([3, 3], seed.wrapping_add(1))];
        // Nine operations on top of each other may have large derivatives; the small step of this check is safe for
        // slopes of hundreds.
        told(Check::piecewise_smooth().seed(seed).function_of(|x| graph(x, &steps), &leaves))?;
    }

    /// Depth-first, example by example, is the same function as all at once: values to the bit, gradients but for the order
    /// of sums over the batch.
    #[test]
    fn mapping_over_examples_is_the_whole_batch(
        batch in 0..21usize, wanted in any::<[bool; 3]>(), uses_x_twice in any::<bool>(), seed in any::<u64>(),
    ) {
        let shapes: [&[usize]; 3] = [&[batch, 4], &[4, 3], &[3]];
        let run = |mapped: bool| {
            let tape = Tape::new();
            let vars: Vec<_> = (0..3).map(|i| {
                let value = normal(shapes[i], seed.wrapping_add(i as u64));
                if wanted[i] { tape.leaf(value) } else { tape.constant(value) }
            }).collect();
            let y = if mapped {
                map_examples(&vars[0], &[&vars[1], &vars[2]], &[3], |x, p, _| network(x, p, uses_x_twice))
            } else {
                network(vars[0].clone(), &vars[1..], uses_x_twice)
            };
            let gradients = tape.backward(&y, normal([batch, 3], seed.wrapping_add(9)));
            let of = |i: usize| wanted[i].then(|| gradients.of(&vars[i]));
            (y.value().clone(), [0, 1, 2].map(of))
        };
        let ((y, g), (wanted_y, wanted_g)) = (run(true), run(false));
        prop_assert_eq!(y, wanted_y);
        prop_assert_eq!(&g[0], &wanted_g[0]);
        for (g, wanted) in g.iter().zip(&wanted_g) {
            if let (Some(g), Some(wanted)) = (g, wanted) {
                common::close(g, wanted, 1e-13)?;
            }
        }
    }
}

fn network<'t>(x: Var<'t, f64>, p: &[Var<'t, f64>], twice: bool) -> Var<'t, f64> {
    let x = if twice { &x.clone().tanh() * &x } else { x };
    x.dense(p[0].clone(), p[1].clone()).tanh()
}

#[test]
fn threads_change_no_bit_of_a_gradient() {
    let run = |threads: usize| {
        on_threads(threads, || {
            let tape = Tape::new();
            let x = tape.constant(normal([53, 4], 1));
            let (w, b) = (tape.leaf(normal([4, 3], 2)), tape.leaf(normal([3], 3)));
            let y = map_examples(&x, &[&w, &b], &[3], |x, p, _| network(x, p, true));
            let g = tape.gradients(&y.clone().sum());
            (y.value().clone(), g.of(&w), g.of(&b))
        })
    };
    let one = run(1);
    assert_eq!(run(2), one);
    assert_eq!(run(7), one);
}

#[test]
fn a_variable_shows_its_value() {
    let tape = Tape::new();
    assert!(format!("{:?}", tape.leaf(number(2.5))).contains(&format!("{:?}", number(2.5))));
}
