//! Nearest neighbours are those of a plain scan in `f64`, whatever the table and however many the threads.

use crate::common::matrices::random;
use crate::common::on_threads;
use ndarray::{Array2, ArrayView2, s};
use proptest::prelude::*;
use tonegrad::ErrorKind;
use tonegrad::neighbours::{Neighbours, nearest, nearest_others};

/// Tables that products in `f32` find hard.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Normal,
    /// Far from the origin: |a|² and a·b agree in all digits.
    Offset,
    /// Two far clusters: no centre helps.
    Clusters,
    /// Few different rows.
    Duplicates,
    /// Columns of unlike scale, and of extreme size.
    Scales,
    /// Whole numbers: many equal distances.
    Ties,
    /// One row a million times as long as the others.
    Outlier,
}

fn table(kind: Kind, rows: usize, columns: usize, seed: u64) -> Array2<f32> {
    let mut x = random(rows, columns, seed);
    match kind {
        Kind::Normal => {}
        Kind::Offset => x.mapv_inplace(|v| 40_000.0 + v),
        Kind::Clusters => {
            x.indexed_iter_mut().for_each(|((row, _), v)| *v += if row % 3 == 0 { 1e5 } else { -1e5 });
        }
        Kind::Duplicates => {
            let few = x.slice(s![..rows.min(1 + seed as usize % 7), ..]).to_owned();
            x.rows_mut().into_iter().enumerate().for_each(|(i, mut row)| row.assign(&few.row(i % few.nrows())));
        }
        Kind::Scales => {
            x.indexed_iter_mut().for_each(|((_, column), v)| *v *= [1e-30, 1e30, 1.0, 1e-3][column % 4]);
        }
        Kind::Ties => x.mapv_inplace(f32::round),
        Kind::Outlier => {
            x.rows_mut().into_iter().take(1).for_each(|mut row| row.mapv_inplace(|v| v * 1e6));
        }
    }
    x
}

fn kinds() -> impl proptest::strategy::Strategy<Value = Kind> {
    use Kind::*;
    prop::sample::select(vec![Normal, Offset, Clusters, Duplicates, Scales, Ties, Outlier])
}

/// The plain way: every distance in `f64`, sorted, ties by index.
fn brute_force(queries: ArrayView2<f32>, table: ArrayView2<f32>, k: usize, others: bool) -> Array2<usize> {
    let mut found = Array2::zeros((queries.nrows(), k));
    for (q, query) in queries.rows().into_iter().enumerate() {
        let square = |row: usize| -> f64 {
            query.iter().zip(table.row(row)).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
        };
        let mut all: Vec<_> = (0..table.nrows()).filter(|&r| !others || r != q).map(|r| (square(r), r)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found.row_mut(q).iter_mut().zip(all).for_each(|(to, (_, row))| *to = row);
    }
    found
}

/// The distances returned are those of the rows returned.
fn honest(found: &Neighbours, queries: ArrayView2<f32>, table: ArrayView2<f32>) -> Result<(), TestCaseError> {
    for ((place, &row), &distance) in found.rows.indexed_iter().zip(&found.distances) {
        let (a, b) = (queries.row(place.0), table.row(row));
        let square: f64 = a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
        prop_assert!((square.sqrt() - distance).abs() <= 1e-12 * distance, "{} for {}", distance, square.sqrt());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn neighbours_are_those_of_a_plain_scan(
        kind in kinds(), rows in 2usize..600, columns in 1usize..40, k in 1usize..12, seed: u64,
    ) {
        let x = table(kind, rows, columns, seed);
        let k = k.min(rows - 1);
        let found = nearest_others(x.view(), k).unwrap();
        prop_assert_eq!(&found.rows, &brute_force(x.view(), x.view(), k, true));
        honest(&found, x.view(), x.view())?;
    }

    #[test]
    fn neighbours_of_queries_are_those_of_a_plain_scan(
        kind in kinds(), rows in 1usize..400, asked in 0usize..300, columns in 1usize..30, k in 1usize..60, seed: u64,
    ) {
        let all = table(kind, rows + asked, columns, seed);
        // A view with gaps, to be sure that strides are seen.
        let wide = ndarray::concatenate![ndarray::Axis(1), all, all];
        let (queries, x) = wide.slice(s![.., ..columns]).split_at(ndarray::Axis(0), asked);
        let k = k.min(rows);
        let found = nearest(queries, x, k).unwrap();
        prop_assert_eq!(&found.rows, &brute_force(queries, x, k, false));
        honest(&found, queries, x)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn neighbours_do_not_depend_on_the_threads(kind in kinds(), rows in 500usize..1100, seed: u64) {
        let x = table(kind, rows, 12, seed);
        let one = on_threads(1, || nearest_others(x.view(), 5)).unwrap();
        for threads in [2, 7] {
            prop_assert_eq!(&one, &on_threads(threads, || nearest_others(x.view(), 5)).unwrap());
        }
    }
}

#[test]
fn ordinary_rows_need_no_scan_and_copies_do() {
    let x = table(Kind::Normal, 2000, 518, 3);
    assert_eq!(nearest_others(x.view(), 5).unwrap().scanned, 0);
    let x = table(Kind::Offset, 2000, 518, 3);
    assert_eq!(nearest_others(x.view(), 5).unwrap().scanned, 0, "centring takes a common offset away");
    let x = table(Kind::Duplicates, 400, 8, 0);
    assert_eq!(nearest_others(x.view(), 5).unwrap().scanned, 400);
}

#[test]
fn neighbours_refuse_what_has_no_answer() {
    let x = random::<f32>(6, 3, 1);
    assert!(nearest_others(x.view(), 5).is_ok());
    let say = |error: tonegrad::Error| error.to_string();
    assert_eq!(
        say(nearest_others(x.view(), 6).unwrap_err()),
        "neighbours, k: found 6, wanted 1 to 5, for a table of 6 rows"
    );
    assert!(nearest(x.view(), x.view(), 6).is_ok());
    assert!(nearest(x.view(), x.view(), 7).is_err());
    assert!(nearest(x.view(), x.view(), 0).is_err());
    assert_eq!(nearest_others(x.slice(s![..1, ..]), 1).unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(nearest(x.slice(s![.., ..2]), x.view(), 1).unwrap_err().kind(), ErrorKind::Shape);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut y = x.clone();
        y[[4, 2]] = bad;
        let text = say(nearest(y.view(), x.view(), 1).unwrap_err());
        assert_eq!(text, format!("neighbours, row 4 and column 2 of the queries: found {bad}, wanted a finite number"));
        assert_eq!(nearest_others(y.view(), 1).unwrap_err().kind(), ErrorKind::NonFinite);
    }
}

#[test]
fn the_largest_values_and_rows_without_features_are_no_trouble() {
    let x = ndarray::array![[f32::MAX], [f32::MIN], [0.0], [f32::MAX / 2.0]];
    assert_eq!(nearest_others(x.view(), 1).unwrap().rows, ndarray::array![[3], [2], [3], [0]]);
    let none = nearest_others(Array2::zeros((3, 0)).view(), 2).unwrap();
    assert_eq!(none.rows, ndarray::array![[1, 2], [0, 2], [0, 1]]);
}
