//! Runs of the main job that are killed, interrupted, or have nowhere to write: nothing half-written, and nothing lost.
//! Faults that need a file system of their own are in `tests/faults.sh`.
#![cfg(unix)]

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tonegrad::Seed;
use tonegrad::fma::synthetic;
use tonegrad::store::Classifier;

/// An example's binary, which `cargo test` builds beside the tests.
fn binary(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "no {}: run `cargo test` as a whole, or `cargo build --examples` first", path.display());
    path
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

fn command(folder: &Path, out: &str, epochs: &str, more: &[&str]) -> Command {
    let mut command = Command::new(binary("fma_cnn"));
    let usual = [
        "--data",
        "fma",
        "--features",
        "spectral_contrast,tonnetz",
        "--batch-size",
        "40",
        "--model",
        "cnn-a",
        "--patience",
        "0",
    ];
    command.current_dir(folder).args(usual).args(["--epochs", epochs, "--out", out]).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, out: &str, epochs: &str, more: &[&str]) -> Output {
    let output = command(folder, out, epochs, more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// All that a run leaves behind, except the time it took.
#[derive(Debug, PartialEq)]
struct RunFiles {
    model: Vec<u8>,
    history: Vec<String>,
    report: Value,
}

fn results(folder: &Path, out: &str) -> RunFiles {
    let read = |name: &str| fs::read(folder.join(out).join(name)).unwrap();
    let mut report: Value = serde_json::from_slice(&read("report.json")).unwrap();
    report.as_object_mut().unwrap().remove("seconds").unwrap();
    let history = String::from_utf8(read("history.csv")).unwrap();
    assert!(history.lines().next().unwrap().ends_with(",seconds"), "{history}");
    let history = history.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect();
    RunFiles { model: read("model.safetensors"), history, report }
}

/// Reads standard error until an epoch is done.
fn wait_for_epoch(child: &mut Child, epoch: usize) {
    let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
    let wanted = format!("epoch {epoch:>3}/");
    lines.find(|line| line.as_ref().unwrap().starts_with(&wanted)).expect("the epoch is announced").unwrap();
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_run_killed_at_any_moment_ends_with_the_same_bits() {
    let folder = tables();
    run(folder.path(), "whole", "6", &[]);
    let whole = results(folder.path(), "whole");
    let (mut kills, mut wait) = (0, 30);
    // A little later each time, so that the whole run is swept: reading, each part of an epoch, each file.
    loop {
        let mut child = command(folder.path(), "killed", "6", &["--resume", "--quiet"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().unwrap().is_some_and(|status| status.success()) {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        wait += 47;
        let model = folder.path().join("killed/model.safetensors");
        assert!(!model.exists() || Classifier::<f32>::load(&model).is_ok(), "a model file is whole or not there");
    }
    println!("{kills} kills");
    assert!(kills >= 3, "killed {kills} times only: no test");
    assert_eq!(results(folder.path(), "killed"), whole, "after {kills} kills");
}

#[test]
fn ctrl_c_and_sigterm_end_in_good_order_and_the_run_can_go_on() {
    let folder = tables();
    run(folder.path(), "whole", "6", &[]);
    for name in ["INT", "TERM"] {
        let mut child = command(folder.path(), name, "6", &[]).spawn().unwrap();
        wait_for_epoch(&mut child, 2);
        signal(&child, name);
        let (mut out, mut err) = (String::new(), String::new());
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(child.wait().unwrap().success(), "{err}");
        assert!(out.contains("macro avg"), "results are shown all the same:\n{out}");
        let report = results(folder.path(), name).report;
        assert_eq!(report["stopped"], "interrupted", "{name}");
        assert!(report["epochs_run"].as_u64().unwrap() < 6);
        Classifier::<f32>::load(folder.path().join(name).join("model.safetensors")).unwrap();

        let output = run(folder.path(), name, "6", &["--resume"]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("resumed after epoch "));
        assert_eq!(results(folder.path(), name), results(folder.path(), "whole"), "{name}");
    }
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let folder = tables();
    let mut child = command(folder.path(), "out", "100000", &[]).spawn().unwrap();
    wait_for_epoch(&mut child, 1);
    signal(&child, "INT");
    signal(&child, "INT");
    let code = child.wait().unwrap().code();
    // Signals of one kind are not counted by the system: two that come close together may arrive as one.
    assert!(matches!(code, Some(130 | 0)), "{code:?}");
}

/// `nohup` starts a program with the hangup ignored.
#[test]
fn a_signal_that_the_caller_ignores_stays_ignored() {
    let folder = tables();
    for name in ["HUP", "INT"] {
        let inner = command(folder.path(), name, "4", &[]);
        let mut child = Command::new("sh")
            .args(["-c", &format!("trap '' {name}; exec \"$@\""), "sh"])
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for_epoch(&mut child, 1);
        signal(&child, name);
        signal(&child, name);
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(child.wait().unwrap().success() && err.contains("4 epochs, all epochs done"), "{err}");
    }
}

/// A limit of the stack does not reach the program; one of the size of files is an error with words.
#[test]
fn limits_of_the_shell_do_not_kill() {
    let folder = tables();
    let limited = |limit: &str, out: &str| {
        let inner = command(folder.path(), out, "1", &["--quiet"]);
        let mut sh = Command::new("/bin/sh");
        sh.args(["-c", &format!("ulimit {limit}; exec \"$@\""), "sh"]).arg(inner.get_program()).args(inner.get_args());
        sh.env_clear().current_dir(folder.path()).output().unwrap()
    };
    let output = limited("-s 64", "small");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = limited("-f 8", "short");
    let err = String::from_utf8_lossy(&output.stderr);
    let unwritten = ["checkpoint.safetensors", "model.safetensors"]
        .map(|name| format!("error: short/{name}: found File too large"));
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(unwritten.iter().all(|words| err.contains(words)), "{err}");
}

#[test]
fn a_user_who_closes_the_output_gets_the_files_all_the_same() {
    let folder = tables();
    let mut child = command(folder.path(), "out", "2", &[]).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert!(child.wait().unwrap().success());
    assert_eq!(results(folder.path(), "out").history.len(), 3);
}

#[test]
fn resuming_another_run_is_refused_and_leaves_it_alone() {
    let folder = tables();
    run(folder.path(), "out", "1", &[]);
    let before = (results(folder.path(), "out"), fs::read(folder.path().join("out/checkpoint.safetensors")).unwrap());
    for (more, wanted) in [
        (&["--seed", "1"][..], "seed: found 0, wanted 1"),
        (&["--learning-rate", "0.5"], "optimiser: found Adam { learning_rate: 0.001"),
        (&["--split", "stratified"], "training data: found 314 rows of 91 features"),
        (&["--balance", "weights"], "class weights: found None"),
        (&["--monitor", "val_loss"], "monitor: found val_accuracy"),
        (&["--checkpoint-every", "0"], "epochs between checkpoints: found 0"),
    ] {
        let output = command(folder.path(), "out", "1", &[&["--resume"], more].concat()).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.starts_with("error: ") && err.contains(wanted), "wanted {wanted}, got {err}");
        let after =
            (results(folder.path(), "out"), fs::read(folder.path().join("out/checkpoint.safetensors")).unwrap());
        assert_eq!(after, before);
    }
    // A checkpoint that is no checkpoint.
    fs::copy(folder.path().join("out/model.safetensors"), folder.path().join("out/checkpoint.safetensors")).unwrap();
    let output = command(folder.path(), "out", "1", &["--resume"]).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && err.contains("wanted a checkpoint of this version"), "{err}");
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_training() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tables();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(out.join("probe"), "").is_ok() {
        eprintln!("SKIPPED: permissions do not bind this user; tests/faults.sh tries another");
        return;
    }
    let output = command(folder.path(), "out", "1", &[]).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && err.contains("Permission denied") && !err.contains("epoch"), "{err}");
}

#[test]
fn a_run_whose_log_and_checkpoint_fail_late_still_leaves_its_model() {
    let folder = tables();
    let mut child = command(folder.path(), "out", "40", &[]).spawn().unwrap();
    wait_for_epoch(&mut child, 2);
    let out = folder.path().join("out");
    for name in ["history.csv", "checkpoint.safetensors"] {
        // The file may come back in between.
        while fs::create_dir(out.join(name)).is_err() {
            drop(fs::remove_file(out.join(name)));
        }
    }
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{err}");
    for name in ["history.csv", "checkpoint.safetensors"] {
        let said = format!("error: out/{name}: found a folder, not a regular file");
        let once = err.lines().filter(|line| line.starts_with(&said) && line.ends_with("training goes on without it"));
        assert_eq!(once.count(), 1, "{err}");
    }
    assert!(err.lines().last().unwrap().starts_with("error: out/"), "{err}");
    Classifier::<f32>::load(out.join("model.safetensors")).unwrap();
    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["epochs_run"], 40);
}

#[test]
fn two_programs_do_not_write_into_one_folder() {
    let folder = tables();
    let mut child = command(folder.path(), "out", "100000", &[]).spawn().unwrap();
    wait_for_epoch(&mut child, 1);
    let output = command(folder.path(), "out", "1", &[]).output().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.starts_with("error: out: found another program that writes into this folder"), "{err}");
    // The system takes the lock back from a program that was killed.
    run(folder.path(), "out", "1", &[]);
}

#[test]
fn a_target_that_cannot_be_replaced_is_found_before_training() {
    let folder = tables();
    fs::create_dir_all(folder.path().join("out/report.html")).unwrap();
    let output = command(folder.path(), "out", "1", &[]).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && err.starts_with("error: out/report.html: found a folder"), "{err}");
}

#[test]
fn an_export_does_not_destroy_its_model() {
    let folder = tables();
    run(folder.path(), "out", "1", &[]);
    let model = folder.path().join("out/model.safetensors");
    std::os::unix::fs::symlink(&model, folder.path().join("link")).unwrap();
    fs::hard_link(&model, folder.path().join("name")).unwrap();
    let before = fs::read(&model).unwrap();
    for (out, wanted) in [
        ("out/model.safetensors", "error: --out: found out/model.safetensors, the file of --model"),
        ("link", "error: --out: found link, the file of --model"),
        ("name", "error: --out: found name, the file of --model"),
        ("/dev/null", "error: /dev/null: found a device or a pipe, not a regular file"),
    ] {
        let mut command = Command::new(binary("export_onnx"));
        command.current_dir(folder.path()).args(["--model", "out/model.safetensors", "--out", out]);
        let output = command.output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && err.starts_with(wanted), "{err}");
        assert_eq!(fs::read(&model).unwrap(), before);
    }
}
