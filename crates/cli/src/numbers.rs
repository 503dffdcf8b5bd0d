//! Numbers for people.

/// `1,797`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `1,797 rows`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

/// Four significant digits or so: `0.009631`, `12.3`, `1.2e-7`.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-5..1e7).contains(&size) => format!("{value:.3e}"),
        size if size < 0.001 => format!("{value:.7}"),
        size if size < 0.1 => format!("{value:.6}"),
        size if size < 10.0 => format!("{value:.4}"),
        _ => format!("{value:.1}"),
    }
}

/// `0.21 s`, `12.3 s`, `2 min 05 s`.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 0.001 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds if seconds < 59.95 => format!("{seconds:.1} s"),
        seconds => {
            let whole = seconds.round() as u64;
            let (hours, minutes) = (whole / 3600, whole / 60 % 60);
            match hours {
                0 => format!("{minutes} min {:02} s", whole % 60),
                _ => format!("{hours} h {minutes:02} min"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_can_read_them() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([counted(1, "row"), counted(2, "row")], ["1 row", "2 rows"]);
        assert_eq!(
            [0.0, 0.00963, 0.5, 12.34, 1.5e-7].map(short),
            ["0", "0.009630", "0.5000", "12.3", "1.500e-7"]
        );
        assert_eq!(
            [0.0002, 0.25, 12.34, 59.99, 3725.0].map(duration),
            ["200 µs", "250 ms", "12.3 s", "1 min 00 s", "1 h 02 min"]
        );
    }
}
