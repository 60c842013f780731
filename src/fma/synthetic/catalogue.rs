//! The tracks: genre, artist, subset, part of the split; and `tracks.csv`.

use super::genres::{GENRES, proportions};
use crate::Seed;
use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::Exp1;

/// The share of tracks that sound like a genre drawn at random, whatever their label (one in six draws hits it all the
/// same). Listeners disagree about genres: this keeps every model, however good, below about 92 %.
const REDRAWN: f64 = 0.10;

/// For so many tracks with a genre and features, there is one more without a genre.
const PER_UNLABELLED: usize = 40;

/// For so many, there is one more with each [`Fault`].
const PER_FAULT: usize = 400;

/// The share of tracks that artists record outside their own genre.
const ASIDE: f64 = 0.08;

/// Why a track has no features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its cells are empty.
    Empty,
    /// All of its features are zero: the clip was silent or too short.
    Zero,
}

#[derive(Clone, Debug)]
pub(super) struct SyntheticTrack {
    pub id: u32,
    /// The genre that `tracks.csv` gives it.
    pub label: Option<usize>,
    /// The genre that it sounds like.
    pub sound: usize,
    pub artist: usize,
    pub fault: Option<Fault>,
    part: &'static str,
    subset: &'static str,
}

/// All tracks, in the order of their ids.
pub(super) fn catalogue(seed: Seed, tracks: usize) -> Vec<SyntheticTrack> {
    let rng = &mut seed.stream("synthetic catalogue");
    let counts = proportions(tracks);
    let labels: Vec<usize> = counts.iter().enumerate().flat_map(|(genre, &n)| vec![genre; n]).collect();
    let any_genre = |rng: &mut ChaCha8Rng| *labels.choose(rng).unwrap_or(&0);
    let extra = |per: usize| labels.len().div_ceil(per);

    let mut all: Vec<SyntheticTrack> = labels.iter().map(|&genre| SyntheticTrack::of(genre, None)).collect();
    all.extend(
        (0..extra(PER_UNLABELLED)).map(|_| SyntheticTrack { label: None, ..SyntheticTrack::of(any_genre(rng), None) }),
    );
    for fault in [Fault::Empty, Fault::Zero] {
        all.extend((0..extra(PER_FAULT)).map(|_| SyntheticTrack::of(any_genre(rng), Some(fault))));
    }
    let artists = assign_artists(&mut all, rng);
    for track in &mut all {
        if rng.random_bool(REDRAWN) {
            track.sound = any_genre(rng);
        }
    }
    all.shuffle(rng);
    let mut id = 1;
    for track in &mut all {
        id += rng.random_range(1..=3);
        track.id = id;
    }
    assign_parts(&mut all, artists, rng);
    assign_subsets(&mut all, labels.len());
    all
}

impl SyntheticTrack {
    fn of(genre: usize, fault: Option<Fault>) -> SyntheticTrack {
        SyntheticTrack { id: 0, label: Some(genre), sound: genre, artist: 0, fault, part: "", subset: "large" }
    }
}

/// Gives each artist a handful of tracks of one genre, then lets some tracks change hands. Returns how many artists.
fn assign_artists(tracks: &mut [SyntheticTrack], rng: &mut ChaCha8Rng) -> usize {
    let mut artists = 0;
    for genre in 0..GENRES.len() {
        let mut own: Vec<&mut SyntheticTrack> = tracks.iter_mut().filter(|t| t.sound == genre).collect();
        // Even a small genre is shared by several artists, or no split by artist could divide it.
        let most = (own.len() / 4).max(1);
        let mut left = own.as_mut_slice();
        while !left.is_empty() {
            let size = (1 + (5.0 * rng.sample::<f64, _>(Exp1)) as usize).min(most).min(left.len());
            let (now, later) = left.split_at_mut(size);
            now.iter_mut().for_each(|t| t.artist = artists);
            left = later;
            artists += 1;
        }
    }
    for i in 0..tracks.len() {
        if rng.random_bool(ASIDE / 2.0) {
            let j = rng.random_range(0..tracks.len());
            (tracks[i].artist, tracks[j].artist) = (tracks[j].artist, tracks[i].artist);
        }
    }
    artists
}

/// The official split: all tracks of an artist in one part, 80/10/10 of each genre as nearly as that allows.
fn assign_parts(tracks: &mut [SyntheticTrack], artists: usize, rng: &mut ChaCha8Rng) {
    const PARTS: [(&str, f64); 3] = [("training", 0.8), ("validation", 0.1), ("test", 0.1)];
    let mut by_artist: Vec<Vec<usize>> = vec![Vec::new(); artists];
    tracks.iter().enumerate().for_each(|(i, t)| by_artist[t.artist].push(i));
    by_artist.shuffle(rng);
    let mut given = [[0.0; PARTS.len()]; GENRES.len()];
    for own in by_artist {
        let Some(&first) = own.first() else { continue };
        let given = &mut given[tracks[first].sound];
        let all = given.iter().sum::<f64>() + own.len() as f64;
        let behind = |part: usize| PARTS[part].1 * all - given[part];
        let part = (1..PARTS.len()).fold(0, |best, part| if behind(part) > behind(best) { part } else { best });
        given[part] += own.len() as f64;
        own.iter().for_each(|&i| tracks[i].part = PARTS[part].0);
    }
}

/// FMA's subsets, of which each holds the one before: small has as many of each of eight genres (1,000 of FMA's 49,598
/// tracks), medium half of all tracks that have a genre.
fn assign_subsets(tracks: &mut [SyntheticTrack], labelled: usize) {
    let each = (labelled * 1_000 / 49_598).max(1);
    let mut taken = [0; GENRES.len()];
    for track in tracks.iter_mut().filter(|t| t.fault.is_none()) {
        let Some(genre) = track.label else { continue };
        if GENRES[genre].small && taken[genre] < each {
            taken[genre] += 1;
            track.subset = "small";
        }
    }
    let medium = (labelled / 2).saturating_sub(taken.iter().sum());
    let others = |t: &&mut SyntheticTrack| t.label.is_some() && t.subset != "small";
    tracks.iter_mut().filter(others).step_by(2).take(medium).for_each(|t| t.subset = "medium");
}

/// `tracks.csv`: two header rows, the name of the index, and a biography in HTML for some of the artists.
pub(super) fn table(tracks: &[SyntheticTrack]) -> String {
    let head = ",album,album,artist,artist,artist,set,set,track,track,track\n\
                ,id,title,bio,id,name,split,subset,duration,genre_top,title\n\
                track_id,,,,,,,,,,\n";
    let row = |t: &SyntheticTrack| {
        let SyntheticTrack { id, artist, part, subset, .. } = t;
        let (album, genre) = (id / 32, t.label.map_or("", |g| GENRES[g].name));
        let bio = if artist % 25 == 0 { biography(*artist) } else { String::new() };
        let (seconds, title) = (60 + id % 300, title(*id));
        format!("{id},{album},Album {album},{bio},{artist},Artist {artist},{part},{subset},{seconds},{genre},{title}\n")
    };
    head.to_owned() + &tracks.iter().map(row).collect::<String>()
}

/// A quoted cell as FMA has them: tags, commas, doubled quotes and line breaks.
fn biography(artist: usize) -> String {
    format!("\"<p>Artist {artist} was never heard, \nbut is \"\"known\"\" for it.</p>\n\"")
}

fn title(id: u32) -> String {
    const FIRST: [&str; 8] = ["Quiet", "Northern", "Broken", "Golden", "Last", "Hidden", "Electric", "Slow"];
    const SECOND: [&str; 7] = ["Harbour", "Lantern", "Signal", "Garden", "Motor", "Winter", "Parade"];
    let id = id as usize;
    format!("{} {}", FIRST[id % FIRST.len()], SECOND[id % SECOND.len()])
}
