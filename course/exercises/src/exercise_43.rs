//! Exercise 43: a WAV file, read (chapter 16).

/// The rate and the samples, from -1 to 1, of a WAV file of one channel and 16 bits; `None` for anything else, and for a
/// file that is cut short.
///
/// A file is "RIFF", a size, "WAVE", and then chunks: four letters, the size of what follows in bytes (u32, the least
/// significant byte first), and so many bytes, with one more where the size is odd. The chunk "fmt " begins with u16
/// format (1), u16 channels, u32 rate, u32 bytes a second, u16 bytes a frame, u16 bits; "data" holds the samples, i16. There
/// may be others between them ("LIST"), which mean nothing here. A sample is divided by 32768.
pub fn read(file: &[u8]) -> Option<(u32, Vec<f64>)> {
    todo!("slice::get and slice::split_at_checked give None where a file is too short: no index can panic")
}
