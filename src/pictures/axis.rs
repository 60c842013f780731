//! An axis: which values it reaches, where they lie on it, and which of them are written beside it.

use super::canvas::drawable;

/// A linear or a logarithmic axis from `low` to `high`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub label: String,
    pub log: bool,
    pub low: f64,
    pub high: f64,
}

impl Axis {
    pub fn new(label: impl Into<String>) -> Self {
        Axis { label: label.into(), log: false, low: 0.0, high: 1.0 }
    }

    /// Whether a value can lie on it: on a logarithmic axis those above 0.
    pub fn takes(&self, value: f64) -> bool {
        if self.log { value > 1e-300 && value < 1e300 } else { drawable(value) }
    }

    /// As a length on the axis: the value, or its logarithm.
    fn along(&self, value: f64) -> f64 {
        if self.log { value.log10() } else { value }
    }

    /// The same axis, reaching over these values with a little room at both ends.
    pub fn over(self, values: impl Iterator<Item = f64>) -> Self {
        let lengths = values.filter(|&v| self.takes(v)).map(|v| self.along(v));
        let (low, high) = lengths.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let (low, high) = match (high - low) * 0.05 {
            _ if low > high => (0.0, 1.0),
            room if room > 1e-9 * high.abs().max(1e-9) => (low - room, high + room),
            _ => (low - 0.5 - low.abs() * 0.1, low + 0.5 + low.abs() * 0.1),
        };
        let back = |v: f64| if self.log { 10f64.powf(v) } else { v };
        Axis { low: back(low), high: back(high), ..self }
    }

    /// Where a value lies: 0 at the beginning of the axis, 1 at its end.
    pub fn share(&self, value: f64) -> f64 {
        (self.along(value) - self.along(self.low)) / (self.along(self.high) - self.along(self.low))
    }

    /// About `wanted` round values, each as it is written.
    pub fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let (low, high) = (self.along(self.low), self.along(self.high));
        let decades = high.floor() - low.ceil();
        if self.log && decades >= 1.0 {
            let step = (decades / wanted as f64).ceil().max(1.0);
            let exponents = (0..=decades as usize).map(|i| low.ceil() + i as f64).filter(|e| e % step == 0.0);
            return exponents.map(|e| (10f64.powi(e as i32), power(e as i32))).collect();
        }
        let rough = (self.high - self.low) / wanted as f64;
        let ten = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * ten).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(10.0 * ten);
        let first = (self.low / step).ceil();
        let count = ((self.high / step).floor() - first) as usize;
        (0..=count).map(|i| (first + i as f64) * step).map(|value| (value, tick(value, step))).collect()
    }
}

/// A power of ten: plain where that is short.
fn power(exponent: i32) -> String {
    match exponent {
        0..=4 => 10u32.pow(exponent as u32).to_string(),
        -3..=-1 => format!("{:.*}", exponent.unsigned_abs() as usize, 10f64.powi(exponent)),
        _ => format!("1e{exponent}"),
    }
}

/// A multiple of `step`, with as many decimals as that needs.
fn tick(value: f64, step: f64) -> String {
    // What is 0 but for rounding is 0.
    let value = if value.abs() < step / 2.0 { 0.0 } else { value };
    match -step.log10().floor() {
        decimals if !(-6.0..=6.0).contains(&decimals) => format!("{value:.1e}"),
        decimals => format!("{value:.*}", decimals.max(0.0) as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(axis: &Axis, wanted: usize) -> Vec<String> {
        axis.ticks(wanted).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        let axis = Axis { low: -0.31, high: 1.02, ..Axis::new("x") };
        assert_eq!(written(&axis, 6), ["0.0", "0.5", "1.0"]);
        assert_eq!(
            written(&Axis { low: 0.0, high: 73.0, ..Axis::new("x") }, 8),
            ["0", "10", "20", "30", "40", "50", "60", "70"]
        );
        let log = Axis { log: true, low: 2e-9, high: 3.0, ..Axis::new("h") };
        assert_eq!(written(&log, 5), ["1e-8", "1e-6", "1e-4", "0.01", "1"]);
        assert_eq!(written(&Axis { low: 20.0, high: 70.0, ..log }, 5), ["20", "30", "40", "50", "60", "70"]);
    }

    #[test]
    fn an_axis_reaches_over_what_it_takes() {
        let log = Axis { log: true, ..Axis::new("h") }.over([0.0, -1.0, f64::NAN, 1e-3, 1e3].into_iter());
        assert!(log.low < 1e-3 && log.high > 1e3 && (log.share(1.0) - 0.5).abs() < 1e-12);
        let one = Axis::new("x").over([7.0, f64::INFINITY].into_iter());
        assert!(one.low < 7.0 && 7.0 < one.high && (one.share(7.0) - 0.5).abs() < 1e-12);
        let none = Axis::new("x").over([].into_iter());
        assert_eq!((none.low, none.high), (0.0, 1.0));
    }
}
