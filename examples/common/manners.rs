//! How a program behaves: exit codes, threads, Ctrl-C, a closed pipe.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tonegrad::{Error, ErrorKind, Result};

/// Prints a line. A user who closed standard output does not want to know; the files are written all the same.
macro_rules! say {
    ($($arg:tt)*) => { drop(std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($arg)*)))) };
}
pub(crate) use say;

/// 0; or one line on standard error, and 2 where the input or the command line is to blame, 1 where training went wrong.
pub fn exit(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::from(if error.kind() == ErrorKind::NonFinite { 1 } else { 2 })
        }
    }
}

/// Works on so many threads from here on, all cores where not given.
pub fn use_threads(threads: Option<usize>) -> Result<()> {
    let wanted = "at least 1, or no --threads for all cores";
    match threads {
        Some(0) => Err(Error::config("--threads").found("0").wanted(wanted)),
        threads => rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .build_global()
            .map_err(|e| Error::config("--threads").found(e.to_string()).wanted(wanted)),
    }
}

/// A flag that becomes true at the first Ctrl-C (or SIGTERM): training ends after the current mini-batch, and the
/// results are written. A second one ends the program at once.
pub fn interrupt() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = flag.clone();
    let handler = move || {
        if seen.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler).map_err(|e| Error::config("Ctrl-C").found(e.to_string()))?;
    Ok(flag)
}
