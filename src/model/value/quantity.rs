//! Quantities: the meaning of digits with a unit.

use super::{Bad, Read, bad};
use crate::syntax::units;

/// Splits `1h30m` into its numbers and units.
fn quantities(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut rest = text;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        if number.is_empty() {
            return None;
        }
        parts.push((number, unit));
        rest = tail;
    }
    Some(parts)
}

/// Seconds of `90s`, `10m`, `1h30m`, `2d`.
///
/// # Errors
/// When it is not a duration, or zero.
pub fn duration(text: &str) -> Read<u64> {
    let example = "write, for example, `90s`, `10m` or `1h30m`";
    let parts = quantities(text).ok_or_else(|| Bad::new("is not a duration", example))?;
    let mut seconds = 0u64;
    for (number, unit) in parts {
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "" => return bad("has no unit", format!("write `{number}s` or `{number}m`")),
            "ms" => return bad("is too precise", "write full seconds, such as `1s`"),
            word => {
                let fact = format!("has the unknown unit `{word}`");
                return match with_known_units(text) {
                    Some(meant) => Err(Bad::meant(fact, meant)),
                    None => bad(fact, "write `s`, `m`, `h` or `d`"),
                };
            }
        };
        let whole = |_| Bad::new("has a fraction", "write it in a smaller unit, `1h30m` for `1.5h`");
        let number: u64 =
            if number.contains('.') { number.parse().map_err(whole)? } else { number.parse().unwrap_or(u64::MAX) };
        seconds = number.saturating_mul(factor).saturating_add(seconds);
    }
    match seconds {
        0 => bad("is zero", "write `1s` or more"),
        seconds if seconds > 30 * 86_400 => bad("is longer than 30 days", "write `30d` or less"),
        seconds => Ok(seconds),
    }
}

/// A duration with units of other notations, rewritten in the units of the language.
fn with_known_units(text: &str) -> Option<String> {
    let known = |word: &str| units::unit(word).filter(|unit| ["s", "m", "h", "d"].contains(unit));
    let part = |(number, word): (&str, &str)| known(word).map(|unit| format!("{number}{unit}"));
    quantities(text)?.into_iter().map(part).collect()
}

/// Seconds as they are written: `90s`, `10m`, `1h30m`.
#[must_use]
pub fn show_duration(seconds: u64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let text: String =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}")).collect();
    if text.is_empty() { "0s".into() } else { text }
}

/// An integer from `least` to `most`.
///
/// # Errors
/// When it is not one, or out of that range.
pub fn count(text: &str, least: u32, most: u32) -> Read<u32> {
    let help = || format!("write an integer from {least} to {most}");
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return bad("is not an integer", help());
    }
    match text.parse::<u32>() {
        Ok(number) if number < least => bad(format!("is less than {least}"), help()),
        Ok(number) if number <= most => Ok(number),
        Ok(_) | Err(_) => bad(format!("is more than {most}"), help()),
    }
}

/// `20%`, from 0 to 100.
///
/// # Errors
/// When it is not a percentage in that range.
pub fn percent(text: &str) -> Read<u8> {
    let help = "write an integer from `0%` to `100%`";
    let number = text.strip_suffix('%').ok_or_else(|| Bad::new("has no `%`", format!("write `{text}%`")))?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return bad("is not an integer percentage", help);
    }
    match number.parse::<u8>() {
        Ok(number) if number <= 100 => Ok(number),
        Ok(_) | Err(_) => bad("is more than 100%", help),
    }
}

/// `0.2` or `20%`, as it is written in an expression: `0.2`.
///
/// # Errors
/// When it is neither.
pub fn number(text: &str) -> Read<String> {
    let (digits, hundredth) = match text.strip_suffix('%') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let value = digits.parse::<f64>().ok().filter(|value| value.is_finite());
    let value = value
        .ok_or_else(|| Bad::new("is not a number", "write a number such as `0.2`, or a percentage such as `20%`"))?;
    // Division by 100 is exact enough to print back what was meant: 20% is 0.2 and 0.1% is 0.001.
    let value = if hundredth { value / 100.0 } else { value };
    Ok(format!("{value}"))
}

/// CPU: `100m`, `0.5`, `2`; returns it as Kubernetes writes it, and in thousandths.
///
/// # Errors
/// When it is not such a quantity, or zero.
pub fn cpu(text: &str) -> Read<(String, u64)> {
    let example = "write, for example, `500m` for half a CPU, or `2`";
    let thousandths = match text.strip_suffix('m') {
        Some(digits) => {
            digits.parse::<u64>().map_err(|_| Bad::new("is not an integer number of thousandths of a CPU", example))?
        }
        None => {
            let whole = text.parse::<f64>().ok().filter(|whole| (0.0..=1e6).contains(whole));
            let whole = whole.ok_or_else(|| Bad::new("is not an amount of CPU", example))?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just above")]
            let thousandths = (whole * 1000.0).round() as u64;
            thousandths
        }
    };
    if thousandths == 0 {
        return bad("is zero", example);
    }
    let canonical = if thousandths % 1000 == 0 { format!("{}", thousandths / 1000) } else { format!("{thousandths}m") };
    Ok((canonical, thousandths))
}

/// Memory: `128Mi`, `1Gi`, `500M`; returns it as written, and in bytes.
///
/// # Errors
/// When it has no unit of memory, or is zero.
pub fn memory(text: &str) -> Read<(String, u64)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit {
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "k" => 1000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "" => return bad("has no unit", format!("write `{number}Mi`")),
        "m" => return bad("is in thousandths of a byte", format!("write `{number}Mi`")),
        _ if unit.starts_with('.') => {
            return bad("has a fraction", "write it in a smaller unit, `1536Mi` for `1.5Gi`");
        }
        word => {
            let fact = format!("has the unknown unit `{word}`");
            let known = ["Ki", "Mi", "Gi", "Ti", "k", "M", "G", "T"];
            return match units::unit(word).filter(|unit| known.contains(unit)) {
                Some(unit) => Err(Bad::meant(fact, format!("{number}{unit}"))),
                None => bad(fact, "write `Ki`, `Mi`, `Gi`, `k`, `M` or `G`"),
            };
        }
    };
    if number.is_empty() {
        return bad("is not an amount of memory", "write, for example, `256Mi`");
    }
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match bytes {
        None => bad("is too large", "write, for example, `256Mi`"),
        Some(0) => bad("is zero", "write, for example, `256Mi`"),
        Some(bytes) => Ok((text.to_owned(), bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_seconds() {
        assert_eq!(duration("1h30m"), Ok(5400));
        assert_eq!(duration("90s"), Ok(90));
        assert!(duration("10").expect_err("wrong").help.contains("write `10s` or `10m`"));
        assert!(duration("10min").is_err());
        assert!(duration("0s").is_err());
        assert!(duration("99999999999999999999h").is_err());
        assert_eq!(show_duration(5400), "1h30m");
    }

    #[test]
    fn quantities_are_read_and_compared() {
        assert_eq!(cpu("80m"), Ok(("80m".into(), 80)));
        assert_eq!(cpu("0.5"), Ok(("500m".into(), 500)));
        assert_eq!(cpu("2"), Ok(("2".into(), 2000)));
        assert!(cpu("100Mi").is_err());
        assert_eq!(memory("128Mi"), Ok(("128Mi".into(), 128 << 20)));
        assert!(memory("128").expect_err("wrong").help.contains("write `128Mi`"));
        assert!(memory("128m").is_err());
        assert_eq!(number("20%"), Ok("0.2".into()));
        assert_eq!(number("0.1%"), Ok("0.001".into()));
    }
}
