//! The known word that a misspelt one may have meant.

/// The nearest known word, when it is near enough to be meant: at most a third of its letters differ, and at least one
/// may. Case counts as near. Of equally near words the first one.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, _)| distance <= allowed)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words; case and the choice between `-` and `_` cost nothing, a swap of neighbours one.
fn distance(a: &str, b: &str) -> usize {
    let plain = |word: &str| word.to_lowercase().replace('_', "-");
    strsim::osa_distance(&plain(a), &plain(b))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["image", "images", "service", "task"];
        assert_eq!(nearest("imgae", known), Some("image"));
        assert_eq!(nearest("Service", known), Some("service"));
        assert_eq!(nearest("tsk", known), Some("task"));
        assert_eq!(nearest("deploy", known), None);
    }
}
