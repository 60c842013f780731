//! Evaluation protocols: the order of split, standardisation and balancing, the whole difference between an honest
//! figure and one that data leakage flatters.
//!
//! | step | [`Protocol::Honest`] | [`Protocol::Paper`] |
//! |---|---|---|
//! | 1 | split | cap and SMOTE over all rows |
//! | 2 | cap and SMOTE on the training part | standardise by all rows, synthetic ones included |
//! | 3 | standardise all parts by the real rows of the training part | split |
//!
//! Both look for SMOTE's neighbours in one [`Space`]. ([`Space::Standardized`] swaps the two steps that are not the split.)
//!
//! The second order is the paper's. A synthetic row of its test part lies between two real ones, most of which were
//! trained on: see [`Lineage::leak`].

use super::split::Split;
use super::tables::Fma;
use crate::balance::{Lineage, Parents, RandomOverSampler, Smote, cap};
use crate::data::{Dataset, Partition, Parts, Quantile, Standardize, Train};
use crate::names::named;
use crate::{Error, Result, Seed};

named! {
    "protocol",
    /// Whether the parts are made before anything is learned from the data, or after.
    #[derive(Default)]
    pub enum Protocol {
        /// Split first; standardise and balance by the training part alone.
        #[default]
        Honest = "honest",
        /// The paper's: balance and standardise everything, then split. LEAKS the test part into training.
        Paper = "paper",
    }
}

named! {
    "balance",
    /// What is done about rare genres.
    #[non_exhaustive]
    #[derive(Default)]
    pub enum Balance {
        /// Nothing.
        #[default]
        None = "none",
        /// Each genre's loss counts in inverse proportion to its training rows; no row is added.
        Weights = "weights",
        /// Genres above the cap are cut to it, then every genre is raised to the largest by [`Smote`].
        Smote = "smote",
        /// Rows are repeated until every genre has as many as the largest.
        Oversample = "oversample",
        /// Trained on the rows as they are; then each genre's probability is divided by its share of the training rows.
        Prior = "prior",
    }
}

named! {
    "space",
    /// In which space SMOTE looks for neighbours, under either protocol. The paper does not say.
    #[derive(Default)]
    pub enum Space {
        /// Features as they are in the table: columns of large numbers decide. What the paper's own files suggest, where
        /// the balanced table was kept and standardised later.
        #[default]
        Raw = "raw",
        /// Standardised features: every column counts alike.
        Standardized = "standardized",
    }
}

impl Balance {
    /// Whether the training rows or their weights give every genre the same share, so that the model expects that too,
    /// and a validation loss under the real shares no longer says what it learns.
    pub fn levels(self) -> bool {
        matches!(self, Balance::Weights | Balance::Smote | Balance::Oversample)
    }
}

impl Protocol {
    /// What to say, before any figure, wherever this protocol's figures are shown; nothing of an honest one.
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Protocol::Honest => None,
            Protocol::Paper => Some(
                "LEAKING protocol \"paper\": balanced and standardised before the split, as in the report, so that test rows \
                 are blends of training rows. Its accuracies do not hold for new tracks; those of --protocol honest do.",
            ),
        }
    }

    /// How this protocol balances where the caller does not say: not at all, and as the paper did.
    pub fn usual_balance(self) -> Balance {
        match self {
            Protocol::Honest => Balance::None,
            Protocol::Paper => Balance::Smote,
        }
    }
}

/// How to prepare a table.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::fma::{Balance, FmaReader, Preparation, Protocol};
/// let fma = FmaReader::new().synthetic(Seed(0), 200)?;
/// let honest = Preparation { balance: Balance::Smote, ..Preparation::default() }.prepare(&fma, Seed(0))?;
/// let paper = Preparation { balance: Balance::Smote, protocol: Protocol::Paper, ..Preparation::default() };
/// let paper = paper.prepare(&fma, Seed(0))?;
/// assert_eq!(honest.parts.test.len(), 20, "real tracks");
/// assert!(paper.parts.test.len() > 80, "most of them synthetic");
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preparation {
    /// What comes first.
    pub protocol: Protocol,
    /// What is done about rare genres.
    pub balance: Balance,
    /// How rows are dealt to the parts.
    pub split: Split,
    /// SMOTE cuts larger genres to this; the paper's 6,000 by default.
    pub cap: usize,
    /// Neighbours for SMOTE, 5 by default. A genre with fewer makes do with those it has; one of a single row stays as
    /// it is.
    pub k: usize,
    /// Whether features are standardised; true by default. Where they are not, SMOTE measures distances as they are.
    pub standardize: bool,
    /// Whether features pass through the quantile transform before they are standardised; false by default.
    pub quantile: bool,
    /// In which space SMOTE looks for neighbours.
    pub space: Space,
}

impl Default for Preparation {
    fn default() -> Self {
        let (protocol, balance) = Default::default();
        Preparation {
            protocol,
            balance,
            split: Split::Random,
            cap: 6_000,
            k: 5,
            standardize: true,
            quantile: false,
            space: Space::Raw,
        }
    }
}

/// A table ready for a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The standardised parts; `rows` are those of the table that was split: the balanced one under the paper's protocol,
    /// the table itself under the honest one, where the training part may have been balanced since.
    pub parts: Parts,
    /// Each genre's weight in the training loss, where that is how it is balanced.
    pub class_weights: Option<Vec<f64>>,
    /// Rows of each genre before balancing: of the training part, or of everything under the paper's protocol.
    pub before: Vec<usize>,
    /// The same after balancing.
    pub after: Vec<usize>,
    /// Under the paper's protocol with SMOTE, where the rows of the split table come from.
    pub lineage: Option<Lineage>,
}

impl Preparation {
    /// Prepares FMA's tracks.
    ///
    /// # Errors
    /// When a part is empty; when the split needs what tracks lack, or what synthetic rows cannot have; when the training
    /// part cannot be balanced.
    pub fn prepare(&self, fma: &Fma, seed: Seed) -> Result<Prepared> {
        match self.protocol {
            Protocol::Honest => self.honest(fma.split(self.split, seed)?, seed),
            Protocol::Paper => self.paper(fma.dataset(), seed),
        }
    }

    /// Standardises parts and balances the training part: the honest order, for a split that was made elsewhere, such as
    /// a fold.
    ///
    /// # Errors
    /// When the training part cannot be standardised or balanced.
    pub fn honest(&self, mut parts: Parts, seed: Seed) -> Result<Prepared> {
        let before = parts.train.counts();
        if self.space == Space::Raw && parts.standardize.is_none() {
            // What is fitted is fitted on the real rows, whatever balancing adds to them.
            let mut real = parts.train.clone();
            parts.train = self.balanced(parts.train, seed)?.0;
            if self.quantile {
                let quantile = Quantile::fit(&real)?;
                let all = [real.rows_mut(), parts.train.rows_mut(), &mut parts.valid, &mut parts.test];
                all.into_iter().try_for_each(|rows| quantile.apply(rows))?;
                parts.quantile = Some(quantile);
            }
            if self.standardize {
                let standardize = Standardize::fit(&real)?;
                let all = [parts.train.rows_mut(), &mut parts.valid, &mut parts.test];
                all.into_iter().try_for_each(|rows| standardize.apply(rows))?;
                parts.standardize = Some(standardize);
            }
        } else {
            parts = if self.quantile { parts.by_quantiles()? } else { parts };
            parts = if self.standardize { parts.standardized()? } else { parts };
            parts.train = self.balanced(parts.train, seed)?.0;
        }
        Ok(self.weighted(Prepared { after: parts.train.counts(), parts, class_weights: None, before, lineage: None }))
    }

    /// Balances and standardises everything, then splits: the paper's order, which LEAKS.
    ///
    /// # Errors
    /// When the split asks for artists or official sets; when a part is empty; when the rows cannot be balanced.
    pub fn paper(&self, rows: &Dataset, seed: Seed) -> Result<Prepared> {
        if let Split::Artist | Split::Official = self.split {
            return Err(Error::config("protocol paper, split")
                .found(self.split.to_string())
                .wanted("random or stratified: a synthetic row has no artist and no official set")
                .fix("choose one of these, or the honest protocol"));
        }
        let before = rows.counts();
        let fit = |all: &mut Train| -> Result<(Option<Quantile>, Option<Standardize>)> {
            let quantile = self.quantile.then(|| Quantile::fit(all)).transpose()?;
            quantile.iter().try_for_each(|quantile| quantile.apply(all.rows_mut()))?;
            let standardize = self.standardize.then(|| Standardize::fit(all)).transpose()?;
            standardize.iter().try_for_each(|standardize| standardize.apply(all.rows_mut()))?;
            Ok((quantile, standardize))
        };
        let mut all = Train::new(rows.clone());
        let (all, parents, (quantile, standardize)) = if self.space == Space::Raw {
            let (mut all, parents) = self.balanced(all, seed)?;
            let fitted = fit(&mut all)?;
            (all, parents, fitted)
        } else {
            let fitted = fit(&mut all)?;
            let (all, parents) = self.balanced(all, seed)?;
            (all, parents, fitted)
        };
        let dealt = match self.split {
            Split::Stratified => Partition::stratified(all.y(), seed),
            _ => Partition::random(all.len(), seed),
        };
        let lineage = (self.balance == Balance::Smote).then(|| Lineage::new(all.len() - parents.len(), parents));
        let parts = Parts { quantile, standardize, ..Parts::ignoring_groups(&all, dealt)? };
        Ok(self.weighted(Prepared { after: all.counts(), parts, class_weights: None, before, lineage }))
    }

    /// Rows with their genres balanced, and the parents of the synthetic ones, which come last.
    fn balanced(&self, rows: Train, seed: Seed) -> Result<(Train, Vec<Parents>)> {
        match self.balance {
            Balance::None | Balance::Weights | Balance::Prior => Ok((rows, Vec::new())),
            Balance::Oversample => Ok((RandomOverSampler::default().balance(&rows, seed)?, Vec::new())),
            Balance::Smote => {
                let smote = Smote { k: self.k, ..Smote::default() };
                smote.balance_leniently(&cap(&rows, self.cap, seed)?, seed)
            }
        }
    }

    fn weighted(&self, prepared: Prepared) -> Prepared {
        let weights = (self.balance == Balance::Weights).then(|| prepared.parts.train.balanced_weights());
        Prepared { class_weights: weights, ..prepared }
    }
}
