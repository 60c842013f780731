//! Data leakage, counted: what SMOTE before the split gains in accuracy, and where it comes from.

use super::{Outcome, Treatment};
use crate::balance::Leak;
use crate::fma::Fma;
use serde::Serialize;
use std::fmt;
use std::fmt::Write;

/// One model with SMOTE before the split and after it, over all seeds that have both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lesson {
    /// The model's name.
    pub model: String,
    /// Of all test rows together.
    pub all: Share,
    /// The means over the genres, each counting alike: the first two have test parts of different proportions.
    pub mean: Share,
    /// Genre by genre.
    pub genres: Vec<Share>,
}

/// A genre's part in it. Every figure is a share; none where there is no row to count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The genre.
    pub genre: String,
    /// Its real tracks.
    pub tracks: usize,
    /// Accuracy on the test rows with SMOTE before the split.
    pub smote_first: Option<f64>,
    /// Accuracy on the test rows with SMOTE after the split, on the training part alone.
    pub split_first: Option<f64>,
    /// The first minus the second.
    pub gained: Option<f64>,
    /// Accuracy of the models of the first on held-out real tracks: the test rows of the second.
    pub real_tracks: Option<f64>,
    /// Test rows that are synthetic, with SMOTE before the split.
    pub synthetic: Option<f64>,
    /// Of these synthetic rows, those with a parent in the training part at least.
    pub parent_in_training: Option<f64>,
    /// Of these synthetic rows, those with both parents in it.
    pub both_parents_in_training: Option<f64>,
}

impl Lesson {
    /// The lesson of `model`; none where one of both treatments is missing.
    pub fn of(model: &str, outcomes: &[&Outcome], fma: &Fma) -> Option<Lesson> {
        let of = |treatment| {
            let own = outcomes.iter().filter(move |o| o.model == model && o.treatment == treatment);
            own.copied().collect::<Vec<&Outcome>>()
        };
        let (mut before, mut after) = (of(Treatment::SMOTE_FIRST), of(Treatment::SPLIT_FIRST));
        let has = |all: &[&Outcome], o: &Outcome| all.iter().any(|a| (a.seed, a.fold) == (o.seed, o.fold));
        before.retain(|o| has(&after, o));
        after.retain(|o| has(&before, o));
        if before.is_empty() {
            return None;
        }
        let names = fma.dataset().classes();
        let tracks = fma.dataset().counts();
        let tested = Correct::sum(names.len(), before.iter().map(|o| &o.test.confusion));
        let honest = Correct::sum(names.len(), after.iter().map(|o| &o.test.confusion));
        let real = Correct::sum(names.len(), before.iter().filter_map(|o| o.real.as_ref()).map(|s| &s.confusion));
        let mut leaks = vec![Leak::default(); names.len()];
        for leak in before.iter().filter_map(|o| o.leak.as_ref()) {
            leaks.iter_mut().zip(leak).for_each(|(sum, more)| *sum = *sum + *more);
        }
        let genres: Vec<_> = (0..names.len())
            .map(|g| share(&names[g], tracks[g], [tested.0[g], honest.0[g], real.0[g]], leaks[g]))
            .collect();
        let total = leaks.iter().fold(Leak::default(), |sum, leak| sum + *leak);
        let all = share("all", tracks.iter().sum(), [tested.total(), honest.total(), real.total()], total);
        let mean = mean(&genres);
        Some(Lesson { model: model.into(), all, mean, genres })
    }

    /// The lesson in a few sentences.
    pub fn paragraph(&self) -> String {
        let percent = |share: Option<f64>| share.map_or("an unknown share".into(), |s| format!("{:.1} %", 100.0 * s));
        let Lesson { model, all, mean, .. } = self;
        format!(
            "With SMOTE before the split, {model} classifies {} of its test rows correctly; with SMOTE after the \
             split, on the training part alone, {} ({} and {} as means over the genres). Nothing was learned in \
             between: {} of the first test part is synthetic, and of these rows {} lie on a line from a row that was \
             trained on, {} between two of them. On real tracks, held out before SMOTE saw them, the same models of the \
             first kind classify {} correctly ({} as a mean over the genres).",
            percent(all.smote_first),
            percent(all.split_first),
            percent(mean.smote_first),
            percent(mean.split_first),
            percent(all.synthetic),
            percent(all.parent_in_training),
            percent(all.both_parents_in_training),
            percent(all.real_tracks),
            percent(mean.real_tracks),
        )
    }
}

/// Rows that are classified correctly, and rows, of each class.
struct Correct(Vec<(u64, u64)>);

impl Correct {
    fn sum<'a>(classes: usize, confusions: impl Iterator<Item = &'a Vec<Vec<u64>>>) -> Correct {
        let mut counts = vec![(0, 0); classes];
        for confusion in confusions {
            for (class, (correct, rows)) in counts.iter_mut().enumerate() {
                let row = confusion.get(class).map_or(&[][..], |row| row);
                *correct += row.get(class).copied().unwrap_or(0);
                *rows += row.iter().sum::<u64>();
            }
        }
        Correct(counts)
    }

    fn total(&self) -> (u64, u64) {
        self.0.iter().fold((0, 0), |sum, class| (sum.0 + class.0, sum.1 + class.1))
    }
}

fn share(genre: &str, tracks: usize, [tested, honest, real]: [(u64, u64); 3], leak: Leak) -> Share {
    let ratio = |(right, rows): (u64, u64)| (rows > 0).then(|| right as f64 / rows as f64);
    let (smote_first, split_first) = (ratio(tested), ratio(honest));
    let children = (leak.synthetic > 0).then_some(leak);
    Share {
        genre: genre.into(),
        tracks,
        smote_first,
        split_first,
        gained: smote_first.zip(split_first).map(|(a, b)| a - b),
        real_tracks: ratio(real),
        synthetic: (leak.rows > 0).then(|| leak.synthetic_share()),
        parent_in_training: children.map(|leak| leak.parent_share()),
        both_parents_in_training: children.map(|leak| leak.both_share()),
    }
}

fn mean(genres: &[Share]) -> Share {
    let of = |figure: fn(&Share) -> Option<f64>| {
        let known: Vec<f64> = genres.iter().filter_map(figure).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    Share {
        genre: "mean of genres".into(),
        tracks: genres.iter().map(|g| g.tracks).sum::<usize>() / genres.len().max(1),
        smote_first: of(|g| g.smote_first),
        split_first: of(|g| g.split_first),
        gained: of(|g| g.gained),
        real_tracks: of(|g| g.real_tracks),
        synthetic: of(|g| g.synthetic),
        parent_in_training: of(|g| g.parent_in_training),
        both_parents_in_training: of(|g| g.both_parents_in_training),
    }
}

/// A table in per cent, genre by genre.
impl fmt::Display for Lesson {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let head = ["SMOTE first", "split first", "gained", "real tracks", "synthetic", "parent", "both parents"];
        let cells = head.iter().fold(String::new(), |line, name| line + &format!("{name:>13}"));
        writeln!(f, "{:<20}{:>8}{cells}", "genre", "tracks")?;
        for s in self.genres.iter().chain([&self.mean, &self.all]) {
            let figures = [
                s.smote_first,
                s.split_first,
                s.gained,
                s.real_tracks,
                s.synthetic,
                s.parent_in_training,
                s.both_parents_in_training,
            ];
            let mut line = format!("{:<20}{:>8}", s.genre, s.tracks);
            for figure in figures {
                match figure {
                    Some(share) => write!(line, "{:>13.1}", 100.0 * share)?,
                    None => write!(line, "{:>13}", "-")?,
                }
            }
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}
