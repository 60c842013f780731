//! Model by model, seed by seed; each outcome is kept as soon as it is there.

use super::fingerprint::Fingerprint;
use super::{Entrant, Outcome, Results, Scores, Tested, Treatment};
use crate::balance::{Leak, Origin};
use crate::classical::{Adjusted, Predictor};
use crate::data::{Dataset, Folds, Partition, Parts, Train};
use crate::fma::report::GenreRows;
use crate::fma::{Balance, Fma, Preparation, Prepared, Protocol, Split};
use crate::{Error, Result, Seed};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Epochs of a network that an outcome keeps, about so many.
const EPOCHS_KEPT: usize = 100;

/// Which models, prepared how, how often.
pub struct Study<'a> {
    fma: &'a Fma,
    /// The models.
    pub entrants: Vec<Entrant>,
    /// How the tables are prepared for each of them.
    pub treatments: Vec<Treatment>,
    /// Seeds of split, balancing and training.
    pub seeds: Vec<u64>,
    /// How tracks are dealt to the parts.
    pub split: Split,
    /// Folds of a cross-validation, each once the test part, by artist where the split is, stratified otherwise.
    pub folds: Option<usize>,
    /// Ends the study, in good order, when it becomes true.
    pub interrupt: Arc<AtomicBool>,
    data: Fingerprint,
}

/// One fit of one model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task {
    /// Which of the entrants.
    pub entrant: usize,
    /// How the tables are prepared.
    pub treatment: Treatment,
    /// The seed.
    pub seed: u64,
    /// The fold that is the test part.
    pub fold: Option<usize>,
}

/// Prepared parts, and the real tracks that were held out of all of it.
struct Ready {
    prepared: Prepared,
    real: Option<Dataset>,
    leak: Option<Vec<Leak>>,
    origins: Option<Vec<Origin>>,
    control: Option<Dataset>,
}

impl<'a> Study<'a> {
    /// All of `entrants` under the usual treatments, with seed 0 and a random split.
    pub fn new(fma: &'a Fma, entrants: Vec<Entrant>) -> Self {
        Study {
            fma,
            entrants,
            treatments: Treatment::USUAL.to_vec(),
            seeds: vec![0],
            split: Split::Random,
            folds: None,
            interrupt: Arc::default(),
            data: Fingerprint::of(fma),
        }
    }

    /// All fits, in order: a seed (and fold) is done with all models before the next begins. A model that cannot weigh
    /// its rows is left out where they are balanced by weights.
    pub fn tasks(&self) -> Vec<Task> {
        let folds: Vec<_> = self.folds.map_or(vec![None], |k| (0..k).map(Some).collect());
        let mut tasks = Vec::new();
        for &seed in &self.seeds {
            for &fold in &folds {
                for &treatment in &self.treatments {
                    let able = (0..self.entrants.len()).filter(|&entrant| self.entrants[entrant].can(treatment));
                    tasks.extend(able.map(|entrant| Task { entrant, treatment, seed, fold }));
                }
            }
        }
        tasks
    }

    /// The outcome of a task, if it is among the results.
    pub fn find<'r>(&self, task: &Task, results: &'r Results) -> Option<&'r Outcome> {
        let name = self.entrants[task.entrant].name;
        let print = self.fingerprint(task);
        let key = (name, task.treatment, task.seed, task.fold, print.as_str());
        let found = |o: &&Outcome| (o.model.as_str(), o.treatment, o.seed, o.fold, o.fingerprint.as_str()) == key;
        results.outcomes().iter().find(found)
    }

    /// The outcomes of all tasks that are among the results.
    pub fn done<'r>(&self, results: &'r Results) -> Vec<&'r Outcome> {
        self.tasks().iter().filter_map(|task| self.find(task, results)).collect()
    }

    /// Does what is not among the results yet; `progress` is called with each task before it begins, and again with its
    /// outcome. Whether all is done: an interruption leaves the rest for another time.
    ///
    /// # Errors
    /// The first of anything that fails; what was done before is kept.
    pub fn run(&self, results: &mut Results, mut progress: impl FnMut(&Task, Option<&Outcome>)) -> Result<bool> {
        if let Some(k) = self.folds.filter(|k| !(2..=self.fma.len()).contains(k)) {
            let wanted = format!("2 to {}, the number of tracks", self.fma.len());
            return Err(Error::config("study, folds").found(k.to_string()).wanted(wanted));
        }
        let pending: Vec<_> = self.tasks().into_iter().filter(|task| self.find(task, results).is_none()).collect();
        let alike = |a: &Task, b: &Task| (a.seed, a.fold, a.treatment) == (b.seed, b.fold, b.treatment);
        for tasks in pending.chunk_by(alike) {
            // Raw, standardised, and by quantiles, each prepared for the first model that wants it.
            let mut ready: [Option<Ready>; 4] = [None, None, None, None];
            for task in tasks {
                progress(task, None);
                let entrant = &self.entrants[task.entrant];
                let (standardize, quantile) = (entrant.wants_standardized(), entrant.wants_quantiles());
                let ready = match &mut ready[usize::from(standardize) + 2 * usize::from(quantile)] {
                    Some(ready) => ready,
                    empty => empty.insert(self.prepare(task, standardize, quantile)?),
                };
                let name = self.entrants[task.entrant].name;
                let outcome = self.fit(task, ready).map_err(|error| error.within(name))?;
                if self.interrupt.load(Ordering::Relaxed) {
                    return Ok(false);
                }
                progress(task, Some(&outcome));
                results.add(outcome)?;
            }
        }
        Ok(true)
    }

    /// The parts before anything is done to them: those of the split, or a fold and its complement, a tenth of which is
    /// the validation part, by artist where the folds are.
    fn parts(&self, task: &Task) -> Result<Parts> {
        let seed = Seed(task.seed);
        let (Some(k), Some(fold)) = (self.folds, task.fold) else { return self.fma.split(self.split, seed) };
        let data = self.fma.dataset();
        let folds = match self.split {
            Split::Artist => self.fma.folds_by_artist(k, seed)?,
            Split::Random | Split::Stratified => Folds::stratified(data.y(), k, seed)?,
            Split::Official => {
                return Err(Error::config("--folds, --split")
                    .found(format!("{k} folds of the official split"))
                    .wanted("folds by artist, random or stratified: the official split is a single one")
                    .fix("leave one of both out"));
            }
        };
        let rest = folds.train(fold);
        let dealt = match (self.split, data.groups()) {
            (Split::Artist, Some(artists)) => Partition::grouped(artists.select(&rest).ids(), seed),
            _ => Partition::random(rest.len(), seed),
        };
        let of = |part: &[usize]| part.iter().map(|&i| rest[i]).collect::<Vec<_>>();
        let mut train = of(&[dealt.train, dealt.test].concat());
        train.sort_unstable();
        Parts::ignoring_groups(data, Partition { train, valid: of(&dealt.valid), test: folds.test(fold) })
    }

    fn prepare(&self, task: &Task, standardize: bool, quantile: bool) -> Result<Ready> {
        let seed = Seed(task.seed);
        let Treatment { protocol, balance } = task.treatment;
        let how = Preparation { protocol, balance, split: self.split, standardize, quantile, ..Preparation::default() };
        let parts = self.parts(task)?;
        if protocol == Protocol::Honest {
            let control = (balance == Balance::Smote).then(|| self.control(&how, &parts, seed)).transpose()?;
            return Ok(Ready { prepared: how.honest(parts, seed)?, real: None, leak: None, origins: None, control });
        }
        // Synthetic rows have no artist and no official set; the tracks that are held out do.
        let split = if self.split == Split::Stratified { Split::Stratified } else { Split::Random };
        let mut rest = [&parts.rows.train[..], &parts.rows.valid[..]].concat();
        rest.sort_unstable();
        let prepared = Preparation { split, ..how }.paper(&self.fma.dataset().select(&rest), seed)?;
        let mut real = parts.test;
        prepared.parts.quantile.iter().try_for_each(|quantile| quantile.apply(&mut real))?;
        prepared.parts.standardize.iter().try_for_each(|standardize| standardize.apply(&mut real))?;
        let lineage = prepared.lineage.as_ref();
        let leak = lineage.map(|lineage| lineage.leak(&prepared.parts));
        let origins = lineage.map(|lineage| lineage.origins(&prepared.parts.rows));
        Ok(Ready { prepared, real: Some(real), leak, origins, control: None })
    }

    /// The test part after a SMOTE of its own, in the space of the training part.
    fn control(&self, how: &Preparation, parts: &Parts, seed: Seed) -> Result<Dataset> {
        // As if the test part were one to train on: balanced by itself, transformed as the training part has it.
        let alone = Parts { train: Train::new(parts.test.clone()), ..parts.clone() };
        let raw = Preparation { standardize: false, quantile: false, ..*how };
        let mut control = (*raw.honest(alone, seed)?.parts.train).clone();
        let fitted = Preparation { balance: Balance::None, ..*how }.honest(parts.clone(), seed)?.parts;
        fitted.quantile.iter().try_for_each(|quantile| quantile.apply(&mut control))?;
        fitted.standardize.iter().try_for_each(|standardize| standardize.apply(&mut control))?;
        Ok(control)
    }

    fn fit(&self, task: &Task, ready: &Ready) -> Result<Outcome> {
        let entrant = &self.entrants[task.entrant];
        let parts = &ready.prepared.parts;
        let began = Instant::now();
        let (seed, treatment) = (Seed(task.seed), task.treatment);
        let (fitted, history) = entrant.fit((&parts.train, &parts.valid), treatment, seed, &self.interrupt)?;
        let scores = |rows: &Dataset| fitted.evaluate(rows).map(|confusion| Scores::from(&confusion));
        let predicted = fitted.predict(parts.test.x())?;
        let outcome = Outcome {
            model: entrant.name.into(),
            treatment: task.treatment,
            seed: task.seed,
            fold: task.fold,
            fingerprint: self.fingerprint(task),
            settings: fitted.settings(),
            parameters: fitted.parameters(),
            epochs: history.as_ref().map(|history| history.epochs.len()),
            history: history.map(|history| history.thinned(EPOCHS_KEPT)),
            genre_rows: Some(GenreRows {
                before_balancing: ready.prepared.before.clone(),
                after_balancing: ready.prepared.after.clone(),
            }),
            trained_artists: match task.treatment.protocol {
                Protocol::Honest => self.fma.trained_artists(&parts.rows),
                Protocol::Paper => None,
            },
            seconds: 0.0,
            train_accuracy: scores(&parts.train)?.accuracy,
            valid_accuracy: scores(&parts.valid)?.accuracy,
            test: scores(&parts.test)?,
            real: ready.real.as_ref().map(scores).transpose()?,
            leak: ready.leak.clone(),
            origins: ready.origins.as_ref().map(|origins| by_origin(origins, parts.test.y(), &predicted)),
            tested: (treatment.protocol == Protocol::Honest).then(|| {
                let tracks = parts.rows.test.iter().map(|&row| self.fma.ids()[row]).collect();
                Tested::new(tracks, parts.test.y(), &predicted)
            }),
            control: ready.control.as_ref().map(scores).transpose()?,
            other_prior: self.other_prior(task, ready, &*fitted)?,
        };
        Ok(Outcome { seconds: began.elapsed().as_secs_f64(), ..outcome })
    }

    /// The test scores of the same model under the prior that it did not learn from.
    fn other_prior(&self, task: &Task, ready: &Ready, fitted: &dyn Predictor) -> Result<Option<Scores>> {
        let Treatment { protocol, balance } = task.treatment;
        if protocol == Protocol::Paper || balance == Balance::Prior || !fitted.gives_probabilities() {
            return Ok(None);
        }
        let real: Vec<f64> = ready.prepared.before.iter().map(|&count| count as f64).collect();
        let alike: Vec<f64> = real.iter().map(|&count| f64::from(u8::from(count > 0.0))).collect();
        let (from, to) = if balance.levels() { (alike, real) } else { (real, alike) };
        let confusion = Adjusted::new(fitted, &from, &to)?.evaluate(&ready.prepared.parts.test)?;
        Ok(Some(Scores::from(&confusion)))
    }

    /// Stands for the data and for every setting that the rest of a task's key does not name.
    fn fingerprint(&self, task: &Task) -> String {
        let how = Preparation::default();
        let settings = self.entrants[task.entrant].settings();
        let version = env!("CARGO_PKG_VERSION");
        let (split, folds, cap, k) = (self.split, self.folds, how.cap, how.k);
        self.data.and(&format!("{version}, {split}, {folds:?}, {cap}, {k}, {settings}")).to_string()
    }
}

/// Rows and correct ones of each origin that occurs.
fn by_origin(origins: &[Origin], truth: &[usize], predicted: &[usize]) -> Vec<(Origin, u64, u64)> {
    let mut counts = BTreeMap::<Origin, (u64, u64)>::new();
    for ((&origin, truth), predicted) in origins.iter().zip(truth).zip(predicted) {
        let (rows, correct) = counts.entry(origin).or_default();
        *rows += 1;
        *correct += u64::from(truth == predicted);
    }
    counts.into_iter().map(|(origin, (rows, correct))| (origin, rows, correct)).collect()
}
