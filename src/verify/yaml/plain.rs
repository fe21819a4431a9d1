//! What a scalar without quotes means to kubectl and to Argo CD, whose reader is go-yaml 2: YAML 1.1, as far as it goes.
//! It reads `12:30` and dates as strings, contrary to that standard.

/// The value of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// `true`, `yes`, `on` and the like.
    Bool(bool),
    /// An integer, in decimal, octal, binary or hexadecimal digits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// All else.
    Text(String),
}

/// What the text of a scalar without quotes means.
#[must_use]
pub fn plain(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes()[0] {
        b'+' | b'-' | b'0'..=b'9' => {
            let digits = text.replace('_', "");
            int(&digits).map(Scalar::Int).or_else(|| float(&digits).map(Scalar::Float))
        }
        b'.' if !text.starts_with("._") && !text.ends_with('_') => float(&text.replace('_', "")).map(Scalar::Float),
        _ => None,
    };
    number.unwrap_or_else(|| Scalar::Text(text.to_owned()))
}

/// An integer whose base is given by its prefix, as in Go.
fn int(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, base) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&lower[..], 10),
    };
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if all { i64::from_str_radix(&format!("{sign}{digits}"), base).ok() } else { None }
}

fn float(text: &str) -> Option<f64> {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (rest, "0"),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !part.is_empty();
    let formed = has_digits && digits(whole) && digits(part) && !exponent.is_empty() && digits(exponent);
    text.parse().ok().filter(|number: &f64| formed && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{Scalar, plain};

    /// What `kubectl label --local -o json` made of each.
    #[test]
    fn scalars_are_read_as_kubectl_reads_them() {
        let bools =
            [("on", true), ("No", false), ("y", true), ("True", true), ("TRUE", true), ("YES", true), ("Off", false)];
        for (text, value) in bools {
            assert_eq!(plain(text), Scalar::Bool(value), "{text}");
        }
        for text in ["", "~", "Null"] {
            assert_eq!(plain(text), Scalar::Null, "{text}");
        }
        let ints = [
            ("1_000", 1000),
            ("0777", 511),
            ("0o7", 7),
            ("0b1", 1),
            ("0x1F", 31),
            ("+1", 1),
            ("1__0", 10),
            ("-0x_a", -10),
            ("-_1", -1),
            ("00", 0),
            ("-0b1", -1),
            ("0_7", 7),
        ];
        for (text, value) in ints {
            assert_eq!(plain(text), Scalar::Int(value), "{text}");
        }
        let floats = [
            ("08", 8.0),
            ("1e3", 1000.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("1.10", 1.1),
            ("+.5", 0.5),
            ("1_0.5", 10.5),
            (".5_0", 0.5),
            ("1_e3", 1000.0),
            ("9223372036854775808", 9_223_372_036_854_775_808.0),
        ];
        for (text, value) in floats {
            assert_eq!(plain(text), Scalar::Float(value), "{text}");
        }
        for text in [
            "12:30",
            "190:20:30.15",
            "2024-01-01",
            "2001-12-14t21:59:43.10-05:00",
            "1e400",
            "0x",
            "0b2",
            "tRUE",
            ".e3",
            "._5",
            "_1",
            "+",
            "-",
            "1e",
            "1e+",
            "0x1p4",
            "=",
            "1.2.3",
            "1Gi",
        ] {
            assert_eq!(plain(text), Scalar::Text(text.to_owned()), "{text}");
        }
    }
}
