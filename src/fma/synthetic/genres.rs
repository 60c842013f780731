//! FMA's sixteen genres: how many tracks they have, and where they lie on six axes of sound.

/// Axes of sound on which genres differ: drive, brightness, pulse, harmony, voice, age of the recording.
pub(super) const AXES: usize = 6;

/// A genre of FMA.
pub(super) struct Genre {
    pub name: &'static str,
    /// Tracks that FMA has of it (among the 49,598 that have a top genre).
    pub tracks: usize,
    /// Whether the small subset holds it.
    pub small: bool,
    /// Where its tracks lie on average. Close ones are confused: Pop with Rock, Experimental with Instrumental.
    pub mean: [f64; AXES],
    /// How far its tracks scatter, relative to the others: the broader a genre, the more its border bends.
    pub spread: f64,
}

const fn genre(name: &'static str, tracks: usize, small: bool, spread: f64, mean: [f64; AXES]) -> Genre {
    Genre { name, tracks, small, mean, spread }
}

pub(super) const GENRES: [Genre; 16] = [
    // Name, tracks, in the small subset, spread, [drive, brightness, pulse, harmony, voice, age].
    genre("Blues", 110, false, 0.8, [0.0, -0.1, 0.2, 0.5, 0.5, 0.7]),
    genre("Classical", 1_230, false, 0.8, [-1.5, -1.0, -1.0, 1.5, -1.0, 0.0]),
    genre("Country", 194, false, 0.8, [0.2, 0.0, 0.4, 0.8, 0.8, 0.3]),
    genre("Easy Listening", 24, false, 0.8, [-0.6, -0.2, 0.1, 1.0, -0.3, -0.1]),
    genre("Electronic", 9_372, true, 1.4, [0.3, 0.6, 1.1, -0.2, -0.8, -0.5]),
    genre("Experimental", 10_608, true, 2.0, [-0.5, -0.1, -1.2, -1.1, -0.8, 0.3]),
    genre("Folk", 2_803, true, 0.9, [-0.9, -0.4, -0.1, 0.9, 0.7, 0.3]),
    genre("Hip-Hop", 3_552, true, 0.8, [0.5, 0.5, 1.3, -0.6, 1.4, -0.3]),
    genre("Instrumental", 2_079, true, 1.0, [-0.9, -0.3, -0.3, 0.5, -1.1, -0.2]),
    genre("International", 1_389, true, 1.0, [0.1, 0.3, 0.4, 0.6, 0.8, 0.6]),
    genre("Jazz", 571, false, 0.9, [-0.2, -0.3, 0.3, 0.4, -0.5, 0.3]),
    genre("Old-Time / Historic", 554, false, 0.7, [-0.2, -1.5, -0.1, 0.7, 0.8, 2.6]),
    genre("Pop", 2_332, true, 1.0, [0.6, 0.4, 0.5, 0.7, 0.8, -0.4]),
    genre("Rock", 14_182, true, 0.8, [1.2, 0.4, 0.4, 0.2, 0.3, 0.0]),
    genre("Soul-RnB", 175, false, 0.8, [0.4, 0.2, 0.7, 0.5, 1.1, -0.2]),
    genre("Spoken", 423, false, 0.8, [-1.2, 0.0, -1.5, -1.8, 2.2, 0.4]),
];

/// The fewest tracks of a genre in a table: enough for each part of a split to have a chance of one.
pub(super) const FEWEST: usize = 4;

/// Tracks of each genre among `tracks` in FMA's proportions, by largest remainder, with at least [`FEWEST`] of each.
pub(super) fn proportions(tracks: usize) -> [usize; 16] {
    let tracks = tracks.max(FEWEST * GENRES.len());
    let mut counts = [FEWEST; 16];
    let mut rest: Vec<usize> = (0..GENRES.len()).collect();
    // A genre that would get too few keeps the fewest, which leaves less for the others, until all of those get enough.
    loop {
        let left = tracks - FEWEST * (GENRES.len() - rest.len());
        let all: usize = rest.iter().map(|&g| GENRES[g].tracks).sum();
        let enough: Vec<usize> = rest.iter().copied().filter(|&g| GENRES[g].tracks * left >= FEWEST * all).collect();
        if enough.len() == rest.len() {
            rest.iter().for_each(|&g| counts[g] = GENRES[g].tracks * left / all);
            rest.sort_by_key(|&g| std::cmp::Reverse(GENRES[g].tracks * left % all));
            let short = tracks - counts.iter().sum::<usize>();
            rest.iter().take(short).for_each(|&g| counts[g] += 1);
            return counts;
        }
        rest = enough;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_of_fma_is_its_own_proportion() {
        assert_eq!(proportions(49_598), GENRES.map(|g| g.tracks));
    }

    #[test]
    fn every_size_adds_up() {
        for tracks in (0..3_000).chain([8_000, 106_574]) {
            let counts = proportions(tracks);
            assert_eq!(counts.iter().sum::<usize>(), tracks.max(64));
            assert!(counts.iter().all(|&n| n >= FEWEST));
        }
    }
}
