//! Checks before the grammar reads a query: its brackets and quotes match, and it is not too deep for a parser that calls
//! itself.

use super::Fault;

/// More than any query has that people write.
const DEEPEST: usize = 50;

/// Finds a bracket or quote without its other end.
pub fn scan(query: &str) -> Result<(), Fault> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut letters = query.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' | '\'' | '`' if !ends(&mut letters, letter) => {
                let message = format!("this string has no closing `{letter}`");
                let help = "close it on the same line: only a string between backticks has several";
                return Err(Fault::new(at..at + 1, message, help));
            }
            '#' => {
                let _ = letters.by_ref().find(|(_, letter)| *letter == '\n');
            }
            '(' | '[' | '{' => {
                open.push((at, letter));
                if open.len() > DEEPEST {
                    let message = format!("more than {DEEPEST} brackets are open here");
                    return Err(Fault::new(at..at + 1, message, "split the query, or use a recording rule"));
                }
            }
            ')' | ']' | '}' => match open.pop() {
                Some((_, opening)) if closing(opening) == letter => {}
                Some((opened, opening)) => {
                    let message = format!("`{opening}` is closed by `{letter}`");
                    let help = format!("write `{}` before the `{letter}`", closing(opening));
                    return Err(Fault::new(opened..opened + 1, message, help));
                }
                None => {
                    let message = format!("unexpected `{letter}`");
                    return Err(Fault::new(at..at + 1, message, "remove it, or add the bracket that it closes"));
                }
            },
            _ => {}
        }
    }
    match open.pop() {
        None => Ok(()),
        Some((at, opening)) => {
            let message = format!("unclosed `{opening}`");
            Err(Fault::new(at..at + 1, message, format!("add `{}`", closing(opening))))
        }
    }
}

fn closing(opening: char) -> char {
    match opening {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

/// Reads a string to its end.
fn ends(letters: &mut std::str::CharIndices<'_>, quote: char) -> bool {
    while let Some((_, letter)) = letters.next() {
        if letter == quote {
            return true;
        }
        match letter {
            '\n' if quote != '`' => return false,
            '\\' if quote != '`' => drop(letters.next()),
            _ => {}
        }
    }
    false
}
