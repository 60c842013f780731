//! The table of layers, output shapes and parameters, as Keras shows it.

use std::fmt;

/// A printable table of a model's layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    rows: Vec<(String, Vec<usize>, usize)>,
    /// Parameters that are not trained.
    fixed: usize,
}

impl Summary {
    /// Rows of (name and kind, output shape of one example, parameters), and how many of all parameters are not trained.
    pub(super) fn new(rows: Vec<(String, Vec<usize>, usize)>, fixed: usize) -> Self {
        Summary { rows, fixed }
    }
}

/// 2122800 as 2,122,800.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{:<36} {:<20} {:>10}", "Layer (type)", "Output shape", "Param #")?;
        writeln!(f, "{}", "=".repeat(68))?;
        for (name, shape, params) in &self.rows {
            let sizes: Vec<_> = shape.iter().map(ToString::to_string).collect();
            writeln!(f, "{name:<36} {:<20} {:>10}", format!("(None, {})", sizes.join(", ")), thousands(*params))?;
        }
        writeln!(f, "{}", "=".repeat(68))?;
        let total: usize = self.rows.iter().map(|r| r.2).sum();
        writeln!(f, "Total params: {}", thousands(total))?;
        if self.fixed > 0 {
            writeln!(f, "Trainable params: {}", thousands(total - self.fixed))?;
            writeln!(f, "Non-trainable params: {}", thousands(self.fixed))?;
        }
        Ok(())
    }
}
