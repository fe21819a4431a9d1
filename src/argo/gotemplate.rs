//! Go's templates, as far as the generated objects use them: fields, variables, pipelines, `if`, `range`, and
//! some functions. A missing field is an error (`missingkey=error`).

use super::Error;
use serde_json::{Map, Value, json};

/// Renders a template over a value.
///
/// # Errors
/// If the template uses something that does not exist, or that the compiler never generates.
pub fn render(template: &str, dot: &Value) -> Result<String, Error> {
    let nodes = parse(template)?;
    let mut result = String::new();
    Frame { dot, variables: Vec::new() }.run(&nodes, &mut result)?;
    Ok(result)
}

/// Renders every string of a value.
///
/// # Errors
/// As [`render`].
pub fn render_all(value: &Value, dot: &Value) -> Result<Value, Error> {
    Ok(match value {
        Value::String(template) => Value::String(render(template, dot)?),
        Value::Array(items) => Value::Array(items.iter().map(|item| render_all(item, dot)).collect::<Result<_, _>>()?),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, field)| Ok((key.clone(), render_all(field, dot)?)));
            Value::Object(fields.collect::<Result<Map<_, _>, Error>>()?)
        }
        other => other.clone(),
    })
}

enum Node {
    Text(String),
    Pipeline(String),
    Set(String, String),
    If(String, Vec<Node>),
    /// The variables of key and value, what is iterated over, and the body.
    Range(String, String, String, Vec<Node>),
}

fn parse(template: &str) -> Result<Vec<Node>, Error> {
    let mut open: Vec<(Node, Vec<Node>)> = Vec::new();
    let mut nodes = Vec::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once("{{") {
        let (action, after) = tail.split_once("}}").ok_or_else(|| none("an action that is not closed"))?;
        nodes.push(Node::Text(before.to_owned()));
        rest = after;
        let action = action.trim();
        if let Some(condition) = action.strip_prefix("if ") {
            open.push((Node::If(condition.to_owned(), Vec::new()), std::mem::take(&mut nodes)));
        } else if let Some(range) = action.strip_prefix("range ") {
            let (variables, over) = range.split_once(":=").ok_or_else(|| none("a range without variables"))?;
            let (key, value) = variables.split_once(',').ok_or_else(|| none("a range of one variable"))?;
            let node = Node::Range(key.trim().into(), value.trim().into(), over.trim().into(), Vec::new());
            open.push((node, std::mem::take(&mut nodes)));
        } else if action == "end" {
            let (mut node, outer) = open.pop().ok_or_else(|| none("an end of nothing"))?;
            let body = std::mem::replace(&mut nodes, outer);
            if let Node::If(_, inner) | Node::Range(.., inner) = &mut node {
                *inner = body;
            }
            nodes.push(node);
        } else if let Some((variable, pipeline)) = action.split_once(":=") {
            nodes.push(Node::Set(variable.trim().to_owned(), pipeline.trim().to_owned()));
        } else {
            nodes.push(Node::Pipeline(action.to_owned()));
        }
    }
    nodes.push(Node::Text(rest.to_owned()));
    if open.is_empty() { Ok(nodes) } else { Err(Error("a block that is not closed".into())) }
}

struct Frame<'a> {
    dot: &'a Value,
    variables: Vec<(String, Value)>,
}

impl Frame<'_> {
    fn run(&mut self, nodes: &[Node], result: &mut String) -> Result<(), Error> {
        let depth = self.variables.len();
        for node in nodes {
            match node {
                Node::Text(text) => result.push_str(text),
                Node::Pipeline(pipeline) => match self.pipeline(pipeline)? {
                    Value::String(text) => result.push_str(&text),
                    Value::Null => result.push_str("<no value>"),
                    other => result.push_str(&other.to_string()),
                },
                Node::Set(variable, pipeline) => {
                    let value = self.pipeline(pipeline)?;
                    self.variables.push((variable.clone(), value));
                }
                Node::If(condition, body) => {
                    if self.pipeline(condition)? == true {
                        self.run(body, result)?;
                    }
                }
                Node::Range(key, value, over, body) => {
                    let over = self.pipeline(over)?;
                    let fields = over.as_object().ok_or_else(|| Error(format!("range can't iterate over {over}")))?;
                    // In the order of the keys, as Go iterates over a map.
                    let mut fields: Vec<_> = fields.iter().collect();
                    fields.sort_by_key(|(name, _)| *name);
                    for (name, field) in fields {
                        let before = self.variables.len();
                        self.variables.extend([(key.clone(), json!(name)), (value.clone(), field.clone())]);
                        self.run(body, result)?;
                        self.variables.truncate(before);
                    }
                }
            }
        }
        self.variables.truncate(depth);
        Ok(())
    }

    fn pipeline(&self, pipeline: &str) -> Result<Value, Error> {
        let mut piped: Option<Value> = None;
        for command in split(pipeline, '|') {
            let words = split(&command, ' ');
            let (first, rest) = words.split_first().ok_or_else(|| none("an empty command"))?;
            let mut arguments = rest.iter().map(|word| self.operand(word)).collect::<Result<Vec<_>, _>>()?;
            arguments.extend(piped.take());
            let function = first.chars().all(char::is_alphanumeric) && !first.starts_with(|c: char| c.is_ascii_digit());
            piped = Some(if function { call(first, &arguments)? } else { self.operand(first)? });
        }
        piped.ok_or_else(|| none("an empty pipeline"))
    }

    fn operand(&self, word: &str) -> Result<Value, Error> {
        if let Some(text) = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            return Ok(json!(text));
        }
        if let Ok(number) = word.parse::<u64>() {
            return Ok(json!(number));
        }
        let (start, path) = match word.split_once('.') {
            Some(("", path)) => (self.dot, path),
            found => {
                let (name, path) = found.unwrap_or((word, ""));
                let known = self.variables.iter().rev().find(|(variable, _)| variable == name);
                (&known.ok_or_else(|| Error(format!("undefined variable {name}")))?.1, path)
            }
        };
        let mut value = start;
        for key in path.split('.').filter(|key| !key.is_empty()) {
            let fields = value.as_object().ok_or_else(|| Error(format!("can't evaluate field {key} in {value}")))?;
            value = fields.get(key).ok_or_else(|| Error(format!("map has no entry for key \"{key}\"")))?;
        }
        Ok(value.clone())
    }
}

/// The parts between separators that are not in quotes.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        quoted ^= letter == '"';
        if letter == separator && !quoted {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("a part").push(letter);
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn call(function: &str, arguments: &[Value]) -> Result<Value, Error> {
    let at = |at: usize| arguments.get(at).ok_or_else(|| Error(format!("{function}: too few arguments")));
    let text = |place: usize| match at(place)?.as_str() {
        Some(text) => Ok(text),
        None => Err(Error(format!("{function}: no text, but {arguments:?}"))),
    };
    Ok(match function {
        "toJson" => json!(to_json(at(0)?)),
        "kindIs" => json!(text(0)? == kind(at(1)?)),
        "get" => at(0)?.get(text(1)?).cloned().unwrap_or(json!("")),
        "sha256sum" => json!(super::sha256sum(text(0)?)),
        "trunc" => {
            let length = at(0)?.as_u64().ok_or_else(|| none("trunc: no number"))?;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            json!(text(1)?.chars().take(length).collect::<String>())
        }
        "trimPrefix" => json!(text(1)?.strip_prefix(text(0)?).unwrap_or(text(1)?)),
        "printf" => {
            let mut parts = text(0)?.split("%s");
            let mut result = parts.next().unwrap_or_default().to_owned();
            for (place, part) in parts.enumerate() {
                result.push_str(text(place + 1)?);
                result.push_str(part);
            }
            json!(result)
        }
        other => return Err(Error(format!("function \"{other}\" not defined"))),
    })
}

fn none(what: &str) -> Error {
    Error(what.to_owned())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map",
        Value::Array(_) => "slice",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::Null => "invalid",
    }
}

/// JSON with the escapes of Go.
pub fn to_json(value: &Value) -> String {
    let escape = |letter: char| match letter {
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    };
    value.to_string().chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_rendered_as_go_does_it() {
        let dot = json!({"a": {"b": "x", "n": {"k": "<&>"}}, "s": "salt"});
        for (template, expected) in [
            ("1{{ .a.b }}2{{.s}}", Ok("1x2salt".to_owned())),
            ("{{ toJson .a.n }}", Ok(r#"{"k":"\u003c\u0026\u003e"}"#.to_owned())),
            (
                "{{ $a := get . \"a\" }}{{ if kindIs \"map\" $a }}{{ range $k, $v := $a }}{{ $k }};{{ end }}{{ end }}",
                Ok("b;n;".to_owned()),
            ),
            ("{{ $a := get . \"s\" }}{{ if kindIs \"map\" $a }}no{{ end }}", Ok(String::new())),
            (
                "{{ printf \"%s/x|y\" .s | sha256sum | trunc 4 }}",
                Ok(super::super::sha256sum("salt/x|y")[..4].to_owned()),
            ),
            ("{{ .missing }}", Err("map has no entry for key \"missing\"".to_owned())),
            ("{{ range $k, $v := .s }}{{ end }}", Err("range can't iterate over \"salt\"".to_owned())),
            ("{{ .a.b.c }}", Err("can't evaluate field c in \"x\"".to_owned())),
        ] {
            assert_eq!(render(template, &dot).map_err(|Error(why)| why), expected, "{template}");
        }
    }
}
