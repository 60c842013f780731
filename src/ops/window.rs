//! The geometry of a window that slides along a signal, shared by convolution and pooling.

use std::ops::Range;

/// How far a signal is continued beyond its ends before a window slides along it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Padding {
    /// Not at all: every window lies inside the signal.
    #[default]
    Valid,
    /// Just so far that the output has ⌈length / stride⌉ values; the right end gets the odd one (as in Keras).
    Same,
    /// On the left alone, by the window's span less one: no output depends on what comes after it.
    Causal,
    /// By so many values on the left and on the right.
    Explicit(usize, usize),
}

/// A sliding window: `size` taps, `dilation` apart, moved by `stride`.
///
/// ```
/// use tonegrad::ops::{Padding, Window};
/// let window = Window { size: 3, stride: 2, dilation: 2, padding: Padding::Same };
/// assert_eq!(window.span(), 5);
/// assert_eq!((window.pads(10), window.outputs(10)), ((1, 2), Some(5)));
/// assert_eq!(Window { padding: Padding::Valid, ..window }.outputs(4), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Number of taps.
    pub size: usize,
    /// Distance between windows.
    pub stride: usize,
    /// Distance between taps.
    pub dilation: usize,
    /// Continuation of the signal.
    pub padding: Padding,
}

impl Window {
    /// One tap on every value.
    pub const ONE: Window = Window { size: 1, stride: 1, dilation: 1, padding: Padding::Valid };

    /// Values from the first tap to the last, both counted. It saturates: a window beyond counting fits no signal.
    pub fn span(&self) -> usize {
        (self.size - 1).saturating_mul(self.dilation).saturating_add(1)
    }

    /// Padding of a signal of this length, left and right.
    pub fn pads(&self, length: usize) -> (usize, usize) {
        match self.padding {
            Padding::Valid => (0, 0),
            Padding::Same if length == 0 => (0, 0),
            Padding::Same => {
                let last = (length.div_ceil(self.stride) - 1) * self.stride;
                let total = last.saturating_add(self.span()).saturating_sub(length);
                (total / 2, total - total / 2)
            }
            Padding::Causal => (self.span() - 1, 0),
            Padding::Explicit(left, right) => (left, right),
        }
    }

    /// How many windows fit into a padded signal of this length; `None` when not one does.
    pub fn outputs(&self, length: usize) -> Option<usize> {
        let (left, right) = self.pads(length);
        let padded = length.saturating_add(left).saturating_add(right);
        Some((padded.checked_sub(self.span())? / self.stride).saturating_add(1))
    }

    /// [`Window::outputs`], where the shapes are known to fit.
    pub(super) fn must_fit(&self, length: usize) -> usize {
        self.outputs(length)
            .unwrap_or_else(|| panic!("a window of {self:?} does not fit into a signal of length {length}"))
    }

    /// The window along an axis of this length.
    ///
    /// # Panics
    /// When it does not fit.
    pub(super) fn along(self, length: usize) -> Along {
        Along { window: self, length, before: self.pads(length).0, outputs: self.must_fit(length) }
    }
}

/// A window along an axis: where its taps lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Along {
    pub window: Window,
    pub length: usize,
    pub before: usize,
    pub outputs: usize,
}

impl Along {
    /// The position of tap q of window t; `None` where it lies in the padding.
    pub fn position(&self, t: usize, q: usize) -> Option<usize> {
        let position = (t * self.window.stride + q * self.window.dilation).checked_sub(self.before)?;
        Some(position).filter(|&position| position < self.length)
    }

    /// Of some adjacent taps of window t those that lie inside: how many come before them, and their positions.
    pub fn inside(&self, t: usize, taps: Range<usize>) -> (usize, Range<usize>) {
        let first = t * self.window.stride + taps.start * self.window.dilation;
        let skipped = self.before.saturating_sub(first).min(taps.len());
        let start = (first + skipped).saturating_sub(self.before).min(self.length);
        let end = (first + taps.len()).saturating_sub(self.before).clamp(start, self.length);
        (skipped, start..end)
    }

    /// The windows whose tap q lies inside, which are adjacent.
    pub fn having(&self, q: usize) -> Range<usize> {
        let (stride, offset) = (self.window.stride, q * self.window.dilation);
        let end = (self.length + self.before).saturating_sub(offset).div_ceil(stride).min(self.outputs);
        self.before.saturating_sub(offset).div_ceil(stride).min(end)..end
    }
}

/// Of all patches of a picture, the taps that lie inside: `visit(patches, tap, pixel)` for each run of adjacent patches of one
/// row of outputs and each tap, where the first of them has that tap on `pixel`, and each other one column stride further.
/// Patches, taps and pixels are counted row by row. So a loop over a run is one over elements at equal distances.
pub(super) fn each_tap([down, across]: [Along; 2], mut visit: impl FnMut(Range<usize>, usize, usize)) {
    for r in 0..down.outputs {
        for p in 0..down.window.size {
            let Some(row) = down.position(r, p) else { continue };
            for q in 0..across.window.size {
                let patches = across.having(q);
                if let Some(column) = across.position(patches.start, q).filter(|_| !patches.is_empty()) {
                    let first = r * across.outputs;
                    visit(
                        first + patches.start..first + patches.end,
                        p * across.window.size + q,
                        row * across.length + column,
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_patches_has_every_tap_that_lies_inside() {
        for (size, stride, dilation, length) in [(3, 2, 1, 7), (2, 3, 2, 8), (4, 1, 3, 10), (1, 4, 1, 5)] {
            for padding in [Padding::Valid, Padding::Same, Padding::Causal, Padding::Explicit(5, 1)] {
                let along = Window { size, stride, dilation, padding }.along(length);
                for q in 0..size {
                    let inside: Vec<usize> = (0..along.outputs).filter(|&t| along.position(t, q).is_some()).collect();
                    assert_eq!(along.having(q).collect::<Vec<_>>(), inside, "{along:?}, tap {q}");
                }
            }
        }
    }
}
