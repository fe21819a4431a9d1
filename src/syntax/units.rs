//! The units as people write them elsewhere: `20min`, `2 hours`, `128MB`.

/// The unit that a word may mean: `m` for `minutes`, `M` for `MB`.
#[must_use]
pub fn unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "%" | "percent" | "pct" => "%",
        _ => match word.to_ascii_lowercase().as_str() {
            "ki" | "kib" => "Ki",
            "mi" | "mib" => "Mi",
            "gi" | "gib" => "Gi",
            "ti" | "tib" => "Ti",
            "k" | "kb" => "k",
            "m" | "mb" => "M",
            "g" | "gb" => "G",
            "t" | "tb" => "T",
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::unit;

    #[test]
    fn words_of_other_languages_are_known() {
        let found = ["minutes", "M", "MB", "mib", "percent", "hours", "parsecs"].map(unit);
        assert_eq!(found, [Some("m"), Some("M"), Some("M"), Some("Mi"), Some("%"), Some("h"), None]);
    }
}
