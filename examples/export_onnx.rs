//! Writes a trained model as an ONNX file: raw features in, probabilities of genres out.
//!
//! ```text
//! cargo run --example export_onnx -- --model runs/fma_cnn/model.safetensors --out genres.onnx
//! ```

use clap::Parser;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use tonegrad::Result;
use tonegrad::store::{Classifier, onnx};

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
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let model = Classifier::<f32>::load(&args.model)?;
    model.save_onnx(&args.out)?;
    let (features, genres) = (model.card().features.len(), model.card().genres.len());
    let said = writeln!(
        io::stdout(),
        "Wrote {}: operator set {}, {} (tracks, {features}) to {} (tracks, {genres})",
        args.out.display(),
        onnx::OPSET,
        onnx::INPUT,
        onnx::OUTPUT
    );
    drop(said);
    Ok(())
}
