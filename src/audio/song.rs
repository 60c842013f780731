//! A file of music: decoded by the crate symphonia, one channel, at its own rate.
//!
//! MP3, FLAC, WAV, Ogg Vorbis, and M4A with AAC or ALAC. What the format is decides the content, not the name. Encoder delay
//! and padding are trimmed where the file says how much there is; AAC in M4A keeps its delay. A packet that is damaged is
//! passed over and counted, as ffmpeg does; a file that is cut short ends where it ends.

use super::sample::{Decoding, Mixer};
use super::signal::Signal;
use super::target::Target;
use crate::{Error, Result};
use std::fs::File;
use std::path::{Path, PathBuf};
use symphonia::core::audio::{Audio, GenericAudioBufferRef};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions, well_known::CODEC_ID_MP3};
use symphonia::core::errors::Error as DecodeError;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType, probe::Hint};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{MetadataOptions, StandardTag};

/// What a file says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The title.
    pub title: Option<String>,
    /// The artist.
    pub artist: Option<String>,
    /// The album.
    pub album: Option<String>,
    /// The genre.
    pub genre: Option<String>,
}

/// A file of music.
pub struct Song {
    path: PathBuf,
    decoding: Decoding,
    rate: u32,
    tags: Tags,
    /// What was opened to see what it is, for the first reading.
    opened: Option<Opened>,
    damaged: usize,
}

const FORMATS: &str = "MP3, FLAC, WAV, Ogg Vorbis, or M4A with AAC or ALAC";

impl Song {
    /// Opens a file whose samples are to be as a target has them.
    ///
    /// # Errors
    /// When the file cannot be read, or is no audio that is known. Messages name it.
    pub fn open(path: impl AsRef<Path>, target: Target) -> Result<Song> {
        Self::open_as(
            path,
            match target {
                Target::Fma => Decoding::Rounded,
                Target::Librosa => Decoding::Float,
            },
        )
    }

    /// Opens a file, and says itself how a decoded sample becomes a number. Only an MP3 can be decoded as by a fixed-point
    /// decoder; what else there is, is rounded then.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_as(path: impl AsRef<Path>, decoding: Decoding) -> Result<Song> {
        let path = path.as_ref();
        let mut opened = Opened::open(path)?;
        let decoding = match decoding {
            Decoding::FixedPoint if !opened.is_mp3 => Decoding::Rounded,
            decoding => decoding,
        };
        let (rate, tags) = (opened.rate, opened.tags());
        Ok(Song { path: path.to_owned(), decoding, rate, tags, opened: Some(opened), damaged: 0 })
    }

    /// What the file says about itself.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// Packets that could not be decoded, at the last reading.
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    /// All samples. They take four bytes each.
    ///
    /// # Errors
    /// When the file cannot be read to its end.
    pub fn samples(&mut self) -> Result<Vec<f32>> {
        let mut samples = Vec::new();
        self.read(&mut |piece| samples.extend_from_slice(piece))?;
        Ok(samples)
    }
}

impl Signal for Song {
    fn rate(&self) -> f64 {
        f64::from(self.rate)
    }

    fn read(&mut self, each: &mut dyn FnMut(&[f32])) -> Result<()> {
        let mut opened = match self.opened.take() {
            Some(opened) => opened,
            None => Opened::open(&self.path)?,
        };
        let place = self.path.display().to_string();
        let mut mixer = Mixer::new(self.decoding);
        let (mut whole, mut samples) = (0, 0);
        self.damaged = 0;
        loop {
            let piece = match opened.next(&mut mixer) {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(Trouble::Damaged) => {
                    self.damaged += 1;
                    continue;
                }
                Err(Trouble::Cut) => {
                    self.damaged += 1;
                    break;
                }
                Err(Trouble::Fatal(found)) => return Err(Error::data(place).found(found).wanted("audio of one kind")),
            };
            if let Some(at) = piece.iter().position(|sample| !sample.is_finite()) {
                let second = (samples + at) as f64 / f64::from(self.rate);
                return Err(Error::data(format!("{place}, second {second:.3}"))
                    .found(format!("the sample {}", piece[at]))
                    .wanted("finite samples"));
            }
            whole += 1;
            samples += piece.len();
            each(piece);
        }
        match () {
            _ if self.damaged > whole => Err(Error::data(place)
                .found(format!("{} damaged packets and {whole} whole ones", self.damaged))
                .wanted("audio that can be decoded")
                .fix("the file is damaged: get it once more")),
            _ if samples == 0 => Err(Error::data(place).found("a file without audio").wanted("at least one sample")),
            _ => Ok(()),
        }
    }
}

/// A file on its way through the decoder.
struct Opened {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    rate: u32,
    is_mp3: bool,
}

/// Why there is no next piece.
enum Trouble {
    /// One packet is damaged.
    Damaged,
    /// The file ends in the middle, or cannot be followed any further.
    Cut,
    /// It makes no sense to go on.
    Fatal(String),
}

impl Opened {
    fn open(path: &Path) -> Result<Opened> {
        let place = path.display().to_string();
        let file = File::open(path).map_err(|e| Error::io(&place, &e).wanted("to read this file"))?;
        let about = file.metadata().map_err(|e| Error::io(&place, &e).wanted("to read this file"))?;
        if about.is_dir() || about.len() == 0 {
            let found = if about.is_dir() { "a folder" } else { "an empty file" };
            return Err(Error::data(place).found(found).wanted(FORMATS));
        }
        let unknown =
            |e: DecodeError| Error::data(&place).found(format!("no audio that is known ({e})")).wanted(FORMATS);
        let stream = MediaSourceStream::new(Box::new(file), Default::default());
        let probe = symphonia::default::get_probe();
        // No hint: names lie.
        let format =
            probe.probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default()).map_err(unknown)?;
        Opened::begin(format).map_err(|found| Error::data(&place).found(found).wanted(FORMATS))
    }

    /// Makes the decoder for the first track of audio.
    fn begin(format: Box<dyn FormatReader>) -> std::result::Result<Opened, String> {
        let track = format.default_track(TrackType::Audio).ok_or("no track of audio")?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or("no track of audio")?;
        let rate = params.sample_rate.filter(|rate| *rate > 0).ok_or("no sample rate")?;
        let is_mp3 = params.codec == CODEC_ID_MP3;
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(|e| format!("a codec that is not known ({e})"))?;
        Ok(Opened { track: track.id, rate, is_mp3, decoder, format })
    }

    fn tags(&mut self) -> Tags {
        let mut tags = Tags::default();
        let mut log = self.format.metadata();
        while let Some(revision) = log.pop() {
            read_tags(&revision.media.tags, &mut tags);
        }
        if let Some(revision) = log.current() {
            read_tags(&revision.media.tags, &mut tags);
        }
        tags
    }

    /// The next piece of one channel.
    fn next<'m>(&mut self, mixer: &'m mut Mixer) -> std::result::Result<Option<&'m [f32]>, Trouble> {
        let packet = loop {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => break packet,
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(DecodeError::ResetRequired) => return Err(Trouble::Fatal("a chain of streams".into())),
                Err(_) => return Err(Trouble::Cut),
            }
        };
        let decoded = match self.decoder.decode(&packet) {
            Ok(decoded) => decoded,
            Err(DecodeError::ResetRequired) => return Err(Trouble::Fatal("a chain of streams".into())),
            Err(_) => return Err(Trouble::Damaged),
        };
        if decoded.spec().rate() != self.rate {
            return Err(Trouble::Fatal(format!("a change from {} to {} Hz", self.rate, decoded.spec().rate())));
        }
        mixer.skip(packet.trim_start.get() as usize);
        mixer.begin(decoded.frames());
        let channels = decoded.num_planes();
        for channel in 0..channels {
            add(mixer, channel, &decoded);
        }
        Ok(Some(mixer.finish(channels)))
    }
}

/// Adds a channel of what was decoded.
fn add(mixer: &mut Mixer, channel: usize, decoded: &GenericAudioBufferRef) {
    macro_rules! integers {
        ($buffer:ident, $bits:literal, $value:expr) => {
            if let Some(samples) = $buffer.plane(channel) {
                mixer.add_integers($bits, samples.iter().map($value));
            }
        };
    }
    match decoded {
        GenericAudioBufferRef::U8(b) => integers!(b, 8, |v| i32::from(*v) - (1 << 7)),
        GenericAudioBufferRef::U16(b) => integers!(b, 16, |v| i32::from(*v) - (1 << 15)),
        GenericAudioBufferRef::U24(b) => integers!(b, 24, |v| v.inner() as i32 - (1 << 23)),
        GenericAudioBufferRef::U32(b) => integers!(b, 32, |v| (*v ^ (1 << 31)) as i32),
        GenericAudioBufferRef::S8(b) => integers!(b, 8, |v| i32::from(*v)),
        GenericAudioBufferRef::S16(b) => integers!(b, 16, |v| i32::from(*v)),
        GenericAudioBufferRef::S24(b) => integers!(b, 24, |v| v.inner()),
        GenericAudioBufferRef::S32(b) => integers!(b, 32, |v| *v),
        GenericAudioBufferRef::F32(b) => {
            b.plane(channel).into_iter().for_each(|samples| mixer.add_float(channel, samples.iter().copied()));
        }
        GenericAudioBufferRef::F64(b) => {
            b.plane(channel)
                .into_iter()
                .for_each(|samples| mixer.add_float(channel, samples.iter().map(|v| *v as f32)));
        }
    }
}

fn read_tags(all: &[symphonia::core::meta::Tag], tags: &mut Tags) {
    for tag in all {
        let (field, value) = match &tag.std {
            Some(StandardTag::TrackTitle(value)) => (&mut tags.title, value),
            Some(StandardTag::Artist(value)) => (&mut tags.artist, value),
            Some(StandardTag::Album(value)) => (&mut tags.album, value),
            Some(StandardTag::Genre(value)) => (&mut tags.genre, value),
            _ => continue,
        };
        let value = value.trim();
        if field.is_none() && !value.is_empty() {
            *field = Some(value.to_owned());
        }
    }
}
