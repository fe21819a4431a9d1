//! Source files, and places in them. Everything later points back here through a [`Span`].

mod encoding;

pub use encoding::Fault;

use std::ops::Range;

/// Names one file of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in one source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of a file, in bytes.
    #[must_use]
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).expect("a source file is refused above 4 GiB");
        Self { source, start: narrow(range.start), end: narrow(range.end) }
    }

    /// The start of the first file: for what has no place, such as a program without a `project`.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { source: SourceId(0), start: 0, end: 0 }
    }

    /// The smallest span that covers both; they lie in one file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        debug_assert_eq!(self.source, other.source, "a span lies in one file");
        Self { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// As a range of bytes.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value, and where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its span in the source.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts a value and its place together.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

/// A line and a column, both counted from 0; the column in the unit that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counted from 0.
    pub line: usize,
    /// Counted from 0.
    pub column: usize,
}

/// One file: its path as it is shown, its text, and where its lines begin.
#[derive(Debug, Clone)]
pub struct SourceFile {
    path: String,
    text: String,
    line_starts: Vec<usize>,
    milestones: Vec<Milestone>,
    fault: Option<Fault>,
}

/// How much of a text is before a byte.
#[derive(Debug, Clone, Copy)]
struct Milestone {
    byte: usize,
    chars: usize,
    utf16: usize,
}

/// How many bytes there are between two milestones, or a few more. So a place on a long line is found quickly.
const MILE: usize = 128;

impl SourceFile {
    fn new(path: String, text: String, fault: Option<Fault>) -> Self {
        // As the grammar and editors count: a carriage return alone ends a line too.
        let ends = |(at, end): (usize, &str)| {
            let alone = end == "\n" || !text[at + 1..].starts_with('\n');
            alone.then_some(at + 1)
        };
        let line_starts = std::iter::once(0).chain(text.match_indices(['\n', '\r']).filter_map(ends)).collect();
        let mut milestones = vec![Milestone { byte: 0, chars: 0, utf16: 0 }];
        let mut last = milestones[0];
        while let Some(rest) = text.get(last.byte..).filter(|rest| rest.len() > MILE) {
            let len = (MILE..rest.len()).find(|&at| rest.is_char_boundary(at)).unwrap_or(rest.len());
            last = last.after(&rest[..len]);
            milestones.push(last);
        }
        Self { path, text, line_starts, milestones, fault }
    }

    /// The path as it is shown, with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The complete text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with the bytes that the text was read from.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Where each line begins, in bytes; the first is 0.
    #[must_use]
    pub fn line_starts(&self) -> &[usize] {
        &self.line_starts
    }

    /// The line of a byte, counted from 0.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset) - 1
    }

    /// Line and column of a byte, the column in characters (as editors show it).
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line(offset);
        Position { line, column: self.before(offset).chars - self.before(self.line_starts[line]).chars }
    }

    /// The same, the column in units of UTF-16 (as the protocols of editors count).
    #[must_use]
    pub fn position_utf16(&self, offset: usize) -> Position {
        let line = self.line(offset);
        Position { line, column: self.before(offset).utf16 - self.before(self.line_starts[line]).utf16 }
    }

    /// The byte of a line and column, the column in units of UTF-16; the end of the line, or of the text, when there is
    /// no such column or line.
    #[must_use]
    pub fn offset_utf16(&self, position: Position) -> usize {
        let Some(&start) = self.line_starts.get(position.line) else { return self.text.len() };
        let line = self.text[start..].split(['\n', '\r']).next().unwrap_or("");
        let mut left = position.column;
        for (at, letter) in line.char_indices() {
            if left < letter.len_utf16() {
                return start + at;
            }
            left -= letter.len_utf16();
        }
        start + line.len()
    }

    fn before(&self, offset: usize) -> Milestone {
        let offset = offset.min(self.text.len());
        let last = self.milestones[self.milestones.partition_point(|milestone| milestone.byte <= offset) - 1];
        last.after(&self.text[last.byte..offset])
    }
}

impl Milestone {
    fn after(self, text: &str) -> Self {
        let utf16 = text.chars().map(char::len_utf16).sum::<usize>();
        Self { byte: self.byte + text.len(), chars: self.chars + text.chars().count(), utf16: self.utf16 + utf16 }
    }
}

/// A sign that takes as many bytes and units of UTF-16 as a letter, and the letter itself if it is a blank.
fn mask(letter: char) -> char {
    match letter.len_utf8() {
        _ if letter.is_whitespace() => letter,
        1 => '*',
        2 => '·',
        3 => '•',
        _ => '\u{1f784}',
    }
}

/// All source files of a program, in the order of their paths.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// The files of a program, each a path and its text. They are sorted by path, so that nothing depends on the order
    /// in which a file system lists them.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::sorted(files.into_iter().map(|(path, text)| SourceFile::new(path, text, None)))
    }

    /// The same from the bytes of the files, whatever they are saved as.
    #[must_use]
    pub fn decoded(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self::sorted(files.into_iter().map(|(path, bytes)| {
            let (text, fault) = encoding::decode(bytes);
            SourceFile::new(path, text, fault)
        }))
    }

    fn sorted(files: impl Iterator<Item = SourceFile>) -> Self {
        let mut files: Vec<_> = files.collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// Those of the files whose path is wanted, with the given ones over them or beside them.
    #[must_use]
    pub fn overlaid(&self, wanted: impl Fn(&str) -> bool, over: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut result = Self::new(over);
        let covered = |file: &SourceFile| result.files.iter().any(|known| known.path == file.path);
        let under: Vec<_> = self.files.iter().filter(|file| wanted(&file.path) && !covered(file)).cloned().collect();
        result.files.extend(under);
        result.files.sort_by(|a, b| a.path.cmp(&b.path));
        result
    }

    /// The same files with every letter at these places hidden behind a sign that is as long: all other places stay.
    #[must_use]
    pub fn masked(&self, spans: &[Span]) -> Self {
        let mut masked = self.clone();
        for (id, file) in (0u32..).map(SourceId).zip(&mut masked.files) {
            let mut own: Vec<_> = spans.iter().filter(|span| span.source == id).map(|span| span.range()).collect();
            own.sort_by_key(|range| range.start);
            let mut text = String::with_capacity(file.text.len());
            for range in own {
                let start = range.start.max(text.len());
                if start < range.end {
                    text.push_str(&file.text[text.len()..start]);
                    text.extend(file.text[start..range.end].chars().map(mask));
                }
            }
            text.push_str(&file.text[text.len()..]);
            file.text = text;
        }
        masked
    }

    /// Each file with its id.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &SourceFile)> {
        (0u32..).map(SourceId).zip(&self.files)
    }

    /// The file that an id names.
    #[must_use]
    pub fn file(&self, id: SourceId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The text that a span covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        &self.file(span.source).text[span.range()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_over_files_leaves_the_others_as_they_are_saved() {
        let files =
            [("a/x".to_owned(), vec![0xe9]), ("a/y".to_owned(), b"old".to_vec()), ("b/z".to_owned(), Vec::new())];
        let over = [("a/y".to_owned(), "new".to_owned()), ("a/n".to_owned(), String::new())];
        let map = SourceMap::decoded(files).overlaid(|path| path.starts_with("a/"), over);
        let shown: Vec<_> = map.iter().map(|(_, file)| (file.path(), file.text(), file.fault().is_some())).collect();
        assert_eq!(shown, [("a/n", "", false), ("a/x", "\u{fffd}", true), ("a/y", "new", false)]);
    }

    #[test]
    fn what_is_masked_cannot_be_read_and_moves_nothing() {
        let sources = SourceMap::new([("a".into(), "x: 1".into()), ("b".into(), "k: päs𝄞w \n€ end".into())]);
        let id = SourceId(1);
        let masked = sources.masked(&[Span::new(id, 12..17), Span::new(id, 3..14)]);
        assert_eq!(masked.file(id).text(), "k: *·*\u{1f784}* \n• end");
        assert_eq!(masked.file(SourceId(0)).text(), "x: 1");
        for at in 0..masked.file(id).text().len() {
            assert_eq!(masked.file(id).line(at), sources.file(id).line(at));
        }
    }

    #[test]
    fn places_in_units_of_utf16_lead_there_and_back() {
        let sources = SourceMap::new([(String::new(), "a𝄞é\r\n\rb\n".to_owned())]);
        let file = sources.file(SourceId(0));
        assert_eq!(file.line_starts(), [0, 9, 10, 12]);
        for (at, _) in file.text().char_indices().filter(|(_, c)| !c.is_control()) {
            assert_eq!(file.offset_utf16(file.position_utf16(at)), at);
        }
        let place = |line, column| file.offset_utf16(Position { line, column });
        // Behind the end of a line, in the middle of a letter, behind the text.
        assert_eq!((place(0, 99), place(0, 2), place(99, 0)), (7, 1, file.text().len()));
    }

    #[test]
    fn places_on_long_lines_are_counted_from_the_start_of_the_line() {
        let text = format!("{}\nx{}é", "🙂é".repeat(900), "🙂".repeat(700));
        let sources = SourceMap::new([("a.pipe".to_owned(), text.clone())]);
        let (_, file) = sources.iter().next().expect("one file");
        for (at, _) in text.char_indices().step_by(17) {
            let line = text[..at].matches('\n').count();
            let before = text[..at].rsplit('\n').next().expect("a part");
            let position = file.position(at);
            assert_eq!((position.line, position.column), (line, before.chars().count()));
            assert_eq!(file.position_utf16(at).column, before.encode_utf16().count());
        }
    }
}
