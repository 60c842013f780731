//! Writes a trained model as an ONNX file: raw features in, probabilities of genres out.
//!
//! ```text
//! cargo run --example export_onnx -- --model runs/fma_cnn/model.safetensors --out genres.onnx
//! ```

mod common;

use clap::Parser;
use common::manners::{load, program, say, use_threads};
use std::path::PathBuf;
use std::process::ExitCode;
use tonegrad::files::same_file;
use tonegrad::store::onnx;
use tonegrad::{Error, Result};

/// Writes a trained model as an ONNX file: raw features in, probabilities of genres out.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// A model file, as fma_cnn writes it
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

fn main() -> ExitCode {
    program(|| run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    if same_file(&args.model, &args.out) {
        return Err(Error::config("--out")
            .found(format!("{}, the file of --model", args.out.display()))
            .wanted("another file")
            .fix("choose another path: the model would be lost"));
    }
    use_threads(None)?;
    let model = load(&args.model)?;
    model.save_onnx(&args.out)?;
    let (features, genres) = (model.card().features.len(), model.card().classes.len());
    let (opset, input, output) = (onnx::OPSET, onnx::INPUT, onnx::OUTPUT);
    let out = args.out.display();
    say!("Wrote {out}: operator set {opset}, {input} (tracks, {features}) to {output} (tracks, {genres})");
    Ok(())
}
