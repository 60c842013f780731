use super::{equal, lawful};
use exercises::*;
use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Op, Tape};

#[test]
fn exercise_01_cube() {
    lawful(Check::smooth().run(&exercise_01::Cube, [normal([2, 3], 1)]), "the slope of x³ at x is 3x²");
}

#[test]
fn exercise_02_division() {
    for (a, b) in [(3.0, 2.0), (-1.0, 0.5), (0.0, -4.0)] {
        let (value, [da, db]) = exercise_02::divide(a, b);
        equal(value, a / b, &format!("the value of {a} / {b}"));
        equal(da, 1.0 / b, &format!("the slope of {a} / {b} with respect to {a}, b held fixed"));
        equal(db, -a / b / b, &format!("the slope of {a} / {b} with respect to {b}: a / b falls where b grows"));
    }
}

#[test]
fn exercise_03_walk() {
    // x = 2, h = x², y = 3h, and both ways: y + x.
    let chain = [vec![], vec![(0, 4.0)], vec![(1, 3.0)]];
    let found = exercise_03::gradients(&chain, 2);
    equal(
        found[0],
        12.0,
        "d 3x² / d x at x = 2: a gradient must be complete before it is passed on; where does the walk begin?",
    );
    let both = [chain.to_vec(), vec![vec![(2, 1.0), (0, 1.0)]]].concat();
    equal(exercise_03::gradients(&both, 3)[0], 13.0, "d (3x² + x) / d x at x = 2: two ways lead back to x");
    let square = [vec![], vec![(0, 5.0), (0, 5.0)]];
    equal(exercise_03::gradients(&square, 1)[0], 10.0, "d (x·x) / d x at x = 5: x is there twice");
    equal(exercise_03::gradients(&both, 2)[3], 0.0, "what was computed later than y has no part in it");
}

#[test]
fn exercise_04_central_difference() {
    equal(
        exercise_04::central(|x| x * x, 3.0, 0.5),
        6.0,
        "x² at 3: a central quotient has no error on a parabola, however large h",
    );
    let error = |h: f64| (exercise_04::central(f64::exp, 0.0, h) - 1.0).abs();
    let ratio = error(0.02) / error(0.01);
    assert!(
        (3.9..4.1).contains(&ratio),
        "half the step must leave a quarter of the error (e^x at 0); yours leaves 1/{ratio:.2}"
    );
    equal(exercise_04::step(1e-15), 1e-5, "h² = 1e-15 / h has the solution");
}

#[test]
fn exercise_05_law() {
    let f = |x: &[f64]| vec![x[0] * x[1], x[1].sin(), x[0]];
    let x = [0.5, -1.5];
    let rule = |v: &[f64]| vec![v[0] * x[1] + v[2], v[0] * x[0] + v[1] * x[1].cos()];
    let (u, v) = ([0.3, -0.7], [1.1, -0.4, 0.9]);
    let (numeric, exact) = exercise_05::sides(f, rule, &x, &u, &v, 1e-5);
    let wanted: f64 = rule(&v).iter().zip(u).map(|(a, b)| a * b).sum();
    equal(exact, wanted, "the right side, <Jt v, u>: v through the rule, then times u");
    assert!((numeric - wanted).abs() < 1e-8, "the left side, <v, J u>: your answer is {numeric}, wanted {wanted}");
    // A wrong rule must show.
    let (numeric, exact) = exercise_05::sides(f, |v| vec![v[0], v[1]], &x, &u, &v, 1e-5);
    assert!((numeric - exact).abs() > 0.1, "a wrong rule, and your sides agree: {numeric} and {exact}");
}

#[test]
fn exercise_06_logistic() {
    let hint = "y (1 - y) is right: but what did forward save?";
    lawful(Check::smooth().run(&exercise_06::Logistic, [normal([4], 3)]), hint);
    let (y, _) = exercise_06::Logistic.forward([Tensor::scalar(0.0)]);
    equal(y.item(), 0.5, "the logistic function at 0: its forward rule was right");
}

#[test]
fn exercise_07_matrix_vector() {
    let hint = "da[i, k] = dy[i] x[k], and dx = Aᵀ dy: look which index is left over on each side";
    for (m, n) in [(2, 2), (3, 4), (1, 5)] {
        lawful(Check::multilinear().run(&exercise_07::MatVec, [normal([m, n], 1), normal([n], 2)]), hint);
    }
}

#[test]
fn exercise_08_bias() {
    let hint = "b[j] is added to every row, so its gradient is a sum over the rows";
    lawful(Check::multilinear().run(&exercise_08::AddBias, [normal([3, 2], 1), normal([2], 2)]), hint);
}

#[test]
fn exercise_09_row_mean() {
    let hint = "each of the n elements of a row gets dy[i] / n";
    lawful(Check::multilinear().run(&exercise_09::RowMean, [normal([3, 4], 1)]), hint);
}

#[test]
fn exercise_10_squared_error() {
    let hint = "2 (p - t) / n with respect to p, the negative of it with respect to t, both times dy";
    lawful(Check::smooth().run(&exercise_10::SquaredError, [normal([5, 1], 1), normal([5, 1], 2)]), hint);
}

#[test]
fn exercise_11_slopes_of_a_line() {
    let points = [(1.0, 2.0), (-0.5, 1.0), (2.0, -3.0)];
    let (w, b) = (0.7, -0.2);
    let tape = Tape::new();
    let [x, y] = [points.map(|p| p.0), points.map(|p| p.1)].map(|v| tape.constant(Tensor::new([3, 1], v.to_vec())));
    let (weight, bias) = (tape.leaf(Tensor::new([1, 1], vec![w])), tape.leaf(Tensor::new([1], vec![b])));
    let gradients = tape.gradients(&x.dense(weight.clone(), bias.clone()).mse(y));
    let (dw, db) = exercise_11::slopes(&points, w, b);
    equal(dw, gradients.of(&weight).item(), "d loss / d w: the tape has the last word");
    equal(db, gradients.of(&bias).item(), "d loss / d b: the tape has the last word");
}

#[test]
fn exercise_12_descent() {
    let parabola = exercise_12::descend(|x| vec![2.0 * x[0]], &[1.0], 0.1, 1);
    equal(parabola[0], 0.8, "one step of rate 0.1 on x² from 1, where the slope is 2: down is against the slope");
    // (x + y)²: both slopes are 2 (x + y), at the same place.
    let together = |x: &[f64]| vec![2.0 * (x[0] + x[1]); 2];
    let found = exercise_12::descend(together, &[1.0, 0.0], 0.1, 1);
    equal(found[0], 0.8, "(x + y)², one step from (1, 0): x");
    equal(found[1], -0.2, "(x + y)², one step from (1, 0): y must not see that x has moved already");
    let far = exercise_12::descend(together, &[1.0, 0.0], 0.1, 100);
    assert!((far[0] + far[1]).abs() < 1e-9, "after 100 steps x + y should be 0, and yours is {}", far[0] + far[1]);
}

#[test]
fn exercise_13_log_sum_exp() {
    equal(exercise_13::log_sum_exp(&[0.0, 0.0]), 2f64.ln(), "ln (e^0 + e^0)");
    equal(exercise_13::log_sum_exp(&[1.0, 2.0, 3.0]), (1f64.exp() + 2f64.exp() + 3f64.exp()).ln(), "of 1, 2, 3");
    equal(exercise_13::log_sum_exp(&[1000.0, 1000.0]), 1000.0 + 2f64.ln(), "of 1000, 1000: e^1000 overflows");
    equal(
        exercise_13::log_sum_exp(&[-1000.0, -1000.0]),
        2f64.ln() - 1000.0,
        "of -1000, -1000: e^-1000 is 0, and ln 0 is not the answer",
    );
}

#[test]
fn exercise_14_softmax() {
    let hint = "dz[j] = p[j] (dp[j] - Σ_i p[i] dp[i])";
    lawful(Check::smooth().run(&exercise_14::Softmax, [normal([4], 1)]), hint);
}

#[test]
fn exercise_15_cross_entropy() {
    let hint = "(p - one hot) / rows, times dy";
    let op = exercise_15::CrossEntropy { classes: vec![2, 0] };
    lawful(Check::smooth().run(&op, [normal([2, 3], 1)]), hint);
}
