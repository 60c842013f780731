//! Cross-validation tests every row once, shares classes out evenly, parts no artist, and fits inside the fold.

use ndarray::Array2;
use proptest::prelude::*;
use std::collections::BTreeSet;
use tonegrad::Seed;
use tonegrad::data::{Dataset, Folds, Standardize};
use tonegrad::fma::FmaReader;

/// Every row is tested in one fold, and trained on in all others.
fn complete(folds: &Folds, n: usize) -> Result<(), TestCaseError> {
    let mut tested = Vec::new();
    for fold in 0..folds.k() {
        let (train, test) = (folds.train(fold), folds.test(fold));
        prop_assert!(!train.is_empty() && !test.is_empty());
        let mut all = [train, test.clone()].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..n).collect::<Vec<_>>());
        tested.extend(test);
    }
    tested.sort_unstable();
    prop_assert_eq!(tested, (0..n).collect::<Vec<_>>());
    Ok(())
}

/// The largest less the smallest of some counts.
fn spread(counts: impl Iterator<Item = usize> + Clone) -> usize {
    counts.clone().max().unwrap_or(0) - counts.min().unwrap_or(0)
}

proptest! {
    #[test]
    fn stratified(y in prop::collection::vec(0usize..8, 2..300), k in 2usize..12, seed: u64) {
        prop_assume!(k <= y.len());
        let folds = Folds::stratified(&y, k, Seed(seed)).unwrap();
        complete(&folds, y.len())?;
        prop_assert!(spread((0..k).map(|fold| folds.test(fold).len())) <= 1);
        for class in 0..8 {
            let of = |fold| folds.test(fold).iter().filter(|&&row| y[row] == class).count();
            prop_assert!(spread((0..k).map(of)) <= 1, "class {class}");
        }
        prop_assert_eq!(&folds, &Folds::stratified(&y, k, Seed(seed)).unwrap());
        prop_assert!(y.len() < 100 || folds != Folds::stratified(&y, k, Seed(seed ^ 1)).unwrap());
    }

    #[test]
    fn grouped(groups in prop::collection::vec(0u32..40, 2..300), k in 2usize..8, seed: u64) {
        let distinct = groups.iter().collect::<BTreeSet<_>>().len();
        prop_assume!(k <= distinct);
        let folds = Folds::grouped(&groups, k, Seed(seed)).unwrap();
        complete(&folds, groups.len())?;
        for fold in 0..k {
            let of = |rows: Vec<usize>| rows.into_iter().map(|row| groups[row]).collect::<BTreeSet<_>>();
            prop_assert!(of(folds.train(fold)).is_disjoint(&of(folds.test(fold))));
        }
        // A fold gets a group only while it is the smallest, so no two differ by more than a group.
        let largest = groups.iter().map(|group| groups.iter().filter(|g| *g == group).count()).max().unwrap_or(0);
        prop_assert!(spread((0..k).map(|fold| folds.test(fold).len())) <= largest);
        prop_assert_eq!(&folds, &Folds::grouped(&groups, k, Seed(seed)).unwrap());
        prop_assert!(distinct < 30 || folds != Folds::grouped(&groups, k, Seed(seed ^ 1)).unwrap());
    }
}

#[test]
fn rows_go_where_they_belong_and_the_standardiser_sees_the_training_rows_alone() {
    let x = Array2::from_shape_fn((30, 2), |(row, column)| (row * row + 7 * column) as f32);
    let data = Dataset::new(x, (0..30).map(|row| row % 3).collect(), ["Folk", "Jazz", "Rock"]).unwrap();
    let folds = Folds::stratified(data.y(), 4, Seed(1)).unwrap();
    for (number, fold) in folds.of(&data).unwrap().enumerate() {
        assert_eq!(*fold.train, data.select(&folds.train(number)));
        assert_eq!(fold.test, data.select(&folds.test(number)));
        let alone = Standardize::fit(&fold.train).unwrap();
        let mut test = fold.test.clone();
        alone.apply(&mut test).unwrap();
        let fold = fold.standardized().unwrap();
        assert_eq!((fold.standardize.as_ref(), &fold.test), (Some(&alone), &test));
        assert_eq!(fold.clone().standardized().unwrap(), fold, "once is enough");
    }
    assert!(folds.of(&data.select(&[0, 1])).is_err());
}

#[test]
fn no_artist_is_in_two_folds() {
    let fma = FmaReader::new().families(["mfcc"]).synthetic(Seed(3), 400).unwrap();
    let folds = fma.folds_by_artist(5, Seed(3)).unwrap();
    for fold in 0..5 {
        let artists = |rows: Vec<usize>| rows.into_iter().map(|row| fma.artists()[row]).collect::<BTreeSet<_>>();
        assert!(artists(folds.train(fold)).is_disjoint(&artists(folds.test(fold))));
    }
}

#[test]
fn impossible_folds_are_refused() {
    for (error, part) in [
        (Folds::stratified(&[0, 1, 0], 1, Seed(0)), "folds, k: found 1, wanted 2 to 3, the number of rows"),
        (Folds::stratified(&[0, 1, 0], 4, Seed(0)), "found 4, wanted 2 to 3"),
        (Folds::stratified(&[], 2, Seed(0)), "at least 2 rows, but there are 0"),
        (Folds::grouped(&[9, 9, 8], 3, Seed(0)), "found 3, wanted 2 to 2, the number of groups"),
    ] {
        let message = error.unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}
