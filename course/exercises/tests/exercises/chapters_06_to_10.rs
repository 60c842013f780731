//! The exercises of chapters 6 to 10.

use super::{close, equal, lawful};
use exercises::*;
use tonegrad::Tensor;
use tonegrad::autograd::Check;
use tonegrad::autograd::gradcheck::{grid, normal};
use tonegrad::autograd::{Op, Tape};
use tonegrad::optim::{Optimizer, Schedule, Sgd};

#[test]
fn exercise_16_momentum() {
    let rule = Sgd::new(0.1).momentum(0.9);
    let (mut w, mut u) = (vec![1.0, -2.0], vec![0.0, 0.0]);
    let (mut wanted, mut velocity) = (w.clone(), u.clone());
    for step in 1..=3 {
        let g = [step as f64, -0.5];
        exercise_16::momentum(&mut w, &g, &mut u, 0.1, 0.9);
        rule.update(step, 0.1, &mut wanted, &g, &mut [&mut velocity]);
        for i in 0..2 {
            equal(u[i], velocity[i], &format!("step {step}, velocity of weight {i}"));
            equal(w[i], wanted[i], &format!("step {step}, weight {i}, which moves by the new velocity"));
        }
    }
}

#[test]
fn exercise_17_adam() {
    let rule = exercise_17::Adam { learning_rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    let (mut m, mut v) = (0.0, 0.0);
    let w = exercise_17::adam(&rule, 1, 1.0, 20.0, &mut m, &mut v);
    equal(m, 2.0, "step 1 with a gradient of 20: the first moment");
    equal(v, 0.4, "step 1 with a gradient of 20: the second moment");
    equal(
        w,
        0.9,
        "after step 1 the weight has moved by the learning rate, whatever the gradient's size; yours has become",
    );
    // By hand: m = 0.9 · 2 - 1 = 0.8, m̂ = 0.8 / 0.19; v = 0.999 · 0.4 + 0.1 = 0.4996, v̂ = 0.4996 / 0.001999.
    let moved = 0.1 * (0.8 / 0.19) / (0.4996_f64 / 0.001_999).sqrt();
    let w = exercise_17::adam(&rule, 2, w, -10.0, &mut m, &mut v);
    equal(w, 0.9 - moved, "step 2, with a gradient of -10");
    let (mut m, mut v) = (0.0, 0.0);
    let flat = exercise_17::adam(&rule, 1, 1.0, 0.0, &mut m, &mut v);
    equal(flat, 1.0, "a gradient of 0 at step 1 moves nothing, and 0 / 0 is prevented by ε");
}

#[test]
fn exercise_18_schedule() {
    let schedule = Schedule::Cosine { warm_up: 3.0, floor: 0.0 };
    for epoch in [0.0, 1.5, 2.9, 3.0, 5.0, 6.5, 10.0] {
        let found = exercise_18::warm_up_and_cosine(epoch, 3.0, 10.0);
        equal(found, schedule.factor(epoch, 10, 0), &format!("the factor at epoch {epoch} of 10, warm-up 3"));
    }
}

#[test]
fn exercise_19_he_initialisation() {
    equal(exercise_19::deviation(50, 0.0), 0.2, "fan_in 50, ReLU: He's √(2 / 50)");
    equal(exercise_19::deviation(25, 1.0), 0.2, "fan_in 25, no activation: LeCun's √(1 / 25)");
    // The mean square of what leaky ReLU makes of a symmetric x, measured.
    let x = normal([20_000], 1);
    let kept = |x: f64| if x > 0.0 { x } else { 0.5 * x };
    let share =
        x.as_slice().iter().map(|&x| kept(x).powi(2)).sum::<f64>() / x.as_slice().iter().map(|x| x * x).sum::<f64>();
    let keeps = exercise_19::deviation(100, 0.5).powi(2) * 100.0 * share;
    assert!((keeps - 1.0).abs() < 0.02, "slope 0.5: the mean square is multiplied by {keeps:.3} in a layer, wanted 1");
}

#[test]
fn exercise_20_leaky_relu_backward() {
    let op = exercise_20::LeakyRelu { slope: 0.1 };
    let checked = Check::piecewise_linear().run(&op, [grid([2, 5], 3)]);
    lawful(checked, "dx[i] is dy[i] times 1 or the slope, by the sign of x[i], not of dy[i]");
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([1], vec![0.0]));
    let at_kink = tape.gradients(&tape.apply(op, [x.clone()]).sum()).of(&x);
    equal(at_kink.item(), 0.1, "at x = 0 the flatter side holds");
}

#[test]
fn exercise_21_repair_parametric_relu() {
    let inputs = [grid([2, 3], 4), Tensor::new([1], vec![0.25])];
    let checked = Check::piecewise_smooth().run(&exercise_21::PRelu, inputs);
    lawful(
        checked,
        "input 0 is x, input 1 the slope. The slope took part in several outputs: what do their gradients do?",
    );
}

#[test]
fn exercise_22_kernel_gradient() {
    let (x, w) = (normal([5, 2], 1), normal([3, 2, 2], 2));
    let found = exercise_22::kernel_gradient(&x, &normal([3, 2], 3), [3, 2, 2]);
    assert_eq!(found.shape(), [3, 2, 2], "the gradient has the kernel's shape; yours is on the left");
    let checked = Check::multilinear().run(&exercise_22::Conv1d, [x, w]);
    lawful(checked, "input 1 is the kernel: W[q, i, o] met x[t + q, i] in every y[t, o]");
}

#[test]
fn exercise_23_max_pool_ties() {
    let checked = Check::piecewise_linear().run(&exercise_23::MaxPool { size: 3 }, [grid([7], 2)]);
    lawful(checked, "the gradient of a window goes to where its maximum was");
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([4], vec![5.0, 5.0, 1.0, 1.0]));
    let y = tape.apply(exercise_23::MaxPool { size: 2 }, [x.clone()]);
    let gradient = tape.backward(&y, Tensor::new([2], vec![3.0, 7.0])).of(&x);
    close(&gradient, &Tensor::new([4], vec![3.0, 0.0, 7.0, 0.0]), "ties: the first of equal elements gets it all");
}

#[test]
fn exercise_24_receptive_field() {
    for (layers, wanted) in [
        (&[(3, 1)][..], 3),
        (&[(3, 1), (3, 1)], 5),
        (&[(3, 1), (2, 2), (3, 1)], 8),
        (&[(3, 1), (2, 2), (3, 1), (5, 1), (2, 2)], 18),
    ] {
        let found = exercise_24::receptive_field(layers);
        assert_eq!(found, wanted, "layers of (size, stride) {layers:?}: your answer is on the left");
    }
}

#[test]
fn exercise_25_dropout_scaling() {
    let kept = vec![true, false, true, true, false, true, true, true];
    let op = exercise_25::Dropout { rate: 0.25, kept: kept.clone() };
    // Of eight ones, a quarter dropped: the six survivors have to make up for the other two.
    let (y, ()) = op.forward([Tensor::full([8], 1.0)]);
    let sum: f64 = y.as_slice().iter().sum();
    equal(sum, 8.0, "eight ones, two of them dropped at rate 0.25: their sum");
    lawful(
        Check::multilinear().run(&op, [normal([8], 1)]),
        "the gradient passes where the value passed, and as much larger",
    );
}

#[test]
fn exercise_26_early_stopping() {
    use exercise_26::{Decision, early_stopping};
    for (losses, patience, best, last) in [
        (&[3.0, 2.0, 1.0][..], 2, 3, 3),
        (&[3.0, 1.0, 2.0, 2.0, 0.5], 2, 2, 4),
        (&[3.0, 1.0, 2.0, 0.9, 2.0, 3.0, 4.0], 2, 4, 6),
        (&[1.0, 1.0, 1.0, 1.0], 3, 1, 4),
    ] {
        let found = early_stopping(losses, patience);
        assert_eq!(found, Decision { best, last }, "losses {losses:?}, patience {patience}: yours is on the left");
    }
}

#[test]
fn exercise_27_leak_by_artist() {
    let artists = ["Nina", "Ella", "Etta", "Nina", "Ella", "Nina", "Bill", "Etta", "Bill", "Chet"];
    for (share, test) in [(0.2, &[0, 3, 5][..]), (0.4, &[0, 1, 3, 4, 5]), (0.6, &[0, 1, 2, 3, 4, 5, 7])] {
        let split = exercise_27::split_by_artist(&artists, share);
        if let Some(row) = split.test.iter().find(|&&row| split.train.iter().any(|&t| artists[t] == artists[row])) {
            panic!("share {share}: track {row}, by {}, is in the test part, and training has met {0}", artists[*row]);
        }
        assert_eq!(split.test, test, "share {share}: your test part is on the left");
        assert_eq!(split.train.len() + split.test.len(), artists.len(), "share {share}: every track is in one part");
    }
}

#[test]
fn exercise_28_smote_interpolation() {
    let rows = [[0.0, 0.0], [3.0, 4.0], [0.0, 1.0], [0.0, 0.0], [-1.0, 0.0]].map(|row| row.to_vec());
    let found = exercise_28::neighbours(&rows, 0, 3);
    assert_eq!(found, [3, 2, 4], "the neighbours of row 0: its copy, then two at distance 1; yours are on the left");
    let mut draws = [0.25, 0.75, 0.5].into_iter();
    let child = exercise_28::child(&[0.0, 10.0, 2.0], &[4.0, 18.0, 2.0], &mut || draws.next().unwrap());
    let wanted = [1.0, 12.0, 2.0];
    assert_eq!(child, wanted, "u = 0.25 once, for all features; your child is on the left");
}

#[test]
fn exercise_29_another_prior() {
    let found = exercise_29::under_prior(&[0.5, 0.3, 0.2], &[1.0 / 3.0; 3], &[0.1, 0.1, 0.8]);
    let wanted = [0.05, 0.03, 0.16].map(|p: f64| p / 0.24);
    for (c, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        equal(*found, wanted, &format!("class {c} after balanced training, where the third class is common"));
    }
    let same = exercise_29::under_prior(&[0.7, 0.3], &[0.9, 0.1], &[0.9, 0.1]);
    equal(same[0], 0.7, "the same prior changes nothing");
}
