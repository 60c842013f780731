//! What a study is sure of: an interval for each accuracy, and for each difference between two models.
//!
//! Two sources of luck are told apart. Which tracks are tested: a bootstrap over artists draws them anew, whatever the
//! number of splits ([`bootstrap`]); paired, so that what is hard for both models does not count. Which tracks are
//! trained on: only repeated splits show that, and the corrected resampled t-test ([`corrected_t`]) asks whether the
//! difference would hold on others. A difference is sure where both say so.

use super::{Outcome, Treatment};
use crate::fma::{Fma, Split};
use crate::metrics::{Difference, Interval, bootstrap, corrected_t, mcnemar};
use crate::{Result, Seed};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// A model's accuracy under a treatment, over all its test tracks, and how sure it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sure {
    /// The model.
    pub model: String,
    /// How the tables were prepared.
    pub treatment: Treatment,
    /// Artists tested.
    pub artists: usize,
    /// The share of tests that was passed.
    pub accuracy: f64,
    /// At 95 %, over the artists.
    pub interval: Interval,
}

/// Two models under one treatment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// How the tables were prepared.
    pub treatment: Treatment,
    /// The more accurate model.
    pub better: String,
    /// The less accurate one.
    pub worse: String,
    /// By how much.
    pub difference: f64,
    /// At 95 %, over the artists tested.
    pub interval: Interval,
    /// Over the splits, where there are several.
    pub resampled: Option<Difference>,
    /// McNemar's p on the first split, as if tracks were independent.
    pub mcnemar: f64,
}

impl Pair {
    /// Whether the difference would be there on other test tracks and, where that was asked, after other splits.
    pub fn is_sure(&self) -> bool {
        self.interval.low > 0.0 && self.resampled.is_none_or(|difference| difference.interval.low > 0.0)
    }
}

/// Tests passed, and tests, of each artist.
type ByArtist = BTreeMap<u32, (f64, f64)>;

/// The artist of a track; a track of an unknown one stands for itself.
fn artist_of(fma: &Fma) -> HashMap<u32, u32> {
    let of = |(&id, artist): (&u32, &Option<u32>)| (id, artist.unwrap_or(id));
    fma.ids().iter().zip(fma.artists()).map(of).collect()
}

fn by_artist(outcomes: &[&&Outcome], artist: &HashMap<u32, u32>) -> ByArtist {
    let mut sums = ByArtist::new();
    for (track, correct) in outcomes.iter().filter_map(|o| o.tested.as_ref()).flat_map(|tested| tested.each()) {
        let (passed, tests) = sums.entry(artist.get(&track).copied().unwrap_or(track)).or_default();
        *passed += f64::from(u8::from(correct));
        *tests += 1.0;
    }
    sums
}

/// The interval of each model's accuracy under each honest treatment.
///
/// # Errors
/// When all test tracks are of one artist.
pub fn intervals(outcomes: &[&Outcome], fma: &Fma) -> Result<Vec<Sure>> {
    let artist = artist_of(fma);
    let mut all = Vec::new();
    for (model, treatment) in distinct(outcomes) {
        let own: Vec<_> = outcomes.iter().filter(|o| o.model == model && o.treatment == treatment).collect();
        let sums: Vec<(f64, f64)> = by_artist(&own, &artist).into_values().collect();
        let accuracy = |rows: &[usize]| {
            let (passed, tests) = rows.iter().fold((0.0, 0.0), |sum, &row| (sum.0 + sums[row].0, sum.1 + sums[row].1));
            passed / tests
        };
        let every: Vec<usize> = (0..sums.len()).collect();
        let [interval] = bootstrap(sums.len(), None, Seed(0), |rows| [accuracy(rows)])?;
        let (artists, accuracy) = (sums.len(), accuracy(&every));
        all.push(Sure { model: model.into(), treatment, artists, accuracy, interval });
    }
    Ok(all)
}

/// The most accurate model of each honest treatment against each other one, the closest first.
///
/// # Errors
/// When all test tracks are of one artist.
pub fn pairs(outcomes: &[&Outcome], fma: &Fma, split: Split) -> Result<Vec<Pair>> {
    let artist = artist_of(fma);
    let sure = intervals(outcomes, fma)?;
    let mut all = Vec::new();
    for (at, best) in sure.iter().enumerate() {
        let rivals = || sure.iter().enumerate().filter(|(_, s)| s.treatment == best.treatment && s.model != best.model);
        // Of equally accurate ones the first.
        if rivals().any(|(i, s)| s.accuracy > best.accuracy || s.accuracy == best.accuracy && i < at) {
            continue;
        }
        let pairs = rivals().filter_map(|(_, rival)| pair(best, rival, outcomes, &artist, split).transpose());
        let mut pairs = pairs.collect::<Result<Vec<_>>>()?;
        pairs.sort_by(|a, b| a.difference.total_cmp(&b.difference));
        all.extend(pairs);
    }
    Ok(all)
}

fn pair(
    best: &Sure,
    rival: &Sure,
    outcomes: &[&Outcome],
    artist: &HashMap<u32, u32>,
    split: Split,
) -> Result<Option<Pair>> {
    // Fits on the same splits, in the order of the first.
    let of = |sure: &Sure| {
        let own = outcomes.iter().filter(|o| o.model == sure.model && o.treatment == sure.treatment);
        own.map(|o| ((o.seed, o.fold), o)).collect::<BTreeMap<_, _>>()
    };
    let (ours, theirs) = (of(best), of(rival));
    let shared: Vec<_> = ours.iter().filter_map(|(key, a)| Some((*a, *theirs.get(key)?))).collect();
    if shared.is_empty() {
        return Ok(None);
    }
    let sums = |outcomes: Vec<&&Outcome>| by_artist(&outcomes, artist);
    let a = sums(shared.iter().map(|(a, _)| *a).collect());
    let b = sums(shared.iter().map(|(_, b)| *b).collect());
    let gains: Vec<(f64, f64)> = a.iter().map(|(artist, (passed, tests))| (passed - b[artist].0, *tests)).collect();
    let difference = |rows: &[usize]| {
        let (gain, tests) = rows.iter().fold((0.0, 0.0), |sum, &row| (sum.0 + gains[row].0, sum.1 + gains[row].1));
        gain / tests
    };
    let [interval] = bootstrap(gains.len(), None, Seed(0), |rows| [difference(rows)])?;
    let resampled = (shared.len() > 1 && split != Split::Official).then(|| {
        let differences: Vec<f64> = shared.iter().map(|(a, b)| a.test.accuracy - b.test.accuracy).collect();
        let rows = |o: &Outcome| o.genre_rows.as_ref().map_or(0, |rows| rows.before_balancing.iter().sum::<usize>());
        let tested = |o: &Outcome| o.tested.as_ref().map_or(0, |tested| tested.tracks.len());
        let share = shared.iter().map(|(a, _)| tested(a) as f64 / rows(a).max(1) as f64).sum::<f64>();
        corrected_t(&differences, share / shared.len() as f64)
    });
    let (mut first, mut second) = (0, 0);
    if let Some((Some(a), Some(b))) = shared.first().map(|(a, b)| (a.tested.as_ref(), b.tested.as_ref())) {
        for ((_, a), (_, b)) in a.each().zip(b.each()) {
            first += u64::from(a && !b);
            second += u64::from(b && !a);
        }
    }
    Ok(Some(Pair {
        treatment: best.treatment,
        better: best.model.clone(),
        worse: rival.model.clone(),
        difference: difference(&(0..gains.len()).collect::<Vec<_>>()),
        interval,
        resampled: resampled.transpose()?,
        mcnemar: mcnemar(first, second),
    }))
}

/// Models and honest treatments, in the order of their first outcomes.
fn distinct<'a>(outcomes: &[&'a Outcome]) -> Vec<(&'a str, Treatment)> {
    let mut all = Vec::new();
    for o in outcomes.iter().filter(|o| o.tested.is_some()) {
        if !all.contains(&(o.model.as_str(), o.treatment)) {
            all.push((o.model.as_str(), o.treatment));
        }
    }
    all
}

/// The pairs as text, in points.
pub fn text(pairs: &[Pair]) -> String {
    let mut table = format!(
        "{:<16} {:<12} {:<12} {:>10} {:>16} {:>20} {:>9} {:>6}\n",
        "prepared", "better", "than", "points", "artists, 95 %", "splits, 95 %", "McNemar", "sure"
    );
    for p in pairs {
        let splits = p.resampled.map_or(String::new(), |d| d.interval.percent());
        let (treatment, points) = (p.treatment.to_string(), 100.0 * p.difference);
        let sure = if p.is_sure() { "yes" } else { "no" };
        // Writing into a string does not fail.
        let _ = writeln!(
            table,
            "{treatment:<16} {:<12} {:<12} {points:>10.1} {:>16} {splits:>20} {:>9.3} {sure:>6}",
            p.better,
            p.worse,
            p.interval.percent(),
            p.mcnemar
        );
    }
    table
}
