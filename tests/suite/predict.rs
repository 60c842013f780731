//! The example that predicts, from outside: what it prints, what it refuses, and how it takes a reader that leaves.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tonegrad::Seed;
use tonegrad::data::Standardize;
use tonegrad::fma::networks;
use tonegrad::fma::{Column, FmaReader, synthetic};
use tonegrad::fma::{card, columns};
use tonegrad::store::Classifier;

/// The example's binary, which `cargo test` builds beside the tests.
fn binary(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "no {}: run `cargo test` as a whole, or `cargo build --examples` first", path.display());
    path
}

fn predict(folder: &Path, args: &[&str]) -> Output {
    Command::new(binary("predict")).current_dir(folder).args(args).output().unwrap()
}

/// A folder with tables in it, and a model that was never trained, for the families given.
fn folder(families: Option<[&str; 1]>) -> (tempfile::TempDir, Classifier<f32>) {
    let folder = tempfile::tempdir().unwrap();
    let tables = synthetic::tables(Seed(1), 200);
    std::fs::create_dir(folder.path().join("fma")).unwrap();
    std::fs::write(folder.path().join("fma/features.csv"), &tables.features).unwrap();
    let mut reader = FmaReader::new();
    if let Some(families) = families {
        reader = reader.families(families);
    }
    let fma = reader.tables("fma", tables).unwrap();
    let parts = fma.split(tonegrad::fma::Split::Random, Seed(1)).unwrap();
    let model = networks::mlp3(fma.columns().len(), fma.dataset().classes().len()).build::<f32>(Seed(1)).unwrap();
    let card = card(&fma, "mlp3", Seed(1), "honest");
    let classifier = Classifier::new(model, Standardize::fit(&parts.train).unwrap(), card).unwrap();
    classifier.save(folder.path().join("model.safetensors")).unwrap();
    (folder, classifier)
}

const BOTH: [&str; 4] = ["--model", "model.safetensors", "--data", "fma"];

#[test]
fn it_says_what_the_model_says_in_three_formats() {
    let (folder, classifier) = folder(None);
    let tables = synthetic::tables(Seed(1), 200);
    let fma = FmaReader::new().tables("fma", tables).unwrap();
    let wanted = classifier.probabilities(fma.dataset().x().to_owned()).unwrap();
    let best = wanted.row(0).iter().copied().fold(0.0, f32::max);

    let output = predict(folder.path(), &[&BOTH[..], &["--format", "csv", "--top", "16"]].concat());
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{err}");
    let mut rows = csv::Reader::from_reader(out.as_bytes());
    assert_eq!(rows.headers().unwrap().len(), 1 + 2 * 16);
    // All tracks with features, those without a genre among them: more than the reader of both tables keeps.
    let mut seen = 0;
    for row in rows.records() {
        let row = row.unwrap();
        let Some(at) = fma.ids().iter().position(|id| id.to_string() == row[0]) else { continue };
        seen += 1;
        for (genre, p) in (1..33).step_by(2).map(|i| (&row[i], row[i + 1].parse::<f32>().unwrap())) {
            let class = fma.dataset().classes().iter().position(|name| name == genre).unwrap();
            assert_eq!(p, wanted[[at, class]], "track {}, {genre}", &row[0]);
        }
    }
    assert_eq!(seen, fma.len());
    assert!(err.contains("tracks with empty features") && err.contains("tracks with nothing but zeros"), "{err}");

    let id = fma.ids()[0].to_string();
    let one = ["--track", &id, "--top", "1"];
    let output = predict(folder.path(), &[&BOTH[..], &one, &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json.as_array().unwrap().len(), &json[0]["track_id"]), (1, &fma.ids()[0].into()));
    assert_eq!(json[0]["genres"][0]["probability"].as_f64().unwrap() as f32, best);
    let output = predict(folder.path(), &[&BOTH[..], &one].concat());
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.starts_with(&format!("{id:>8}  ")) && out.ends_with(" %\n") && out.lines().count() == 1, "{out}");
}

#[test]
fn a_model_of_some_families_takes_them_from_the_whole_table() {
    let (folder, classifier) = folder(Some(["mfcc"]));
    assert_eq!(classifier.card().features.len(), 140);
    assert!(predict(folder.path(), &BOTH).status.success());
}

#[test]
fn columns_that_differ_are_named() {
    let (folder, classifier) = folder(Some(["tonnetz"]));
    let names: Vec<Column> = columns(classifier.card()).unwrap();
    let table = |columns: &[Column]| {
        let row = |first: &str, cell: &dyn Fn(&Column) -> String| {
            columns.iter().fold(first.to_owned(), |row, c| row + "," + &cell(c)) + "\n"
        };
        row("feature", &|c| c.feature.clone())
            + &row("statistics", &|c| c.statistic.clone())
            + &row("number", &|c| c.number.clone())
            + &row("track_id", &|_| String::new())
            + &row("2", &|_| "0.5".into())
    };
    let path = folder.path().join("features.csv");
    let args = ["--model", "model.safetensors", "--data", "features.csv"];
    let refused = |columns: &[Column], wanted: &str| {
        std::fs::write(&path, table(columns)).unwrap();
        let output = predict(folder.path(), &args);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(output.stdout.is_empty() && err.contains(wanted), "wanted {wanted}, got {err}");
    };
    let mut swapped = names.clone();
    swapped.swap(3, 7);
    let text = |i: usize| format!("\"{}\"", names[i]);
    refused(&swapped, &format!("column number 5: found {}, wanted {}, as feature 4", text(7), text(3)));
    refused(&names[..41], &format!("features.csv: found no more column, wanted {}, as feature 42", text(41)));
    let more = [&names[..], &[Column { number: "07".into(), ..names[0].clone() }]].concat();
    refused(&more, "column number 44: found \"tonnetz/");
    let other: Vec<_> = names.iter().map(|c| Column { feature: "tonnets".into(), ..c.clone() }).collect();
    refused(&other, "found no more column");

    std::fs::write(&path, table(&names)).unwrap();
    let output = predict(folder.path(), &args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Cut in the middle of the row.
    let whole = table(&names);
    std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let output = predict(folder.path(), &args);
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && err.contains("line 5") && err.contains("cut short"), "{err}");
}

#[test]
fn tracks_and_options_that_are_not_there_are_errors() {
    let (folder, _) = folder(Some(["mfcc"]));
    for (more, wanted) in [
        (&["--track", "4000000000"][..], "1 of 1 tracks missing, first track 4000000000"),
        (&["--top", "0"], "--top: found 0, wanted 1 to 16 genres"),
        (&["--top", "17"], "--top: found 17"),
    ] {
        let output = predict(folder.path(), &[&BOTH[..], more].concat());
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && err.contains(wanted), "{err}");
    }
    for (args, wanted) in [
        (["--model", "nothing", "--data", "fma"], "nothing"),
        (["--model", "fma/features.csv", "--data", "fma"], "as the length of the header"),
        (["--model", "model.safetensors", "--data", "nowhere"], "nowhere"),
        (["--model", "model.safetensors", "--data", "model.safetensors"], "model.safetensors"),
    ] {
        let output = predict(folder.path(), &args);
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && err.starts_with("error: ") && err.contains(wanted), "{err}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let (folder, _) = folder(Some(["mfcc"]));
    for format in ["table", "csv", "json"] {
        let args = [&BOTH[..], &["--format", format, "--top", "16"]].concat();
        let mut command = Command::new(binary("predict"));
        let mut child = command
            .current_dir(folder.path())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut some = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut some).unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && !err.contains("error"), "{format}: {err}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let (folder, _) = folder(Some(["mfcc"]));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(binary("predict")).current_dir(folder.path()).args(BOTH).stdout(full).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && err.contains("error: standard output: found No space left"), "{err}");
}

#[cfg(unix)]
#[test]
fn tables_come_through_pipes_as_they_come_from_files() {
    let (folder, _) = folder(Some(["mfcc"]));
    let at = |name: &str| folder.path().join(name);
    let from_file = predict(folder.path(), &["--model", "model.safetensors", "--data", "fma/features.csv"]).stdout;
    assert!(from_file.len() > 1000);
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.current_dir(folder.path()).args(["-c", script]).env("PREDICT", binary("predict")).output().unwrap()
    };
    for script in [
        "cat fma/features.csv | $PREDICT --model model.safetensors --data -",
        "cat fma/features.csv | $PREDICT --model model.safetensors --data /dev/stdin",
        "$PREDICT --model model.safetensors --data - <fma/features.csv",
        "mkfifo fifo; cat fma/features.csv >fifo & $PREDICT --model model.safetensors --data fifo",
    ] {
        let output = shell(script);
        assert_eq!((output.stdout == from_file, output.status.code()), (true, Some(0)), "{script}: {output:?}");
    }
    std::fs::write(at("fma.zip"), b"PK\x03\x04 and more").unwrap();
    std::fs::create_dir(at("empty")).unwrap();
    for (script, wanted) in [
        ("$PREDICT --model model.safetensors --data - <fma.zip", "standard input: found a zip archive from a pipe"),
        ("$PREDICT --model model.safetensors --data - </dev/null", "standard input: found an empty file"),
        (
            "$PREDICT --model model.safetensors --data empty",
            "empty: found a folder without features.csv, wanted features",
        ),
        ("$PREDICT --model model.safetensors --data fma --threads 4000", "--threads: found 4000, wanted 1 to "),
    ] {
        let output = shell(script);
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && err.contains(wanted) && output.stdout.is_empty(), "{err}");
    }
}

#[test]
fn a_row_that_the_network_cannot_bear_is_left_out_with_its_line() {
    let (folder, classifier) = folder(Some(["zcr"]));
    let genres = classifier.card().classes.len();
    let network = networks::softmax_regression(classifier.card().features.len(), genres);
    let mut model = network.build::<f32>(Seed(1)).unwrap();
    // Weights and features are finite, and so are sums where the features are small.
    model.params_mut()[0].value.as_mut_slice().fill(1e37);
    let large = Standardize::identity(classifier.card().features.len());
    Classifier::new(model, large, classifier.card().clone())
        .unwrap()
        .save(folder.path().join("model.safetensors"))
        .unwrap();
    let table = std::fs::read_to_string(folder.path().join("fma/features.csv")).unwrap();
    let mut lines: Vec<String> = table.lines().map(String::from).collect();
    let columns = lines[0].matches(',').count();
    lines.truncate(4);
    lines.extend([format!("20{}", ",0.0001".repeat(columns)), String::new(), format!("30{}", ",1e30".repeat(columns))]);
    std::fs::write(folder.path().join("fma/features.csv"), lines.join("\n") + "\n").unwrap();
    let output = predict(folder.path(), &[&BOTH[..], &["--format", "csv", "--top", "1"]].concat());
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(err, "left out: 1 tracks with features too large for the network, first track 30 on line 7\n");
    assert!(output.status.success() && out.lines().count() == 2 && out.contains("\n20,"), "{out}");
}

#[test]
fn a_model_file_without_a_checksum_is_told() {
    let (folder, _) = folder(Some(["mfcc"]));
    let path = folder.path().join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&bytes[8..end]).unwrap();
    header["__metadata__"].as_object_mut().unwrap().remove("checksum").unwrap();
    let header = header.to_string();
    std::fs::write(&path, [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[end..]].concat()).unwrap();
    let err = String::from_utf8(predict(folder.path(), &BOTH).stderr).unwrap();
    assert!(err.starts_with("\"model.safetensors\" has no checksum"), "{err}");
}

#[test]
fn onnx_is_written_whole_or_not_at_all() {
    let (folder, _) = folder(Some(["mfcc"]));
    let export = |out: &str| {
        let mut command = Command::new(binary("export_onnx"));
        command.current_dir(folder.path()).args(["--model", "model.safetensors", "--out", out]).output().unwrap()
    };
    let output = export("sub/genres.onnx");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "Wrote sub/genres.onnx: operator set 17, features (tracks, 140) to probabilities (tracks, 16)\n"
    );
    assert!(std::fs::metadata(folder.path().join("sub/genres.onnx")).unwrap().len() > 50_000);
    for out in ["fma", "model.safetensors/genres.onnx", "/proc/genres.onnx"] {
        let output = export(out);
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && err.starts_with("error: ") && err.contains(out), "{err}");
    }
}

#[test]
fn a_row_that_standardising_makes_infinite_is_left_out_and_counted() {
    let (folder, _) = folder(None);
    let path = folder.path().join("fma/features.csv");
    let table = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = table.lines().map(String::from).collect();
    let row = (4..lines.len()).find(|&row| lines[row].split(',').nth(1).is_some_and(|cell| !cell.is_empty())).unwrap();
    // Every family has columns with deviations below 1.
    let id = lines[row].split(',').next().unwrap().to_owned();
    lines[row] = format!("{id}{}", ",3.4e38".repeat(lines[row].matches(',').count()));
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let output = predict(folder.path(), &[&BOTH[..], &["--format", "json"]].concat());
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{err}");
    let wanted = format!("1 tracks with features too large to be standardised, first track {id} on line {}", row + 1);
    assert!(err.contains(&wanted), "{err}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json.as_array().unwrap().len() > 100);
}

#[test]
fn a_genre_that_a_spreadsheet_would_run_is_text() {
    let (folder, classifier) = folder(None);
    let mut card = classifier.card().clone();
    card.classes[0] = "=cmd|' /C calc'!A0".into();
    let classifier = Classifier::new(classifier.model().clone(), classifier.standardize().clone(), card).unwrap();
    classifier.save(folder.path().join("model.safetensors")).unwrap();
    let output = predict(folder.path(), &[&BOTH[..], &["--format", "csv", "--top", "16"]].concat());
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains(",'=cmd|' /C calc'!A0,") && !out.contains(",=cmd"), "{out}");
}
