//! How many outputs a window has that slides along a signal, or over a picture.

use crate::ops::Window;
use crate::{Error, Result};

/// Zeros beyond an end of a signal. A description may come from a file, and a long stride would hide any number of them.
const MOST_ZEROS: usize = 1 << 20;

/// Outputs and channels of a window that slides along a signal of this shape, or what is wrong.
pub(super) fn signal(
    input: &[usize],
    stride: usize,
    dilation: usize,
    window: impl FnOnce() -> Window,
) -> Result<(usize, usize)> {
    let &[length, channels] = input else {
        let found = format!("input {input:?}");
        return Err(Error::shape("")
            .found(found)
            .wanted("a signal (length, channels)")
            .fix("move it before Flatten and Dense"));
    };
    Ok((slides(input, length, stride, dilation, window)?, channels))
}

/// Outputs, down and across, and channels of windows that slide over a picture of this shape, or what is wrong.
pub(super) fn picture(
    input: &[usize],
    stride: [usize; 2],
    dilation: [usize; 2],
    windows: impl Fn() -> [Window; 2],
) -> Result<[usize; 3]> {
    let &[height, width, channels] = input else {
        let found = format!("input {input:?}");
        return Err(Error::shape("")
            .found(found)
            .wanted("a picture (height, width, channels)")
            .fix("move it before Flatten and Dense"));
    };
    let rows = slides(input, height, stride[0], dilation[0], || windows()[0])?;
    Ok([rows, slides(input, width, stride[1], dilation[1], || windows()[1])?, channels])
}

/// Outputs of a window that slides along an axis of this length.
fn slides(
    input: &[usize],
    length: usize,
    stride: usize,
    dilation: usize,
    window: impl FnOnce() -> Window,
) -> Result<usize> {
    if stride == 0 || dilation == 0 {
        return Err(Error::shape("").found(format!("stride {stride}, dilation {dilation}")).wanted("both at least 1"));
    }
    let window = window();
    let (left, right) = window.pads(length);
    if left.max(right) > MOST_ZEROS {
        return Err(Error::shape("")
            .found(format!("{left} and {right} zeros around input {input:?}"))
            .wanted(format!("at most {MOST_ZEROS}")));
    }
    match window.outputs(length) {
        Some(outputs) if length > 0 => Ok(outputs),
        _ => Err(Error::shape("")
            .found(format!("input {input:?}, shorter than the window, which spans {}", window.span()))
            .wanted("at least one whole window")
            .fix("choose a smaller window, `same` padding, or fewer poolings before it")),
    }
}
