//! Exercise 42: a song that is standardised by itself (chapter 16). Repair it.

/// The features of new songs, ready for a network that learned from standardised features. `mean` and `scale` are those of
/// the training songs: what a network was shown was (value - mean) / scale.
///
/// This works on a whole collection, nearly, and makes zeros of a single song. What should stand here?
pub fn standardized(songs: &[Vec<f64>], mean: &[f64], scale: &[f64]) -> Vec<Vec<f64>> {
    let n = songs.len() as f64;
    let own = |column: usize| {
        let mean = songs.iter().map(|song| song[column]).sum::<f64>() / n;
        let variance = songs.iter().map(|song| (song[column] - mean).powi(2)).sum::<f64>() / n;
        (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
    };
    let one = |song: &Vec<f64>| {
        let value = |(column, value): (usize, &f64)| (value - own(column).0) / own(column).1;
        song.iter().enumerate().map(value).collect()
    };
    songs.iter().map(one).collect()
}

/// How far a song is from those that a network has learned from: the root mean square of its standardised features. A
/// training song has 1 on average.
pub fn distance(standardized: &[f64]) -> f64 {
    todo!()
}
