//! Several replacements in one text, in a single pass: the content of a value is never scanned again.
//!
//! Consecutive replacements would read what the previous ones inserted, so a value that contains the next placeholder
//! could break out of its quotes. `tests/suite/tidy.rs` keeps every other chain of replacements out of the crate.

/// The text with each of the first texts replaced by its second. The longest of those that begin at a place wins.
#[must_use]
pub fn at_once(text: &str, pairs: &[(&str, &str)]) -> String {
    let mut begins = [false; 256];
    for (from, _) in pairs {
        if let Some(byte) = from.as_bytes().first() {
            begins[usize::from(*byte)] = true;
        }
    }
    let mut result = String::with_capacity(text.len());
    let (mut copied, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let found = || pairs.iter().filter(|(from, _)| !from.is_empty() && bytes[at..].starts_with(from.as_bytes()));
        let longest = begins[usize::from(*byte)].then(|| found().max_by_key(|(from, _)| from.len())).flatten();
        match longest {
            Some((from, to)) => {
                result.push_str(&text[copied..at]);
                result.push_str(to);
                at += from.len();
                copied = at;
            }
            None => at += 1,
        }
    }
    result.push_str(&text[copied..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_there_is_not_looked_at_again() {
        let pairs = [("@A@", "<@B@>"), ("@B@", "<@A@>")];
        assert_eq!(at_once("@A@ @B@ @C@ @A@@B@", &pairs), "<@B@> <@A@> @C@ <@B@><@A@>");
        assert_eq!(at_once("a\\\"b", &[("\\", "\\\\"), ("\"", "\\\"")]), "a\\\\\\\"b");
    }

    #[test]
    fn the_longest_wins_and_nothing_is_cut_in_a_letter() {
        assert_eq!(at_once("shop-staging shop", &[("shop", "1"), ("shop-staging", "2")]), "2 1");
        assert_eq!(at_once("äöü€", &[("ö", "o"), ("", "x"), ("\u{20ac}", "")]), "äoü");
        assert_eq!(at_once("", &[("a", "b")]), "");
    }
}
