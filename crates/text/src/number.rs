//! Formatting of numbers for people.
//!
//! There are two styles. Pages use typographic numbers ([`significant`], [`short`], [`fixed`]: `−0.5`, `1.2 × 10⁻⁷`). Numbers
//! printed by a command can be typed back in and pasted into other programs: in messages ([`plain`], [`brief`], [`exact`]:
//! `-0.5`, `1.2e-7`) and in tables ([`figure`], [`decimals`]: `-0.5000`, `1.200e-7`).

/// The minus sign that is as wide as a plus.
const MINUS: char = '\u{2212}';

/// Formats `value` with `digits` significant digits: `0.009634`, `12,350`, and `1.2 × 10⁻⁷` if plain digits would be long.
///
/// ```
/// assert_eq!(latents_text::number::significant(0.009_634_2, 4), "0.009634");
/// ```
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return special(value);
    }
    if value == 0.0 {
        return "0".into();
    }
    let exponent = exponent_at(value, digits);
    if !(-4..7).contains(&exponent) {
        return scientific(value, digits);
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    fixed(value, decimals)
}

/// Formats `value` with four significant digits, the precision of results: `0.009631`, `12.34`, `1.200 × 10⁻⁷`.
///
/// ```
/// assert_eq!(latents_text::number::short(12.345_6), "12.35");
/// ```
pub fn short(value: f64) -> String {
    significant(value, 4)
}

/// Formats `value` with this number of decimals, and commas between thousands.
///
/// ```
/// assert_eq!(latents_text::number::fixed(1_234_567.891, 2), "1,234,567.89");
/// ```
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return special(value);
    }
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    if value < 0.0 && digits.contains(|digit| ('1'..='9').contains(&digit)) {
        text.push(MINUS);
    }
    text.push_str(&grouped(whole));
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Formats `value` as a mantissa of `digits` digits and a power of ten.
///
/// ```
/// assert_eq!(latents_text::number::scientific(1.25e-7, 3), "1.25 × 10⁻⁷");
/// ```
pub fn scientific(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return special(value);
    }
    let text = format!("{:.*e}", digits.saturating_sub(1), value);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!(
        "{} × 10{}",
        mantissa.replace('-', &MINUS.to_string()),
        superscript(exponent)
    )
}

/// Formats a count with commas between thousands.
///
/// ```
/// assert_eq!(latents_text::number::count(1_234_567), "1,234,567");
/// ```
pub fn count(value: usize) -> String {
    grouped(&value.to_string())
}

/// Formats a count with the noun: `1 row`, `1,797 rows`.
///
/// ```
/// assert_eq!(latents_text::number::counted(1797, "row"), "1,797 rows");
/// ```
pub fn counted(value: usize, what: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(value))
}

/// Formats a fraction as a percentage with this number of decimals: `12.5%`.
///
/// ```
/// assert_eq!(latents_text::number::percent(0.125, 1), "12.5%");
/// ```
pub fn percent(fraction: f64, decimals: usize) -> String {
    match fraction.is_finite() {
        true => format!("{}%", fixed(fraction * 100.0, decimals)),
        false => special(fraction),
    }
}

/// Formats `value` in ASCII with at most six significant digits and no trailing zeros: `-0.5`, `12345.7`, `3e12`.
///
/// ```
/// assert_eq!(latents_text::number::plain(12_345.678_9), "12345.7");
/// ```
pub fn plain(value: f64) -> String {
    plain_with(value, 6)
}

/// Like [`plain`], with at most four digits, for results that are compared only by eye: `0.0312`.
///
/// ```
/// assert_eq!(latents_text::number::brief(0.031_234), "0.03123");
/// ```
pub fn brief(value: f64) -> String {
    plain_with(value, 4)
}

/// Formats `value` in ASCII with four significant digits, for columns of figures: `0.5000`, `12.35`, `-3.581e6`.
///
/// ```
/// assert_eq!(latents_text::number::figure(-3_581_000.0), "-3.581e6");
/// ```
pub fn figure(value: f64) -> String {
    const DIGITS: usize = 4;
    // Adding zero turns −0 into 0.
    let value = value + 0.0;
    let exponent = exponent_at(value, DIGITS);
    match value.is_finite() && value != 0.0 {
        false => value.to_string(),
        true if (-4..6).contains(&exponent) => {
            decimals(value, (DIGITS as i32 - 1 - exponent).max(0) as usize)
        }
        true => format!("{value:.*e}", DIGITS - 1),
    }
}

/// Formats `value` in ASCII with this number of decimals and no commas: `1234.50`.
///
/// ```
/// assert_eq!(latents_text::number::decimals(1234.5, 2), "1234.50");
/// ```
pub fn decimals(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = !text.contains(|digit| ('1'..='9').contains(&digit)) && value.is_finite();
    match text.strip_prefix('-') {
        Some(zero) if is_zero => zero.to_owned(),
        _ => text,
    }
}

/// Formats `value` with the fewest digits that identify it: `0.1`, `255`, `1e-300`. The text parses back to `value`.
///
/// ```
/// assert_eq!(latents_text::number::exact(1.0 / 3.0).parse(), Ok(1.0 / 3.0));
/// ```
pub fn exact(value: f64) -> String {
    let text = format!("{value:?}");
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn plain_with(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    // Adding zero turns −0 into 0.
    let value = value + 0.0;
    let exponent = exponent_at(value, digits);
    if !(-4..9).contains(&exponent) {
        let text = format!("{value:.*e}", digits - 1);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", without_final_zeros(mantissa));
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    without_final_zeros(&format!("{value:.decimals$}")).to_owned()
}

fn without_final_zeros(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

/// Formats a duration in a suitable unit.
///
/// ```
/// assert_eq!(latents_text::number::duration(135.2), "2 min 15 s");
/// ```
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return significant(seconds, 3);
    }
    if seconds < 1.0 {
        return format!("{} ms", significant(seconds * 1e3, 3));
    }
    if seconds < 60.0 {
        return format!("{} s", significant(seconds, 3));
    }
    let whole = seconds.round() as u64;
    let (hours, minutes) = (whole / 3600, whole / 60 % 60);
    if hours == 0 {
        return format!("{minutes} min {:02} s", whole % 60);
    }
    format!("{} h {minutes:02} min", count(hours as usize))
}

/// Returns 10 to an integer power, correctly rounded.
///
/// ```
/// assert_eq!(latents_text::number::power_of_ten(-3), 1e-3);
/// ```
pub fn power_of_ten(exponent: i32) -> f64 {
    // Parsing rounds correctly on every platform; `powi` does not guarantee this.
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

/// Returns the power of ten of the first digit of a finite `value`; 0 for 0.
///
/// ```
/// assert_eq!(latents_text::number::exponent(0.00999), -3);
/// ```
pub fn exponent(value: f64) -> i32 {
    exponent_at(value, 17)
}

/// The power of ten of the first digit of `value` when it is rounded to `digits` digits.
fn exponent_at(value: f64, digits: usize) -> i32 {
    let text = format!("{:.*e}", digits.saturating_sub(1), value);
    let exponent = text.split_once('e').map(|(_, exponent)| exponent);
    exponent.and_then(|exponent| exponent.parse().ok()).unwrap_or(0)
}

fn special(value: f64) -> String {
    match value {
        _ if value.is_nan() => "not a number".into(),
        _ if value > 0.0 => "∞".into(),
        _ => format!("{MINUS}∞"),
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats an integer in superscript digits.
///
/// ```
/// assert_eq!(latents_text::number::superscript("-7"), "⁻⁷");
/// ```
pub fn superscript(number: &str) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raise = |character: char| match character.to_digit(10) {
        Some(digit) => DIGITS[digit as usize],
        None => '⁻',
    };
    number
        .chars()
        .filter(|&character| character != '+')
        .map(raise)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn significant_digits() {
        assert_eq!(significant(0.009_634_2, 4), "0.009634");
        assert_eq!(significant(209_968.0, 4), "209,968");
        assert_eq!(significant(1.25e-7, 3), "1.25 × 10⁻⁷");
        assert_eq!(significant(-3.0e12, 2), "−3.0 × 10¹²");
        assert_eq!(significant(0.0, 3), "0");
        assert_eq!(significant(f64::NAN, 3), "not a number");
        assert_eq!(significant(f64::NEG_INFINITY, 3), "−∞");
        // Rounding up to the next power of ten keeps the number of digits.
        assert_eq!(significant(9.9996, 4), "10.00");
    }

    #[test]
    fn fixed_decimals() {
        assert_eq!(fixed(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(-12.0, 0), "−12");
        assert_eq!(
            [percent(0.5, 1), percent(0.041_26, 2), percent(f64::NAN, 1)],
            ["50.0%", "4.13%", "not a number"]
        );
    }

    #[test]
    fn plain_numbers() {
        assert_eq!(
            [0.0, 0.05, 12.345_6, 255.0, 1e-7, -0.25].map(brief),
            ["0", "0.05", "12.35", "255", "1e-7", "-0.25"]
        );
        assert_eq!(
            [-0.0, -0.5, 255.0, 1.0 / 3.0, 12_345.678_9, 1e-9, 3e12, -1.25e30].map(plain),
            [
                "0", "-0.5", "255", "0.333333", "12345.7", "1e-9", "3e12", "-1.25e30"
            ]
        );
        assert_eq!(
            [0.000_1, 999_999.6, f64::NAN].map(plain),
            ["0.0001", "1000000", "NaN"]
        );
    }

    #[test]
    fn figures_of_tables() {
        assert_eq!(
            [
                0.5,
                12.345_6,
                -3_581_000.0,
                1.2e-7,
                0.0,
                -0.0,
                99_999.0,
                209_968.0,
                0.000_123_4
            ]
            .map(figure),
            [
                "0.5000",
                "12.35",
                "-3.581e6",
                "1.200e-7",
                "0",
                "0",
                "99999",
                "209968",
                "0.0001234"
            ]
        );
        assert_eq!(
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300].map(figure),
            ["NaN", "inf", "-inf", "1.000e300"]
        );
        assert_eq!(decimals(-1234.5, 2), "-1234.50");
        assert_eq!(
            [
                decimals(-0.001, 2),
                decimals(f64::NEG_INFINITY, 2),
                decimals(f64::NAN, 1)
            ],
            ["0.00", "-inf", "NaN"]
        );
    }

    #[test]
    fn exact_numbers_come_back() {
        assert_eq!(
            [0.1, 255.0, 1e-300, 1e300, -0.25, 1e16, 0.0].map(exact),
            ["0.1", "255", "1e-300", "1e300", "-0.25", "1e16", "0"]
        );
        for value in [0.1 + 0.2, 1.0 / 3.0, 5e-324, f64::MAX] {
            assert_eq!(exact(value).parse(), Ok(value));
            assert!(exact(value).len() < 25);
        }
    }

    #[test]
    fn counts() {
        assert_eq!(
            [7, 999, 1000, 1_234_567].map(count),
            ["7", "999", "1,000", "1,234,567"]
        );
        assert_eq!([counted(1, "row"), counted(1797, "row")], ["1 row", "1,797 rows"]);
    }

    #[test]
    fn durations() {
        assert_eq!(duration(0.31), "310 ms");
        assert_eq!(duration(12.34), "12.3 s");
        assert_eq!(duration(135.2), "2 min 15 s");
        assert_eq!(duration(3_725.0), "1 h 02 min");
    }

    #[test]
    fn powers_of_ten() {
        assert_eq!(power_of_ten(-3), 1e-3);
        assert_eq!(exponent(0.00999), -3);
        assert_eq!(exponent(1000.0), 3);
        assert_eq!(exponent(0.0), 0);
    }
}
