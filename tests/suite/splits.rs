//! The splits leave no row out, put none in two parts and part no artist; the standardiser sees the training part alone.

use ndarray::{Array2, array};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tonegrad::Seed;
use tonegrad::data::{Dataset, Groups, Parts, Quantile, Standardize, Train};
use tonegrad::data::{Folds, Partition};
use tonegrad::fma::{Set, Split, official};

/// Every row is in exactly one part.
fn complete(rows: &Partition, n: usize) -> Result<(), TestCaseError> {
    let mut all = [rows.train.clone(), rows.valid.clone(), rows.test.clone()].concat();
    all.sort_unstable();
    prop_assert_eq!(all, (0..n).collect::<Vec<_>>());
    Ok(())
}

fn tenth(n: usize) -> usize {
    (n as f64 / 10.0).round() as usize
}

proptest! {
    #[test]
    fn random(n in 0usize..2000, seed: u64) {
        let rows = Partition::random(n, Seed(seed));
        complete(&rows, n)?;
        prop_assert_eq!((rows.valid.len(), rows.test.len()), (tenth(n), tenth(n)));
        prop_assert_eq!(&rows, &Partition::random(n, Seed(seed)));
        prop_assert!(n < 100 || rows != Partition::random(n, Seed(seed ^ 1)));
    }

    #[test]
    fn stratified(y in prop::collection::vec(0usize..12, 0..400), seed: u64) {
        let rows = Partition::stratified(&y, Seed(seed));
        complete(&rows, y.len())?;
        prop_assert_eq!(&rows, &Partition::stratified(&y, Seed(seed)));
        for class in 0..12 {
            let of = |rows: &[usize]| rows.iter().filter(|&&row| y[row] == class).count();
            let n = y.iter().filter(|&&c| c == class).count();
            let held_out = if n < 3 { 0 } else { tenth(n).max(1) };
            prop_assert_eq!((of(&rows.valid), of(&rows.test)), (held_out, held_out));
            prop_assert!(n == 0 || of(&rows.train) > 0);
        }
    }

    #[test]
    fn by_artist(artists in prop::collection::vec(0u32..60, 0..500), seed: u64) {
        let rows = Partition::grouped(&artists, Seed(seed));
        complete(&rows, artists.len())?;
        prop_assert_eq!(&rows, &Partition::grouped(&artists, Seed(seed)));
        let of = |rows: &[usize]| rows.iter().map(|&row| artists[row]).collect::<BTreeSet<_>>();
        let (train, valid, test) = (of(&rows.train), of(&rows.valid), of(&rows.test));
        prop_assert!(train.is_disjoint(&valid) && train.is_disjoint(&test) && valid.is_disjoint(&test));
        let mut sizes = BTreeMap::<u32, usize>::new();
        artists.iter().for_each(|&artist| *sizes.entry(artist).or_default() += 1);
        prop_assert!(sizes.len() < 3 || ![&train, &valid, &test].iter().any(|part| part.is_empty()));
        let largest = sizes.values().copied().max().unwrap_or(0);
        for part in [&rows.valid, &rows.test] {
            let missed = part.len().abs_diff(tenth(artists.len()));
            prop_assert!(of(part).len() <= 1 || 2 * missed <= largest, "{} of {}", part.len(), artists.len());
        }
    }

    #[test]
    fn official_parts(sets in prop::collection::vec(prop::sample::select(vec![Set::Training, Set::Validation, Set::Test]), 0..50)) {
        let rows = official(&sets);
        complete(&rows, sets.len())?;
        prop_assert!(rows.valid.iter().all(|&row| sets[row] == Set::Validation));
        prop_assert!(rows.test.iter().all(|&row| sets[row] == Set::Test));
    }

    #[test]
    fn standardised(values in prop::collection::vec(-1e6f32..1e6, 60), constant in -1e6f32..1e6) {
        let mut x = Array2::from_shape_vec((20, 3), values).unwrap();
        x.column_mut(1).fill(constant);
        let parts = Parts::new(&one_class(x), Partition::random(20, Seed(3))).unwrap().standardized().unwrap();
        for (column, values) in parts.train.x().columns().into_iter().enumerate() {
            let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / 16.0;
            let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / 16.0;
            let wanted = if column == 1 { 0.0 } else { 1.0 };
            prop_assert!(mean.abs() < 1e-3 && (variance - wanted).abs() < 1e-3, "mean {mean}, variance {variance}");
        }
        prop_assert_eq!(&parts.clone().standardized().unwrap(), &parts, "once is enough");
    }
}

fn one_class(x: Array2<f32>) -> Dataset {
    let n = x.nrows();
    Dataset::new(x, vec![0; n], ["Folk"]).unwrap()
}

#[test]
fn a_part_must_have_rows_and_rows_must_exist() {
    let data = one_class(Array2::zeros((30, 2)));
    let rows = |train: &[usize], valid: &[usize], test: &[usize]| {
        let [train, valid, test] = [train, valid, test].map(<[_]>::to_vec);
        Partition { train, valid, test }
    };
    for (rows, part) in [
        (rows(&[], &[1], &[2]), "training"),
        (rows(&[1], &[], &[2]), "validation"),
        (rows(&[1], &[2], &[]), "test"),
        (Partition::stratified(&[0, 1, 2, 0, 1, 2], Seed(1)), "validation"),
        (Partition::grouped(&[1, 1, 2, 2], Seed(1)), "training"),
    ] {
        let message = Parts::new(&data, rows).unwrap_err().to_string();
        assert!(message.contains(&format!("an empty {part} part of 30 rows")), "{message}");
    }
    let message = Parts::new(&data, rows(&[1], &[30], &[2])).unwrap_err().to_string();
    assert!(message.contains("row 30 in the validation part"), "{message}");
}

#[test]
fn a_group_on_both_sides_is_refused_unless_it_is_asked_for() {
    let groups = Groups::of((0..30).map(|row| row / 3));
    let data = one_class(Array2::zeros((30, 2))).with_groups(groups.clone()).unwrap();
    let apart = Partition::of(&data, Seed(1));
    assert_eq!(apart, Partition::grouped(groups.ids(), Seed(1)));
    let parts = Parts::new(&data, apart.clone()).unwrap();
    assert_eq!(parts.test.groups(), Some(&groups.select(&apart.test)));
    assert_eq!(groups.shared(&apart.train, &apart.test), 0.0);

    let random = Partition::random(30, Seed(1));
    let error = Parts::new(&data, random.clone()).unwrap_err().to_string();
    assert!(error.starts_with("split, groups: found rows of group ") && error.contains("ignoring_groups"), "{error}");
    assert!(groups.shared(&random.train, &random.test) > 0.5);
    assert_eq!(Parts::ignoring_groups(&data, random.clone()).unwrap().rows, random);
    assert!(Parts::new(&data.clone().without_groups(), random.clone()).is_ok());
    // A group may have rows that are in no part.
    let some = Partition { train: vec![0, 1], valid: vec![3], test: vec![6] };
    assert!(Parts::new(&data, some).is_ok());
    let error = one_class(Array2::zeros((3, 1))).with_groups(groups).unwrap_err().to_string();
    assert!(error.contains("30 groups for 3 rows"), "{error}");
}

#[test]
fn weights_are_shared_by_the_classes_that_have_rows() {
    // As scikit-learn's compute_class_weight("balanced") of the labels that occur.
    let data = Dataset::new(Array2::zeros((4, 1)), vec![0, 0, 0, 2], ["Folk", "Jazz", "Rock"]).unwrap();
    assert_eq!(data.balanced_weights(), [4.0 / 6.0, 0.0, 2.0]);
}

#[test]
fn splits_are_known_by_name() {
    for split in [Split::Random, Split::Stratified, Split::Artist, Split::Official] {
        assert_eq!(split.to_string().parse(), Ok(split));
    }
    let message = "Random".parse::<Split>().unwrap_err().to_string();
    assert!(message.contains("\"Random\"") && message.contains("random, stratified, artist, official"), "{message}");
}

#[test]
fn standardising_is_by_the_population_deviation() {
    let train = Train::new(one_class(array![[1.0, 0.1], [2.0, 0.1], [6.0, 0.1]]));
    let fitted = Standardize::fit(&train).unwrap();
    assert_eq!(fitted.mean(), [3.0, 0.1]);
    assert_eq!(fitted.scale(), [(14.0f64 / 3.0).sqrt() as f32, 1.0], "a constant column keeps its scale");
    let stored = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Standardize>(&stored).unwrap(), fitted);
}

/// scikit-learn 1.9: `QuantileTransformer(n_quantiles=7, output_distribution="normal")`, clipped at 3.
#[test]
fn quantiles_are_those_of_scikit_learn() {
    let x = array![[0.3], [1.5], [-2.0], [40.0], [0.0], [7.0], [0.9]];
    let fitted = Quantile::fit(&Train::new(one_class(x.clone()))).unwrap();
    let mut found = x;
    fitted.apply_to(&mut found).unwrap();
    let wanted = [-0.43072729929545744, 0.43072729929545744, -3.0, 3.0, -0.9674215661017003, 0.9674215661017003, 0.0];
    assert!(found.iter().zip(wanted).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-6), "{found}");
    // Beyond the training rows nothing grows, and tied values lie in the middle of their step.
    let tied = Train::new(one_class(array![[0.0], [0.0], [0.0], [1.0], [2.0]]));
    let mut new = array![[-9.0], [0.0], [1e30], [1.5]];
    let fitted = Quantile::fit(&tied).unwrap();
    fitted.apply_to(&mut new).unwrap();
    assert_eq!((new[[0, 0]], new[[1, 0]], new[[2, 0]]), (-3.0, -1.5, 3.0));
    assert!((0.67..3.0).contains(&new[[3, 0]]), "{new}");
    assert_eq!(Quantile::new(fitted.knots().clone()).unwrap(), fitted);
    assert!(Quantile::new(array![[2.0, 1.0]]).is_err() && Quantile::new(array![[f32::NAN, 1.0]]).is_err());
    assert!(Quantile::fit(&Train::new(one_class(array![[1.0]]))).is_err());
    assert!(fitted.apply_to(&mut array![[1.0, 2.0]]).unwrap_err().to_string().contains("found 2 columns, wanted 1"));
}

#[test]
fn quantiles_come_before_the_standardiser_and_from_the_training_part() {
    let x =
        Array2::from_shape_fn((40, 2), |(row, column)| ((row * 7 + column) % 40) as f32 * 10f32.powi(column as i32));
    let parts = Parts::new(&one_class(x), Partition::random(40, Seed(3))).unwrap();
    let fitted = Quantile::fit(&parts.train).unwrap();
    let mut test = parts.test.clone();
    fitted.apply(&mut test).unwrap();
    let by_quantiles = parts.clone().by_quantiles().unwrap();
    assert_eq!((by_quantiles.quantile.as_ref(), &by_quantiles.test), (Some(&fitted), &test));
    assert_eq!(by_quantiles.clone().by_quantiles().unwrap(), by_quantiles, "once is enough");
    assert!(by_quantiles.standardized().unwrap().standardize.is_some());
    assert!(parts.standardized().unwrap().by_quantiles().is_err());
}

#[test]
fn a_standardiser_that_does_not_fit_is_refused() {
    let fitted = Standardize::fit(&Train::new(one_class(array![[1.0, 2.0], [3.0, 4.0]]))).unwrap();
    let message = fitted.apply(&mut one_class(array![[1.0]])).unwrap_err().to_string();
    assert!(message.contains("found 1 columns, wanted 2"), "{message}");
    assert!(Standardize::fit(&Train::new(one_class(Array2::zeros((0, 2))))).is_err());
    assert!(Standardize::fit(&Train::new(one_class(array![[f32::NAN], [1.0]]))).is_err());
    for stored in [r#"{"mean":[0],"scale":[0]}"#, r#"{"mean":[0],"scale":[1,1]}"#] {
        assert!(serde_json::from_str::<Standardize>(stored).is_err());
    }
}

#[test]
fn a_value_that_standardising_makes_infinite_is_refused() {
    let fitted = Standardize::new(vec![0.0, 0.0], vec![1.0, 1e-3]).unwrap();
    let mut x = array![[3e38_f32, 1.0], [0.0, 3e37]];
    let error = fitted.apply_to(&mut x).unwrap_err().to_string();
    let wanted = "standardise, row 1, column 1: found a value too large to be standardised (mean 0, deviation 0.001)";
    assert!(error.starts_with(wanted) && error.contains("leave the row out"), "{error}");
}

#[test]
fn any_data_set_splits() {
    let x = || Array2::from_shape_fn((50, 2), |(i, j)| (i * 2 + j) as f32);
    let classes = Dataset::new(x(), (0..50).map(|i| usize::from(i >= 40)).collect(), ["many", "few"]).unwrap();
    let parts = classes.split(Seed(4)).unwrap();
    assert_eq!(parts.rows, Partition::stratified(classes.y(), Seed(4)));
    assert_eq!((parts.valid.counts(), parts.test.counts()), (vec![4, 1], vec![4, 1]));
    let numbers = Dataset::regression(x(), x()).unwrap();
    let parts = numbers.split(Seed(4)).unwrap();
    assert_eq!(parts.rows, Partition::random(50, Seed(4)));
    assert_eq!((parts.train.len(), parts.valid.len(), parts.test.len()), (40, 5, 5));
    assert_eq!(parts.test.targets().unwrap(), parts.test.x(), "targets go with their rows");
    assert!(numbers.select(&[0, 1]).split(Seed(4)).is_err());
    let folds = Folds::suiting(&numbers, 5, Seed(4)).unwrap();
    assert!((0..5).all(|fold| folds.test(fold).len() == 10));
    let grouped = numbers.with_groups(Groups::new((0..50).map(|row| row / 5).collect())).unwrap();
    assert_eq!(grouped.split(Seed(4)).unwrap().rows, Partition::grouped(grouped.groups().unwrap().ids(), Seed(4)));
}
