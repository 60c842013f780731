//! Exercise 42: a song that is standardised by itself (chapter 16). Repair it.

/// The features of new songs, ready for a network that learned from standardised features. `mean` and `scale` are those of
/// the training songs: what a network was shown was (value - mean) / scale.
///
/// This works on a whole collection, nearly, and makes zeros of a single song. What should stand here?
pub fn standardized(songs: &[Vec<f64>], mean: &[f64], scale: &[f64]) -> Vec<Vec<f64>> {
    let one = |song: &Vec<f64>| song.iter().zip(mean.iter().zip(scale)).map(|(v, (m, s))| (v - m) / s).collect();
    songs.iter().map(one).collect()
}

/// How far a song is from those that a network has learned from: the root mean square of its standardised features. A
/// training song has 1 on average.
pub fn distance(standardized: &[f64]) -> f64 {
    (standardized.iter().map(|v| v * v).sum::<f64>() / standardized.len() as f64).sqrt()
}
