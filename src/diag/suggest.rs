//! The known word that a misspelt one may have meant.

/// The nearest known word, when it is near enough to be meant: at most a third of its letters differ, and no more than
/// three; at least one may. Case counts as near. Of equally near words the first one.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, _)| distance <= allowed)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Whether a word is certain to be the other one, mistyped: a letter is missing, too many, wrong, or swapped with its
/// neighbour, within a part of three letters or more. `eu-1` and `eu-2`, `stage-a` and `stage-b` are different things.
#[must_use]
pub fn is_slip(word: &str, other: &str) -> bool {
    let (word, other) = (plain(word), plain(other));
    let ends = |c: char| !c.is_alphabetic();
    let (parts, others): (Vec<_>, Vec<_>) = (word.split(ends).collect(), other.split(ends).collect());
    let signs = |word: &str| word.chars().filter(|&c| ends(c)).collect::<String>();
    let same_part = |(part, other): (&&str, &&str)| part == other || part.len().min(other.len()) >= 3;
    distance(&word, &other) <= 1
        && signs(&word) == signs(&other)
        && parts.len() == others.len()
        && parts.iter().zip(&others).all(same_part)
}

/// The help that names a similar word: `noun` is what it names.
#[must_use]
pub fn similar(noun: &str, near: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    match noun {
        "code" | "name" | "value" => format!("a similar {noun} exists: `{near}`"),
        _ => format!("{article} {noun} with a similar name exists: `{near}`"),
    }
}

fn plain(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

/// Edits between two words; case and the choice between `-` and `_` cost nothing, a swap of neighbours one.
fn distance(a: &str, b: &str) -> usize {
    strsim::osa_distance(&plain(a), &plain(b))
}

#[cfg(test)]
mod tests {
    use super::{is_slip, nearest};

    #[test]
    fn only_a_slip_is_certain() {
        for (word, other) in [("prodution", "production"), ("imgae", "image"), ("my_app", "my-app"), ("Shop", "shop")] {
            assert!(is_slip(word, other), "{word} {other}");
        }
        for (word, other) in [("eu-1", "eu-2"), ("stage-a", "stage-b"), ("prod-eu", "prod-us"), ("cart", "cart2")] {
            assert!(!is_slip(word, other), "{word} {other}");
        }
    }

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["image", "images", "service", "task"];
        assert_eq!(nearest("imgae", known), Some("image"));
        assert_eq!(nearest("Service", known), Some("service"));
        assert_eq!(nearest("tsk", known), Some("task"));
        assert_eq!(nearest("deploy", known), None);
    }
}
