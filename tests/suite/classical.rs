//! The classical methods against their definitions: stationary points, KKT conditions, plain loops, and the same bits
//! on any number of threads.

use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::StandardNormal;
use tonegrad::classical::svc::Machines;
use tonegrad::classical::{Estimator, Gamma, Knn, Lbfgs, LogisticRegression, Predictor, Svc};
use tonegrad::data::{Dataset, Train};
use tonegrad::{Error, Seed};

/// `n` rows in overlapping clouds, the first class the largest.
fn clouds(n: usize, features: usize, classes: usize, seed: u64) -> Train {
    let mut rng = Seed(seed).stream("test");
    let centres = Array2::from_shape_simple_fn((classes, features), || rng.sample::<f32, _>(StandardNormal));
    let y: Vec<_> = (0..n).map(|i| if i < classes { i } else { (i * i) % (classes + 2) % classes }).collect();
    let x =
        Array2::from_shape_fn((n, features), |(i, j)| 0.7 * centres[[y[i], j]] + rng.sample::<f32, _>(StandardNormal));
    Train::new(Dataset::new(x, y, (0..classes).map(|c| format!("class {c}"))).unwrap())
}

fn names(n: usize) -> impl Iterator<Item = String> {
    (0..n).map(|c| format!("class {c}"))
}

fn kernel(gamma: f64, a: &[f32], b: &[f32]) -> f64 {
    let square: f64 = a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    (-gamma * square).exp()
}

/// f(x) = Σ β k(x_support, x) - ρ of a pair of classes, by a plain loop.
fn decision(machines: &Machines, train: &Train, pair: usize, gamma: f64, x: &[f32]) -> f64 {
    let x_of = |row: usize| train.x().row(row).to_vec();
    let terms = machines.support.iter().enumerate();
    terms.map(|(s, &row)| machines.beta[[s, pair]] * kernel(gamma, &x_of(row), x)).sum::<f64>() - machines.rho[pair]
}

proptest! {
    /// y f(x) ≥ 1 where α = 0, = 1 where 0 < α < C, ≤ 1 where α = C: the definition of the solution, in plain loops.
    #[test]
    fn every_machine_obeys_kkt(
        n in 6usize..90, features in 1usize..8, classes in 2usize..5, c in 0.05f64..20.0, seed: u64,
    ) {
        let train = clouds(n, features, classes, seed);
        let svc = Svc { c, tolerance: 1e-4, ..Svc::default() };
        let machines = svc.solve(&train).unwrap();
        let gamma = 1.0 / features as f64;
        for (pair, &(first, second)) in machines.pairs.iter().enumerate() {
            let mut sum = 0.0;
            for row in (0..n).filter(|&row| [first, second].contains(&train.y()[row])) {
                let y = if train.y()[row] == first { 1.0 } else { -1.0 };
                let at = machines.support.iter().position(|&s| s == row);
                let beta = at.map_or(0.0, |s| machines.beta[[s, pair]]);
                let margin = y * decision(&machines, &train, pair, gamma, &train.x().row(row).to_vec());
                let alpha = y * beta;
                sum += beta;
                prop_assert!((0.0..=c).contains(&alpha), "alpha {alpha}");
                // The tolerance, and the rounding of a kernel in f32.
                let slack = 1e-4 + 1e-5 * c * n as f64;
                prop_assert!(alpha == c || margin >= 1.0 - slack, "alpha {alpha} of {c}, margin {margin}");
                prop_assert!(alpha == 0.0 || margin <= 1.0 + slack, "alpha {alpha} of {c}, margin {margin}");
            }
            prop_assert!(sum.abs() < 1e-9 * c * n as f64, "the weights sum to {sum}");
        }
    }

    /// Decisions by matrix products are those of the loop; the winner has the most votes, the first of equals.
    #[test]
    fn svc_votes_by_its_machines(n in 8usize..150, features in 1usize..20, classes in 2usize..6, seed: u64) {
        let (train, test) = (clouds(n, features, classes, seed), clouds(80, features, classes, seed ^ 1));
        let machines = Svc::default().solve(&train).unwrap();
        let (found, predicted) = (machines.decisions(test.x()).unwrap(), machines.predict(test.x()).unwrap());
        for (row, &class) in predicted.iter().enumerate() {
            let mut votes = vec![0; classes];
            for (pair, &(first, second)) in machines.pairs.iter().enumerate() {
                let wanted = decision(&machines, &train, pair, 1.0 / features as f64, &test.x().row(row).to_vec());
                prop_assert!((found[[row, pair]] - wanted).abs() < 1e-5 * n as f64, "not {wanted}");
                votes[if found[[row, pair]] > 0.0 { first } else { second }] += 1;
            }
            let most = votes.iter().max();
            prop_assert_eq!(Some(class), votes.iter().position(|v| Some(v) == most));
        }
    }

    /// At the minimum the gradient of C Σ loss + ½ Σ W² is zero, counted from the probabilities that come out.
    #[test]
    fn logistic_regression_ends_where_the_gradient_is_zero(
        n in 6usize..200, features in 1usize..8, classes in 2usize..6, c in 0.1f64..10.0, seed: u64,
    ) {
        let train = clouds(n, features, classes, seed);
        let fitted = LogisticRegression { c, lbfgs: Lbfgs::default(), ..Default::default() }.solve(&train).unwrap();
        let p = fitted.scores(train.x()).unwrap();
        // Of two classes only the second has weights.
        for (output, class) in (classes - fitted.bias.len()..classes).enumerate() {
            let error = |row: usize| f64::from(p[[row, class]]) - f64::from(u8::from(train.y()[row] == class));
            let bias = (0..n).map(error).sum::<f64>() * c;
            // The tolerance, which is that of the mean, and the rounding of p to f32.
            prop_assert!(bias.abs() <= 3e-6 * c * n as f64, "bias {bias}");
            for feature in 0..features {
                let loss = (0..n).map(|row| error(row) * f64::from(train.x()[[row, feature]])).sum::<f64>() * c;
                let gradient = loss + fitted.weights[[output, feature]];
                prop_assert!(gradient.abs() <= 3e-6 * c * n as f64, "gradient {gradient}");
            }
        }
        for row in p.rows() {
            prop_assert!((row.sum() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn knn_votes_as_plain_loops_do(
        n in 1usize..120, features in 1usize..6, classes in 2usize..5, k in 1usize..30, seed: u64,
    ) {
        prop_assume!(classes <= n && k <= n);
        let mut train = clouds(n, features, classes, seed);
        // Whole numbers have equal distances and equal votes.
        train.rows_mut().x_mut().mapv_inplace(f32::round);
        let test = clouds(40, features, classes, seed ^ 1);
        let square = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        let fitted = Knn { k }.fit(&train, &train, Seed(0)).unwrap();
        for (x, predicted) in test.x().rows().into_iter().zip(fitted.predict(test.x()).unwrap()) {
            let from = |row: usize| square(&x.to_vec(), &train.x().row(row).to_vec());
            let mut order: Vec<_> = (0..n).collect();
            order.sort_by(|&a, &b| from(a).total_cmp(&from(b)));
            let mut votes = vec![0; classes];
            order[..k].iter().for_each(|&row| votes[train.y()[row]] += 1);
            let most = votes.iter().max();
            prop_assert_eq!(Some(predicted), votes.iter().position(|v| Some(v) == most));
        }
    }
}

/// For rows at ±1 and ±2 on a line, by hand. The weights of +1 and -1 are a and -a, those of +2 and -2 are b and -b,
/// by symmetry, and ρ = 0. With u(d) = e^(-γ d²), γ = 1: f(1) = a (1 - u(2)) + b (u(1) - u(3)) and f(2) = a (u(1) -
/// u(3)) + b (1 - u(4)). Setting both to 1, for C large enough, gives a and b.
#[test]
fn four_rows_on_a_line_have_the_weights_worked_out_by_hand() {
    let x = array![[1.0f32], [2.0], [-1.0], [-2.0]];
    let train = Train::new(Dataset::new(x, vec![0, 0, 1, 1], names(2)).unwrap());
    let machines = Svc { c: 10.0, tolerance: 1e-6, ..Svc::default() }.solve(&train).unwrap();
    let u = |d: f64| (-d * d).exp();
    let (p, q, r) = (1.0 - u(2.0), u(1.0) - u(3.0), 1.0 - u(4.0));
    let determinant = p * r - q * q;
    let (a, b) = ((r - q) / determinant, (p - q) / determinant);
    assert_eq!(machines.support, [0, 1, 2, 3]);
    for (found, wanted) in machines.beta.iter().zip([a, b, -a, -b]) {
        assert!((found - wanted).abs() < 1e-5, "{found} for {wanted}");
    }
    assert!(machines.rho[0].abs() < 1e-5);
}

/// Rows with x = 1 belong to class 1 in m of n cases, rows with x = -1 in n - m. With penalty ½ w² and no bias by
/// symmetry, the slope of the loss is zero where 2 (m - n p) = w / C, p = 1 / (1 + e^(-w)).
#[test]
fn one_weight_is_where_its_equation_says() {
    let (m, n, c) = (7, 10, 2.0);
    let x = Array2::from_shape_fn((2 * n, 1), |(row, _)| if row < n { 1.0 } else { -1.0 });
    let y = (0..2 * n).map(|row| usize::from(if row < n { row < m } else { row - n >= m })).collect();
    let train = Train::new(Dataset::new(x, y, names(2)).unwrap());
    let fitted = LogisticRegression { c, lbfgs: Lbfgs::default(), ..Default::default() }.solve(&train).unwrap();
    let (mut low, mut high) = (0.0f64, 10.0);
    for _ in 0..100 {
        let w = (low + high) / 2.0;
        let slope = 2.0 * (m as f64 - n as f64 / (1.0 + (-w).exp())) - w / c;
        if slope > 0.0 { low = w } else { high = w }
    }
    assert!((fitted.weights[[0, 0]] - low).abs() < 1e-4 && fitted.bias[0].abs() < 1e-4, "{fitted:?} for {low}");
}

fn methods() -> [(&'static str, Box<dyn Estimator>); 4] {
    [
        ("logistic regression", Box::new(LogisticRegression::default())),
        ("SVC", Box::new(Svc { memory: 1 << 18, ..Svc::default() })),
        ("SVC, scale", Box::new(Svc { gamma: Gamma::Scale, ..Svc::default() })),
        ("kNN", Box::new(Knn { k: 15 })),
    ]
}

#[test]
fn same_bits_on_any_number_of_threads() {
    let (train, test) = (clouds(700, 60, 5, 1), clouds(300, 60, 5, 2));
    for (name, method) in methods() {
        let scores = [1, 2, 7].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| method.fit(&train, &train, Seed(0)).unwrap().scores(test.x()).unwrap())
        });
        assert!(scores[0] == scores[1] && scores[0] == scores[2], "{name}");
    }
}

#[test]
fn a_small_memory_costs_time_and_no_bit() {
    let train = clouds(700, 5, 3, 4);
    let solve = |memory| Svc { memory, ..Svc::default() }.solve(&train).unwrap();
    assert!(solve(0) == solve(1 << 30));
}

#[test]
fn a_class_without_rows_is_never_predicted() {
    let of_three = clouds(120, 4, 3, 5);
    let y = of_three.y().iter().map(|class| 2 * class).collect();
    let train = Train::new(Dataset::new(of_three.x().to_owned(), y, names(6)).unwrap());
    for (name, method) in methods() {
        let fitted = method.fit(&train, &train, Seed(0)).unwrap();
        let scores = fitted.scores(train.x()).unwrap();
        assert_eq!(scores.dim(), (120, 6), "{name}");
        assert!(fitted.predict(train.x()).unwrap().iter().all(|class| class % 2 == 0), "{name}");
        assert!(fitted.evaluate(&train).unwrap().accuracy() > 0.5, "{name}");
    }
}

#[test]
fn bad_input_is_named() {
    let train = clouds(30, 3, 2, 6);
    let fails = |method: &dyn Estimator, train: &Train, part: &str| {
        let message = method.fit(train, train, Seed(0)).err().map(|e: Error| e.to_string()).unwrap_or_default();
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    };
    fails(&Knn { k: 31 }, &train, "kNN, k: found 31, wanted 1 to 30");
    fails(&Svc { c: -1.0, ..Svc::default() }, &train, "SVC, C: found -1, wanted a positive number");
    fails(&Svc { gamma: Gamma::Value(0.0), ..Svc::default() }, &train, "SVC, gamma: found 0");
    fails(&LogisticRegression { c: f64::NAN, ..LogisticRegression::default() }, &train, "C: found NaN");
    let mut holed = train.clone();
    holed.rows_mut().x_mut()[[4, 2]] = f32::NAN;
    let empty = Train::new(train.select(&[]));
    let alone = Train::new(train.select(&[0]));
    for (name, method) in methods() {
        fails(&*method, &holed, "row 4, column 2: found NaN");
        fails(&*method, &empty, "found 0 training rows");
        if name.contains("SVC") {
            fails(&*method, &alone, "rows of class \"class 0\" alone");
        } else {
            let fitted = method.fit(&train, &train, Seed(0)).unwrap();
            let message = fitted.predict(array![[1.0]].view()).unwrap_err().to_string();
            assert!(message.contains("rows of 1 features, wanted 3"), "{message}");
        }
    }
}

/// The kernel does not feel the unit in which features are measured, whatever `f32` makes of the squares.
#[test]
fn svc_is_the_same_in_any_unit() {
    let train = clouds(90, 3, 3, 8);
    let svc = Svc { gamma: Gamma::Scale, ..Svc::default() };
    let usual = svc.solve(&train).unwrap();
    let decisions = usual.decisions(train.x()).unwrap();
    // Powers of two, with which every product is as exact as before.
    for power in [-110, -66, 30, 63, 80, 120] {
        let mut scaled = train.clone();
        scaled.rows_mut().x_mut().mapv_inplace(|v| v * 2f32.powi(power));
        let machines = svc.solve(&scaled).unwrap();
        assert_eq!(machines.support, usual.support, "2^{power}");
        let found = machines.decisions(scaled.x()).unwrap();
        let furthest = found.iter().zip(&decisions).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(furthest < 1e-3, "2^{power}: decisions differ by {furthest}");
    }
    let error = usual.decisions(array![[0.0, 0.0, 0.0], [0.0, 1e30, 0.0]].view()).unwrap_err().to_string();
    assert!(error.starts_with("SVC, row 1: found a row at a distance of 1.000e30"), "{error}");
}

/// Neighbours do not feel the unit either. Logistic regression does, by its penalty: with C in units of it, it is the same in
/// units that are not absurd, and says so in those that are.
#[test]
fn the_others_are_the_same_in_any_unit_or_say_why_not() {
    let train = clouds(90, 3, 3, 8);
    let predicted = |method: &dyn Estimator, train: &Train| {
        method.fit(train, train, Seed(0)).and_then(|fitted| fitted.predict(train.x())).map_err(|e| e.to_string())
    };
    let in_unit = |power: i32| {
        let mut scaled = train.clone();
        scaled.rows_mut().x_mut().mapv_inplace(|v| v * 2f32.powi(power));
        scaled
    };
    let knn = Knn { k: 5 };
    let usual = predicted(&knn, &train).unwrap();
    for power in [-120, -66, 30, 63, 120] {
        assert_eq!(predicted(&knn, &in_unit(power)).unwrap(), usual, "2^{power}");
    }
    let usual = predicted(&LogisticRegression::default(), &train).unwrap();
    for (power, refusal) in
        [(-9, None), (9, None), (-66, Some("standardise the features, or raise C")), (66, Some("standardise"))]
    {
        let c = 4f64.powi(if refusal.is_some() { 0 } else { -power });
        match (predicted(&LogisticRegression { c, ..LogisticRegression::default() }, &in_unit(power)), refusal) {
            (found, None) => assert_eq!(found.unwrap(), usual, "2^{power}"),
            (found, Some(words)) => assert!(found.as_ref().unwrap_err().contains(words), "2^{power}: {found:?}"),
        }
    }
}
