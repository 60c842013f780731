//! FMA's tables as they should be, and every way in which they can be wrong: one clear error each.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;
use tonegrad::fma::{Dropped, Set};
use tonegrad::fma::{Fma, FmaReader, Split, Subset};
use tonegrad::{Result, Seed};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const FEATURES: &str = "\
feature,mfcc,mfcc,tonnetz
statistics,mean,std,mean
number,01,01,01
track_id,,,
9,1.5,2.5e+00,-3
2,1,2,3
5,-0.25,1e-3,0
7,4,5,6
";

/// Tracks 2, 5, 7 and 9; the columns are not in the official order, and titles are quoted HTML.
const TRACKS: &str = "\
,track,set,set,track,artist
,title,subset,split,genre_top,id
track_id,,,,,
2,\"<p>\"\"One\"\",
two</p>\",small,training,Rock,11
5,plain,medium,validation,Folk,12
7,\"a, b\",large,test,Rock,13
9,,small,training,Folk,11
";

fn folder(features: impl AsRef<[u8]>, tracks: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("features.csv"), features).unwrap();
    fs::write(folder.path().join("tracks.csv"), tracks).unwrap();
    folder
}

fn read(features: impl AsRef<[u8]>, tracks: impl AsRef<[u8]>) -> Result<Fma> {
    Fma::open(folder(features, tracks).path())
}

fn archive(method: CompressionMethod, entries: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    // The name says nothing: an archive is recognised by its content.
    let path = folder.path().join("fma.download");
    let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, text) in entries {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    (folder, path)
}

/// Asserts that the error says all of `parts`.
#[track_caller]
fn refuses(result: Result<impl Sized>, parts: &[&str]) {
    let message = result.err().expect("an error").to_string();
    for part in parts {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

/// Replaces something that is there.
#[track_caller]
fn with(table: &str, from: &str, to: &str) -> String {
    assert!(table.contains(from));
    table.replacen(from, to, 1)
}

#[test]
fn joins_the_tables_by_track() {
    let fma = read(FEATURES, TRACKS).unwrap();
    assert_eq!(fma.ids(), [2, 5, 7, 9]);
    assert_eq!(fma.dataset().classes(), ["Folk", "Rock"]);
    assert_eq!(fma.dataset().y(), [1, 0, 1, 0]);
    let x = [[1.0, 2.0, 3.0], [-0.25, 1e-3, 0.0], [4.0, 5.0, 6.0], [1.5, 2.5, -3.0]];
    assert_eq!(fma.dataset().x(), ndarray::arr2(&x));
    assert_eq!(fma.artists(), [Some(11), Some(12), Some(13), Some(11)]);
    assert_eq!(fma.sets(), [Set::Training, Set::Validation, Set::Test, Set::Training].map(Some));
    let columns: Vec<_> = fma.columns().iter().map(ToString::to_string).collect();
    assert_eq!(columns, ["mfcc/mean/01", "mfcc/std/01", "tonnetz/mean/01"]);
    assert_eq!(fma.dropped(), &Dropped::default());
    assert!(!fma.is_synthetic() && fma.len() == 4);
}

#[test]
fn line_endings_quotes_and_blank_lines_change_nothing() {
    let plain = read(FEATURES, TRACKS).unwrap();
    let same = |features: String, tracks: String| {
        let fma = read(features, tracks).unwrap();
        assert_eq!((fma.ids(), fma.dataset(), fma.artists()), (plain.ids(), plain.dataset(), plain.artists()));
    };
    same(FEATURES.replace('\n', "\r\n"), TRACKS.replace('\n', "\r\n"));
    same(with(FEATURES, "feature,", "features,"), TRACKS.trim_end().into());
    same(with(FEATURES, "2,1,2,3", "\n\"2\",\"1\",2,3"), with(TRACKS, "\n5,", "\n\n5,"));
    same(format!("\u{feff}{FEATURES}\n\n"), format!("\u{feff}{TRACKS}"));
}

#[test]
fn every_dropped_track_is_counted_once() {
    let odd = "20,,,\n21,1,,2\n22,1,NaN,3\n23,1,2,inf\n24,1e39,0,0\n25,0,0.0,-0\n26,1,2,3\n99,1,2,3\n";
    let features = format!("{FEATURES}{odd}");
    let mut tracks = TRACKS.to_owned();
    for id in 20..=25 {
        tracks += &format!("{id},,small,test,Rock,1\n");
    }
    tracks += "26,,small,test,,1\n27,,small,test,Jazz,1\n28,,large,test,,1\n";
    let counts =
        Dropped { outside_subset: 0, no_genre: 2, no_features: 1, empty: 2, non_finite: 3, all_zero: 1, no_track: 1 };
    let folder = folder(&features, &tracks);
    let fma = Fma::open(folder.path()).unwrap();
    assert_eq!((fma.len(), fma.dropped()), (4, &counts));
    assert_eq!(fma.dataset().classes(), ["Folk", "Rock"], "a genre without a track vanishes");
    assert_eq!(fma.dropped().to_string().lines().nth(3), Some("       2 tracks with empty features"));

    let fma = FmaReader::new().subset(Subset::Medium).read(folder.path()).unwrap();
    let counts = Dropped { outside_subset: 2, no_genre: 1, ..counts };
    assert_eq!((fma.ids(), fma.dropped()), (&[2, 5, 9][..], &counts));
}

#[test]
fn chooses_families_by_name() {
    let folder = folder(with(FEATURES, "7,4,5,6", "7,4,5,rubbish"), TRACKS);
    let fma = FmaReader::new().families(["mfcc"]).read(folder.path()).unwrap();
    assert_eq!(fma.dataset().x().row(2), ndarray::array![4.0, 5.0]);
    let unknown = FmaReader::new().families(["mfcc", "zcr"]).read(folder.path());
    refuses(unknown, &["families", "found \"zcr\"", "mfcc, tonnetz"]);
    refuses(FmaReader::new().families([""; 0]).read(folder.path()), &["families", "at least one"]);
}

#[test]
fn reads_the_archive_without_unpacking_it() {
    let plain = read(FEATURES, TRACKS).unwrap();
    // The published archive is packed by bzip2.
    for method in [CompressionMethod::BZIP2, CompressionMethod::DEFLATE, CompressionMethod::STORE] {
        for at in ["fma_metadata/", "elsewhere/", ""] {
            let (features, tracks) = (format!("{at}features.csv"), format!("{at}tracks.csv"));
            let notes = [("__MACOSX/features.csv", "notes"), ("__MACOSX/tracks.csv", "of macOS")];
            let entries = [notes[0], ("README.txt", "hello"), (&features, FEATURES), (&tracks, TRACKS), notes[1]];
            let (folder, path) = archive(method, &entries);
            assert_eq!(Fma::open(&path).unwrap().dataset(), plain.dataset());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is unpacked");
        }
    }
}

#[test]
fn many_blocks_are_one_table() {
    let mut features: String = FEATURES.lines().take(4).map(|line| format!("{line}\n")).collect();
    let mut tracks: String = TRACKS.lines().take(3).map(|line| format!("{line}\n")).collect();
    let n = 100_000;
    for id in (0..n).rev() {
        features += &format!("{id},{}.5,{},-1.0000000000e+00\n", id / 2, id % 7);
        let title = if id % 5 == 0 { "\"two\nlines, \"\"quoted\"\"\"" } else { "plain" };
        tracks += &format!("{id},{title},small,test,{},{}\n", ["Folk", "Rock"][id % 2], id / 9);
    }
    assert!(features.len() > 2 << 20 && tracks.len() > 2 << 20, "more than two blocks each");
    let fma = read(&features, &tracks).unwrap();
    assert!(fma.len() == n && fma.ids().iter().enumerate().all(|(row, &id)| row == id as usize));
    for (id, row) in fma.dataset().x().rows().into_iter().enumerate() {
        assert_eq!(row, ndarray::array![(id / 2) as f32 + 0.5, (id % 7) as f32, -1.0]);
    }
    assert!(fma.dataset().y().iter().enumerate().all(|(id, &y)| y == id % 2));

    // Lines are those of the file, far behind the first block and after many fields of two lines.
    tracks += "7,,small,test,Rock,1\n";
    let (line, first) = (tracks.lines().count(), 3 + (n - 7) + (8..n).filter(|id| id % 5 == 0).count());
    refuses(read(&features, &tracks), &[&format!("line {line}: found track 7 a second time (first on line {first})")]);
    features += "x,1,2,3\n";
    refuses(read(&features, TRACKS), &[&format!("line {}, column track_id: found \"x\"", n + 5)]);
}

#[test]
fn lines_are_those_of_the_file() {
    for end in ["\n", "\r\n"] {
        let tracks = with(TRACKS, "7,\"a", "\n\nseven,\"a").replace('\n', end);
        refuses(read(FEATURES, tracks), &["tracks.csv, line 9, column track_id: found \"seven\""]);
        let features = with(FEATURES, "5,-0.25", "\n5,\"-\n\"").replace('\n', end);
        refuses(read(features, TRACKS), &["features.csv, line 8, column mfcc/mean/01 (number 2): found \"-"]);
    }
}

#[test]
fn a_bad_path_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    refuses(Fma::open(empty.path().join("absent")), &["absent", "No such file", "fma_metadata.zip"]);
    refuses(Fma::open(empty.path()), &["a folder without features.csv and tracks.csv"]);
    fs::write(empty.path().join("tracks.csv"), TRACKS).unwrap();
    refuses(Fma::open(empty.path()), &["a folder without features.csv,"]);
    refuses(Fma::open(empty.path().join("tracks.csv")), &["no zip archive", "give the folder"]);
    fs::write(empty.path().join("x.zip"), "").unwrap();
    refuses(Fma::open(empty.path().join("x.zip")), &["an empty file"]);
    refuses(Fma::open(""), &["wanted"]);
}

#[test]
fn a_bad_archive_is_refused() {
    let other = ["a.txt", "b.txt", "deep/er/features.csv", "deep/er/tracks.csv", "x/features.csv", "y/tracks.csv"];
    let (_folder, path) = archive(CompressionMethod::DEFLATE, &other.map(|name| (name, "")));
    refuses(Fma::open(path), &["\"a.txt\", \"b.txt\", \"deep/er/features.csv\"", ", ...", "in one folder"]);
    let (_folder, path) = archive(CompressionMethod::DEFLATE, &[]);
    refuses(Fma::open(path), &["a zip archive of nothing"]);

    // Which of two tables of one name is meant, nobody knows.
    let both = [("a/features.csv", FEATURES), ("a/tracks.csv", TRACKS)];
    for other in ["features.csv", "tracks.csv", "b/features.csv", "b/tracks.csv"] {
        let (_folder, path) = archive(CompressionMethod::DEFLATE, &[&both[..], &[(other, TRACKS)]].concat());
        refuses(Fma::open(path), &["\"a/", &format!("\"{other}\""), "wanted each table once in the archive", "take"]);
    }
    let (_folder, path) = archive(CompressionMethod::STORE, &[&both[..], &[("b/features.csv", TRACKS)]].concat());
    let mut bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() - 14 {
        if bytes[at..].starts_with(b"b/features.csv") {
            bytes[at] = b'a';
        }
    }
    fs::write(&path, bytes).unwrap();
    refuses(Fma::open(path), &["a zip archive with two entries of one name", "wanted each table once"]);

    for method in [CompressionMethod::BZIP2, CompressionMethod::DEFLATE, CompressionMethod::STORE] {
        let (_folder, path) = archive(method, &[("features.csv", FEATURES), ("tracks.csv", TRACKS)]);
        let bytes = fs::read(&path).unwrap();
        for length in [4, 30, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            refuses(Fma::open(&path), &["an archive that cannot be read", "download it again"]);
        }
        // Whole, but for one bit of the features.
        let mut damaged = bytes.clone();
        damaged[100] ^= 4;
        fs::write(&path, damaged).unwrap();
        refuses(Fma::open(&path), &["features.csv"]);
    }
}

#[test]
fn a_bad_header_is_refused() {
    let refused = |features: &str, tracks: &str, parts: &[&str]| refuses(read(features, tracks), parts);
    refused("", TRACKS, &["features.csv: found an empty file"]);
    refused(FEATURES, "", &["tracks.csv: found an empty file"]);
    refused("<html>\n", "version 1\n", &["no table in either file", "<html>", "tracks.csv: found only 1 rows"]);
    refused(TRACKS, FEATURES, &["no table in either file"]);
    refused(&with(FEATURES, "number", "count"), TRACKS, &["line 3", "\"count\"", "begins with number"]);
    refused(&with(FEATURES, "track_id,,,", "1,2,3,4"), TRACKS, &["line 4", "\"1\"", "track_id"]);
    refused(&with(FEATURES, "mean,std", "mean"), TRACKS, &["line 2: found 3 columns, wanted 4"]);
    refused(&with(FEATURES, "std", "mean"), TRACKS, &["two columns mfcc/mean/01"]);
    refused("feature\nstatistics\nnumber\ntrack_id\n1\n", TRACKS, &["no column but track_id"]);
    let header = |table: &str, rows: usize| table.lines().take(rows).collect::<Vec<_>>().join("\n");
    refused(&header(FEATURES, 2), TRACKS, &["features.csv: found only 2 rows, wanted 4 header rows"]);
    refused(&header(FEATURES, 4), TRACKS, &["features.csv: found a header only"]);
    refused(FEATURES, &header(TRACKS, 3), &["tracks.csv: found a header only"]);
    refused(FEATURES, &with(TRACKS, "genre_top", "genre"), &["5 columns", "wanted the column (track, genre_top)"]);
}

#[test]
fn a_column_that_is_there_twice_is_refused() {
    for (from, to, column) in [
        ("title,subset", "genre_top,subset", "(track, genre_top), numbers 2 and 5"),
        ("subset,split", "split,split", "(set, split), numbers 3 and 4"),
        ("subset,split", "subset,subset", "(set, subset), numbers 3 and 4"),
    ] {
        let tracks = with(TRACKS, from, to);
        refuses(read(FEATURES, tracks), &[&format!("tracks.csv: found two columns {column}, wanted each column once")]);
    }
}

#[test]
fn a_column_may_be_missing_until_it_is_asked_for() {
    let folder = folder(FEATURES, TRACKS.replace("subset,split", "-,-").replace(",id\n", ",-\n"));
    let fma = Fma::open(folder.path()).unwrap();
    assert_eq!((fma.len(), fma.artists(), fma.sets()), (4, &[None; 4][..], &[None; 4][..]));
    let small = FmaReader::new().subset(Subset::Small).read(folder.path());
    refuses(small, &["wanted the column (set, subset)", "full"]);
    for (split, column) in [(Split::Artist, "column (artist, id)"), (Split::Official, "column (set, split)")] {
        refuses(fma.split(split, Seed(1)), &[column, "no value for 4 of 4 tracks, first track 2"]);
    }
}

#[test]
fn a_bad_row_is_refused() {
    let features = |from, to: &str, parts: &[&str]| refuses(read(with(FEATURES, from, to), TRACKS), parts);
    features("5,-0.25,1e-3,0", "5,-0.25,1e-3", &["features.csv, line 7: found 3 columns, wanted 4"]);
    features("5,-0.25,1e-3,0", "5,-0.25,1e-3,0,1", &["line 7: found 5 columns, wanted 4"]);
    features("1e-3", "1e-3x", &["line 7, column mfcc/std/01 (number 3): found \"1e-3x\", wanted a number"]);
    features("-0.25", &"q".repeat(60), &["qqq\"...", "wanted a number"]);
    features("\n5,", "\n2,", &["line 7: found track 2 a second time (first on line 6)"]);
    features("\n5,", "\n-5,", &["line 7, column track_id: found \"-5\""]);
    features("\n5,", "\n\"5,", &["features.csv, line 7: found a quoted field that does not end"]);
    let tracks = |from, to, parts: &[&str]| refuses(read(FEATURES, with(TRACKS, from, to)), parts);
    tracks("plain,medium", "plain", &["tracks.csv, line 6: found 5 columns, wanted 6"]);
    tracks("\n7,", "\n2,", &["line 7: found track 2 a second time (first on line 4)"]);
    tracks("\n7,", "\n,", &["line 7, column track_id: found \"\""]);
    tracks(
        "validation",
        "valid",
        &["line 6, column (set, split): found \"valid\", wanted training, validation or test"],
    );
    tracks("medium", "huge", &["line 6, column (set, subset): found \"huge\", wanted small, medium or large"]);
    tracks("Folk,12", "Folk,Bob", &["line 6, column (artist, id): found \"Bob\""]);
}

#[test]
fn bytes_that_are_not_text_are_refused() {
    let spoilt = |table: &str, at: &str| {
        let mut bytes = table.as_bytes().to_vec();
        bytes[table.find(at).unwrap()] = 0xFF;
        bytes
    };
    refuses(read(spoilt(FEATURES, "-0.25"), TRACKS), &["features.csv, line 7: found the byte 0xFF, wanted UTF-8"]);
    refuses(read(FEATURES, spoilt(TRACKS, "plain")), &["tracks.csv, line 6: found the byte 0xFF"]);
}

#[test]
fn a_header_may_be_wider_than_a_block() {
    let row = |first: &str, cell: &dyn Fn(usize) -> String| {
        (0..40_000).fold(first.to_owned(), |row, i| row + "," + &cell(i)) + "\n"
    };
    let rows = [
        row("feature", &|i| format!("family{}", i % 7)),
        row("statistics", &|_| "mean".into()),
        row("number", &|i| format!("{i:05}")),
        row("track_id", &|_| String::new()),
        ["2", "5", "7"].map(|id| row(id, &|_| "1".into())).concat(),
    ];
    assert!(rows[..3].iter().all(|row| row.len() > 180_000), "no two rows fit into a block");
    assert_eq!(read(rows.concat(), TRACKS).unwrap().dataset().x().dim(), (3, 40_000));
    let wide = rows[..3].concat();
    refuses(read(wide, TRACKS), &["features.csv: found only 3 rows, wanted 4 header rows"]);
}

#[test]
fn quotes_and_carriage_returns_mean_the_same_wherever_quotes_stand() {
    for quoted in [false, true] {
        let tracks = if quoted {
            TRACKS.to_owned()
        } else {
            TRACKS.replace("\"a, b\"", "ab").replace("\"<p>\"\"One\"\",\ntwo</p>\"", "p")
        };
        let line = if quoted { 6 } else { 5 };
        let said =
            format!("tracks.csv, line {line}: found a carriage return without a line feed, wanted lines that end");
        refuses(read(FEATURES, with(&tracks, "plain", "pl\rain")), &[&said]);
        // A quote that opens nothing is text.
        let inches = read(FEATURES, with(&tracks, "plain", "7\" vinyl")).unwrap();
        assert_eq!(inches.dataset(), read(FEATURES, &tracks).unwrap().dataset());
    }
    let after = ["found a quoted field with text after its closing quote", "a quote may be missing"];
    refuses(read(FEATURES, with(TRACKS, "plain", "\"pl\"ain")), &[&["tracks.csv, line 6"], &after[..]].concat());
    // The quote of line 6 is never closed; that of line 7 shows it.
    refuses(read(FEATURES, with(TRACKS, "plain", "\"plain")), &[&["tracks.csv, line 6"], &after[..]].concat());
}

#[test]
fn names_that_a_terminal_would_obey_are_refused_with_their_line() {
    let tracks = with(TRACKS, "Folk,12", "Fo\u{1b}[2Jlk,12");
    let said = ["tracks.csv, line 6, column (track, genre_top): found \"Fo\\u{1b}[2Jlk\"", "control characters"];
    refuses(read(FEATURES, tracks), &said);
    let features = with(FEATURES, "mean,std", "mean,\"st\nd\"");
    refuses(read(features, TRACKS), &["features.csv, line 2, column number 3: found \"st\\nd\"", "control characters"]);
}

#[test]
fn a_column_that_holds_no_genres_is_not_taken_for_them() {
    let (mut features, mut tracks) = (FEATURES.to_owned(), TRACKS.to_owned());
    for id in 100..1100 {
        features += &format!("{id},1,2,3\n");
        tracks += &format!("{id},,small,test,Genre {id},1\n");
    }
    refuses(read(features, tracks), &["column (track, genre_top): found 1002 genres", "wanted at most 1000", "?"]);
}

#[test]
fn a_record_without_an_end_is_refused() {
    refuses(read("feature,".repeat(3 << 20), TRACKS), &["features.csv, line 1: found a line without an end"]);
    let open = format!("{TRACKS}\"{}", "x\n".repeat(9 << 20));
    refuses(read(FEATURES, open), &["tracks.csv, line 9: found a quoted field that does not end"]);
}

#[test]
fn a_join_without_two_genres_is_refused() {
    let header = FEATURES.lines().take(4).collect::<Vec<_>>().join("\n");
    let others = format!("{header}\n1,2,3,4\n");
    let counts = ["no track with both", "4 tracks without a row of features", "1 rows of features without a track"];
    refuses(read(others, TRACKS), &counts);
    refuses(read(FEATURES, TRACKS.replace("Folk", "Rock")), &["4 tracks of a single genre, Rock"]);
    let none = TRACKS.replace("Folk", "").replace("Rock", " ");
    refuses(read(FEATURES, none), &["no track with both", "4 tracks without a top genre"]);
}

#[test]
fn an_empty_part_is_refused() {
    let fma = read(FEATURES, TRACKS).unwrap();
    refuses(fma.split(Split::Random, Seed(1)), &["an empty validation part of 4 rows", "another split"]);
    let parts = fma.split(Split::Official, Seed(1)).unwrap();
    assert_eq!((parts.rows.train, parts.rows.valid, parts.rows.test), (vec![0, 3], vec![1], vec![2]));
}

#[test]
fn unknown_subsets_are_refused_with_those_there_are() {
    refuses("tiny".parse::<Subset>(), &["\"tiny\"", "one of small, medium, large, full"]);
    for subset in [Subset::Small, Subset::Medium, Subset::Large, Subset::Full] {
        assert_eq!(subset.to_string().parse(), Ok(subset));
    }
}

/// The archives that come with the project: made by examples/data/make.py.
#[test]
fn the_real_tables_are_what_they_are_said_to_be() {
    let open =
        |name: &str| Fma::open(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(name)).unwrap();
    let sizes = |fma: &Fma| {
        let parts = fma.split(Split::Official, Seed(0)).unwrap();
        assert_eq!(fma.trained_artists(&parts.rows), Some(0.0), "the official split keeps artists apart");
        [parts.train.len(), parts.valid.len(), parts.test.len()]
    };
    let mfcc = open("fma_mfcc.zip");
    assert_eq!((mfcc.len(), mfcc.columns().len(), sizes(&mfcc)), (1990, 140, [1593, 198, 199]));
    assert_eq!((mfcc.dataset().classes().join(","), mfcc.dataset().counts()), ("Hip-Hop,Rock".into(), vec![997, 993]));
    assert_eq!(mfcc.dropped().empty, 10);
    let echonest = open("fma_echonest.zip");
    assert_eq!((echonest.len(), echonest.columns().len()), (9355, 8));
    assert_eq!((echonest.dataset().classes().len(), sizes(&echonest).iter().sum::<usize>()), (12, 9355));
    let counts = echonest.dataset().counts();
    assert_eq!((counts.iter().max(), counts.iter().min()), (Some(&3892), Some(&17)));
    for fma in [mfcc, echonest] {
        assert_eq!(fma.usual_split(), Split::Artist);
        // Dealt at random, most test tracks are by artists that training has met.
        let random = fma.split(Split::Random, Seed(0)).unwrap();
        assert!(fma.trained_artists(&random.rows).unwrap() > 0.75);
    }
}
