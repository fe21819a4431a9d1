//! Which path patterns contain each other.

use crate::model::Pattern;

/// Whether every file that a pattern matches certainly matches the other one as well.
pub(super) fn lies_within(pattern: &Pattern, outer: &Pattern) -> bool {
    let text = outer.as_str();
    // Everything below a folder, or everything with an extension.
    let folder = text.strip_suffix("**").filter(|folder| !folder.contains('*'));
    let ending = text.strip_prefix("**/*").filter(|ending| !ending.contains(['*', '/']));
    pattern == outer
        || folder.is_some_and(|folder| pattern.prefix().starts_with(folder))
        || ending.is_some_and(|ending| pattern.as_str().ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(pattern: &str, outer: &str) -> bool {
        let read = |text| Pattern::read(text).expect("a pattern");
        lies_within(&read(pattern), &read(outer))
    }

    #[test]
    fn a_pattern_lies_within_a_folder_an_ending_or_itself() {
        for (pattern, outer) in [
            ("**", "**"),
            ("a/*", "**"),
            ("a/b/**", "a/**"),
            ("a/x", "a/**"),
            ("a*.rs", "a*.rs"),
            ("a/*.md", "**/*.md"),
            ("README.md", "**/*.md"),
        ] {
            assert!(within(pattern, outer), "{pattern} lies within {outer}");
        }
    }

    #[test]
    fn of_others_nothing_is_said() {
        for (pattern, outer) in [
            ("**", "a/**"),
            ("ab/**", "a/**"),
            ("a", "a/**"),
            ("a/b/*", "a/*"),
            ("a", "*/**"),
            ("**", "**/*.md"),
            ("a/.md", "**/*.mdx"),
        ] {
            assert!(!within(pattern, outer), "{pattern} does not lie within {outer}");
        }
    }
}
