//! How a program behaves: exit codes, threads, signals, a closed pipe, what reaches the terminal.

use signal_hook::flag;
use std::cell::RefCell;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tonegrad::store::{Classifier, Tensors};
use tonegrad::{Error, ErrorKind, Result};

/// Prints a line. A user who closed standard output does not want to know; the files are written all the same.
macro_rules! say {
    ($($arg:tt)*) => { $crate::common::manners::print(format_args!($($arg)*)) };
}
pub(crate) use say;

/// A path may hold any character, and a terminal obeys some: only line ends and tabs are passed on as they are.
pub fn print(line: fmt::Arguments) {
    let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let escaped = |c: char| if obeyed(c) { c.escape_default().to_string() } else { c.to_string() };
    let line: String = line.to_string().chars().map(escaped).collect();
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// Bytes of a program's stack: as many as the system usually gives.
const STACK: usize = 8 << 20;

/// Runs a program. Exits with 0; or with one line on standard error, and 2 where the input or the command line is to
/// blame, 1 where training went wrong. A user's limit of the stack (`ulimit -s`) does not reach it, one of the size of files
/// (`ulimit -f`) is an error like others.
pub fn program(run: fn() -> Result<()>) -> ExitCode {
    #[cfg(unix)]
    // Whoever catches this signal is told of the limit by the call that writes; others are killed.
    drop(flag::register(signal_hook::consts::SIGXFSZ, Arc::default()));
    let thread = std::thread::Builder::new().name("main".into()).stack_size(STACK).spawn(move || exit(run()));
    match thread.map(|thread| thread.join()) {
        Ok(Ok(code)) => code,
        // It panicked, and has said so.
        Ok(Err(_)) => ExitCode::from(101),
        Err(_) => exit(run()),
    }
}

fn exit(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::from(if error.kind() == ErrorKind::NonFinite { 1 } else { 2 })
        }
    }
}

/// Works on so many threads from here on; where not given, on as many as `RAYON_NUM_THREADS` says, otherwise on all cores.
pub fn use_threads(threads: Option<usize>) -> Result<()> {
    const VARIABLE: &str = "RAYON_NUM_THREADS";
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // More than the cores gain nothing; thousands take minutes to start.
    let most = 64.max(8 * cores);
    let variable = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok()).filter(|&threads| threads > 0);
    let (place, asked) = match (threads, variable) {
        (Some(threads), _) => ("--threads", threads),
        (None, Some(threads)) => (VARIABLE, threads),
        (None, None) => ("--threads", cores),
    };
    if !(1..=most).contains(&asked) {
        return Err(Error::config(place)
            .found(asked.to_string())
            .wanted(format!("1 to {most}, or none for all cores")));
    }
    rayon::ThreadPoolBuilder::new().num_threads(asked).build_global().map_err(|e| {
        let wanted = format!("{asked} threads, which the system does not start");
        Error::config(place)
            .found(e.to_string())
            .wanted(wanted)
            .fix("ask for fewer, or raise the limit (ulimit -u, ulimit -v)")
    })
}

/// A flag that becomes true at the first Ctrl-C (or SIGTERM, or when the terminal goes away): training ends after the
/// current mini-batch, and the results are written. A second one ends the program at once. What the caller has the program
/// ignore, as `nohup` does, stays ignored.
pub fn interrupt() -> Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    #[cfg(unix)]
    let signals = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
    #[cfg(not(unix))]
    let signals = [SIGINT, SIGTERM];
    let flag = Arc::new(AtomicBool::new(false));
    let ignored = ignored();
    for signal in signals.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0) {
        // In this order: the first signal finds the flag unset, and sets it.
        flag::register_conditional_shutdown(signal, 130, flag.clone())
            .and_then(|_| flag::register(signal, flag.clone()))
            .map_err(|e| Error::io("Ctrl-C", &e))?;
    }
    Ok(flag)
}

/// What was not written in time. A run does not lose its model for that, nor does it end as if all were well.
#[derive(Default)]
pub struct Unwritten(Rc<RefCell<Vec<Error>>>);

impl Unwritten {
    /// Tells the user of an error, once, and remembers it.
    pub fn teller(&self) -> impl FnMut(&Error) + Clone + use<> {
        let told = self.0.clone();
        move |error| {
            if !told.borrow().contains(error) {
                drop(writeln!(std::io::stderr(), "error: {error}; training goes on without it"));
                told.borrow_mut().push(error.clone());
            }
        }
    }

    /// The first is named once more, at the end, where it is read.
    pub fn first(&self) -> Result<()> {
        self.0.borrow().first().map_or(Ok(()), |error| Err(error.clone()))
    }
}

/// The signals that this program was started to ignore, a bit for each, the first for signal 1. Only Linux tells.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Reads a model file, and says where nobody could tell whether it is damaged.
pub fn load(path: &Path) -> Result<Classifier<f32>> {
    let file = Tensors::open(path)?;
    let model = Classifier::from_tensors(&file)?;
    if !file.has_checksum() {
        let name = format!("{:?}", file.name());
        drop(writeln!(std::io::stderr(), "{name} has no checksum: whether it is damaged, nobody can tell"));
    }
    Ok(model)
}
