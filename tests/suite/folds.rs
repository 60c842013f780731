//! Cross-validation tests every row once, shares classes out evenly, parts no artist, and fits inside the fold.

use ndarray::Array2;
use proptest::prelude::*;
use std::collections::BTreeSet;
use tonegrad::Seed;
use tonegrad::data::{Dataset, Folds, Groups, Standardize};
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

proptest! {
    #[test]
    fn stratified_and_grouped(rows in prop::collection::vec((0u32..40, 0usize..4), 2..300), k in 2usize..8, seed: u64) {
        let (groups, y): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        prop_assume!(k <= groups.iter().collect::<BTreeSet<_>>().len());
        let folds = Folds::stratified_grouped(&y, &groups, k, Seed(seed)).unwrap();
        complete(&folds, y.len())?;
        for fold in 0..k {
            let of = |rows: Vec<usize>| rows.into_iter().map(|row| groups[row]).collect::<BTreeSet<_>>();
            prop_assert!(of(folds.train(fold)).is_disjoint(&of(folds.test(fold))));
        }
        prop_assert_eq!(&folds, &Folds::stratified_grouped(&y, &groups, k, Seed(seed)).unwrap());
        // Groups of a row each can be shared out as rows are: a class's rows in two folds differ by one at most.
        let alone: Vec<u32> = (0..y.len() as u32).collect();
        if y.len() >= k {
            let folds = Folds::stratified_grouped(&y, &alone, k, Seed(seed)).unwrap();
            for class in 0..4 {
                let of = |fold| folds.test(fold).iter().filter(|&&row| y[row] == class).count();
                prop_assert!(y.len() < 20 || spread((0..k).map(of)) <= 2, "class {class}");
            }
        }
    }
}

/// On real artists: every fold has about a third of every genre that has artists enough.
#[test]
fn artist_folds_share_genres_out() {
    let fma = FmaReader::new().families(["mfcc"]).synthetic(Seed(3), 2000).unwrap();
    let data = fma.dataset();
    let folds = fma.folds_by_artist(3, Seed(3)).unwrap();
    assert_eq!(folds, Folds::suiting(data, 3, Seed(3)).unwrap());
    let of = |fold, class| folds.test(fold).iter().filter(|&&row| data.y()[row] == class).count();
    for (class, count) in data.counts().into_iter().enumerate().filter(|(_, count)| *count >= 90) {
        for fold in 0..3 {
            assert!(
                (count / 4..=count / 2).contains(&of(fold, class)),
                "class {class}: {} of {count}",
                of(fold, class)
            );
        }
    }
}

#[test]
fn folds_that_part_a_group_are_refused() {
    let data = Dataset::new(Array2::zeros((9, 1)), vec![0; 9], ["Folk"]).unwrap();
    let data = data.with_groups(Groups::of((0..9).map(|row| row / 3))).unwrap();
    let parted = Folds::stratified(data.y(), 3, Seed(1)).unwrap();
    let error = parted.of(&data).err().unwrap().to_string();
    assert!(error.starts_with("folds, groups: found rows of group ") && error.contains("Folds::suiting"), "{error}");
    assert!(parted.of(&data.clone().without_groups()).is_ok());
    assert_eq!(Folds::suiting(&data, 3, Seed(1)).unwrap().of(&data).unwrap().len(), 3);
    let error = Folds::stratified_grouped(&[0, 1], &[0], 2, Seed(1)).unwrap_err().to_string();
    assert!(error.contains("2 classes and 1 groups"), "{error}");
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
