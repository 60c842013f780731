//! Scores against hand-counted cases, scikit-learn's conventions and a naive recount.

use ndarray::{Array2, array};
use proptest::prelude::*;
use tonegrad::data::Groups;
use tonegrad::metrics::{
    Assessment, Confusion, Evaluation, Interval, Ranking, Regression, Reliability, argmax, average_precision,
    bootstrap, corrected_t, mcnemar, nll, roc_auc, temperature, top_k,
};
use tonegrad::{ErrorKind, Seed};

const GENRES: [&str; 5] = ["Blues", "Folk", "Jazz", "Pop", "Rock"];

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

/// Pop occurs nowhere, Rock is never predicted. By hand, F1 = 2/3, 1/2, 2/3, 0 of the classes that occur; the same ten
/// rows give the same figures in scikit-learn 1.9: `classification_report(truth, predicted, zero_division=0)`.
#[test]
fn scores_follow_scikit_learn_when_classes_are_absent() {
    let truth = [0, 0, 0, 1, 1, 2, 2, 2, 2, 4];
    let predicted = [0, 0, 1, 1, 2, 2, 2, 2, 0, 2];
    let c = Confusion::new(GENRES, &truth, &predicted).unwrap();
    assert_eq!((c.total(), c.accuracy()), (10, 0.6));
    assert!(close(c.balanced_accuracy(), (2.0 / 3.0 + 1.0 / 2.0 + 3.0 / 4.0) / 4.0));
    let (m, w) = (c.macro_mean(), c.weighted_mean());
    assert!(close(m.precision, (2.0 / 3.0 + 1.0 / 2.0 + 3.0 / 5.0) / 4.0));
    assert!(close(m.f1, (2.0 / 3.0 + 1.0 / 2.0 + 2.0 / 3.0) / 4.0));
    assert!(close(w.precision, 0.54) && close(w.recall, 0.6) && close(w.f1, 17.0 / 30.0));
    assert_eq!(c.per_class()[3].f1, 0.0);
}

/// Pop is predicted without having a row: it counts in the macro mean (3 classes) but not in the balanced accuracy (2).
#[test]
fn a_class_predicted_but_absent_counts_in_the_macro_mean_only() {
    let c = Confusion::new(GENRES, &[0, 0, 1], &[0, 3, 1]).unwrap();
    assert!(close(c.balanced_accuracy(), 0.75));
    assert!(close(c.macro_mean().recall, 0.5) && close(c.macro_mean().f1, 5.0 / 9.0));
}

#[test]
fn rows_are_truth_and_columns_prediction() {
    let c = Confusion::new(["Folk", "Rock"], &[0, 0, 0, 1], &[1, 1, 0, 1]).unwrap();
    assert_eq!(c.counts(), array![[1, 2], [0, 1]]);
}

#[test]
fn argmax_needs_no_majority() {
    let p = array![[0.3, 0.4, 0.3], [0.4, 0.4, 0.2], [f32::NEG_INFINITY, -1.0, -2.0]];
    assert_eq!(argmax(p.view()).unwrap(), [1, 0, 1]);
}

#[test]
fn json_has_the_agreed_fields_and_no_null() {
    let p = array![[0.7, 0.2, 0.1, 0.0, 0.0], [0.1, 0.2, 0.5, 0.1, 0.1], [0.3, 0.25, 0.2, 0.15, 0.1]];
    let e = Evaluation::new(1.5, p.view(), &[0, 2, 4], GENRES).unwrap();
    let json = serde_json::to_value(&e).unwrap();
    assert_eq!(json["loss"], 1.5);
    assert_eq!(json["accuracy"], json["top_3"]);
    assert!(close(json["macro_f1"].as_f64().unwrap(), (2.0 / 3.0 + 1.0) / 3.0));
    assert_eq!(
        json["per_class"][2],
        serde_json::json!({
            "class": "Jazz", "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1
        })
    );
    assert_eq!(json["confusion"][4], serde_json::json!([1, 0, 0, 0, 0]));
    assert!(!json.to_string().contains("null"));
}

#[test]
fn a_precision_sets_the_decimals_and_long_names_stay_aligned() {
    let p = array![[0.6, 0.4], [0.6, 0.4], [0.2, 0.8]];
    let e = Evaluation::new(0.5, p.view(), &[0, 1, 1], ["Old-Time / Historic", "Rock"]).unwrap();
    let report = format!("{e:.4}");
    let widths: Vec<_> = report.lines().filter(|l| !l.is_empty()).map(str::len).collect();
    assert!(widths.iter().all(|w| *w == widths[0]), "{report}");
    assert!(report.contains("0.6667"), "{report}");
}

#[test]
fn bad_input_is_an_error_not_a_panic() {
    let kind = |r: tonegrad::Result<Evaluation>| r.unwrap_err().kind();
    let p = array![[0.5, 0.5], [0.9, 0.1]];
    let empty = Array2::<f32>::zeros((0, 2));
    assert_eq!(kind(Evaluation::new(0.0, empty.view(), &[], ["a", "b"])), ErrorKind::Data);
    assert_eq!(kind(Evaluation::new(0.0, p.view(), &[0], ["a", "b"])), ErrorKind::Shape);
    assert_eq!(kind(Evaluation::new(0.0, p.view(), &[0, 2], ["a", "b"])), ErrorKind::Data);
    assert_eq!(kind(Evaluation::new(0.0, p.view(), &[0, 1], ["a", "b", "c"])), ErrorKind::Shape);
    assert_eq!(kind(Evaluation::new(f64::NAN, p.view(), &[0, 1], ["a", "b"])), ErrorKind::NonFinite);
    let nan = array![[0.5, 0.5], [f32::NAN, 0.1]];
    assert_eq!(kind(Evaluation::new(0.0, nan.view(), &[0, 1], ["a", "b"])), ErrorKind::NonFinite);
    assert_eq!(top_k(p.view(), &[0, 1], 0).unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(top_k(p.view(), &[0, 7], 1).unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(top_k(p.view(), &[0], 1).unwrap_err().kind(), ErrorKind::Shape);
    assert!(argmax(Array2::zeros((2, 0)).view()).is_err());
    let e = Confusion::new(["a", "b"], &[0, 1], &[0, 5]).unwrap_err();
    assert_eq!(e.to_string(), "confusion, row 1: found class 5 as prediction, wanted a class below 2");
}

/// Two columns; scikit-learn's documentation has the same rows: MAE 0.75, MSE 0.7083, and R² 0.9368 as the mean of columns.
#[test]
fn a_regression_of_two_numbers_is_scored_by_column() {
    let (t, y) = (array![[0.5, 1.0], [-1.0, 1.0], [7.0, -6.0]], array![[0.0, 2.0], [-1.0, 2.0], [8.0, -5.0]]);
    let e = Regression::new(0.0, y.view(), t.view()).unwrap();
    assert!(close(e.mae, 0.75) && close(e.rmse * e.rmse, 4.25 / 6.0), "{e}");
    assert!(close(e.r2, 1.0 - (1.25 / (217.0 / 6.0) + 3.0 / (98.0 / 3.0)) / 2.0), "{e}");
    // The mean explains nothing, and equal targets have nothing to explain.
    let same = array![[0.1], [0.1], [0.1]];
    let r2 = |y: &Array2<f32>, t: &Array2<f32>| Regression::new(0.0, y.view(), t.view()).unwrap().r2;
    assert_eq!(r2(&array![[2.0], [2.0], [2.0]], &array![[1.0], [2.0], [3.0]]), 0.0);
    assert_eq!((r2(&same, &same), r2(&array![[0.1], [0.1], [0.2]], &same)), (1.0, 0.0));
    let kind = |y: &Array2<f32>, t: &Array2<f32>| Regression::new(0.0, y.view(), t.view()).unwrap_err().kind();
    assert_eq!(kind(&array![[1.0]], &same), ErrorKind::Shape);
    assert_eq!(kind(&Array2::zeros((0, 1)), &Array2::zeros((0, 1))), ErrorKind::Data);
    assert_eq!(kind(&array![[f32::NAN], [0.0], [0.0]], &same), ErrorKind::NonFinite);
}

#[test]
fn roc_auc_refuses_what_it_cannot_rank() {
    for (scores, truth, wanted) in [
        (&[0.5, 0.2][..], &[0][..], "found 2 scores and 1 classes"),
        (&[], &[], "found no rows"),
        (&[0.5, 0.2], &[0, 2], "found class 2 as truth"),
        (&[0.5, f32::NAN], &[0, 1], "roc_auc, row 1: found NaN"),
        (&[0.5, 0.2], &[1, 1], "found 0 rows of class 0 and 2 of class 1"),
    ] {
        let error = roc_auc(scores, truth).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

proptest! {
    /// Over all pairs of a row of each class, a tie counting one half: coarse scores have many.
    #[test]
    fn roc_auc_equals_counting_pairs(rows in prop::collection::vec((0..6_u8, 0..2_usize), 2..60)) {
        let (scores, truth): (Vec<f32>, Vec<usize>) = rows.iter().map(|&(score, class)| (f32::from(score), class)).unzip();
        let of = |class| rows.iter().filter(move |row| row.1 == class).map(|row| row.0);
        let pairs: Vec<f64> = of(1).flat_map(|a| of(0).map(move |b| if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 })).collect();
        prop_assume!(!pairs.is_empty());
        prop_assert!(close(roc_auc(&scores, &truth).unwrap(), pairs.iter().sum::<f64>() / pairs.len() as f64));
    }

    /// Each score counted again, straight from its definition and without a matrix.
    #[test]
    fn scores_equal_a_naive_recount(rows in prop::collection::vec((0..5_usize, 0..5_usize), 1..60)) {
        let (truth, predicted): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
        let c = Confusion::new(GENRES, &truth, &predicted).unwrap();
        let count = |wanted: &dyn Fn(usize, usize) -> bool| rows.iter().filter(|r| wanted(r.0, r.1)).count() as f64;
        let share = |a: f64, b: f64| if b == 0.0 { 0.0 } else { a / b };
        let (mut recalls, mut f1s, mut weighted) = (vec![], vec![], 0.0);
        for (k, s) in c.per_class().iter().enumerate() {
            let (hit, is, said) = (count(&|t, p| t == k && p == k), count(&|t, _| t == k), count(&|_, p| p == k));
            let (precision, recall) = (share(hit, said), share(hit, is));
            let f1 = share(2.0 * precision * recall, precision + recall);
            prop_assert!(close(s.precision, precision) && close(s.recall, recall) && close(s.f1, f1));
            if is > 0.0 { recalls.push(recall) }
            if is + said > 0.0 { f1s.push(f1) }
            weighted += f1 * is / rows.len() as f64;
        }
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        prop_assert!(close(c.accuracy(), count(&|t, p| t == p) / rows.len() as f64));
        prop_assert!(close(c.balanced_accuracy(), mean(&recalls)));
        prop_assert!(close(c.macro_mean().f1, mean(&f1s)) && close(c.weighted_mean().f1, weighted));
    }

    /// Coarse values, so that ties are common; a stable sort puts the lower index first.
    #[test]
    fn top_k_equals_sorting(values in prop::collection::vec(0..4_u8, 5..100), k in 1..7_usize, shift in 0..5_usize) {
        let rows = values.len() / 5;
        let p = Array2::from_shape_fn((rows, 5), |(r, c)| f32::from(values[5 * r + c]));
        let truth: Vec<usize> = (0..rows).map(|r| (r + shift) % 5).collect();
        let hits = (0..rows).filter(|&r| {
            let mut order: Vec<usize> = (0..5).collect();
            order.sort_by(|&a, &b| p[[r, b]].total_cmp(&p[[r, a]]));
            order[..k.min(5)].contains(&truth[r])
        });
        let hits = hits.count() as f64;
        prop_assert!(close(top_k(p.view(), &truth, k).unwrap(), hits / rows as f64));
        let first = Confusion::new(GENRES, &truth, &argmax(p.view()).unwrap()).unwrap();
        prop_assert!(close(top_k(p.view(), &truth, 1).unwrap(), first.accuracy()));
    }
}

/// Forty rows of four classes, the last of which has none: per cent.
const TRUTH: [usize; 40] = [
    1, 2, 1, 0, 0, 2, 0, 2, 1, 0, 0, 0, 0, 0, 1, 1, 2, 1, 1, 2, 0, 0, 1, 0, 0, 1, 0, 2, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0,
    2, 0,
];
const PERCENT: [[u8; 4]; 40] = [
    [11, 73, 15, 1],
    [5, 69, 1, 25],
    [2, 2, 89, 7],
    [8, 21, 58, 13],
    [45, 2, 9, 44],
    [5, 31, 37, 27],
    [6, 4, 9, 81],
    [69, 0, 6, 25],
    [0, 12, 5, 83],
    [92, 3, 2, 3],
    [97, 0, 1, 2],
    [66, 13, 2, 19],
    [11, 61, 22, 6],
    [63, 2, 31, 4],
    [57, 6, 36, 1],
    [0, 61, 4, 35],
    [97, 0, 1, 2],
    [25, 30, 6, 39],
    [53, 11, 16, 20],
    [1, 18, 8, 73],
    [75, 13, 3, 9],
    [4, 5, 90, 1],
    [53, 1, 44, 2],
    [61, 4, 0, 35],
    [97, 1, 1, 1],
    [0, 97, 1, 2],
    [7, 2, 1, 90],
    [6, 55, 37, 2],
    [15, 42, 29, 14],
    [2, 1, 1, 96],
    [6, 1, 10, 83],
    [20, 55, 23, 2],
    [90, 4, 5, 1],
    [90, 3, 6, 1],
    [0, 96, 1, 3],
    [49, 5, 4, 42],
    [17, 5, 7, 71],
    [87, 11, 2, 0],
    [34, 34, 17, 15],
    [64, 16, 19, 1],
];

fn forty() -> Array2<f32> {
    Array2::from_shape_fn((40, 4), |(row, class)| (f64::from(PERCENT[row][class]) / 100.0) as f32)
}

/// scikit-learn 1.9 on the same table: `roc_auc_score(truth == c, p[:, c])` and `average_precision_score` likewise. The table
/// was drawn by NumPy, `default_rng(7)`: classes with probabilities 0.5, 0.3, 0.2; logits normal with deviation 2, that of the
/// truth raised by 1.5; their softmax in whole per cent.
#[test]
fn rankings_are_scikit_learns() {
    let rankings = Ranking::of_each(forty().view(), &TRUTH).unwrap();
    let wanted = [
        (21, 0.7606516290726817, 0.7374576699366616),
        (12, 0.65625, 0.5742801242801242),
        (7, 0.5324675324675324, 0.24061826807822229),
    ];
    for (found, (support, auc, precision)) in rankings.iter().zip(wanted) {
        assert_eq!(found.support, support);
        assert!(close(found.roc_auc.unwrap(), auc) && close(found.average_precision.unwrap(), precision), "{found:?}");
    }
    assert_eq!(rankings[3], Ranking { support: 0, roc_auc: None, average_precision: None });
    assert!(average_precision(&[0.5, 0.2], &[0, 0]).is_err() && average_precision(&[f32::NAN], &[1]).is_err());
}

/// NumPy for the likelihood and the bins (`np.linspace(0, 1, 16)`, open below); SciPy 1.17, `minimize_scalar` of the mean loss
/// of `percent / 25` as logits, for the temperature.
#[test]
fn calibration_is_that_of_numpy_and_scipy() {
    let p = forty();
    assert!(close(nll(p.view(), &TRUTH).unwrap(), 1.6314082033633266));
    let r = Reliability::new(p.view(), &TRUTH).unwrap();
    assert!(close(r.ece, 0.3654999971389771), "{}", r.ece);
    assert_eq!((r.bins.len(), r.bins.iter().map(|bin| bin.rows).sum::<u64>()), (15, 40));
    let logits = Array2::from_shape_fn((40, 4), |(row, class)| f32::from(PERCENT[row][class]) / 25.0);
    let t = temperature(logits.view(), &TRUTH).unwrap();
    assert!((t - 2.8107661160465196).abs() < 1e-6, "{t}");
    // Whatever the logits are multiplied by, the temperature is, too.
    assert!((temperature((&logits * 4.0).view(), &TRUTH).unwrap() / t - 4.0).abs() < 1e-6);
    // Rows that are all right make it cold, those that are all wrong as hot as it gets.
    assert!(temperature(array![[1.0, 0.0]].view(), &[0]).unwrap() < 0.05);
    assert!((temperature(array![[1.0, 0.0]].view(), &[1]).unwrap() - 100.0).abs() < 1e-6);
    for truth in [&TRUTH[..39], &[9; 40], &[]] {
        assert!(nll(p.view(), truth).is_err() && temperature(p.view(), truth).is_err());
    }
    assert_eq!(temperature(array![[f32::INFINITY, 0.0]].view(), &[0]).unwrap_err().kind(), ErrorKind::NonFinite);
    assert!(nll(array![[1.0, 0.0]].view(), &[1]).unwrap().is_finite());
}

/// SciPy 1.17: `binomtest(hits, rows).proportion_ci(method="wilson")`, and `.pvalue` for McNemar's test.
#[test]
fn intervals_and_tests_are_scipys() {
    for (hits, rows, low, high) in [
        (176, 199, 0.8325451782690045, 0.9217384917929796),
        (0, 5, 0.0, 0.43448246478317476),
        (5, 5, 0.5655175352168251, 1.0),
        (1, 3, 0.06149194472039626, 0.7923403991979523),
        (583, 948, 0.5835985998916622, 0.6454311381805753),
    ] {
        let found = Interval::wilson(hits, rows);
        assert!(close(found.low, low) && close(found.high, high), "{found:?}");
    }
    assert_eq!(Interval::wilson(0, 0), Interval { low: 0.0, high: 1.0 });
    for (first, second, p) in
        [(5, 0, 0.0625), (3, 3, 1.0), (12, 25, 0.04703102743951604), (700, 610, 0.013902723449447724)]
    {
        assert!(close(mcnemar(first, second), p) && close(mcnemar(second, first), p), "{first}, {second}");
    }
    assert_eq!(mcnemar(0, 0), 1.0);
    // t = mean / sqrt((1/5 + 1/9) s^2), four degrees of freedom.
    let d = corrected_t(&[0.02, 0.03, 0.01, 0.04, 0.02], 1.0 / 9.0).unwrap();
    assert!(close(d.mean, 0.024) && close(d.p, 0.019539742201864923), "{d:?}");
    assert!(close(d.interval.low, 0.006342934490464195) && close(d.interval.high, 0.04165706550953581), "{d:?}");
    assert!(d.is_sure() && !corrected_t(&[0.02, -0.03], 0.1).unwrap().is_sure());
    assert_eq!(corrected_t(&[0.0, 0.0], 0.1).unwrap().p, 1.0);
    for (differences, test) in [(&[0.1][..], 0.1), (&[0.1, f64::NAN], 0.1), (&[0.1, 0.2], 0.0)] {
        assert!(corrected_t(differences, test).is_err());
    }
}

/// Of independent rows, the bootstrap agrees with Wilson; of rows that come in tens, it is wider by the root of ten.
#[test]
fn the_bootstrap_draws_whole_groups() {
    let correct: Vec<f64> = (0..400).map(|row| f64::from(u8::from(row / 10 % 4 > 0))).collect();
    let mean = |rows: &[usize]| [rows.iter().map(|&row| correct[row]).sum::<f64>() / rows.len() as f64];
    let [alone] = bootstrap(400, None, Seed(1), mean).unwrap();
    let wilson = Interval::wilson(300, 400);
    assert!((alone.low - wilson.low).abs() < 5e-3 && (alone.high - wilson.high).abs() < 5e-3, "{alone:?}");
    let tens = Groups::of((0..400).map(|row| row / 10));
    let [together] = bootstrap(400, Some(&tens), Seed(1), mean).unwrap();
    let ratio = (together.high - together.low) / (alone.high - alone.low);
    assert!((2.8..3.5).contains(&ratio), "{ratio}");
    assert_eq!([together], bootstrap(400, Some(&tens), Seed(1), mean).unwrap());
    assert!(bootstrap(3, Some(&Groups::of([7, 7, 7])), Seed(1), |_| [0.0]).is_err());
    assert!(bootstrap(3, Some(&tens), Seed(1), |_| [0.0]).is_err());
    assert_eq!(bootstrap(3, None, Seed(1), |_| [f64::NAN]).unwrap_err().kind(), ErrorKind::NonFinite);
}

#[test]
fn an_assessment_surrounds_the_evaluation() {
    let p = forty();
    let test = Evaluation::new(1.0, p.view(), &TRUTH, GENRES[..4].iter().copied()).unwrap();
    let artists = Groups::of((0..40).map(|row| row / 2));
    for groups in [None, Some(&artists)] {
        let a = Assessment::new(p.view(), &TRUTH, groups, Seed(0)).unwrap();
        assert_eq!(a.intervals.clusters, if groups.is_some() { 20 } else { 40 });
        let i = a.intervals;
        assert!(i.accuracy.contains(test.accuracy()) && i.nll.contains(a.nll), "{i:?}");
        assert!(i.balanced_accuracy.contains(test.confusion.balanced_accuracy()));
        assert!(i.accuracy.high - i.accuracy.low > 0.2 && i.accuracy.high - i.accuracy.low < 0.4);
    }
}
