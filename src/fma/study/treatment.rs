//! A protocol and a way to balance: what is done to the tables before a model sees them.

use crate::fma::{Balance, Protocol};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Written `honest/smote`; the protocol alone, `paper`, balances as [`Protocol::usual_balance`] says.
///
/// ```
/// use tonegrad::fma::study::Treatment;
/// assert_eq!("paper".parse::<Treatment>()?.to_string(), "paper/smote");
/// assert!("honest/magic".parse::<Treatment>().is_err());
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Treatment {
    /// What comes first, the split or the rest.
    pub protocol: Protocol,
    /// What is done about rare genres.
    pub balance: Balance,
}

impl Treatment {
    /// What the models were made for: the tracks as they are.
    pub const PLAIN: Treatment = Treatment { protocol: Protocol::Honest, balance: Balance::None };
    /// SMOTE after the split, on the training part.
    pub const SPLIT_FIRST: Treatment = Treatment { protocol: Protocol::Honest, balance: Balance::Smote };
    /// SMOTE before the split, as in the paper.
    pub const SMOTE_FIRST: Treatment = Treatment { protocol: Protocol::Paper, balance: Balance::Smote };
    /// The three that a study compares by default.
    pub const USUAL: [Treatment; 3] = [Treatment::PLAIN, Treatment::SPLIT_FIRST, Treatment::SMOTE_FIRST];

    /// Whether training rows are another mix of genres than validation and test rows.
    pub fn shifts_the_mix(self) -> bool {
        self.protocol == Protocol::Honest && self.balance.levels()
    }
}

impl FromStr for Treatment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (protocol, balance) = text.split_once('/').map_or((text, None), |(p, b)| (p, Some(b)));
        let protocol: Protocol = protocol.parse()?;
        let balance = balance.map_or(Ok(protocol.usual_balance()), str::parse)?;
        Ok(Treatment { protocol, balance })
    }
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&format!("{}/{}", self.protocol, self.balance))
    }
}

impl From<Treatment> for String {
    fn from(treatment: Treatment) -> String {
        treatment.to_string()
    }
}

impl TryFrom<String> for Treatment {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
