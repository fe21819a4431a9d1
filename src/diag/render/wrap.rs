//! Breaks text into lines that fit a terminal.

use super::excerpt::width_of;

/// The text in lines of at most `width` columns, broken between words. What is in backticks is kept together, since
/// it is to be read, and perhaps copied, as one, unless it does not fit on a line.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let mut lines = Lines { width, done: String::new(), column: 0 };
    for atom in atoms(text) {
        if columns(atom) <= width {
            lines.add(atom);
        } else {
            atom.split(' ').for_each(|word| lines.add_long(word));
        }
    }
    lines.done
}

/// The segments between which a line may end: words, and text in backticks with the words that it touches.
fn atoms(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '`';
        c == ' ' && !quoted
    })
}

fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

struct Lines {
    width: usize,
    done: String,
    column: usize,
}

impl Lines {
    fn add(&mut self, atom: &str) {
        let own = columns(atom);
        let fits = self.column + 1 + own <= self.width;
        match (self.done.is_empty(), fits) {
            (true, _) => {}
            (false, true) => {
                self.done.push(' ');
                self.column += 1;
            }
            (false, false) => {
                self.done.push('\n');
                self.column = 0;
            }
        }
        self.done.push_str(atom);
        self.column += own;
    }

    /// A word that does not fit on one line is broken anywhere.
    fn add_long(&mut self, mut word: &str) {
        while columns(word) > self.width {
            let mut taken = 0;
            let too_much = |c: char| {
                taken += width_of(c);
                taken > self.width
            };
            let first = word.chars().next().map_or(0, char::len_utf8);
            let end = word.find(too_much).unwrap_or(word.len()).max(first);
            let (head, tail) = word.split_at(end);
            self.add(head);
            word = tail;
        }
        self.add(word);
    }
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_end_between_words_and_not_in_code() {
        assert_eq!(wrap("one two three", 8), "one two\nthree");
        assert_eq!(wrap("write `wait-for-sync in staging` here", 26), "write\n`wait-for-sync in staging`\nhere");
        assert_eq!(wrap("a `long piece of code` b", 9), "a `long\npiece of\ncode` b");
        assert_eq!(wrap("日本語日本語 a", 7), "日本語\n日本語\na");
        assert_eq!(wrap("", 9), "");
    }
}
