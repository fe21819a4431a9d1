//! The hash by which code scanning of GitHub knows a line again when others come and go. It hashes each file itself when
//! a report is uploaded by its action, and complains of another hash; an upload through its API counts on ours.

use std::collections::BTreeMap;

/// How many units of the text are hashed, from the start of the line on.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// Represents the end of the file.
const END: u16 = u16::MAX;

/// The hash of each line, then `:` and how often that hash has come until there.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let (mut units, starts) = units(text);
    units.resize(units.len() + WINDOW, 0);
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    let hash = |start: usize| {
        let unit = |hash: u64, &unit: &u16| hash.wrapping_mul(FACTOR).wrapping_add(unit.into());
        let hash = units[start..start + WINDOW].iter().fold(0, unit);
        let count = seen.entry(hash).or_default();
        *count += 1;
        format!("{hash:x}:{count}")
    };
    starts.into_iter().map(hash).collect()
}

/// The text without blanks as units of UTF-16, each end of a line as one unit, and where in it the lines begin.
fn units(text: &str) -> (Vec<u16>, Vec<usize>) {
    const NEWLINE: u16 = b'\n' as u16;
    const RETURN: u16 = b'\r' as u16;
    let (mut units, mut starts) = (Vec::new(), Vec::new());
    let (mut begins, mut after_return) = (true, false);
    for unit in text.encode_utf16().chain([END]) {
        let second = after_return && unit == NEWLINE;
        after_return = unit == RETURN;
        if second || unit == u16::from(b' ') || unit == u16::from(b'\t') {
            continue;
        }
        if begins {
            starts.push(units.len());
        }
        let unit = if unit == RETURN { NEWLINE } else { unit };
        begins = unit == NEWLINE;
        units.push(unit);
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    /// The expected ones are computed as the action does it, by a window that moves over the file.
    #[test]
    fn hashes_are_those_of_the_action() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        let text = "a = 1\r\n\tb = \"é🙂\"\r\n\r\na = 1\n";
        let lines = [
            "1f93b3de53a89198:1",
            "aee4ba0564bd797:1",
            "b4f7e615993a6336:1",
            "2fb41b19264fc464:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(line_hashes(text), lines);
        assert_eq!(line_hashes(&text.replace("\r\n", "\n").replace("= ", "  =\t")), lines, "blanks change nothing");
    }

    #[test]
    fn equal_lines_are_told_apart_by_their_number() {
        let same = "the same line\n".repeat(12);
        let hashes = line_hashes(&same);
        let (first, count) = hashes[0].split_once(':').expect("a hash and a number");
        assert_eq!((count, hashes[1].as_str()), ("1", format!("{first}:2").as_str()));
        // Near the end of the file a line is not followed by the same text any more.
        assert!(!hashes[11].starts_with(first), "{hashes:?}");
    }
}
