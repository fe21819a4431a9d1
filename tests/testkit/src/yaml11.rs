//! A reader of YAML 1.1, as strict as the strictest that a manifest meets.
//!
//! The parser is a port of libyaml, of which kubectl's and Argo's are ports too, and has nothing to do with the crate that
//! writes. What a plain scalar means is decided here, by the types of YAML 1.1 (yaml.org/type) and by what go-yaml takes
//! beyond them. Whatever some reader would take for anything but a text or a plain decimal number becomes an object that no
//! comparison with the intended value survives.

use libyaml_safer::{EventData, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

/// A text as it stands in a file: its value, and whether it is a `|` block.
pub struct Scalar {
    /// What it means.
    pub value: String,
    /// Whether it is written as a block.
    pub is_block: bool,
}

/// The documents of a file.
pub fn documents(text: &str) -> Vec<Value> {
    Reader::new(text).0
}

/// The only document of a file.
pub fn document(text: &str) -> Value {
    let mut documents = documents(text);
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}

/// The texts of a file, keys among them.
pub fn scalars(text: &str) -> Vec<Scalar> {
    Reader::new(text).1
}

struct Reader(Vec<Value>, Vec<Scalar>);

impl Reader {
    fn new(text: &str) -> Self {
        let mut bytes = text.as_bytes();
        let mut parser = Parser::new();
        parser.set_input_string(&mut bytes);
        let mut events = Vec::new();
        loop {
            let event = parser.parse().unwrap_or_else(|error| panic!("{error}\n{text}")).data;
            let last = matches!(event, EventData::StreamEnd);
            events.push(event);
            if last {
                break;
            }
        }
        let mut reader = Self(Vec::new(), Vec::new());
        let mut events = events.into_iter();
        while let Some(event) = events.next() {
            if matches!(event, EventData::DocumentStart { .. }) {
                let document = reader.value(&mut events);
                reader.0.push(document);
            }
        }
        reader
    }

    fn value(&mut self, events: &mut std::vec::IntoIter<EventData>) -> Value {
        let event = events.next().expect("a value");
        self.after(event, events)
    }

    /// The value that begins with the event. Anchors and tags are never written.
    fn after(&mut self, event: EventData, events: &mut std::vec::IntoIter<EventData>) -> Value {
        match event {
            EventData::Scalar { anchor: None, tag: None, value, style, .. } => {
                self.1.push(Scalar { value: value.clone(), is_block: style == ScalarStyle::Literal });
                match style {
                    ScalarStyle::Plain => plain(&value),
                    ScalarStyle::Folded => panic!("a text is folded: {value:?}"),
                    _ => Value::String(value),
                }
            }
            EventData::SequenceStart { anchor: None, tag: None, .. } => {
                let mut items = Vec::new();
                loop {
                    match events.next().expect("an item") {
                        EventData::SequenceEnd => return Value::Array(items),
                        event => items.push(self.after(event, events)),
                    }
                }
            }
            EventData::MappingStart { anchor: None, tag: None, .. } => {
                let mut fields = Map::new();
                loop {
                    let key = match events.next().expect("a key") {
                        EventData::MappingEnd => return Value::Object(fields),
                        event => match self.after(event, events) {
                            Value::String(key) => key,
                            other => format!("not a text, but {other}"),
                        },
                    };
                    let value = self.value(events);
                    assert!(fields.insert(key.clone(), value).is_none(), "the key {key:?} is there twice");
                }
            }
            event => panic!("nobody writes {event:?}"),
        }
    }
}

/// What a scalar without quotes means.
fn plain(text: &str) -> Value {
    const NULLS: [&str; 5] = ["", "~", "null", "Null", "NULL"];
    const TRUTHS: [&str; 22] = [
        "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
        "on", "On", "ON", "off", "Off", "OFF",
    ];
    match text {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        "null" => return Value::Null,
        _ => {}
    }
    let odd = NULLS.contains(&text) || TRUTHS.contains(&text) || ["<<", "="].contains(&text);
    if !odd && !is_numeric(text) && !is_time(text) {
        return Value::String(text.to_owned());
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let decimal = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
    let fraction = digits.split_once('.').is_some_and(|(whole, part)| {
        let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        all(whole) && all(part) && (whole.len() == 1 || !whole.starts_with('0'))
    });
    match serde_json::from_str(text) {
        Ok(number @ Value::Number(_)) if decimal || fraction => number,
        _ => json!({"YAML 1.1 reads": text}),
    }
}

/// Integers and floats in every form: signs, `_`, octal, binary and hexadecimal digits, exponents, base 60, infinities.
fn is_numeric(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = rest.to_ascii_lowercase();
    if [".inf", ".nan"].contains(&lower.as_str()) {
        return true;
    }
    let of = |digits: &str, known: &str| !digits.is_empty() && digits.chars().all(|c| known.contains(c) || c == '_');
    for (prefix, digits) in [("0b", "01"), ("0o", "01234567"), ("0x", "0123456789abcdef")] {
        if lower.strip_prefix(prefix).is_some_and(|rest| of(rest, digits)) {
            return true;
        }
    }
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let number = mantissa.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && mantissa.contains(|c: char| c.is_ascii_digit())
        && of(mantissa, "0123456789.")
        && of(exponent, "0123456789");
    // 12:30 is 750 in base 60.
    let sixty = rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(':') && of(rest, "0123456789:.");
    number || sixty
}

/// `2024-01-01`, and with a time behind it.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, long: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|part| long.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let year = digits(parts.next(), 4..=4);
    let month = digits(parts.next(), 1..=2);
    let day = parts.next().map(|rest| rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()));
    let ends = |rest: &str| {
        rest.is_empty()
            || rest.starts_with(['T', 't', ' ', '\t']) && rest.chars().all(|c| "0123456789Tt :.+-Z\t".contains(c))
    };
    year && month && digits(day.map(|(day, _)| day), 1..=2) && day.is_some_and(|(_, rest)| ends(rest))
}
