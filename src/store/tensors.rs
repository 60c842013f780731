//! Reading and writing safetensors files: named tensors, a text about them, a checksum; read with suspicion.
//!
//! ```text
//! 8 bytes           length of the header, little end first
//! header            JSON: {"name": {"dtype": "F32", "shape": [3, 1, 32], "data_offsets": [0, 384]}, ...,
//!                          "__metadata__": {"tonegrad": text, "checksum": CRC-32 of text and data}}
//! data              the tensors, one after the other, without a gap
//! ```
//!
//! A file may be cut short, damaged, or made to harm. So nothing that it claims is believed before it is compared with
//! what is there: no more memory is taken than the file is long, and names, types, shapes and values are all checked.

use super::keys;
use crate::files::write_pieces;
use crate::{Error, Result, Scalar, Tensor};
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a header: the genre CNN's takes 30 thousand. JSON swells some tenfold when it is read.
const MOST_HEADER: u64 = 4 << 20;

/// Bytes of a file.
const MOST_BYTES: u64 = 2 << 30;

/// Bytes of the number that a file begins with.
const PREFIX: usize = 8;

/// The entries of the metadata.
const TEXT: &str = "tonegrad";
const CHECKSUM: &str = "checksum";

/// A safetensors file in memory, whose header is sound: every tensor has its range of the data, and no byte is left
/// over.
#[derive(Debug)]
pub struct Tensors {
    name: String,
    header: Metadata,
    bytes: Vec<u8>,
    /// Where the data begin.
    data: usize,
}

impl Tensors {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is longer than 2 GiB or no sound safetensors file, or its checksum is wrong.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let io = |e: std::io::Error| Error::io(path.display(), &e).wanted("a safetensors file");
        let name = path.display().to_string();
        let mut file = File::open(path).map_err(io)?;
        let mut bytes = Vec::new();
        (&mut file).take(PREFIX as u64).read_to_end(&mut bytes).map_err(io)?;
        // The length of the header is looked at first: what is no safetensors file seldom gets further.
        header_end(&name, &bytes)?;
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(io)?;
        Self::from_bytes(name, bytes)
    }

    /// Reads what a file holds; `name` is for messages.
    ///
    /// # Errors
    /// As [`Tensors::open`].
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        let name = name.into();
        let data = header_end(&name, &bytes)?;
        let unsound = |e: String| Error::data(&name).found(e).wanted("a whole safetensors file").fix(COPY);
        if bytes.len() as u64 > MOST_BYTES {
            return Err(unsound(format!("more than {MOST_BYTES} bytes")));
        }
        let header = bytes
            .get(PREFIX..data)
            .ok_or_else(|| unsound(format!("a header of {} bytes in a file of {}", data - PREFIX, bytes.len())))?;
        // The crate's own reader adds up offsets that may wrap around, so its header is compared with the data here.
        let ill = |e: serde_json::Error| unsound(format!("a header with {e}"));
        keys::each_once(header).map_err(ill)?;
        let header: Metadata = serde_json::from_slice(header).map_err(ill)?;
        if header.data_len() != bytes.len() - data {
            let (claimed, there) = (header.data_len(), bytes.len() - data);
            return Err(unsound(format!("{there} bytes of data where the header speaks of {claimed}")));
        }
        let file = Tensors { name, header, bytes, data };
        match file.entry(CHECKSUM) {
            Some(wanted) if *wanted != checksum(file.text().unwrap_or_default(), file.data()) => {
                Err(Error::data(&file.name)
                    .found("contents that do not match their checksum")
                    .wanted("the file as it was written")
                    .fix(COPY))
            }
            _ => Ok(file),
        }
    }

    /// What messages call this file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text about the tensors, where this crate wrote the file.
    pub fn text(&self) -> Option<&str> {
        self.entry(TEXT).map(String::as_str)
    }

    /// Whether the file has a checksum, as all have that this crate writes. Damage to one without would go unnoticed.
    pub fn has_checksum(&self) -> bool {
        self.entry(CHECKSUM).is_some()
    }

    /// The names of all tensors, in the order of the data.
    pub fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn shape(&self, name: &str) -> Result<Vec<usize>> {
        self.info(name, || "a tensor".into()).map(|info| info.shape.clone())
    }

    /// A tensor.
    ///
    /// # Errors
    /// When there is none of this name, its shape or type is another, or a value in it is not finite.
    pub fn get<F: Scalar>(&self, name: &str, shape: &[usize]) -> Result<Tensor<F>> {
        let TensorInfo { dtype, shape: found, data_offsets: (from, to) } =
            self.info(name, || format!("{} {shape:?}", F::NAME))?;
        if (*dtype, found.as_slice()) != (dtype_of::<F>(), shape) {
            let found = format!("{} {found:?}", dtype.to_string().to_lowercase());
            return Err(Error::shape(self.place(name)).found(found).wanted(format!("{} {shape:?}", F::NAME)));
        }
        self.finite(name, shape, F::read_le(&self.data()[*from..*to]))
    }

    /// A tensor of any floating-point type, f16 and bf16 among them: each value is rounded to the nearest of `F`.
    ///
    /// # Errors
    /// When there is none of this name, its type is another, or a value in it is not finite.
    pub fn get_as<F: Scalar>(&self, name: &str) -> Result<Tensor<F>> {
        let TensorInfo { dtype, shape, data_offsets: (from, to) } = self.info(name, || "a tensor".into())?;
        let bytes = &self.data()[*from..*to];
        let halves = || bytes.as_chunks().0.iter().map(|&half| u16::from_le_bytes(half));
        let values: Vec<F> = match dtype {
            Dtype::F64 => f64::read_le(bytes).into_iter().map(F::of).collect(),
            Dtype::F32 => f32::read_le(bytes).into_iter().map(|v| F::of(v.into())).collect(),
            Dtype::F16 => halves().map(|half| F::of(f16(half))).collect(),
            // The upper half of an f32.
            Dtype::BF16 => halves().map(|half| F::of(f32::from_bits(u32::from(half) << 16).into())).collect(),
            other => {
                let found = format!("{} {shape:?}", other.to_string().to_lowercase());
                return Err(Error::shape(self.place(name)).found(found).wanted("f64, f32, f16 or bf16"));
            }
        };
        self.finite(name, shape, values)
    }

    fn place(&self, name: &str) -> String {
        format!("{}, {name}", self.name)
    }

    fn info(&self, name: &str, wanted: impl FnOnce() -> String) -> Result<&TensorInfo> {
        self.header.info(name).ok_or_else(|| {
            let mut names = self.names();
            let more = if names.len() > 20 { ", ..." } else { "" };
            names.truncate(20);
            let found = format!("no such tensor among {}{more}", names.join(", "));
            Error::data(self.place(name)).found(found).wanted(wanted())
        })
    }

    fn finite<F: Scalar>(&self, name: &str, shape: &[usize], values: Vec<F>) -> Result<Tensor<F>> {
        match values.iter().position(|v| !v.is_finite()) {
            // The file is to blame, not the training.
            Some(i) => Err(Error::data(self.place(name))
                .found(format!("{:?} as value {i} of {}", values[i], values.len()))
                .wanted("finite numbers")),
            None => Ok(Tensor::new(shape, values)),
        }
    }

    fn entry(&self, key: &str) -> Option<&String> {
        self.header.metadata().as_ref()?.get(key)
    }

    fn data(&self) -> &[u8] {
        &self.bytes[self.data..]
    }
}

/// What to do about a damaged file.
const COPY: &str = "it is cut short, damaged, or of another kind: copy it again, or write it anew";

/// Where the header ends, if what a file begins with can be believed.
fn header_end(name: &str, bytes: &[u8]) -> Result<usize> {
    let length = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    match length {
        Some(length @ 2..=MOST_HEADER) => Ok(PREFIX + length as usize),
        Some(length) => Err(Error::data(name)
            .found(format!("{length} as the length of the header"))
            .wanted(format!("a safetensors file, whose header takes 2 to {MOST_HEADER} bytes"))),
        None => Err(Error::data(name).found(format!("{} bytes", bytes.len())).wanted("a safetensors file").fix(COPY)),
    }
}

fn checksum(text: &str, data: &[u8]) -> String {
    let mut sum = crc32fast::Hasher::new();
    sum.update(text.as_bytes());
    sum.update(data);
    format!("{:08x}", sum.finalize())
}

/// The value of a half-precision number: a sign, 5 bits of exponent, 10 of fraction (IEEE 754, binary16).
fn f16(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF) / 1024.0);
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

fn dtype_of<F: Scalar>() -> Dtype {
    if size_of::<F>() == 4 { Dtype::F32 } else { Dtype::F64 }
}

/// Gathers tensors, and writes them in one piece. The same tensors give the same bytes.
#[derive(Debug, Default)]
pub struct TensorsWriter {
    infos: BTreeMap<String, TensorInfo>,
    data: Vec<u8>,
}

impl TensorsWriter {
    /// Adds a tensor. Add those of `f64` before those of `f32`, and each lies at a multiple of its size.
    ///
    /// # Errors
    /// When a value is not finite, or the name was there before.
    pub fn add<F: Scalar>(&mut self, name: impl Into<String>, tensor: &Tensor<F>) -> Result<()> {
        let name = name.into();
        if !tensor.is_finite() {
            return Err(Error::non_finite(name).found("a value that is not finite").wanted("finite numbers"));
        }
        let from = self.data.len();
        F::write_le(tensor.as_slice(), &mut self.data);
        let data_offsets = (from, self.data.len());
        let info = TensorInfo { dtype: dtype_of::<F>(), shape: tensor.shape().to_vec(), data_offsets };
        match self.infos.insert(name.clone(), info) {
            Some(_) => Err(Error::data(name).found("the name a second time").wanted("each tensor once")),
            None => Ok(()),
        }
    }

    /// Room for so many bytes of data.
    pub fn with_capacity(bytes: usize) -> Self {
        TensorsWriter { data: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// All that comes before the data, with a text about the tensors; one that is empty is left out, as is the checksum
    /// then.
    pub(super) fn header(&self, text: &str) -> Result<Vec<u8>> {
        #[derive(Serialize)]
        struct Header<'a> {
            #[serde(rename = "__metadata__", skip_serializing_if = "BTreeMap::is_empty")]
            metadata: BTreeMap<&'a str, &'a str>,
            #[serde(flatten)]
            infos: &'a BTreeMap<String, TensorInfo>,
        }
        let sum = checksum(text, &self.data);
        let metadata = if text.is_empty() { BTreeMap::new() } else { [(TEXT, text), (CHECKSUM, &sum)].into() };
        let header = serde_json::to_vec(&Header { metadata, infos: &self.infos });
        let mut header = header.map_err(|e| Error::data("header").found(e.to_string()))?;
        header.resize(header.len().next_multiple_of(PREFIX), b' ');
        if header.len() as u64 > MOST_HEADER {
            return Err(Error::data("header")
                .found(format!("{} bytes of names and text", header.len()))
                .wanted(format!("at most {MOST_HEADER}, which is what a reader takes"))
                .fix("shorten the names of classes, features and layers, or have fewer of them"));
        }
        Ok([&(header.len() as u64).to_le_bytes()[..], &header].concat())
    }

    /// Writes the file, with a text about the tensors; a reader sees the old one or the new one, never half of it.
    ///
    /// # Errors
    /// When the header is longer than a reader would take, or the operating system refuses.
    pub fn write(&self, path: impl AsRef<Path>, text: &str) -> Result<()> {
        let path = path.as_ref();
        let header = self.header(text).map_err(|e| e.within(&path.display().to_string()))?;
        write_pieces(path, &[&header, &self.data])
    }
}

#[cfg(test)]
mod tests {
    use super::f16;

    #[test]
    fn half_precision_is_read_as_it_is_defined() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x3555, 0.333251953125),
            (0x7BFF, 65504.0),
            (0x0400, 2_f64.powi(-14)),
            (0x0001, 2_f64.powi(-24)),
            (0x83FF, -1023.0 * 2_f64.powi(-24)),
            (0x7C00, f64::INFINITY),
            (0xFC00, f64::NEG_INFINITY),
        ] {
            assert_eq!(f16(bits), value, "{bits:#x}");
        }
        assert!(f16(0x7E00).is_nan() && f16(0x8000).is_sign_negative());
        let ascends = |bits: std::ops::Range<u16>| bits.clone().zip(bits.skip(1)).all(|(a, b)| f16(a) < f16(b));
        assert!(ascends(0..0x7C01), "positive ones are in the order of their bits");
    }
}
