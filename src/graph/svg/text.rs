//! The width of a string, where it breaks, and how it is escaped in XML.

/// The maximum width of a string in pixels, computed with the letters of DejaVu Sans. They are wider than those of the
/// fonts that browsers prefer, and a picture must look right in any font.
#[must_use]
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    let ems: u32 = text.chars().map(thousandths).sum();
    f64::from(ems) * size / 1000.0 * if bold { 1.15 } else { 1.0 }
}

/// The width of a letter in thousandths of the size.
fn thousandths(letter: char) -> u32 {
    match letter {
        'i' | 'j' | 'l' | '\'' => 280,
        ' ' | '.' | ',' | 'I' | '/' | '|' | '\\' | ':' | ';' => 340,
        '-' | 'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '!' | 'J' => 415,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | '*' | '"' | '_' | '`' => 600,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 1000,
        '+' | '=' | '<' | '>' | '~' | '^' | '#' => 840,
        ' '..='~' => 790 - if letter.is_ascii_lowercase() || letter.is_ascii_digit() { 150 } else { 0 },
        '≤' | '≥' => 840,
        '\u{a0}'..='\u{24f}' => 1000,
        _ => 1200,
    }
}

/// The lines of a string of limited width. It breaks between words; a word that is too long for one line breaks
/// after a separator, or anywhere.
pub fn wrap(text: &str, size: f64, bold: bool, most: i32) -> Vec<String> {
    let fits = |line: &str| width(line.trim_end(), size, bold) <= f64::from(most);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(' ') {
        if !fits(&format!("{line}{word}")) && fits(word) {
            lines.push(std::mem::take(&mut line));
        }
        for part in word.split_inclusive(['-', '/', '.', ',', '_']) {
            if !fits(&format!("{line}{part}")) && fits(part) {
                lines.push(std::mem::take(&mut line));
            }
            for letter in part.chars() {
                line.push(letter);
                if !fits(&line) && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(letter);
                }
            }
        }
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// A string between tags or in an attribute.
pub fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        // XML cannot represent these two.
        '\u{fffe}' | '\u{ffff}' => "\u{fffd}".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{escaped, width, wrap};

    /// The advance widths in the font's tables, at 1000 pixels: DejaVu Sans, and DejaVu Sans Bold.
    const MEASURED: [(&str, f64, f64); 5] = [
        ("wait-for-sync", 6493.7, 7416.5),
        ("homelabmaindb-exporter", 12772.5, 14339.4),
        ("production-homelabping", 12294.0, 13890.1),
        ("≤ 1h30m", 4672.4, 5027.3),
        ("apps/**, WWW @ 20% \"x\" & <b>", 16756.3, 18234.9),
    ];

    #[test]
    fn texts_are_no_wider_than_estimated_and_not_much_narrower() {
        for (text, plain, bold) in MEASURED {
            for (measured, estimated) in [(plain, width(text, 1000.0, false)), (bold, width(text, 1000.0, true))] {
                assert!((measured..measured * 1.2).contains(&estimated), "{text}: {measured} {estimated}");
            }
        }
    }

    #[test]
    fn lines_break_where_a_reader_expects_it() {
        assert_eq!(wrap("all apps synced and healthy", 12.0, false, 120), ["all apps synced", "and healthy"]);
        assert_eq!(wrap("homelabmaindb-exporter", 12.0, false, 120), ["homelabmaindb-", "exporter"]);
        assert_eq!(wrap("abcdefghijklmnop", 12.0, false, 60), ["abcdefgh", "ijklmnop"]);
        assert_eq!(wrap("", 12.0, false, 60), [""; 0]);
        assert_eq!(wrap("WW", 12.0, false, 1), ["W", "W"]);
    }

    #[test]
    fn nothing_leaves_its_element() {
        assert_eq!(escaped("</text><a b='c\"&\u{ffff}"), "&lt;/text&gt;&lt;a b=&#39;c&quot;&amp;\u{fffd}");
    }
}
