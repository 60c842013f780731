//! L1 and L2 regularisation: what a parameter adds to the loss.

use crate::autograd::Var;
use crate::{Error, Result, Scalar};

/// L1 and L2 regularisation, which a parameter adds to the loss: `l1` Σ|w| + `l2` Σw².
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Penalty {
    /// Multiplies Σ|w|.
    pub l1: f64,
    /// Multiplies Σw².
    pub l2: f64,
}

impl Penalty {
    /// A penalty below 0 would reward large weights without limit.
    pub(super) fn check(self) -> Result<()> {
        match [("L1", self.l1), ("L2", self.l2)].into_iter().find(|(_, p)| !(0.0..f64::INFINITY).contains(p)) {
            None => Ok(()),
            Some((name, value)) => {
                let found = format!("an {name} penalty of {value}");
                Err(Error::config("").found(found).wanted("a finite one, at least 0"))
            }
        }
    }

    /// The penalty of `w` as a term of a loss; `None` where there is none.
    pub fn of<'t, F: Scalar>(self, w: &Var<'t, F>) -> Option<Var<'t, F>> {
        let l1 = (self.l1 != 0.0).then(|| w.clone().l1(self.l1));
        let l2 = (self.l2 != 0.0).then(|| w.clone().l2(self.l2));
        match (l1, l2) {
            (Some(l1), Some(l2)) => Some(&l1 + &l2),
            (one, other) => one.or(other),
        }
    }
}
