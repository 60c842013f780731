//! How many rows each class shall have.

use crate::data::Dataset;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Which classes change, and to how many rows. The majority is the first of the largest classes, the minority the first
/// of the smallest that have a row. Over-sampling brings a class up to the majority, under-sampling down to the
/// minority; only [`Counts`](Strategy::Counts) says otherwise. The names are those of imbalanced-learn.
///
/// ```
/// use tonegrad::balance::Strategy;
/// assert_eq!("not majority".parse(), Ok(Strategy::NotMajority));
/// assert_eq!(Strategy::Auto.to_string(), "auto");
/// let six_thousand = Strategy::counts([("Folk", 6000), ("Blues", 6000)]);
/// assert!(matches!(six_thousand, Strategy::Counts(counts) if counts["Folk"] == 6000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Every class that it takes to make all alike: [`NotMajority`](Strategy::NotMajority) to over-sample,
    /// [`NotMinority`](Strategy::NotMinority) to under-sample.
    #[default]
    Auto,
    /// The minority alone: to over-sample only.
    Minority,
    /// The majority alone: to under-sample only.
    Majority,
    /// All but the minority.
    NotMinority,
    /// All but the majority.
    NotMajority,
    /// All.
    All,
    /// The final count of each class named; the others stay as they are.
    Counts(BTreeMap<String, usize>),
}

/// The strategies that have a name, in the order of their discriminants.
const NAMES: [(Strategy, &str); 6] = [
    (Strategy::Auto, "auto"),
    (Strategy::Minority, "minority"),
    (Strategy::Majority, "majority"),
    (Strategy::NotMinority, "not minority"),
    (Strategy::NotMajority, "not majority"),
    (Strategy::All, "all"),
];

/// Which way counts may go.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Over,
    Under,
}

impl Strategy {
    /// [`Strategy::Counts`] from pairs of a class's name and its final count.
    pub fn counts<C: Into<String>>(counts: impl IntoIterator<Item = (C, usize)>) -> Self {
        Strategy::Counts(counts.into_iter().map(|(class, count)| (class.into(), count)).collect())
    }

    /// The final count of each class, none below what there is.
    pub(super) fn over(&self, data: &Dataset) -> Result<Vec<usize>> {
        self.targets(data, Way::Over)
    }

    /// The final count of each class, none above what there is.
    pub(super) fn under(&self, data: &Dataset) -> Result<Vec<usize>> {
        self.targets(data, Way::Under)
    }

    fn targets(&self, data: &Dataset, way: Way) -> Result<Vec<usize>> {
        data.has_classes("balance")?;
        let mut targets = data.counts();
        let present: Vec<_> = (0..targets.len()).filter(|&class| targets[class] > 0).collect();
        // `min_by_key` takes the first of equals, `max_by_key` the last.
        let largest = present.iter().rev().max_by_key(|&&class| targets[class]);
        let smallest = present.iter().min_by_key(|&&class| targets[class]);
        let (Some(&majority), Some(&minority), 2..) = (largest, smallest, present.len()) else {
            let found = present.first().map_or("no row".into(), |&c| format!("rows of {:?} alone", data.classes()[c]));
            return Err(Error::data("balance").found(found).wanted("rows of two classes at least"));
        };
        let changes: Box<dyn Fn(usize) -> bool> = match (self, way) {
            (Strategy::Counts(counts), _) => return self.explicit(counts, data, way),
            (Strategy::Minority, Way::Over) => Box::new(|class| class == minority),
            (Strategy::Majority, Way::Under) => Box::new(|class| class == majority),
            (Strategy::Auto | Strategy::NotMajority, Way::Over) => Box::new(|class| class != majority),
            (Strategy::NotMajority, Way::Under) => Box::new(|class| class != majority),
            (Strategy::Auto | Strategy::NotMinority, Way::Under) => Box::new(|class| class != minority),
            (Strategy::NotMinority, Way::Over) => Box::new(|class| class != minority),
            (Strategy::All, _) => Box::new(|_| true),
            (Strategy::Minority, Way::Under) | (Strategy::Majority, Way::Over) => {
                let way = if way == Way::Over { "over-sample" } else { "under-sample" };
                return Err(Error::config("balance, strategy")
                    .found(format!("{self} to {way}"))
                    .wanted("classes that this would change"));
            }
        };
        let target = targets[if way == Way::Over { majority } else { minority }];
        present.iter().filter(|&&class| changes(class)).for_each(|&class| targets[class] = target);
        Ok(targets)
    }

    fn explicit(&self, counts: &BTreeMap<String, usize>, data: &Dataset, way: Way) -> Result<Vec<usize>> {
        let mut targets = data.counts();
        for (name, &wanted) in counts {
            let Some(class) = data.classes().iter().position(|class| class == name) else {
                let known = data.classes().iter().map(|c| format!("{c:?}")).collect::<Vec<_>>().join(", ");
                return Err(Error::config("balance, counts")
                    .found(format!("{name:?}"))
                    .wanted(format!("one of {known}")));
            };
            let place = || format!("balance, class {name:?}");
            let present = targets[class];
            let (possible, bound) = match way {
                Way::Over => (wanted >= present, "at least"),
                Way::Under => (wanted <= present, "at most"),
            };
            if !possible {
                return Err(Error::config(place())
                    .found(format!("a count of {wanted}"))
                    .wanted(format!("{bound} the {present} rows that there are"))
                    .fix(match way {
                        Way::Over => "to leave rows out, use `RandomUnderSampler` or `cap`",
                        Way::Under => "to make more rows, use `Smote` or `RandomOverSampler`",
                    }));
            }
            targets[class] = wanted;
        }
        Ok(targets)
    }
}

impl FromStr for Strategy {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = NAMES.into_iter().find(|(_, known)| *known == name);
        found.map(|(strategy, _)| strategy).ok_or_else(|| {
            let known = NAMES.map(|(_, known)| known).join(", ");
            Error::config("balance, strategy").found(format!("{name:?}")).wanted(format!("one of {known}"))
        })
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (self, NAMES.iter().find(|(known, _)| known == self)) {
            (Strategy::Counts(counts), _) => write!(f, "counts {counts:?}"),
            (_, Some((_, name))) => f.pad(name),
            _ => write!(f, "{self:?}"),
        }
    }
}
