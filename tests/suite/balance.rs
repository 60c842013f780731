//! Balancing changes what it should and nothing else.

use crate::common::matrices::random;
use crate::common::on_threads;
use ndarray::s;
use proptest::prelude::*;
use tonegrad::balance::Strategy;
use tonegrad::balance::{RandomOverSampler, RandomUnderSampler, Smote, cap};
use tonegrad::data::{Dataset, Train};
use tonegrad::{ErrorKind, Seed};

/// A training part with `counts` rows of each class, mixed, and classes named "a", "b", ...
fn classes(counts: &[usize], columns: usize, seed: u64) -> Train {
    let mut y: Vec<_> = counts.iter().enumerate().flat_map(|(class, &n)| vec![class; n]).collect();
    rand::seq::SliceRandom::shuffle(&mut y[..], &mut Seed(seed).stream("mix"));
    Train::new(Dataset::new(random(y.len(), columns, seed), y, names(counts.len())).unwrap())
}

fn names(n: usize) -> Vec<String> {
    (b'a'..).take(n).map(|c| char::from(c).to_string()).collect()
}

/// The rows of a class, to compare what became of them.
fn of_class(data: &Dataset, class: usize) -> Dataset {
    data.select(&(0..data.len()).filter(|&row| data.y()[row] == class).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn smote_fills_every_class_between_neighbours(
        counts in prop::collection::vec(7usize..60, 2..6), columns in 1usize..20, k in 1usize..7, seed: u64,
    ) {
        let train = classes(&counts, columns, seed);
        let smote = Smote { k, ..Smote::default() };
        let (balanced, parents) = smote.balance_with_parents(&train, Seed(seed)).unwrap();
        let n = train.len();
        let most = *counts.iter().max().unwrap();
        prop_assert_eq!(balanced.counts(), vec![most; counts.len()]);
        prop_assert_eq!(balanced.classes(), train.classes());
        prop_assert_eq!((balanced.x().slice_move(s![..n, ..]), &balanced.y()[..n]), (train.x(), train.y()));
        prop_assert!(balanced.y()[n..].is_sorted(), "blocks come in the order of classes");
        prop_assert_eq!(parents.len(), balanced.len() - n);
        for (i, p) in parents.iter().enumerate() {
            let class = balanced.y()[n + i];
            prop_assert_eq!((train.y()[p.row], train.y()[p.neighbour]), (class, class));
            prop_assert!(p.row != p.neighbour && (0.0..1.0).contains(&p.u));
            let (child, a, b) = (balanced.x().row(n + i).to_owned(), train.x().row(p.row).to_owned(), train.x().row(p.neighbour).to_owned());
            for ((&c, &a), &b) in child.iter().zip(&a).zip(&b) {
                prop_assert!(a.min(b) <= c && c <= a.max(b), "{} between {} and {}", c, a, b);
                prop_assert!((c - (a + p.u as f32 * (b - a))).abs() <= 1e-6 * (1.0 + a.abs() + b.abs()));
            }
            // The neighbour is one of the k nearest of its class.
            let mates: Vec<_> = (0..n).filter(|&row| train.y()[row] == class && row != p.row).collect();
            let distance = |row: usize| -> f64 {
                train.x().row(row).iter().zip(&a).map(|(&v, &w)| (f64::from(v) - f64::from(w)).powi(2)).sum()
            };
            let nearer = mates.iter().filter(|&&row| distance(row) < distance(p.neighbour)).count();
            prop_assert!(nearer < k);
        }
        prop_assert_eq!(&balanced, &smote.balance(&train, Seed(seed)).unwrap());
        let others = smote.balance_with_parents(&train, Seed(seed ^ 1)).unwrap().1;
        prop_assert!(parents.is_empty() || parents != others, "another seed draws otherwise");
    }

    #[test]
    fn smote_does_not_depend_on_the_threads(counts in prop::collection::vec(7usize..400, 2..5), seed: u64) {
        let train = classes(&counts, 9, seed);
        let one = on_threads(1, || Smote::default().balance_with_parents(&train, Seed(seed))).unwrap();
        for threads in [2, 7] {
            prop_assert_eq!(&one, &on_threads(threads, || Smote::default().balance_with_parents(&train, Seed(seed))).unwrap());
        }
    }

    #[test]
    fn samplers_repeat_or_leave_out_whole_rows(
        counts in prop::collection::vec(1usize..50, 2..6), most in 1usize..60, seed: u64,
    ) {
        // A feature that distinguishes each row from all others.
        let mut train = classes(&counts, 2, seed);
        train.rows_mut().x_mut().column_mut(0).iter_mut().enumerate().for_each(|(row, v)| *v = row as f32);
        let seed = Seed(seed);
        let row = |data: &Dataset, i: usize| data.x()[[i, 0]] as usize;
        let whole = |data: &Dataset| (0..data.len()).all(|i| {
            let from = row(data, i);
            data.x().row(i) == train.x().row(from) && data.y()[i] == train.y()[from]
        });
        let ascending = |data: &Dataset| (1..data.len()).all(|i| row(data, i - 1) < row(data, i));

        let over = RandomOverSampler::default().balance(&train, seed).unwrap();
        prop_assert_eq!(over.counts(), vec![*counts.iter().max().unwrap(); counts.len()]);
        prop_assert!(whole(&over) && (0..train.len()).all(|i| row(&over, i) == i));
        prop_assert!(over.y()[train.len()..].is_sorted());

        let under = RandomUnderSampler::default().balance(&train, seed).unwrap();
        prop_assert_eq!(under.counts(), vec![*counts.iter().min().unwrap(); counts.len()]);
        prop_assert!(whole(&under) && ascending(&under));

        let capped = cap(&train, most, seed).unwrap();
        prop_assert_eq!(capped.counts(), counts.iter().map(|&n| n.min(most)).collect::<Vec<_>>());
        prop_assert!(whole(&capped) && ascending(&capped));
        for (class, _) in counts.iter().enumerate().filter(|(_, n)| **n <= most) {
            prop_assert_eq!(of_class(&capped, class), of_class(&train, class));
        }
        prop_assert_eq!(&capped, &cap(&train, most, seed).unwrap());
    }
}

#[test]
fn a_class_of_k_rows_is_too_small_and_one_of_more_is_not() {
    let error = |counts: &[usize]| Smote::default().balance(&classes(counts, 3, 1), Seed(1)).unwrap_err().to_string();
    assert_eq!(Smote::default().balance(&classes(&[9, 6], 3, 1), Seed(1)).unwrap().counts(), [9, 9]);
    assert_eq!(
        error(&[9, 5]),
        "smote, class \"b\": found 5 rows, wanted more than k = 5, to have as many neighbours of each; \
         the largest k that works is 4"
    );
    assert_eq!(Smote { k: 4, ..Smote::default() }.balance(&classes(&[9, 5], 3, 1), Seed(1)).unwrap().counts(), [9, 9]);
    assert!(error(&[1, 9]).starts_with("smote, class \"a\": found 1 row, wanted more than k = 5"));
    assert!(error(&[1, 9]).contains("no k serves"));
    // A small class that does not grow is none of its business.
    let minority = Smote { strategy: Strategy::counts([("b", 12)]), k: 5 };
    assert_eq!(minority.balance(&classes(&[3, 9], 3, 1), Seed(1)).unwrap().counts(), [3, 12]);
    assert!(Smote { k: 0, ..Smote::default() }.balance(&classes(&[3, 9], 3, 1), Seed(1)).is_err());
}

#[test]
fn small_classes_make_do_with_the_neighbours_they_have_where_that_is_asked_for() {
    let train = classes(&[9, 3, 1, 0, 2], 3, 1);
    let (balanced, parents) = Smote::default().balance_leniently(&train, Seed(1)).unwrap();
    assert_eq!(balanced.counts(), [9, 9, 1, 0, 9], "one row has no neighbour, and no row is none");
    assert!(parents.iter().all(|p| p.row != p.neighbour && train.y()[p.row] == train.y()[p.neighbour]));
    assert!(Smote { k: 0, ..Smote::default() }.balance_leniently(&train, Seed(1)).is_err());
    let enough = classes(&[9, 6], 3, 1);
    let strict = Smote::default().balance_with_parents(&enough, Seed(1)).unwrap();
    assert_eq!(Smote::default().balance_leniently(&enough, Seed(1)).unwrap(), strict, "the same bits where k serves");
}

#[test]
fn copies_are_neighbours_of_each_other() {
    let x = ndarray::array![[1.0, 2.0], [1.0, 2.0], [9.0, 9.0], [0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [0.0, 3.0]];
    let train = Train::new(Dataset::new(x, vec![0, 0, 0, 1, 1, 1, 1], ["a", "b"]).unwrap());
    let smote = Smote { strategy: Strategy::counts([("a", 300)]), k: 1 };
    let (balanced, parents) = smote.balance_with_parents(&train, Seed(4)).unwrap();
    for (i, p) in parents.iter().enumerate() {
        assert_eq!(p.neighbour, [1, 0, 0][p.row], "never the row itself");
        assert!(p.row == 2 || balanced.x().row(7 + i) == train.x().row(0), "between copies lies a copy");
    }
    assert!((0..3).all(|row| parents.iter().any(|p| p.row == row)));
}

#[test]
fn pairs_are_drawn_evenly_and_steps_too() {
    let train = classes(&[10, 11], 4, 2);
    let smote = Smote { strategy: Strategy::counts([("a", 60_010)]), k: 3 };
    let (_, parents) = smote.balance_with_parents(&train, Seed(5)).unwrap();
    let mut pairs = std::collections::BTreeMap::new();
    parents.iter().for_each(|p| *pairs.entry((p.row, p.neighbour)).or_insert(0.0) += 1.0);
    assert_eq!(pairs.len(), 30);
    // 2,000 of each are expected, with a deviation of 44.
    assert!(pairs.values().all(|n: &f64| (n - 2000.0).abs() < 5.0 * 44.0), "{pairs:?}");
    for tenth in 0..10 {
        let n = parents.iter().filter(|p| (p.u * 10.0) as usize == tenth).count();
        assert!(n.abs_diff(6000) < 5 * 74, "{n} steps in tenth {tenth}");
    }
}

#[test]
fn a_class_draws_from_a_stream_of_its_own() {
    let train = classes(&[20, 9, 8], 4, 2);
    let parents = |strategy| Smote { strategy, k: 5 }.balance_with_parents(&train, Seed(7)).unwrap().1;
    let (both, one) = (parents(Strategy::Auto), parents(Strategy::counts([("c", 20)])));
    assert_eq!(both[11..], one);
}

#[test]
fn strategies_change_the_classes_they_name() {
    use Strategy::*;
    // The first of the largest is the majority, the first of the smallest the minority.
    let train = classes(&[9, 12, 7, 12, 0, 7], 3, 1);
    let over = |strategy: Strategy| {
        let repeated = RandomOverSampler { strategy: strategy.clone() }.balance(&train, Seed(1)).unwrap();
        let smote = Smote { strategy, k: 5 }.balance(&train, Seed(1)).unwrap();
        assert_eq!((smote.counts(), smote.y()), (repeated.counts(), repeated.y()));
        smote.counts()
    };
    assert_eq!(over(Auto), [12, 12, 12, 12, 0, 12]);
    assert_eq!(over(NotMajority), [12, 12, 12, 12, 0, 12]);
    assert_eq!(over(All), [12, 12, 12, 12, 0, 12]);
    assert_eq!(over(Minority), [9, 12, 12, 12, 0, 7]);
    assert_eq!(over(NotMinority), [12, 12, 7, 12, 0, 12]);
    assert_eq!(over(Strategy::counts([("a", 10), ("d", 30)])), [10, 12, 7, 30, 0, 7]);

    let under = |strategy| RandomUnderSampler { strategy }.balance(&train, Seed(1)).map(|t| t.counts());
    assert_eq!(under(Auto).unwrap(), [7, 7, 7, 7, 0, 7]);
    assert_eq!(under(NotMinority).unwrap(), [7, 7, 7, 7, 0, 7]);
    assert_eq!(under(All).unwrap(), [7, 7, 7, 7, 0, 7]);
    assert_eq!(under(Majority).unwrap(), [9, 7, 7, 12, 0, 7]);
    assert_eq!(under(NotMajority).unwrap(), [7, 12, 7, 7, 0, 7]);
    assert_eq!(under(Strategy::counts([("a", 0), ("b", 3)])).unwrap(), [0, 3, 7, 12, 0, 7]);

    assert!(under(Minority).is_err());
    let refused = |strategy| Smote { strategy, k: 5 }.balance(&train, Seed(1)).unwrap_err().to_string();
    assert!(refused(Majority).starts_with("balance, strategy: found majority to over-sample"));
    assert_eq!(
        refused(Strategy::counts([("a", 8)])),
        "balance, class \"a\": found a count of 8, wanted at least the 9 rows that there are; \
         to leave rows out, use `RandomUnderSampler` or `cap`"
    );
    assert!(refused(Strategy::counts([("z", 8)])).contains("found \"z\", wanted one of \"a\", \"b\""));
    assert!(refused(Strategy::counts([("e", 8)])).starts_with("smote, class \"e\": found 0 rows"));
    assert!(under(Strategy::counts([("a", 10)])).unwrap_err().to_string().contains("at most the 9 rows"));
    let empty = RandomOverSampler { strategy: Strategy::counts([("e", 2)]) }.balance(&train, Seed(1));
    assert!(empty.unwrap_err().to_string().starts_with("over-sample, class \"e\": found no row"));
}

#[test]
fn a_strategy_is_read_as_it_is_written() {
    for name in ["auto", "minority", "majority", "not minority", "not majority", "all"] {
        assert_eq!(name.parse::<Strategy>().unwrap().to_string(), name);
    }
    assert!("most".parse::<Strategy>().unwrap_err().to_string().contains("one of auto, minority"));
}

#[test]
fn one_class_or_a_feature_that_is_not_finite_is_refused() {
    let error = |train: &Train| Smote::default().balance(train, Seed(1)).unwrap_err();
    assert!(error(&classes(&[9, 0], 3, 1)).to_string().contains("found rows of \"a\" alone"));
    assert!(error(&classes(&[0, 0], 3, 1)).to_string().contains("found no row"));
    let mut train = classes(&[20, 9], 3, 1);
    train.rows_mut().x_mut()[[4, 2]] = f32::NAN;
    let found = error(&train);
    assert_eq!(found.kind(), ErrorKind::NonFinite);
    assert!(found.to_string().starts_with("smote, row 4, column 2: found NaN in class"));
    assert!(cap(&train, 0, Seed(1)).is_err());
}
