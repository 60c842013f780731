//! The study from outside: what `fma_study` prints and writes, that it goes on where it ended, and how it takes bad input.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tonegrad::Seed;
use tonegrad::fma::synthetic;

/// The example's binary, which `cargo test` builds beside the tests.
fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join("examples/fma_study");
    assert!(path.exists(), "no {}: run `cargo test` as a whole, or `cargo build --examples` first", path.display());
    path
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(folder).env_remove("FMA_METADATA").args(["--features", "tonnetz,zcr"]).args(args);
    command
}

fn fma_study(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

fn done(folder: &Path, args: &[&str]) -> (String, String) {
    let output = fma_study(folder, args);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    (out.into_owned(), err.into_owned())
}

/// A folder with small tables in it.
fn tables() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tables = synthetic::tables(Seed(1), 200);
    fs::create_dir(folder.path().join("fma")).unwrap();
    fs::write(folder.path().join("fma/features.csv"), tables.features).unwrap();
    fs::write(folder.path().join("fma/tracks.csv"), tables.tracks).unwrap();
    folder
}

fn results(folder: &Path, out: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(out).join("results.json")).unwrap()).unwrap()
}

fn outcomes(results: &Value) -> Vec<Value> {
    results["outcomes"].as_array().unwrap().clone()
}

/// Everything but how long it took.
fn figures(outcomes: &[Value]) -> BTreeSet<String> {
    let timeless = |outcome: &Value| {
        let mut outcome = outcome.clone();
        outcome.as_object_mut().unwrap().remove("seconds");
        let epochs = outcome.pointer_mut("/history/epochs").and_then(Value::as_array_mut);
        for epoch in epochs.into_iter().flatten() {
            epoch.as_object_mut().unwrap().remove("seconds");
        }
        outcome.to_string()
    };
    outcomes.iter().map(timeless).collect()
}

#[test]
fn it_compares_and_explains_and_goes_on_where_it_ended() {
    let folder = tables();
    let first = ["--data", "fma", "--models", "softmax,fma-lr", "--seeds", "0", "--epochs", "3"];
    let (out, err) = done(folder.path(), &first);
    assert!(out.lines().next().unwrap().starts_with("LEAKING protocol"), "{out}");
    assert!(out.contains("paper/smote LEAKS") && out.contains("The lesson") && out.contains("real tracks"), "{out}");
    assert!(err.contains("[  6/6] fma-lr, paper/smote, seed 0: test accuracy"), "{err}");
    let before = results(folder.path(), "runs/fma_study");
    assert!(before["note"].as_str().unwrap().starts_with("LEAKING"));

    let more =
        ["--data", "fma", "--models", "softmax,fma-lr,fma-knn", "--seeds", "0,1", "--epochs", "3", "--threads", "1"];
    let (_, err) = done(folder.path(), &more);
    assert_eq!(err.lines().count(), 12, "six of the eighteen were there already:\n{err}");
    assert!(err.contains("[  7/18]") && err.contains("[ 18/18]"), "{err}");
    let after = results(folder.path(), "runs/fma_study");
    assert_eq!(outcomes(&after)[..6], outcomes(&before)[..]);
    assert_eq!(outcomes(&after).len(), 18);
    let (_, err) = done(folder.path(), &more);
    assert_eq!(err, "", "nothing is left to do");

    // Another order, another number of threads, nothing from before.
    let anew =
        ["--data", "fma", "--models", "fma-knn,fma-lr,softmax", "--seeds", "1,0", "--epochs", "3", "--threads", "2"];
    done(folder.path(), &[&anew[..], &["--out", "anew", "--quiet"]].concat());
    assert_eq!(figures(&outcomes(&results(folder.path(), "anew"))), figures(&outcomes(&after)));

    let csv = fs::read_to_string(folder.path().join("runs/fma_study/results.csv")).unwrap();
    assert!(csv.starts_with("# LEAKING") && csv.lines().count() == 2 + 18, "{csv}");
    assert!(csv.contains("\nsoftmax,paper,smote,1,,"), "{csv}");
    let page = fs::read_to_string(folder.path().join("runs/fma_study/report.html")).unwrap();
    for text in [
        "LEAKING",
        "<svg",
        "With SMOTE before the split, softmax classifies",
        "What was taken for what",
        "after balancing",
        "softmax: loss by epoch",
    ] {
        assert!(page.contains(text), "no {text} in the page");
    }
    let row = &after["table"][0];
    assert_eq!((&row["model"], &row["treatment"], &row["fits"]), (&"softmax".into(), &"honest/none".into(), &2.into()));
    let accuracy = |o: &Value| o["test"]["accuracy"].as_f64().unwrap();
    let own =
        outcomes(&after).into_iter().filter(|o| (&o["model"], &o["treatment"]) == (&row["model"], &row["treatment"]));
    let own: Vec<f64> = own.map(|o| accuracy(&o)).collect();
    let (mean, half) = ((own[0] + own[1]) / 2.0, (own[0] - own[1]).abs() / 2.0);
    assert!((row["test"]["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert!((row["test"]["deviation"].as_f64().unwrap() - half * 2f64.sqrt()).abs() < 1e-12);
}

#[test]
fn the_lesson_is_counted_from_the_outcomes() {
    let folder = tables();
    done(folder.path(), &["--data", "fma", "--models", "fma-lr", "--seeds", "4,5", "--quiet", "--split", "random"]);
    let results = results(folder.path(), "runs/fma_study");
    let lesson = &results["lessons"][0];
    let share = |of: &Value, name: &str| of[name].as_f64();
    for genre in lesson["genres"].as_array().unwrap().iter().chain([&lesson["all"], &lesson["mean"]]) {
        for name in ["smote_first", "split_first", "real_tracks", "synthetic", "parent_in_training"] {
            assert!(share(genre, name).is_none_or(|s| (0.0..=1.0).contains(&s)), "{name} in {genre}");
        }
        assert!(share(genre, "both_parents_in_training") <= share(genre, "parent_in_training"), "{genre}");
    }
    let all = &lesson["all"];
    assert!(share(all, "synthetic") > Some(0.5) && share(all, "parent_in_training") > Some(0.8), "{all}");
    assert!(share(all, "gained") > Some(0.1), "blends of what was learned are easier than music: {all}");

    // Both kinds of model are asked about the same real tracks.
    let outcomes = outcomes(&results);
    let of = |treatment: &str, seed: u64| {
        outcomes.iter().find(|o| o["treatment"] == treatment && o["seed"] == seed).unwrap().clone()
    };
    let supports = |scores: &Value| -> Vec<u64> {
        let rows = scores["confusion"].as_array().unwrap().iter();
        rows.map(|row| row.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum()).collect()
    };
    let mut right = 0.0;
    for seed in [4, 5] {
        let (paper, honest) = (of("paper/smote", seed), of("honest/smote", seed));
        assert_eq!(supports(&paper["real"]), supports(&honest["test"]));
        assert_eq!(supports(&honest["test"]), supports(&of("honest/none", seed)["test"]));
        let leak = paper["leak"].as_array().unwrap();
        assert!(leak.iter().map(|l| l["rows"].as_u64().unwrap()).eq(supports(&paper["test"])));
        right += paper["real"]["accuracy"].as_f64().unwrap() / 2.0;
    }
    assert!((share(all, "real_tracks").unwrap() - right).abs() < 1e-12, "test parts are of one size");
}

#[test]
fn weights_are_for_models_that_have_a_loss_to_weigh() {
    let folder = tables();
    let args = ["--data", "fma", "--models", "softmax,mlp3,fma-lr,fma-knn", "--seeds", "0", "--epochs", "3", "--quiet"];
    done(folder.path(), &[&args[..], &["--protocols", "honest,honest/weights"]].concat());
    let outcomes = outcomes(&results(folder.path(), "runs/fma_study"));
    assert_eq!(outcomes.len(), 4 + 3);
    let test = |model: &str, treatment: &str| {
        let own = outcomes.iter().find(|o| o["model"] == model && o["treatment"] == treatment);
        own.map(|o| o["test"].clone())
    };
    for model in ["softmax", "mlp3", "fma-lr"] {
        assert_ne!(test(model, "honest/weights").unwrap(), test(model, "honest/none").unwrap(), "{model}");
    }
    assert_eq!(test("fma-knn", "honest/weights"), None);
}

#[test]
fn folds_test_every_track_once() {
    let folder = tables();
    for split in ["random", "artist"] {
        let args = ["--data", "fma", "--models", "fma-lr", "--seeds", "0", "--folds", "3", "--split", split, "--quiet"];
        done(folder.path(), &[&args[..], &["--protocols", "honest/smote", "--out", split]].concat());
        let outcomes = outcomes(&results(folder.path(), split));
        let tested = |o: &Value| -> u64 {
            let rows = o["test"]["confusion"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
            rows.map(|n| n.as_u64().unwrap()).sum()
        };
        assert_eq!((outcomes.len(), outcomes.iter().map(tested).sum::<u64>()), (3, 200), "{split}");
    }
}

#[test]
fn a_study_that_was_killed_goes_on() {
    let folder = tables();
    let args = ["--data", "fma", "--models", "fma-lr,softmax-raw", "--seeds", "0", "--epochs", "300"];
    let mut child = command(folder.path(), &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let file = folder.path().join("runs/fma_study/results.json");
    while !file.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before the test could kill it");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = outcomes(&results(folder.path(), "runs/fma_study"));
    assert!(!kept.is_empty() && kept.len() < 6, "killed with {} of 6", kept.len());
    let (_, err) = done(folder.path(), &[&args[..6], &["--epochs", "300"]].concat());
    assert_eq!(err.lines().count(), 6 - kept.len(), "{err}");
    assert_eq!(outcomes(&results(folder.path(), "runs/fma_study"))[..kept.len()], kept[..]);
}

#[test]
fn bad_input_is_one_clear_line_exit_2_and_finished_results_stay() {
    let folder = tables();
    let usual = ["--data", "fma", "--models", "fma-lr", "--seeds", "0", "--protocols", "honest"];
    done(folder.path(), &usual);
    let file = folder.path().join("runs/fma_study/results.json");
    let finished = fs::read(&file).unwrap();
    let cases: [(&[&str], &str); 16] = [
        (&["--data", "nowhere"], "nowhere"),
        (&["--data", "fma", "--models", "fma-lr,oracle"], "oracle"),
        (&["--data", "fma", "--seeds", "0,zero"], "zero"),
        (&["--data", "fma", "--models", "fma-knn,fma-svc", "--protocols", "honest/weights"], "weights"),
        (&["--data", "fma", "--models", "fma-lr,"], "models"),
        (&["--data", "fma", "--seeds", ""], "seeds"),
        (&["--data", "fma", "--out", "fma/tracks.csv"], "fma/tracks.csv"),
        (&["--data", "fma", "--protocols", "hopeful"], "hopeful"),
        (&["--data", "fma", "--folds", "1"], "folds"),
        (&["--data", "fma", "--folds", "0"], "--folds: found 0, wanted 2 to 200"),
        (&["--data", "fma", "--folds", "1000000000000"], "--folds: found 1000000000000, wanted 2 to 200"),
        (&["--data", "fma", "--models", "softmax", "--epochs", "0"], "epochs"),
        (&["--data", "fma", "--models", "softmax", "--learning-rate", "nan"], "learning rate"),
        (&["--data", "fma", "--tracks", "100"], "--tracks"),
        (&["--data", "fma", "--threads", "0"], "--threads"),
        (&["--data", "fma", "--split", "official", "--folds", "3"], "the official split is a single one"),
    ];
    for (args, wanted) in cases {
        let output = fma_study(folder.path(), args);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.starts_with("error: ") && err.contains(wanted) && !err.contains("panicked"), "{args:?}: {err}");
        assert_eq!(fs::read(&file).unwrap(), finished, "{args:?}");
    }
    // A model that fails does not take the finished ones with it, and the error comes after their lines.
    let args = ["--data", "fma", "--models", "fma-knn,softmax", "--seeds", "0", "--learning-rate", "1e38"];
    let output = fma_study(folder.path(), &args);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.lines().last().unwrap().starts_with("error: softmax, epoch "), "{err}");
    let models = |file: &Value| outcomes(file).iter().map(|o| o["model"].to_string()).collect::<Vec<_>>();
    assert_eq!(models(&results(folder.path(), "runs/fma_study")), ["\"fma-lr\"", "\"fma-knn\""]);

    fs::write(&file, "{ \"outcomes\": [ {").unwrap();
    let output = fma_study(folder.path(), &usual);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), err.contains("results.json")), (Some(2), true), "{err}");
    assert_eq!(fs::read(&file).unwrap(), b"{ \"outcomes\": [ {");
}
