//! What other tools and languages leave in a source over several lines: merge conflicts, comments in `/*` and `*/`,
//! heredocs. If a source does not parse, they are blanked and it is parsed again, so that each is one error instead of
//! one per line; all spans stay the same.

use std::borrow::Cow;
use std::ops::Range;

/// The lines of an unresolved merge conflict.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    /// `<<<<<<< HEAD`
    pub ours: Range<usize>,
    /// `=======`
    pub middle: Range<usize>,
    /// `>>>>>>> feature`
    pub theirs: Range<usize>,
}

/// The text with blanks in place of foreign regions, and the conflicts in it. The first version of a conflict stays.
pub(super) fn blanked(text: &str) -> (Cow<'_, str>, Vec<Conflict>) {
    let (conflicts, mut blanks) = conflicts(text);
    blanks.extend(heredocs(text));
    blanks.extend(comments(text));
    if blanks.is_empty() {
        return (Cow::Borrowed(text), conflicts);
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in blanks {
        bytes[range].iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
    (Cow::Owned(String::from_utf8(bytes).expect("whole characters are blanked")), conflicts)
}

/// Each line without its line ending, and its range.
fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        (at..at + line.len(), line)
    })
}

fn conflicts(text: &str) -> (Vec<Conflict>, Vec<Range<usize>>) {
    let (mut found, mut blanks) = (Vec::new(), Vec::new());
    let (mut ours, mut base, mut middle) = (None, None, None);
    for (range, line) in lines(text) {
        let is = |sign: &str| line.strip_prefix(sign).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        if is("<<<<<<<") {
            (ours, base, middle) = (Some(range), None, None);
        } else if is("|||||||") && middle.is_none() {
            base = Some(range);
        } else if is("=======") && ours.is_some() && middle.is_none() {
            middle = Some(range);
        } else if is(">>>>>>>")
            && let (Some(ours), Some(middle)) = (ours.take(), middle.take())
        {
            blanks.push(ours.clone());
            blanks.push(base.take().unwrap_or_else(|| middle.clone()).start..range.end);
            found.push(Conflict { ours, middle, theirs: range });
        }
    }
    (found, blanks)
}

/// The lines after `key = <<WORD`, up to the line with the word.
fn heredocs(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    for (range, line) in lines(text) {
        if let Some((start, _)) = open.filter(|(_, word)| line.trim() == *word) {
            found.push(start..range.end);
            open = None;
        } else if let Some((before, word)) = line.trim_end().rsplit_once("<<")
            && before.trim_end().ends_with('=')
        {
            let word = word.trim_start_matches(['-', '~']).trim_matches(['"', '\'']);
            let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            open = is_word.then_some((range.end, word)).or(open);
        }
    }
    found
}

/// What is between `/*` and a `*/` on another line. Where quotes do not match, neither may belong to a comment.
fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let even = |quotes: usize| quotes.is_multiple_of(2);
    let (mut at, mut quotes, mut comment) = (0, 0, false);
    while let Some(next) = text[at..].find(['\n', '"', '#', '/']).map(|next| at + next) {
        at = next + 1;
        match text.as_bytes()[next] {
            b'\n' => (quotes, comment) = (0, false),
            b'"' => quotes += 1,
            b'#' => comment |= even(quotes),
            _ if comment || !even(quotes) || !text[at..].starts_with('*') => {}
            _ => {
                let start = at + 1;
                let Some(end) = text[start..].find("*/").map(|end| start + end) else { break };
                at = end + 2;
                let inside = &text[start..end];
                if inside.contains('\n') {
                    (quotes, comment) = (0, false);
                    if even(inside.matches('"').count()) {
                        found.push(start..at);
                    }
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::blanked;

    fn shown(text: &str) -> String {
        let (blanked, _) = blanked(text);
        assert_eq!(blanked.len(), text.len());
        blanked.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    #[test]
    fn the_first_version_of_a_conflict_stays() {
        let text = "a = 1\n<<<<<<< HEAD\nb = 1\n||||||| base\nb = 0\n=======\nb = 2 é\n>>>>>>> x\nc = 1\r\n";
        assert_eq!(shown(text), "a = 1\n\nb = 1\n\n\n\n\n\nc = 1\n");
        assert_eq!(blanked(text).1.len(), 1);
        let half = "<<<<<<< HEAD\nb = 1\n=======\n";
        assert_eq!(shown(half), half);
    }

    #[test]
    fn comments_and_heredocs_of_other_languages_are_blanked() {
        assert_eq!(shown("a = <<-EOF\n  x\n  EOF\nb = 1\n"), "a = <<-EOF\n\n\nb = 1\n");
        assert_eq!(shown("a = 1 << EOF\nb\nEOF\n"), "a = 1 << EOF\nb\nEOF\n");
        assert_eq!(shown("a = 1 /* {\n b } */ c = 1\n"), "a = 1 /*\n        c = 1\n");
        for same in ["a = \"x/*\"\nb = \"*/y\"\n", "# /*\na = 1\n# */\n", "a = 1 /* b */ c\n", "/*\n"] {
            assert_eq!(shown(same), same);
        }
    }
}
