//! The scale of a bar chart: how high its bars are, and what is left below them.

/// Below a panel, for its scale.
pub(super) const AXIS: i32 = 44;

/// How high things are.
#[derive(Clone, Copy)]
pub(crate) struct Heights {
    pub row: i32,
    pub bar: i32,
    /// Whether there is room for numbers.
    pub numbers: bool,
}
