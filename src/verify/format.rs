//! The string formats of schemas, as far as the API server validates them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a string of that format looks like, if this one does not match it. An unknown format matches everything.
pub(super) fn wanted(format: &str, text: &str) -> Option<&'static str> {
    let (fits, wanted) = match format {
        "byte" => (is_base64(text), "base64"),
        "date" => (is_date(text), "a date such as `2026-01-31`"),
        "date-time" | "datetime" => (is_date_time(text), "a time such as `2026-01-31T12:00:00Z`"),
        "duration" => (is_duration(text), "a duration such as `90s` or `1h30m`"),
        "ipv4" => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok(), "an IPv6 address"),
        "ip" => (text.parse::<IpAddr>().is_ok(), "an IP address"),
        "cidr" => (is_cidr(text), "a range of addresses such as `10.0.0.0/8`"),
        "uuid" => (is_uuid(text), "a UUID"),
        "hostname" => (is_subdomain(text), "a host name"),
        "email" => (text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty()), "an email address"),
        "uri" => (text.starts_with('/') || text.split_once(':').is_some_and(|(it, _)| is_scheme(it)), "a URI"),
        _ => return None,
    };
    (!fits).then_some(wanted)
}

fn is_base64(text: &str) -> bool {
    let text: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    text.len().is_multiple_of(4) && padding <= 2 && text[..text.len() - padding].iter().all(digit)
}

/// Digits of a fixed number, in a range.
fn number(text: &str, digits: usize, range: std::ops::RangeInclusive<u32>) -> bool {
    text.len() == digits
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|number| range.contains(&number))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    number(year, 4, 0..=9999) && number(month, 2, 1..=12) && number(day, 2, 1..=31)
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let (time, zone) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => return false,
    };
    let clock = |text: &str, parts: usize| {
        let fields: Vec<_> = text.split(':').collect();
        let tops = [23, 59, 60];
        fields.len() == parts && fields.iter().zip(tops).all(|(field, top)| number(field, 2, 0..=top))
    };
    let (time, part) = time.split_once('.').unwrap_or((time, "0"));
    let zoned = matches!(zone, "Z" | "z") || clock(zone.get(1..).unwrap_or_default(), 2);
    is_date(date) && clock(time, 3) && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && zoned
}

/// As Go reads a duration, with the longer units that the API server takes as well.
fn is_duration(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut rest = rest.trim();
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let amount = &rest[..digits];
        let unit = rest[digits..].trim_start();
        let end = unit.find(|c: char| c.is_ascii_digit() || c == '.' || c == ' ').unwrap_or(unit.len());
        let known = [
            "ns", "us", "µs", "μs", "ms", "s", "m", "h", "d", "w", "sec", "second", "seconds", "min", "minute",
            "minutes", "hr", "hour", "hours", "day", "days", "week", "weeks",
        ];
        if amount.parse::<f64>().is_err() || !known.contains(&&unit[..end]) {
            return false;
        }
        any = true;
        rest = unit[end..].trim_start();
    }
    any
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u32>().is_ok_and(|bits| bits <= most)
}

fn is_uuid(text: &str) -> bool {
    let plain = text.replace('-', "");
    plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether it is a quantity such as `500m`, `1.5`, `2Gi` or `1e3`.
pub(super) fn is_quantity(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let dots = number.matches('.').count();
    let is_number = dots <= 1 && number.len() > dots;
    let exponent = suffix.strip_prefix(['e', 'E']).map(|it| it.strip_prefix(['+', '-']).unwrap_or(it));
    let is_exponent = exponent.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
    let units = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    is_number && (units.contains(&suffix) || is_exponent)
}

/// Letters, digits and `-`, a letter or digit at both ends: one part of a DNS name.
pub(super) fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Parts of a DNS name, with dots between them.
pub(super) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// What a value of a label may be, and the name in its key if that is not empty.
pub(super) fn is_label_value(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let end = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 63 && text.bytes().all(inner) && (text.is_empty() || text.starts_with(end) && text.ends_with(end))
}

/// The key of a label or annotation: `name`, or `example.org/name`.
pub(super) fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(|prefix| is_subdomain(&prefix.to_ascii_lowercase())) && !name.is_empty() && is_label_value(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_each_format_are_told_from_others() {
        for (format, good, bad) in [
            ("byte", &["", "aGk=", "aGVs\nbG8h"][..], &["hi", "a===", "a-b_"][..]),
            ("date", &["2026-01-31"], &["2026-1-31", "2026-13-01", "x"]),
            (
                "date-time",
                &["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+02:00"],
                &["2026-01-31", "2026-01-31T12:00Z"],
            ),
            ("duration", &["90s", "1h30m", "0", "1.5h", "2 days", "-3m"], &["", "90", "s", "1x", "1 fortnight"]),
            ("ipv4", &["10.0.0.1"], &["10.0.0.256", "::1"]),
            ("cidr", &["10.0.0.0/8", "fd00::/8"], &["10.0.0.0", "10.0.0.0/33"]),
            ("uuid", &["123e4567-e89b-12d3-a456-426614174000"], &["123e"]),
            ("hostname", &["a.b-c"], &["a_b", "-a", "a..b"]),
            ("uri", &["https://a.b", "/x"], &["a b", "1:2"]),
        ] {
            good.iter().for_each(|text| assert_eq!(wanted(format, text), None, "{format} {text}"));
            bad.iter().for_each(|text| assert!(wanted(format, text).is_some(), "{format} {text}"));
        }
        assert_eq!(wanted("password", "x"), None);
        ["1", "500m", ".5", "1.", "2Gi", "1e3", "1E-3", "-1", "0.1k"]
            .iter()
            .for_each(|it| assert!(is_quantity(it), "{it}"));
        ["", ".", "1.2.3", "512mb", "1 Gi", "1e", "Gi"].iter().for_each(|it| assert!(!is_quantity(it), "{it}"));
        assert!(is_label_key("app.kubernetes.io/name") && is_label_key("App_x.y") && !is_label_key("a/b/c"));
        assert!(!is_label_key("/a") && !is_label_key("a/") && !is_label_key("a b"));
    }
}
