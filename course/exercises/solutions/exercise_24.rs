//! How far a network sees: the receptive field.

/// How many values of the signal an output sees after layers of these (size, stride), the first layer first.
pub fn receptive_field(layers: &[(usize, usize)]) -> usize {
    let see = |(field, step), &(size, stride)| (field + (size - 1) * step, step * stride);
    layers.iter().fold((1, 1), see).0
}
