//! Horizontal bar charts: a name to the left of each row, panels of series beside it.

use super::canvas::{Area, At, SMALL, TEXT, draw, fit, font, width, write};
use super::palette::{INK, MUTED};
use super::panel::Panel;
use super::scale::{AXIS, Heights};

/// A horizontal bar chart; every series has a value for each row, NaN where there is none.
pub(crate) struct Bars {
    pub rows: Vec<BarLabel>,
    pub panels: Vec<Panel>,
}

/// What a row is called, and a remark under it.
pub(crate) struct BarLabel {
    pub name: String,
    pub note: String,
}

/// The widest column of names.
const NAMES: i32 = 280;
/// More rows than this are drawn thin, without values.
const MANY: usize = 48;

impl Bars {
    fn heights(&self) -> Heights {
        let bars = self.panels.iter().map(|p| p.series.len()).max().unwrap_or(0).max(1) as i32;
        let numbers = self.rows.len() <= MANY;
        let (bar, gap) = match bars {
            _ if !numbers => (8, 6),
            1 => (26, 16),
            _ => (22, 16),
        };
        let least = if self.rows.iter().any(|row| !row.note.is_empty()) { 56 } else { 30 };
        Heights { row: (bars * bar + gap).max(least), bar, numbers }
    }

    /// The size, and the elements.
    pub fn draw(&self) -> ((i32, i32), String) {
        let heights = self.heights();
        let names = |row: &BarLabel| width(&row.name, TEXT).max(width(&row.note, SMALL));
        // Half of the scale's first label is left of the bars.
        let names = self.rows.iter().map(names).max().unwrap_or(0).clamp(20, NAMES);
        let left = names + 14;
        let wide = if self.panels.len() > 1 { 860 } else { 800 };
        let room = (wide - left) / self.panels.len().max(1) as i32;
        let top = self.panels.iter().map(|panel| panel.head(room).1).max().unwrap_or(0);
        let size = (wide, top + heights.row * self.rows.len().max(1) as i32 + AXIS);
        let picture = |area: &Area| {
            for (i, BarLabel { name, note }) in self.rows.iter().enumerate() {
                let middle = top + heights.row * i as i32 + heights.row / 2;
                let apart = if note.is_empty() { 0 } else { 13 };
                write(area, &fit(name, TEXT, names), (names, middle - apart), font(TEXT, INK), At::End)?;
                if !note.is_empty() {
                    write(area, &fit(note, SMALL, names), (names, middle + apart), font(SMALL, MUTED), At::End)?;
                }
            }
            for (i, panel) in self.panels.iter().enumerate() {
                let x = left + room * i as i32;
                panel.draw_head(&area.clone().shrink((x, 0), (room, top)), room)?;
                let place = area.clone().shrink((x, top), (room - panel.unit.room(), size.1 - top));
                panel.draw(&place, self.rows.len().max(1), heights)?;
            }
            Ok(())
        };
        (size, draw(size, picture))
    }
}
