//! The synthetic tables: layout, proportions, faults, moments that fit together, and classes that do not come apart.

use std::collections::{BTreeMap, HashMap, HashSet};
use tonegrad::Seed;
use tonegrad::fma::synthetic;
use tonegrad::fma::synthetic::Tables;

type Rows = Vec<Vec<String>>;

/// FMA's counts among its 49,598 tracks with a top genre.
const FMA: [(&str, usize); 16] = [
    ("Blues", 110),
    ("Classical", 1_230),
    ("Country", 194),
    ("Easy Listening", 24),
    ("Electronic", 9_372),
    ("Experimental", 10_608),
    ("Folk", 2_803),
    ("Hip-Hop", 3_552),
    ("Instrumental", 2_079),
    ("International", 1_389),
    ("Jazz", 571),
    ("Old-Time / Historic", 554),
    ("Pop", 2_332),
    ("Rock", 14_182),
    ("Soul-RnB", 175),
    ("Spoken", 423),
];

const FAMILIES: [(&str, usize); 11] = [
    ("chroma_cens", 12),
    ("chroma_cqt", 12),
    ("chroma_stft", 12),
    ("mfcc", 20),
    ("rmse", 1),
    ("spectral_bandwidth", 1),
    ("spectral_centroid", 1),
    ("spectral_contrast", 7),
    ("spectral_rolloff", 1),
    ("tonnetz", 6),
    ("zcr", 1),
];

const STATISTICS: [&str; 7] = ["kurtosis", "max", "mean", "median", "min", "skew", "std"];

fn parse(bytes: &[u8]) -> Rows {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn cell(tracks: &Rows, row: usize, group: &str, name: &str) -> String {
    let column = (0..tracks[0].len()).find(|&c| tracks[0][c] == group && tracks[1][c] == name).unwrap();
    tracks[row][column].clone()
}

/// What a loader would keep: features and genre of each track that has both.
fn usable(tables: &Tables) -> Vec<(Vec<f64>, String)> {
    let (features, tracks) = (parse(&tables.features), parse(&tables.tracks));
    let rows = 3..tracks.len();
    let genres: HashMap<_, _> = rows.map(|r| (tracks[r][0].clone(), cell(&tracks, r, "track", "genre_top"))).collect();
    let values = |row: &[String]| row[1..].iter().filter_map(|c| c.parse().ok()).collect::<Vec<f64>>();
    let rows = features[4..].iter().map(|row| (values(row), genres[&row[0]].clone()));
    rows.filter(|(x, genre)| x.iter().any(|&v| v != 0.0) && !genre.is_empty()).collect()
}

#[test]
fn headers_are_fmas() {
    let features = parse(&synthetic::tables(Seed(3), 64).features);
    let mut expected = vec![("feature".to_owned(), "statistics".to_owned(), "number".to_owned())];
    for (family, size) in FAMILIES {
        for statistic in STATISTICS {
            expected.extend((1..=size).map(|n| (family.to_owned(), statistic.to_owned(), format!("{n:02}"))));
        }
    }
    assert_eq!(expected.len(), 519);
    let found = (0..519).map(|c| (features[0][c].clone(), features[1][c].clone(), features[2][c].clone()));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(features[3][0], "track_id");
    assert!(features[3][1..].iter().all(String::is_empty));
}

#[test]
fn genres_keep_fmas_proportions_with_four_of_each_at_least() {
    for (tracks, wanted) in [(1, 64), (64, 64), (100, 100), (2_000, 2_000)] {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        usable(&synthetic::tables(Seed(1), tracks)).into_iter().for_each(|(_, g)| *counts.entry(g).or_default() += 1);
        assert_eq!(counts.values().sum::<usize>(), wanted);
        for (genre, of_fma) in FMA {
            let share = of_fma as f64 * wanted as f64 / 49_598.0;
            let count = counts[genre];
            assert!(count >= 4 && count as f64 <= share.ceil().max(4.0), "{count} of {genre} among {wanted}");
            assert!(wanted < 2_000 || count as f64 >= share * 0.95 - 1.0, "{count} of {genre} among {wanted}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let once = synthetic::tables(Seed(5), 200);
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(once, one_thread.install(|| synthetic::tables(Seed(5), 200)));
    assert_ne!(once, synthetic::tables(Seed(6), 200));
}

#[test]
fn faults_and_quoted_cells_are_there() {
    let tables = synthetic::tables(Seed(2), 1_000);
    let (features, tracks) = (parse(&tables.features), parse(&tables.tracks));
    let empty = features[4..].iter().filter(|row| row[1..].iter().all(String::is_empty)).count();
    let zero = features[4..].iter().filter(|row| row[1..].iter().all(|c| c.parse() == Ok(0.0))).count();
    let unlabelled = (3..tracks.len()).filter(|&r| cell(&tracks, r, "track", "genre_top").is_empty()).count();
    assert_eq!((empty, zero, unlabelled), (3, 3, 25));
    assert_eq!(features.len() - 4, 1_031);
    let same = features[4..].iter().zip(&tracks[3..]).all(|(f, t)| f[0] == t[0]);
    assert!(same && tracks.len() - 3 == 1_031, "both tables hold the same tracks in the same order");
    let quoted = |bio: &str| bio.contains('\n') && bio.contains('"') && bio.contains(',');
    assert!((3..tracks.len()).any(|r| quoted(&cell(&tracks, r, "artist", "bio"))));
}

#[test]
fn the_split_is_by_artist_and_subsets_are_balanced() {
    let tracks = parse(&synthetic::tables(Seed(4), 2_000).tracks);
    let mut parts: HashMap<String, HashSet<String>> = HashMap::new();
    let (mut sizes, mut small, mut medium) = (HashMap::new(), HashMap::new(), 0);
    for row in 3..tracks.len() {
        let part = cell(&tracks, row, "set", "split");
        parts.entry(cell(&tracks, row, "artist", "id")).or_default().insert(part.clone());
        *sizes.entry(part).or_insert(0) += 1;
        match cell(&tracks, row, "set", "subset").as_str() {
            "small" => *small.entry(cell(&tracks, row, "track", "genre_top")).or_insert(0) += 1,
            "medium" => medium += 1,
            other => assert_eq!(other, "large"),
        }
    }
    assert!(parts.values().all(|p| p.len() == 1));
    assert!((200..1_000).contains(&parts.len()), "a handful of tracks each: {} artists", parts.len());
    let share = |part: &str| sizes[part] as f64 / (tracks.len() - 3) as f64;
    for (part, wanted) in [("training", 0.8), ("validation", 0.1), ("test", 0.1)] {
        assert!((share(part) - wanted).abs() < 0.03, "{part}: {}", share(part));
    }
    assert_eq!((small.len(), medium), (8, 1_000 - small.values().sum::<usize>()));
    assert!(small.values().all(|&n| n == 40), "{small:?}");
}

#[test]
fn moments_fit_together() {
    let rows = usable(&synthetic::tables(Seed(7), 500));
    let mut family_begins = 0;
    for (family, size) in FAMILIES {
        for number in 0..size {
            for (x, _) in &rows {
                let [kurtosis, max, mean, median, min, skew, std] =
                    std::array::from_fn(|statistic| x[family_begins + statistic * size + number]);
                assert!(min <= mean && mean <= max && min <= median && median <= max, "{family} {number}");
                assert!(std >= 0.0 && std <= max - min && kurtosis >= skew * skew - 2.0 - 1e-4, "{family} {number}");
                assert!((mean - median).abs() <= std, "{family} {number}");
                assert!(!family.starts_with("chroma") || (min >= 0.0 && max <= 1.0));
                assert!(!family.starts_with("spectral") || (min >= 0.0 && max <= 11_025.0));
            }
        }
        family_begins += STATISTICS.len() * size;
    }
}

/// Columns of standard scores.
fn standardised(rows: &[(Vec<f64>, String)]) -> Vec<Vec<f64>> {
    let column = |c: usize| {
        let n = rows.len() as f64;
        let mean = rows.iter().map(|(x, _)| x[c]).sum::<f64>() / n;
        let std = (rows.iter().map(|(x, _)| (x[c] - mean).powi(2)).sum::<f64>() / n).sqrt();
        rows.iter().map(|(x, _)| (x[c] - mean) / std).collect()
    };
    (0..518).map(column).collect()
}

#[test]
fn neighbouring_columns_are_alike() {
    let columns = standardised(&usable(&synthetic::tables(Seed(8), 1_000)));
    let alike = |a: usize, b: usize| columns[a].iter().zip(&columns[b]).map(|(x, y)| x * y).sum::<f64>() / 1_000.0;
    let mfcc_means = 292..312;
    let near = mfcc_means.clone().skip(1).map(|c| alike(c - 1, c)).sum::<f64>() / 19.0;
    let far = mfcc_means.take(10).map(|c| alike(c, c + 10).abs()).sum::<f64>() / 10.0;
    assert!(near > 0.4 && near > far + 0.1, "near {near}, far {far}");
}

/// A classifier without any capacity: the nearest mean of the genres with twenty tracks and more, fitted on half of
/// the tracks. It must beat guessing by far and stay far from perfect.
#[test]
fn genres_can_be_heard_but_do_not_come_apart() {
    let rows = usable(&synthetic::tables(Seed(9), 2_000));
    let columns = standardised(&rows);
    let point = |row: usize| columns.iter().map(move |c| c[row]);
    let mut centres: HashMap<&str, (f64, Vec<f64>)> = HashMap::new();
    for (row, (_, genre)) in rows.iter().enumerate().take(1_000) {
        let (count, sum) = centres.entry(genre).or_insert((0.0, vec![0.0; 518]));
        *count += 1.0;
        sum.iter_mut().zip(point(row)).for_each(|(s, x)| *s += x);
    }
    centres.retain(|_, (count, _)| *count >= 20.0);
    let nearest = |row: usize| {
        let distance = |(count, sum): &(f64, Vec<f64>)| {
            sum.iter().zip(point(row)).map(|(s, x)| (s / count - x).powi(2)).sum::<f64>()
        };
        centres.iter().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1))).map(|(genre, _)| *genre)
    };
    let hits = (1_000..2_000).filter(|&row| nearest(row) == Some(rows[row].1.as_str())).count();
    assert!((400..600).contains(&hits), "{hits} of 1,000");
}
