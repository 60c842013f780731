//! How far a network sees: the receptive field.
//!
//! An output of a convolution or a pooling of `size` sees that many neighbours of its own input. These are `step` apart in the
//! signal, where `step` is the product of the strides of all layers before. So each layer adds (size - 1) · step values to
//! what is seen, and multiplies the step by its own stride.

/// How many values of the signal an output sees after layers of these (size, stride), the first layer first.
pub fn receptive_field(layers: &[(usize, usize)]) -> usize {
    todo!("begin with 1 value, and a step of 1")
}
