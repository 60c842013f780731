//! The main job from outside: what `fma_cnn` prints and writes, and how it takes bad input.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tonegrad::fma::{FmaReader, Split, synthetic};
use tonegrad::metrics::argmax;
use tonegrad::{Seed, store::Classifier};

/// An example's binary, which `cargo test` builds beside the tests.
pub fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "no {}: run `cargo test` as a whole, or `cargo build --examples` first", path.display());
    path
}

fn fma_cnn(folder: &Path, args: &[&str]) -> Output {
    Command::new(example("fma_cnn")).current_dir(folder).env_remove("FMA_METADATA").args(args).output().unwrap()
}

/// A folder with small tables in it.
fn tables() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tables = synthetic::tables(Seed(1), 400);
    fs::create_dir(folder.path().join("fma")).unwrap();
    fs::write(folder.path().join("fma/features.csv"), tables.features).unwrap();
    fs::write(folder.path().join("fma/tracks.csv"), tables.tracks).unwrap();
    folder
}

fn report(folder: &Path, out: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(out).join("report.json")).unwrap()).unwrap()
}

#[test]
fn it_prints_and_writes_what_a_run_was() {
    let folder = tables();
    let args =
        ["--data", "fma", "--epochs", "2", "--batch-size", "100", "--model", "cnn-a", "--features", "mfcc,tonnetz"];
    let output = fma_cnn(folder.path(), &[&args[..], &["--split", "random"]].concat());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    for text in
        ["Data: fma", "tracks without a top genre", "standardised", "conv1d_2 (Conv1D)", "Total params", "macro avg"]
    {
        assert!(out.contains(text), "no \"{text}\" in\n{out}");
    }
    assert!(err.lines().any(|l| l.starts_with("epoch   2/2  loss ") && l.contains("val_accuracy")), "{err}");

    let report = report(folder.path(), "runs/fma_cnn");
    assert_eq!(report["model"], "cnn-a");
    assert_eq!((&report["data"]["tracks"], &report["data"]["features"]), (&400.into(), &(140 + 42).into()));
    assert_eq!(report["data"]["genres"].as_array().unwrap().len(), 16);
    assert_eq!(report["data"]["synthetic"], false, "tables from a folder count as real, synthetic ones too");
    assert_eq!((&report["rows"]["train"], &report["rows"]["test"]), (&320.into(), &40.into()));
    let test = &report["test"];
    let per_genre = test["per_genre"].as_array().unwrap();
    let support: u64 = per_genre.iter().map(|g| g["support"].as_u64().unwrap()).sum();
    assert_eq!((per_genre.len(), support), (16, 40));
    for key in ["loss", "accuracy", "balanced_accuracy", "macro_f1", "weighted_f1"] {
        assert!(test[key].is_f64(), "{key}");
    }
    let counts = &report["genre_rows"];
    assert_eq!(counts["before_balancing"], counts["after_balancing"]);
    assert_eq!((&report["protocol"], &report["note"]), (&"honest".into(), &Value::Null));
    for key in ["version", "parameters", "split", "balance", "seed", "threads", "epochs_run", "best_epoch", "seconds"] {
        assert!(!report[key].is_null(), "{key}");
    }
    let history = fs::read_to_string(folder.path().join("runs/fma_cnn/history.csv")).unwrap();
    assert!(
        history.starts_with("epoch,loss,accuracy,val_loss,val_accuracy,") && history.lines().count() == 3,
        "{history}"
    );
}

/// Also where the recipe has outputs for genres that no track has, or wants features as they are.
#[test]
fn a_saved_model_predicts_what_the_report_says() {
    let folder = tables();
    let fma = FmaReader::new().read(folder.path().join("fma")).unwrap();
    let test = fma.split(Split::Random, Seed(0)).unwrap().test;
    for model in ["softmax-raw", "softmax", "mlp3", "tonegrad"] {
        let args = ["--data", "fma", "--epochs", "3", "--model", model, "--quiet", "--out", model];
        let output = fma_cnn(folder.path(), &[&args[..], &["--split", "random"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let classifier = Classifier::<f32>::load(folder.path().join(model).join("model.safetensors")).unwrap();
        assert_eq!((classifier.model().output(), classifier.card().provenance.model.as_str()), (&[16][..], model));
        let predicted = argmax(classifier.probabilities(test.x().to_owned()).unwrap().view()).unwrap();
        let correct = predicted.iter().zip(test.y()).filter(|(a, b)| a == b).count();
        let report = report(folder.path(), model);
        assert_eq!(report["test"]["accuracy"], correct as f64 / test.len() as f64, "{model}");
        assert_eq!(report["parameters"], classifier.model().parameters());
    }
}

#[test]
fn no_figure_depends_on_the_threads() {
    let folder = tables();
    let run = |threads: &str| {
        let args = [
            "--data",
            "fma",
            "--epochs",
            "2",
            "--batch-size",
            "100",
            "--features",
            "mfcc,tonnetz",
            "--quiet",
            "--threads",
            threads,
            "--out",
            threads,
        ];
        let output = fma_cnn(folder.path(), &args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut report = report(folder.path(), threads);
        assert_eq!(report["threads"].to_string(), threads);
        report.as_object_mut().unwrap().retain(|key, _| key != "threads" && key != "seconds");
        report
    };
    let one = run("1");
    assert_eq!(run("2"), one);
    assert_eq!(run("7"), one);
}

/// With nothing said: real tracks, FMA's own split, no artist on both sides. Where the program stands does not matter.
#[test]
fn real_tracks_are_what_it_trains_on_where_nothing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = fma_cnn(folder.path(), &["--epochs", "1", "--model", "softmax"]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for text in ["Real tracks of the Free Music Archive", "1990 tracks", "Split: official", "nor any artist of theirs"]
    {
        assert!(out.contains(text), "no \"{text}\" in\n{out}");
    }
    let real = report(folder.path(), "runs/fma_cnn");
    let rows = ["train", "valid", "test"].map(|part| real["rows"][part].as_u64().unwrap());
    assert_eq!((rows, &real["data"]["synthetic"], &real["note"]), ([1593, 198, 199], &false.into(), &Value::Null));
    assert_eq!((&real["trained_artists"], &real["split"]), (&0.0.into(), &"official".into()));

    let output = fma_cnn(folder.path(), &["--epochs", "1", "--model", "softmax", "--split", "random"]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("% of them by artists that it has"), "{out}");
    assert!(report(folder.path(), "runs/fma_cnn")["trained_artists"].as_f64().unwrap() > 0.7, "what random costs");

    let output = fma_cnn(folder.path(), &["--data", "echonest", "--epochs", "1"]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("8 columns are too few for genre-cnn") && out.contains("in 12 genres"), "{out}");
    assert_eq!(report(folder.path(), "runs/fma_cnn")["model"], "tonegrad");
}

#[test]
fn synthetic_tables_are_announced_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--data", "synthetic", "--model", "softmax", "--epochs", "1", "--balance", "weights", "--quiet"];
    let output = fma_cnn(folder.path(), &args);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.lines().next().unwrap().starts_with("SYNTHETIC data"), "{out}");
    assert!(out.contains("curl -LO https://"), "{out}");
    assert!(output.stderr.is_empty(), "quiet means quiet");
    let report = report(folder.path(), "runs/fma_cnn");
    assert!(report["note"].as_str().unwrap().starts_with("SYNTHETIC"));
    assert_eq!((&report["data"]["synthetic"], &report["balance"]), (&true.into(), &"weights".into()));
    let history = fs::read_to_string(folder.path().join("runs/fma_cnn/history.csv")).unwrap();
    assert!(history.starts_with("# SYNTHETIC"), "{history}");
}

#[test]
fn the_papers_protocol_is_announced_as_leaking_everywhere() {
    let folder = tables();
    let run = |args: &[&str]| {
        let usual = ["--data", "fma", "--model", "softmax", "--epochs", "1", "--features", "mfcc"];
        let output = fma_cnn(folder.path(), &[&usual, args].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let history = fs::read_to_string(folder.path().join("runs/fma_cnn/history.csv")).unwrap();
        (String::from_utf8_lossy(&output.stdout).into_owned(), report(folder.path(), "runs/fma_cnn"), history)
    };
    let (out, report, history) = run(&["--protocol", "paper"]);
    assert!(out.lines().next().unwrap().starts_with("LEAKING protocol"), "{out}");
    assert!(out.contains("synthetic, ") && !out.contains("never seen"), "{out}");
    assert!(report["note"].as_str().unwrap().starts_with("LEAKING"), "{report}");
    assert!(history.starts_with("# LEAKING"), "{history}");
    assert_eq!((&report["protocol"], &report["balance"]), (&"paper".into(), &"smote".into()));
    let rows = |report: &Value, when: &str| -> Vec<u64> {
        report["genre_rows"][when].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect()
    };
    let (before, after) = (rows(&report, "before_balancing"), rows(&report, "after_balancing"));
    assert_eq!(before.iter().sum::<u64>(), 400, "every track");
    assert!(after.iter().all(|n| n == before.iter().max().unwrap()), "{after:?}");
    let parts = &report["rows"];
    let all = ["train", "valid", "test"].map(|part| parts[part].as_u64().unwrap()).iter().sum::<u64>();
    assert_eq!(all, after.iter().sum::<u64>());

    let (out, report, history) = run(&["--balance", "smote", "--split", "stratified"]);
    assert!(!(out + &history).contains("LEAKING") && report["note"].is_null());
    let (before, after) = (rows(&report, "before_balancing"), rows(&report, "after_balancing"));
    assert_eq!(report["rows"]["train"], after.iter().sum::<u64>());
    assert!(after.iter().sum::<u64>() > 2 * before.iter().sum::<u64>());
    for balance in ["oversample", "weights"] {
        assert_eq!(run(&["--balance", balance]).1["balance"], balance);
    }
}

#[test]
fn bad_input_is_one_clear_line_exit_2_and_earlier_results_stay() {
    let folder = tables();
    let out = folder.path().join("runs/fma_cnn");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("report.json"), "earlier").unwrap();
    fs::write(out.join("report.html"), "earlier").unwrap();
    fs::write(out.join("history.csv"), "earlier").unwrap();
    fs::write(folder.path().join("no.zip"), b"PK\x03\x04 but not for long").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("a_file"), "").unwrap();
    std::os::unix::fs::symlink("fma", folder.path().join("f\nma")).unwrap();
    let cases: [(&[&str], &str); 23] = [
        (&["--data", "fma", "--model", "oracle"], "mlp3"),
        (&["--data", "nowhere"], "nowhere"),
        (&["--data", "empty"], "features.csv"),
        (&["--data", "no.zip"], "no.zip"),
        (&["--data", "fma", "--features", "mfcc,mffc"], "mffc"),
        (&["--data", "fma", "--split", "alphabetical"], "alphabetical"),
        (&["--data", "fma", "--subset", "tiny"], "tiny"),
        (&["--data", "fma", "--protocol", "hopeful"], "hopeful"),
        (&["--data", "fma", "--balance", "scales"], "scales"),
        (&["--data", "fma", "--protocol", "paper", "--split", "artist"], "artist"),
        (&["--data", "fma", "--tracks", "100"], "--tracks"),
        (&["--data", "synthetic", "--tracks", "63"], "wanted 64 to 200000: four of each genre"),
        (&["--data", "mfcc", "--tracks", "100"], "--data synthetic"),
        (&["--data", "echonest", "--model", "genre-cnn"], "conv1d"),
        (&["--data", "fma", "--monitor", "luck"], "luck"),
        (&["--data", "fma", "--epochs", "0"], "epochs"),
        (&["--data", "fma", "--batch-size", "0"], "batch size"),
        (&["--data", "fma", "--threads", "0"], "--threads"),
        (&["--data", "fma", "--learning-rate", "nan"], "learning rate"),
        (&["--data", "fma", "--threads", "4000"], "--threads: found 4000, wanted 1 to "),
        (&["--data", "f\u{1b}[2Jma"], "error: f\\u{1b}[2Jma: found "),
        (&["--data", "synthetic", "--tracks", "1000000000"], "--tracks: found 1000000000, wanted 64 to 200000"),
        (&["--data", "f\nma", "--epochs", "1"], "classifier, source of the data: found \"f\\nma\""),
    ];
    for (args, wanted) in cases {
        let output = fma_cnn(folder.path(), args);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.starts_with("error: ") && err.contains(wanted) && !err.contains("panicked"), "{args:?}: {err}");
        for file in ["report.json", "report.html", "history.csv"] {
            assert_eq!(fs::read_to_string(out.join(file)).unwrap(), "earlier", "{args:?}");
        }
    }
    let output = fma_cnn(folder.path(), &["--data", "fma", "--out", "a_file"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), err.contains("a_file")), (Some(2), true), "{err}");
    // What the environment says is blamed on the environment.
    for (variable, value, wanted) in [
        ("FMA_METADATA", "nowhere", "error: FMA_METADATA: found nowhere: found No such file"),
        ("FMA_METADATA", "fma", "error: --tracks: found 63, and tables at fma,"),
        ("FMA_METADATA", "", "error: --tracks: found 63, and tables at /"),
        ("RAYON_NUM_THREADS", "4000", "error: RAYON_NUM_THREADS: found 4000, wanted 1 to "),
    ] {
        let args: &[&str] = if value == "nowhere" { &[] } else { &["--tracks", "63"] };
        let mut command = Command::new(example("fma_cnn"));
        let output = command.current_dir(folder.path()).args(args).env(variable, value).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && err.starts_with(wanted), "{err}");
    }
}

#[test]
fn a_model_with_too_few_outputs_is_named_before_training() {
    let folder = tables();
    let tracks = fs::read_to_string(folder.path().join("fma/tracks.csv")).unwrap();
    let column = tracks.lines().nth(1).unwrap().split(',').position(|name| name == "genre_top").unwrap();
    let mut lines: Vec<String> = tracks.lines().take(3).map(String::from).collect();
    let fma = FmaReader::new().read(folder.path().join("fma")).unwrap();
    let width = lines[0].matches(',').count();
    lines.extend(fma.ids().iter().enumerate().map(|(row, id)| {
        let cell = |i| if i == column { format!(",Genre {}", row % 170) } else { ",".into() };
        id.to_string() + &(1..=width).map(cell).collect::<String>()
    }));
    fs::write(folder.path().join("fma/tracks.csv"), lines.join("\n") + "\n").unwrap();
    let output = fma_cnn(folder.path(), &["--data", "fma", "--model", "mlp3", "--quiet"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(err, "error: mlp3, outputs: found 170 genres, wanted at most 161; choose another model\n");
}

#[test]
fn a_run_that_explodes_says_where_and_exits_with_1() {
    let folder = tables();
    let args = ["--data", "fma", "--epochs", "3", "--learning-rate", "1e30", "--quiet", "--features", "mfcc"];
    let output = fma_cnn(folder.path(), &args);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    // One batch an epoch: its step throws the weights away, and the validation after it finds out.
    assert!(err.starts_with("error: epoch 1, validation, ") && err.contains("lower the learning rate"), "{err}");
    assert!(!folder.path().join("runs/fma_cnn/report.json").exists());
}
