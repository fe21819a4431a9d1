//! Counts and lists as a message says them.

/// `1 file`, `2 files`: a count of something whose plural ends in `s`.
pub fn count(number: usize, word: &str) -> String {
    format!("{number} {}", noun(number, word))
}

/// `file` for one, `files` for any other number.
pub fn noun(number: usize, word: &str) -> String {
    if number == 1 { word.to_owned() } else { format!("{word}s") }
}

/// Names in backticks: `` `a`, `b` ``.
pub fn in_backticks<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Alternatives in backticks: `` `a`, `b` or `c` ``.
pub fn either<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let mut names: Vec<_> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match (names.pop(), names.as_slice()) {
        (None, _) => String::new(),
        (Some(last), []) => last,
        (Some(last), others) => format!("{} or {last}", others.join(", ")),
    }
}

/// The first names of a list, at most `most`, and how many follow: `a, b and 3 more`.
pub fn first<T: AsRef<str>>(names: &[T], most: usize) -> String {
    shorten(names.iter().take(most).map(AsRef::as_ref).collect::<Vec<_>>().join(", "), names.len(), most)
}

/// The same in backticks.
pub fn first_in_backticks<T: AsRef<str>>(names: &[T], most: usize) -> String {
    shorten(in_backticks(names.iter().take(most)), names.len(), most)
}

fn shorten(shown: String, number: usize, most: usize) -> String {
    match number.saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_and_counted() {
        assert_eq!((count(1, "file"), count(0, "file")), ("1 file".to_owned(), "0 files".to_owned()));
        assert_eq!((either(["a"]), either(["a", "b", "c"])), ("`a`".to_owned(), "`a`, `b` or `c`".to_owned()));
        assert_eq!(first(&["a", "b"], 2), "a, b");
        assert_eq!(first_in_backticks(&["a", "b", "c"], 2), "`a`, `b` and 1 more");
    }
}
