//! Text to `f32`: the number that `str::parse` gives, bit for bit, in a fraction of the time for numbers as FMA writes them.

/// The `f32` nearest to what a cell says; `None` where that is no number.
pub(super) fn parse(cell: &str) -> Option<f32> {
    match leading(cell.as_bytes()) {
        Some((value, [])) => Some(value),
        _ => cell.parse().ok(),
    }
}

/// Powers of ten that are exact in `f64`.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The plain number in the cell that `text` begins with, and what follows it: nothing, or a comma.
///
/// A number is plain if its digits are exact in `f64`, as is the power of ten to multiply or divide them by (Clinger 1990).
/// The one operation rounds correctly to `f64`. Rounding that to `f32` is a second rounding, and can differ from rounding
/// once only if the first one ended halfway between two `f32`, which its low 29 bits show: `None` then, as for all
/// other text that is not plain. What is left is far from the ends of `f32`: zero, or between 1e-22 and 2^53 x 1e22.
#[inline]
pub(super) fn leading(text: &[u8]) -> Option<(f32, &[u8])> {
    // Signs are as good as random: no branch hangs on them.
    let negative = text.first() == Some(&b'-');
    let text = &text[usize::from(negative)..];
    let (mantissa, power, after) = as_fma_writes(text).or_else(|| plain(text))?;
    let scale = *POWERS.get(power.unsigned_abs())?;
    let value = if power < 0 { mantissa as f64 / scale } else { mantissa as f64 * scale };
    let halfway = value.to_bits() & 0x1FFF_FFFF == 0x1000_0000;
    let plain = !halfway && matches!(after, [] | [b',', ..]);
    plain.then_some((if negative { -value } else { value } as f32, after))
}

/// The digits of a number without its sign, the power of ten that they count, and what follows: for eleven digits and two
/// more for the exponent, such as 1.6477231979e-03, which is all that FMA's tables hold.
fn as_fma_writes(text: &[u8]) -> Option<(u64, isize, &[u8])> {
    let (number, after) = text.split_first_chunk::<16>()?;
    let [_, b'.', .., b'e', sign @ (b'+' | b'-'), _, _] = number else { return None };
    let (first, second) = number.split_at(8);
    let [first, second] = [first, second].map(|half| half.try_into().map(u64::from_le_bytes).unwrap_or_default());
    // The first digit moves to where the point is; zeros replace it, the letter and its sign.
    let (high, low) = fours(first & !0xFFFF | first << 8 & 0xFF00 | 0x30)?;
    let (tail, exponent) = fours(second & !(0xFFFF << 32) | 0x3030 << 32)?;
    // No branch hangs on this sign either: '+' is 43, '-' is 45.
    Some(((high * 10_000 + low) * 10_000 + tail, exponent as isize * (44 - isize::from(*sign)) - 10, after))
}

/// The same for any plain number. Apart, so that the way of almost all numbers is short.
#[inline(never)]
fn plain(text: &[u8]) -> Option<(u64, isize, &[u8])> {
    let (whole, after) = digits(0, text);
    let (mantissa, after, decimals) = match after {
        [b'.', text @ ..] => {
            let (mantissa, after) = many_digits(whole, text);
            (mantissa, after, text.len() - after.len())
        }
        _ => (whole, after, 0),
    };
    // One digit at least, and nineteen at most: the mantissa cannot have overflowed.
    if !(1..=19).contains(&(text.len() - after.len())) || text[0] == b'.' || mantissa > 1 << 53 {
        return None;
    }
    let (exponent, after) = match after {
        [b'e', b'-', text @ ..] => one_or_two(text).map(|(exponent, after)| (-exponent, after))?,
        [b'e', b'+', text @ ..] | [b'e', text @ ..] => one_or_two(text)?,
        _ => (0, after),
    };
    Some((mantissa, exponent - decimals as isize, after))
}

/// The one or two digits that `text` begins with, and what follows them.
fn one_or_two(text: &[u8]) -> Option<(isize, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', after @ ..] => {
            Some((10 * isize::from(tens - b'0') + isize::from(ones - b'0'), after))
        }
        [ones @ b'0'..=b'9', after @ ..] => Some((isize::from(ones - b'0'), after)),
        _ => None,
    }
}

/// Appends the digits that `text` begins with to those in `value`, and gives what follows them.
fn digits(mut value: u64, mut text: &[u8]) -> (u64, &[u8]) {
    while let [digit @ b'0'..=b'9', after @ ..] = text {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        text = after;
    }
    (value, text)
}

/// The same, eight digits at a time as far as that goes.
fn many_digits(mut value: u64, mut text: &[u8]) -> (u64, &[u8]) {
    while let Some((next, after)) = text.split_first_chunk()
        && let Some(eight) = eight(*next)
    {
        value = value.wrapping_mul(100_000_000).wrapping_add(eight);
        text = after;
    }
    digits(value, text)
}

/// Eight digits at once.
fn eight(text: [u8; 8]) -> Option<u64> {
    fours(u64::from_le_bytes(text)).map(|(high, low)| high * 10_000 + low)
}

/// Twice four digits at once, in the lanes of one word (Lemire 2021): pairs, then fours.
fn fours(text: u64) -> Option<(u64, u64)> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = text.wrapping_sub(0x30 * ONES);
    // A byte is at most nine if neither it nor six more than it reaches the upper four bits.
    if (word | word.wrapping_add(6 * ONES)) & (0xF0 * ONES) != 0 {
        return None;
    }
    let pairs = (word * 10 + (word >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    Some((fours & 0xFFFF, fours >> 32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agrees(text: &str) -> Result<(), TestCaseError> {
        let (ours, theirs) = (parse(text).map(f32::to_bits), text.parse::<f32>().ok().map(f32::to_bits));
        prop_assert!(ours == theirs, "{text}: {ours:?} is not {theirs:?}");
        Ok(())
    }

    #[test]
    fn numbers_as_fma_writes_them_are_quick() {
        for text in
            ["7.1806526184e+00", "-1.6477231979e+00", "0", "-0.0", "12", "2.5e-05", "6.020381e-1", "1.5e0", "3e+2"]
        {
            let quick = leading(text.as_bytes()).map(|(value, _)| value.to_bits());
            assert_eq!(quick, text.parse().ok().map(f32::to_bits), "{text}");
        }
        assert_eq!(leading(b"1.5,2"), Some((1.5, &b",2"[..])));
    }

    #[test]
    fn odd_text_is_judged_as_the_standard_library_does() {
        let odd = "|-|.|-.|+1|.5|5.|1e|1e+|1e5|1E5|1e005|e5|1.2.3|0x10|1_000| 1|nan|-inf|infinity|1e39|1e-46|1e-400|\
                   18446744073709551616|99999999999999999999|123456789012345678901234567890|0.00000000000000000000001|\
                   00000000000000000000001.5|9007199254740993|16777217|1,5|\u{660}";
        odd.split('|').for_each(|text| agrees(text).unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_decimal(sign in "-?", whole in "[0-9]{0,20}", tail in "(\\.[0-9]{0,21})?", exponent in "(e[-+]?[0-9]{1,3})?") {
            agrees(&format!("{sign}{whole}{tail}{exponent}"))?;
        }

        /// Of the length that FMA's numbers have, and with one character that does not belong there.
        #[test]
        fn any_number_of_fmas_length(text in "[0-9]\\.[0-9]{10}e[-+][0-9]{2}", at in 0..16usize, other in "[ -~]", after in "[,0-9]?") {
            agrees(&text)?;
            agrees(&format!("-{text}"))?;
            let odd = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            agrees(&odd)?;
            agrees(&format!("{text}{after}"))?;
        }

        #[test]
        fn any_single(bits: u32) {
            let value = f32::from_bits(bits);
            agrees(&value.to_string())?;
            agrees(&format!("{value:.10e}").replace("e-", "e-0"))?;
        }

        /// The shortest text of a double halfway between two singles is seldom exactly halfway: the trap of rounding twice.
        #[test]
        fn near_halfway(bits in 0x3000_0000u32..0x5000_0000) {
            let halfway = f64::from_bits(f64::from(f32::from_bits(bits)).to_bits() | 0x1000_0000);
            agrees(&halfway.to_string())?;
        }
    }
}
