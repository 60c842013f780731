//! Exercise 43: a WAV file, read (chapter 16).

/// The rate and the samples, from -1 to 1, of a WAV file of one channel and 16 bits; `None` for anything else, and for a
/// file that is cut short.
///
/// A file is "RIFF", a size, "WAVE", and then chunks: four letters, the size of what follows in bytes (u32, the least
/// significant byte first), and so many bytes, with one more where the size is odd. The chunk "fmt " begins with u16
/// format (1), u16 channels, u32 rate, u32 bytes a second, u16 bytes a frame, u16 bits; "data" holds the samples, i16. There
/// may be others between them ("LIST"), which mean nothing here. A sample is divided by 32768.
pub fn read(file: &[u8]) -> Option<(u32, Vec<f64>)> {
    let u16_at = |bytes: &[u8], at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |bytes: &[u8], at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if file.get(..4)? != b"RIFF" || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut rest, mut rate) = (&file[12..], None);
    loop {
        let (name, size) = (rest.get(..4)?, u32_at(rest, 4)? as usize);
        let body = rest.get(8..)?.get(..size)?;
        match name {
            b"fmt " => {
                if (u16_at(body, 0)?, u16_at(body, 2)?, u16_at(body, 14)?) != (1, 1, 16) {
                    return None;
                }
                rate = Some(u32_at(body, 4)?);
            }
            b"data" => {
                let sample = |pair: &[u8]| f64::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0;
                return Some((rate?, body.chunks_exact(2).map(sample).collect()));
            }
            _ => {}
        }
        rest = rest.get(8 + size + size % 2..)?;
    }
}
