//! The page of one song: its genre, its waveform, its spectrogram, its genres along time, the tracks that are nearest.

use crate::pictures::escape::escape;
use crate::pictures::palette::{BLUE, GRID, HEAT, INK};
use crate::pictures::{Cell, Page, Picture, Table};
use ndarray::Array2;
use std::fmt::Write;

/// What is shown of a song.
#[derive(Clone, Debug)]
pub struct SongReport {
    /// Its name.
    pub name: String,
    /// Its length.
    pub seconds: f64,
    /// The smallest and the largest sample of pieces of equal length.
    pub waveform: Vec<(f32, f32)>,
    /// Decibels, (bands, frames), from -80 to 0.
    pub mel: Array2<f32>,
    /// The genres that the model knows.
    pub genres: Vec<String>,
    /// The probability of each, for the whole song.
    pub probabilities: Vec<f32>,
    /// Pieces of the song: from, to, and the probability of each genre.
    pub segments: Vec<(f64, f64, Vec<f32>)>,
    /// The root mean square of its standardised features, 1 for a usual song of the training part.
    pub distance: f32,
    /// From which distance on a song is unlike those that the model has learned from.
    pub unlike: f32,
    /// The nearest tracks: id, genre, distance.
    pub nearest: Vec<(u32, String, f32)>,
}

/// Pictures are that wide, in half pixels.
const WIDTH: i32 = 1400;
/// Genres in the picture along time.
const SHOWN: usize = 8;
/// Columns and rows of the spectrogram: more could not be told apart.
const CELLS: (usize, usize) = (140, 48);

/// The page of a song.
pub fn song_page(song: &SongReport) -> Page {
    let mut order: Vec<usize> = (0..song.genres.len()).collect();
    order.sort_by(|&a, &b| song.probabilities[b].total_cmp(&song.probabilities[a]));
    let mut page = Page::new(&song.name);
    if song.distance > song.unlike {
        page = page.notice(format!(
            "This song is unlike those that the model has learned from: its features are {:.1} standard deviations off, where 1 is usual.",
            song.distance
        ));
    }
    let best = order[0];
    page = page
        .paragraph(&format!(
            "{}, with a probability of {:.1} %. The model knows {} genres and no other: {}.",
            song.genres[best],
            100.0 * song.probabilities[best],
            song.genres.len(),
            song.genres.join(", ")
        ))
        .table(Table::new("The whole song", ["genre", "probability"]).rows(
            order.iter().map(|&g| [Cell::from(song.genres[g].as_str()), Cell::percent(song.probabilities[g].into())]),
        ))
        .heading("Sound")
        .figure(waveform(song))
        .figure(spectrogram(song));
    if !song.segments.is_empty() {
        page = page.heading("Along the song").figure(along(song, &order[..order.len().min(SHOWN)]));
    }
    if !song.nearest.is_empty() {
        let rows = song.nearest.iter().map(|(id, genre, distance)| {
            [Cell::from(id.to_string()), Cell::from(genre.as_str()), Cell::number(format!("{distance:.2}"))]
        });
        page = page.heading("The nearest tracks").table(
            Table::new(
                "By the root mean square of the differences of standardised features",
                ["track", "genre", "distance"],
            )
            .rows(rows),
        );
    }
    page
}

/// Minutes and seconds.
fn clock(seconds: f64) -> String {
    format!("{}:{:02}", seconds as u64 / 60, seconds as u64 % 60)
}

/// Beginning and end, below a picture.
fn times(song: &SongReport, left: i32, below: i32) -> String {
    format!(
        "<text x=\"{left}\" y=\"{below}\" font-size=\"24\">0:00</text>\
         <text x=\"{WIDTH}\" y=\"{below}\" font-size=\"24\" text-anchor=\"end\">{}</text>",
        clock(song.seconds)
    )
}

fn waveform(song: &SongReport) -> Picture {
    let (height, n) = (200, song.waveform.len().max(1));
    let mut path = String::new();
    for (i, (low, high)) in song.waveform.iter().enumerate() {
        let x = WIDTH as usize * i / n;
        let y = |v: f32| f64::from(height) / 2.0 * (1.0 - f64::from(v.clamp(-1.0, 1.0)));
        let _ = write!(path, "M{x} {:.0}V{:.0}", y(*high), y(*low) + 1.0);
    }
    let drawing = format!("<path d=\"{path}\" stroke=\"{}\" stroke-width=\"2\" fill=\"none\"/>", BLUE.hex());
    let peak = song.waveform.iter().map(|(low, high)| low.abs().max(high.abs())).fold(0.0, f32::max);
    let data = Table::new("Waveform", ["figure", "value"])
        .row([Cell::from("seconds"), Cell::number(format!("{:.1}", song.seconds))])
        .row([Cell::from("largest sample"), Cell::number(format!("{peak:.3}"))]);
    let drawing = drawing + &times(song, 0, height + 30);
    Picture::new(
        "Waveform",
        "How loud the song is, from its beginning to its end.",
        ((WIDTH, height + 40), drawing),
        data,
    )
}

fn spectrogram(song: &SongReport) -> Picture {
    let (bands, frames) = song.mel.dim();
    let (columns, rows) = (CELLS.0.min(frames).max(1), CELLS.1.min(bands).max(1));
    let (w, h) = (WIDTH / columns as i32, 8);
    let mean = |row: usize, column: usize| {
        let (b, t) =
            (row * bands / rows..(row + 1) * bands / rows, column * frames / columns..(column + 1) * frames / columns);
        let cell = song.mel.slice(ndarray::s![b, t]);
        cell.mean().unwrap_or(-80.0)
    };
    let mut drawing = String::new();
    let mut table = Table::new("Mean level by band", ["mel bands, from low to high", "dB below the loudest"]);
    for row in 0..rows {
        let y = (rows - 1 - row) as i32 * h;
        let mut sum = 0.0;
        for column in 0..columns {
            let level = mean(row, column);
            sum += level;
            let _ = write!(
                drawing,
                "<rect x=\"{}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{}\" fill-opacity=\"{:.2}\"/>",
                column as i32 * w,
                BLUE.hex(),
                ((level + 80.0) / 80.0).powi(2)
            );
        }
        if row % 6 == 0 {
            let cell = Cell::number(format!("{:.0}", sum / columns as f32));
            table = table.row([Cell::from(format!("{}", row * bands / rows + 1)), cell]);
        }
    }
    let below = rows as i32 * h;
    drawing += &times(song, 0, below + 30);
    let words = "How much of each pitch there is, low ones below, as time goes to the right; the darker, the louder.";
    Picture::new("Mel spectrogram", words, ((WIDTH, below + 40), drawing), table)
}

fn along(song: &SongReport, order: &[usize]) -> Picture {
    let (left, h) = (260, 40);
    let x = |second: f64| left + ((WIDTH - left) as f64 * second / song.seconds.max(1e-3)) as i32;
    let mut drawing = String::new();
    let mut head = vec!["from".to_owned()];
    head.extend(order.iter().map(|&g| song.genres[g].clone()));
    for (row, &genre) in order.iter().enumerate() {
        let y = row as i32 * h;
        let name = escape(&song.genres[genre]);
        let _ = write!(drawing, "<text x=\"0\" y=\"{}\" font-size=\"24\" fill=\"{}\">{name}</text>", y + 28, INK.hex());
        for (begin, end, probabilities) in &song.segments {
            let _ = write!(
                drawing,
                "<rect x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{h}\" fill=\"{}\" fill-opacity=\"{:.2}\" stroke=\"{}\"/>",
                x(*begin),
                (x(*end) - x(*begin)).max(1),
                HEAT.hex(),
                probabilities[genre],
                GRID.hex()
            );
        }
    }
    let below = order.len() as i32 * h;
    drawing += &times(song, left, below + 30);
    let rows = song.segments.iter().map(|(begin, _, probabilities)| {
        let cells = order.iter().map(|&g| Cell::percent(probabilities[g].into()));
        [Cell::from(clock(*begin))].into_iter().chain(cells).collect::<Vec<_>>()
    });
    let table = Table::new("Genres along the song", head).rows(rows);
    let words = "The probability of each genre in each piece of the song; the darker, the more probable.";
    Picture::new("Genres along time", words, ((WIDTH, below + 40), drawing), table)
}
