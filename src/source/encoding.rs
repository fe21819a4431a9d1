//! Bytes in, text out, and what is wrong with the bytes.

/// What is wrong with the bytes of a file; its text is as near as it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// They are UTF-16.
    Utf16,
    /// This one, possibly the first of several, is not UTF-8. A character replaces it in the text, at this place.
    Byte {
        /// The place in the text.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// They are not text at all.
    Binary,
}

/// Some editors mark UTF-8 by it; it is not part of a text.
const MARK: &str = "\u{feff}";

/// The text of a file.
pub(super) fn decode(bytes: Vec<u8>) -> (String, Option<Fault>) {
    if let Some(text) = utf16(&bytes) {
        return (text, Some(Fault::Utf16));
    }
    match String::from_utf8(bytes) {
        Ok(text) => (without_mark(text), None),
        Err(error) => {
            let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
            let text = String::from_utf8_lossy(bytes);
            let byte = bytes[at];
            let lost = text.matches('\u{fffd}').count();
            let at = if text.starts_with(MARK) { at - MARK.len() } else { at };
            let fault = if lost * 8 > bytes.len() { Fault::Binary } else { Fault::Byte { at, byte } };
            (without_mark(text.into_owned()), Some(fault))
        }
    }
}

fn without_mark(text: String) -> String {
    text.strip_prefix(MARK).map(str::to_owned).unwrap_or(text)
}

/// The text of UTF-16, which is known by its mark, or by the zeros of its ASCII characters.
fn utf16(bytes: &[u8]) -> Option<String> {
    let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let most = |zeros: usize| zeros * 4 > bytes.len() && bytes.len().is_multiple_of(2);
    let (rest, little) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, true),
        [0xfe, 0xff, rest @ ..] => (rest, false),
        _ if most(zeros(1)) => (bytes, true),
        _ if most(zeros(0)) => (bytes, false),
        _ => return None,
    };
    let unit = |pair: &[u8; 2]| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
    let (pairs, _) = rest.as_chunks::<2>();
    Some(char::decode_utf16(pairs.iter().map(unit)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Fault, decode};

    #[test]
    fn text_is_found_in_whatever_it_is_saved_as() {
        let text = "app x # größe 🙂\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in
            [[vec![0xff, 0xfe], little.clone()].concat(), [vec![0xfe, 0xff], big.clone()].concat(), little, big]
        {
            assert_eq!(decode(bytes), (text.to_owned(), Some(Fault::Utf16)));
        }
        assert_eq!(decode([b"\xef\xbb\xbf", text.as_bytes()].concat()), (text.to_owned(), None));
        let latin = b"\xef\xbb\xbfapp x # gr\xf6\xdfe and more of it\n".to_vec();
        let decoded =
            ("app x # gr\u{fffd}\u{fffd}e and more of it\n".to_owned(), Some(Fault::Byte { at: 10, byte: 0xf6 }));
        assert_eq!(decode(latin), decoded);
        assert_eq!(decode(vec![0x1f, 0x8b, 0x08, 0xff, 0x80, 0x91]).1, Some(Fault::Binary));
        assert_eq!(decode(b"a\0b".to_vec()), ("a\0b".to_owned(), None));
        assert_eq!(decode(Vec::new()), (String::new(), None));
    }
}
