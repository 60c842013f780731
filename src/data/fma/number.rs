pub(super) fn parse(cell: &str) -> Option<f32> {
    cell.parse().ok()
}
