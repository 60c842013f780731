//! Scores against hand-counted cases, scikit-learn's conventions and a naive recount.

use ndarray::{Array2, array};
use proptest::prelude::*;
use tonegrad::ErrorKind;
use tonegrad::metrics::{Confusion, Evaluation, argmax, top_k};

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

proptest! {
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
