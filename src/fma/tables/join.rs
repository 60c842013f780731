//! The two tables joined on the track id.

use super::features::Features;
use super::tracks::{Set, Tracks};
use super::{Column, Dropped};
use crate::data::{Dataset, Groups};
use crate::names::shown;
use crate::{Error, Result};
use ndarray::Array2;

/// Genres that a table may have, six times FMA's: a report counts each against each.
const MOST_GENRES: usize = 1_000;

/// What the tables say of the tracks that are kept, sorted by track id.
pub(super) struct Joined {
    pub columns: Vec<Column>,
    pub ids: Vec<u32>,
    pub artists: Vec<Option<u32>>,
    pub sets: Vec<Option<Set>>,
    pub data: Dataset,
}

/// Joins what was read; `place` and `dropped` are for messages.
pub(super) fn join(place: &str, tracks: &Tracks, features: Features, dropped: &Dropped) -> Result<Joined> {
    let Features { columns, mut ids, mut x } = features;
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_unstable_by_key(|&row| ids[row]);
    ids.sort_unstable();
    reorder(&mut x, columns.len(), order);

    let kept: Vec<_> = ids.iter().filter_map(|id| tracks.get(id)?.as_ref()).collect();
    let mut genres: Vec<_> = kept.iter().map(|t| t.genre.as_str()).collect();
    genres.sort_unstable();
    genres.dedup();
    let found = match genres.as_slice() {
        [] => "no track with both features and a genre".to_owned(),
        [genre] => format!("{} tracks of a single genre, {genre}", kept.len()),
        [first, second, ..] if genres.len() > MOST_GENRES => {
            return Err(Error::data(format!("{place}, column (track, genre_top)"))
                .found(format!("{} genres, such as {} and {}", genres.len(), shown(first), shown(second)))
                .wanted(format!("at most {MOST_GENRES}"))
                .fix("is this the column of genres? Otherwise leave out the rare ones, or give several one name"));
        }
        _ => {
            let y = kept.iter().map(|t| genres.partition_point(|g| *g < t.genre.as_str())).collect();
            let x = Array2::from_shape_vec((ids.len(), columns.len()), x).map_err(|e| Error::shape(e.to_string()))?;
            let mut data = Dataset::new(x, y, genres)?;
            let (artists, sets): (Vec<_>, _) = kept.iter().map(|t| (t.artist, t.set)).unzip();
            if let Some(artists) = artists.iter().copied().collect::<Option<Vec<u32>>>() {
                data = data.with_groups(Groups::new(artists))?;
            }
            return Ok(Joined { columns, ids, artists, sets, data });
        }
    };
    let fix = format!("these were left out:\n{dropped}");
    Err(Error::data(place).found(found).wanted("tracks of at least two genres").fix(fix))
}

/// Puts row `order[i]` at `i`, in place: a second copy of the features would double the memory.
fn reorder(x: &mut [f32], width: usize, mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut row = start;
        while order[row] != start {
            let from = std::mem::replace(&mut order[row], row);
            let (low, high) = x.split_at_mut(row.max(from) * width);
            low[row.min(from) * width..][..width].swap_with_slice(&mut high[..width]);
            row = from;
        }
        order[row] = row;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_put_in_any_order(order in (0usize..40).prop_flat_map(|n| Just((0..n).collect::<Vec<_>>()).prop_shuffle())) {
            let mut x: Vec<f32> = (0..order.len()).flat_map(|row| [row as f32, -(row as f32)]).collect();
            reorder(&mut x, 2, order.clone());
            let wanted: Vec<f32> = order.iter().flat_map(|&row| [row as f32, -(row as f32)]).collect();
            prop_assert_eq!(x, wanted);
        }
    }
}
