//! Optimisers, learning-rate schedules and gradient clipping against steps worked out by hand.

use proptest::prelude::*;
use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::nn::Param;
use tonegrad::optim::{Adam, AdamW, Optimizer, Schedule, Sgd, State, clip_global_norm};

fn param(values: &[f64]) -> Param<f64> {
    Param::new("w", Tensor::new([values.len()], values.to_vec()))
}

/// The weights after each step with these gradients.
fn walk(rule: &dyn Optimizer<f64>, start: &[f64], gradients: &[&[f64]]) -> Vec<Vec<f64>> {
    let mut params = [param(start)];
    let mut state = State::new(rule, &params);
    let steps = gradients.iter().map(|g| {
        state.step(rule, rule.learning_rate(), &mut params, &[Tensor::new([g.len()], g.to_vec())]);
        params[0].value.as_slice().to_vec()
    });
    steps.collect()
}

fn assert_close(found: &[Vec<f64>], wanted: &[Vec<f64>]) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.iter().zip(wanted).all(|(f, w)| (f - w).abs() < 1e-15 * 8.0), "{found:?}, wanted {wanted:?}");
    }
}

#[test]
fn plain_descent() {
    // Powers of two: every step is exact. w ← w - g/4.
    let found = walk(&Sgd::new(0.25), &[1.0, -2.0], &[&[2.0, -4.0], &[1.0, 0.0], &[-8.0, 4.0]]);
    assert_eq!(found, [[0.5, -1.0], [0.25, -1.0], [2.25, -2.0]]);
    assert_eq!(Optimizer::<f64>::moments(&Sgd::new(0.25)), 0);
}

#[test]
fn momentum() {
    // η = 1/4, μ = 1/2, g = 4, 2, -8 from w = 0.
    // u₁ = -1           w₁ = -1
    // u₂ = -1/2 - 1/2   w₂ = -2
    // u₃ = -1/2 + 2     w₃ = -1/2
    let rule = Sgd::new(0.25).momentum(0.5);
    assert_eq!(walk(&rule, &[0.0], &[&[4.0], &[2.0], &[-8.0]]), [[-1.0], [-2.0], [-0.5]]);
    assert_eq!(Optimizer::<f64>::moments(&rule), 1);
}

#[test]
fn nesterov() {
    // The same u; w moves by μ u - η g.
    // u₁ = -1      w₁ = 0 - 1/2 - 1 = -3/2
    // u₂ = -1      w₂ = -3/2 - 1/2 - 1/2 = -5/2
    // u₃ = 3/2     w₃ = -5/2 + 3/4 + 2 = 1/4
    let rule = Sgd::new(0.25).nesterov(0.5);
    assert_eq!(walk(&rule, &[0.0], &[&[4.0], &[2.0], &[-8.0]]), [[-1.5], [-2.5], [0.25]]);
}

/// β₂ = 24/25 makes the roots of the first two steps rational: 1 - β₂ = (1/5)², 1 - β₂² = (7/25)². With β₁ = 1/2 and ε = 1:
///
/// ```text
/// gradients 5, 5            m             v               √v      step / η = √(1-β₂ᵗ)/(1-β₁ᵗ) · m / (√v + ε)
/// t = 1                     5/2           25/25 = 1       1       (1/5)/(1/2) · (5/2)/2       = 1/2
/// t = 2                     15/4          24/25 + 1       7/5     (7/25)/(3/4) · (15/4)/(12/5) = 7/12
///
/// gradients 5, -1, 1
/// t = 2                     5/4 - 1/2     24/25 + 1/25    1       28/75 · (3/4)/2             = 7/50
/// t = 3                     3/8 + 1/2     1               1       √1801/125/(7/8) · (7/8)/2   = √1801/250
/// ```
const BY_HAND: Adam = Adam { learning_rate: 1.0, beta1: 0.5, beta2: 0.96, epsilon: 1.0 };

#[test]
fn adam() {
    let found = walk(&Adam { learning_rate: 0.1, ..BY_HAND }, &[1.0, 2.0], &[&[5.0, 5.0], &[5.0, -1.0], &[0.0, 1.0]]);
    let second = [1.0 - 0.05 - 0.7 / 12.0, 2.0 - 0.05 - 0.014];
    // The first weight's third step: m = 15/8, v = 49/25 · 24/25.
    let third = 0.1 * 1801f64.sqrt() / 125.0 / 0.875 * 1.875 / (1.0 + (49.0f64 * 24.0).sqrt() / 25.0);
    let third = [second[0] - third, second[1] - 0.1 * 1801f64.sqrt() / 250.0];
    assert_close(&found, &[vec![0.95, 1.95], second.to_vec(), third.to_vec()]);
}

#[test]
fn adam_with_the_defaults_of_keras() {
    assert_eq!(Adam::new(0.01), Adam { learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
    // At t = 1 the step is η √(1-β₂)/(1-β₁) · (1-β₁) g / (√(1-β₂) |g| + ε) = η sign(g) / (1 + ε / (√(1-β₂) |g|)).
    // Keras's ε weighs √(1-β₂) = 0.0316 times the gradient here; PyTorch's would weigh the gradient itself.
    let g = 1e-5;
    let wanted = 0.01 / (1.0 + 1e-7 / (0.001f64.sqrt() * g));
    let found = walk(&Adam::new(0.01), &[0.0], &[&[g]])[0][0];
    assert!((found + wanted).abs() < 1e-12 && (found + 0.01).abs() > 1e-3, "{found}, wanted {}", -wanted);
}

#[test]
fn adam_with_decoupled_decay() {
    // Each weight first shrinks by η λ = 1/10 · 1/2, then takes Adam's step, which knows nothing of it.
    let rule = AdamW { adam: Adam { learning_rate: 0.1, ..BY_HAND }, weight_decay: 0.5 };
    let first = [0.95 - 0.05, 0.95 * 2.0 - 0.05];
    let second = [0.95 * first[0] - 0.7 / 12.0, 0.95 * first[1] - 0.014];
    assert_close(&walk(&rule, &[1.0, 2.0], &[&[5.0, 5.0], &[5.0, -1.0]]), &[first.to_vec(), second.to_vec()]);
    assert_eq!(AdamW::new(0.1), AdamW { adam: Adam::new(0.1), weight_decay: 0.004 });
    let [adam, adamw]: [&dyn Optimizer<f64>; 2] = [&Adam::new(0.1), &AdamW::new(0.2)];
    assert_eq!((adam.moments(), adamw.moments()), (2, 2));
    assert_eq!((adam.learning_rate(), adamw.learning_rate()), (0.1, 0.2));
}

#[test]
fn the_rate_given_to_a_step_is_the_one_that_counts() {
    let rules: [&dyn Optimizer<f64>; 3] = [&Sgd::new(9.0), &Adam { learning_rate: 9.0, ..BY_HAND }, &AdamW::new(9.0)];
    for rule in rules {
        let mut params = [param(&[1.0])];
        State::new(rule, &params).step(rule, 0.0, &mut params, &[Tensor::new([1], vec![5.0])]);
        assert_eq!(params[0].value.item(), 1.0);
    }
}

#[test]
fn every_weight_of_every_parameter_moves_alike_on_any_number_of_threads() {
    // Longer than the pieces that threads take, and not a multiple of them.
    let lens = [3, 70_001, 16_384, 0, 1];
    let gradients: Vec<Tensor<f64>> = lens.iter().zip(1..).map(|(&len, seed)| normal([len], seed)).collect();
    let rules: [&dyn Optimizer<f64>; 4] =
        [&Sgd::new(0.1), &Sgd::new(0.1).momentum(0.9), &Sgd::new(0.1).nesterov(0.9), &AdamW::new(0.1)];
    for rule in rules {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut params: Vec<_> = lens.iter().map(|&len| param(&vec![1.0; len])).collect();
            let mut state = State::new(rule, &params);
            pool.install(|| (0..2).for_each(|_| state.step(rule, 0.1, &mut params, &gradients)));
            assert_eq!((state.step, state.moments.len()), (2, lens.len()));
            (params, state)
        };
        let one = run(1);
        assert_eq!(run(7), one);
        // Weight by weight, what it is alone.
        for (param, g) in one.0.iter().zip(&gradients) {
            for i in [0, 1, 16_383, 16_384, 70_000].into_iter().filter(|&i| i < g.len()) {
                let g = [g.as_slice()[i]];
                assert_eq!(param.value.as_slice()[i], walk(rule, &[1.0], &[&g, &g])[1][0]);
            }
        }
    }
}

#[test]
fn schedules() {
    assert_eq!([0.0, 7.5, 100.0].map(|epoch| Schedule::Constant.factor(epoch, 10, 3)), [1.0; 3]);
    let step = Schedule::Step { every: 4, factor: 0.5 };
    assert_eq!(
        [0.0, 3.9, 4.0, 7.9, 8.0, 12.5].map(|epoch| step.factor(epoch, 10, 0)),
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.125]
    );
    let never = Schedule::Step { every: 0, factor: 0.5 };
    assert_eq!([0.0, 1.0, 2.0].map(|epoch| never.factor(epoch, 10, 0)), [1.0, 0.5, 0.25]);
    let plateau = Schedule::Plateau { patience: 2, factor: 0.5, floor: 0.2 };
    assert_eq!([0, 1, 2, 3, 9].map(|reductions| plateau.factor(5.0, 10, reductions)), [1.0, 0.5, 0.25, 0.2, 0.2]);
}

#[test]
fn a_cosine_with_a_warm_up() {
    // Rises over 2 epochs; then half a cosine over 6. A third of it is done at epoch 4: cos 60° = 1/2, so 1/4 of the way
    // from 1 to 1/5 is gone; at epoch 5 a half; at 6 two thirds, cos 120° = -1/2.
    let cosine = Schedule::Cosine { warm_up: 2.0, floor: 0.2 };
    let wanted = [0.0, 0.25, 0.5, 1.0, 0.8, 0.6, 0.4, 0.2, 0.2];
    for (epoch, wanted) in [0.0, 0.5, 1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 9.0].into_iter().zip(wanted) {
        let found = cosine.factor(epoch, 8, 0);
        assert!((found - wanted).abs() < 1e-15, "epoch {epoch}: {found}, wanted {wanted}");
    }
    // Without a warm-up it begins at the top; with nothing but a warm-up it never falls before the end.
    assert_eq!(Schedule::Cosine { warm_up: 0.0, floor: 0.0 }.factor(0.0, 8, 0), 1.0);
    let only = Schedule::Cosine { warm_up: 8.0, floor: 0.5 };
    assert_eq!([4.0, 8.0, 9.0].map(|epoch| only.factor(epoch, 8, 0)), [0.5, 1.0, 0.5]);
}

#[test]
fn clipping() {
    // √(2² + 3² + 6²) = 7.
    let gradients = || [Tensor::new([2], vec![2.0, -3.0]), Tensor::new([1, 1], vec![6.0])];
    let mut clipped = gradients();
    assert_eq!(clip_global_norm(&mut clipped, 3.5), 7.0);
    assert_eq!(clipped, [Tensor::new([2], vec![1.0, -1.5]), Tensor::new([1, 1], vec![3.0])]);
    for harmless in [7.0, 8.0] {
        let mut kept = gradients();
        assert_eq!(clip_global_norm(&mut kept, harmless), 7.0);
        assert_eq!(kept, gradients());
    }
    assert_eq!(clip_global_norm::<f64>(&mut [], 1.0), 0.0);
    // Nothing is divided by a norm of 0.
    let mut zero = [Tensor::<f64>::zeros([2])];
    assert_eq!(clip_global_norm(&mut zero, 0.0), 0.0);
    assert_eq!(zero[0].as_slice(), [0.0; 2]);
}

proptest! {
    #[test]
    fn a_clipped_gradient_keeps_its_direction(len in 1..50usize, max_norm in 0.01..20.0f64, seed in any::<u64>()) {
        let before = normal([len], seed);
        let mut after = [before.clone()];
        let norm = clip_global_norm(&mut after, max_norm);
        let factor = (max_norm / norm).min(1.0);
        for (a, b) in after[0].as_slice().iter().zip(before.as_slice()) {
            prop_assert!((a - factor * b).abs() <= 1e-15 * norm);
        }
        prop_assert!(clip_global_norm(&mut after, f64::INFINITY) <= max_norm * (1.0 + 1e-14));
    }
}

#[test]
#[should_panic(expected = "the gradient of w has its shape")]
fn a_gradient_has_the_shape_of_its_parameter() {
    let mut params = [param(&[1.0])];
    State::new(&Sgd::new(0.1), &params).step(&Sgd::new(0.1), 0.1, &mut params, &[Tensor::zeros([2])]);
}

#[test]
#[should_panic(expected = "one gradient for each parameter")]
fn every_parameter_has_a_gradient() {
    let mut params = [param(&[1.0])];
    State::new(&Sgd::new(0.1), &params).step(&Sgd::new(0.1), 0.1, &mut params, &[]);
}
