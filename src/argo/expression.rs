//! The tags of Argo Workflows: `{{name}}`, and those forms of `{{=expression}}` that are generated.
//!
//! Replaces as the controller does (`util/template`): an unknown name stays, unless it is required, and so does an
//! expression that uses an unknown name.

use super::Error;
use serde_json::Value;
use std::collections::BTreeMap;

/// The known values, by their full names.
pub type Variables = BTreeMap<String, String>;

/// Replaces every tag. Names that start with one of `strict` must be known: the controller would wait for them forever.
///
/// # Errors
/// If such a name is missing, or the string contains a tag that the compiler never generates.
pub fn replace(text: &str, scope: &Variables, strict: &[&str]) -> Result<String, Error> {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        let (tag, after) = tail.split_once("}}").ok_or_else(|| Error(format!("an open tag in {text}")))?;
        result.push_str(before);
        let must = |name: &str| strict.iter().any(|begin| name.starts_with(&format!("{begin}.")) || name == *begin);
        match tag.strip_prefix('=') {
            Some(expression) => match evaluate(expression, scope, strict.is_empty()) {
                Ok(value) => result.push_str(&value),
                Err(Missing::Name(name)) if must(&name) => {
                    return Err(Error(format!("{name} is missing, in {text}")));
                }
                Err(Missing::Name(_)) => result.push_str(&format!("{{{{{tag}}}}}")),
                Err(Missing::Meaning(what)) => return Err(Error(format!("{what}, in {text}"))),
            },
            None => match scope.get(tag.trim()) {
                Some(value) => {
                    // The controller pastes Go's quoting into JSON, which has no \x7f and no \U0001f600.
                    let astral = |c: char| c > '\u{ffff}' && c.escape_debug().len() > 1;
                    let fits = value.chars().all(|c| !astral(c) && !c.is_control() || "\n\t\r".contains(c));
                    if !fits {
                        return Err(Error(format!("a value that breaks the template: {value:?}")));
                    }
                    result.push_str(value);
                }
                None if must(tag.trim()) => return Err(Error(format!("{tag} is missing, in {text}"))),
                None => result.push_str(&format!("{{{{{tag}}}}}")),
            },
        }
        rest = after;
    }
    result.push_str(rest);
    Ok(result)
}

/// Replaces the tags of every string in a value.
///
/// # Errors
/// As [`replace`].
pub fn replace_all(value: &Value, scope: &Variables, strict: &[&str]) -> Result<Value, Error> {
    Ok(match value {
        Value::String(text) => Value::String(replace(text, scope, strict)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| replace_all(item, scope, strict)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let replaced = fields.iter().map(|(key, field)| Ok((key.clone(), replace_all(field, scope, strict)?)));
            Value::Object(replaced.collect::<Result<_, Error>>()?)
        }
        other => other.clone(),
    })
}

/// Whether a `when` is true after its tags were replaced: a comparison of bare words, or the value of an expression.
///
/// # Errors
/// If it is neither.
pub fn says_yes(when: &str) -> Result<bool, Error> {
    let sides = |operator| when.split_once(operator).map(|(left, right): (&str, &str)| left.trim() == right.trim());
    match when {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => sides(" == ")
            .or_else(|| sides(" != ").map(|same| !same))
            .ok_or_else(|| Error(format!("`{when}` is no condition"))),
    }
}

/// Why an expression has no value.
enum Missing {
    /// An unknown name.
    Name(String),
    /// An expression that the compiler never generates.
    Meaning(String),
}

/// The value of an expression as a string. `early`: before the steps of a template run, when nothing must be known yet.
fn evaluate(expression: &str, scope: &Variables, early: bool) -> Result<String, Missing> {
    let mut parser = Parser { rest: expression, scope, guarded: expression.contains("??"), early };
    let value = parser.either()?;
    match (value, parser.rest.trim()) {
        (Some(value), "") => Ok(value),
        (None, "") => Err(Missing::Name(format!("`{expression}`, which is nil,"))),
        (_, rest) => Err(Missing::Meaning(format!("`{rest}` is left of an expression"))),
    }
}

/// A value is a string or nil.
type Found = Result<Option<String>, Missing>;

struct Parser<'a> {
    rest: &'a str,
    scope: &'a Variables,
    guarded: bool,
    early: bool,
}

impl<'a> Parser<'a> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let taken = rest.strip_prefix(token);
        self.rest = taken.unwrap_or(rest);
        taken.is_some()
    }

    fn need(&mut self, token: &str) -> Result<(), Missing> {
        if self.take(token) { Ok(()) } else { self.wanted(&format!("`{token}`")) }
    }

    fn wanted<T>(&self, what: &str) -> Result<T, Missing> {
        Err(Missing::Meaning(format!("{what} is wanted before `{}`", self.rest)))
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.rest = &rest[end..];
        &rest[..end]
    }

    fn literal(&mut self) -> Result<&'a str, Missing> {
        self.need("'")?;
        let Some((text, rest)) = self.rest.split_once('\'') else { return self.wanted("the end of a text") };
        self.rest = rest;
        Ok(text)
    }

    fn number(&mut self) -> Result<usize, Missing> {
        let word = self.word();
        word.parse().or_else(|_| self.wanted(&format!("a number and not `{word}`")))
    }

    fn either(&mut self) -> Found {
        let mut value = self.comparison()?;
        while self.take("&&") {
            let right = self.comparison()?;
            value = Some((value.as_deref() == Some("true") && right.as_deref() == Some("true")).to_string());
        }
        Ok(value)
    }

    fn comparison(&mut self) -> Found {
        let left = self.fallback()?;
        for (operator, same) in [("==", true), ("!=", false)] {
            if self.take(operator) {
                let right = self.fallback()?;
                return Ok(Some(((left == right) == same).to_string()));
            }
        }
        Ok(left)
    }

    fn fallback(&mut self) -> Found {
        let value = self.sum()?;
        if self.take("??") {
            let other = self.sum()?;
            return Ok(value.or(other));
        }
        Ok(value)
    }

    fn sum(&mut self) -> Found {
        let mut value = self.primary()?;
        while self.take("+") {
            let (Some(left), Some(right)) = (value, self.primary()?) else { return self.wanted("a text to add") };
            value = Some(left + &right);
        }
        Ok(value)
    }

    fn primary(&mut self) -> Found {
        if self.take("(") {
            let value = self.either()?;
            self.need(")")?;
            return Ok(value);
        }
        if self.rest.trim_start().starts_with('\'') {
            return Ok(Some(self.literal()?.to_owned()));
        }
        if self.rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(Some(self.word().to_owned()));
        }
        let mut name = self.word().to_owned();
        if name.is_empty() {
            return self.wanted("a name");
        }
        let mut is_asked = false;
        loop {
            if self.take("?.") || self.take(".") {
                name = format!("{name}.{}", self.word());
            } else if self.take("(") {
                if name != "get" {
                    return self.call(&name);
                }
                name = self.got()?;
                is_asked = true;
            } else if self.take("[") {
                if !self.rest.starts_with('\'') {
                    let value = self.known(&name, is_asked)?.unwrap_or_default();
                    let from = self.number()?;
                    self.need(":")?;
                    let to = self.number()?;
                    self.need("]")?;
                    let Some(cut) = value.get(from..to) else { return self.wanted("a longer text") };
                    return Ok(Some(cut.to_owned()));
                }
                name = format!("{name}.{}", self.literal()?);
                self.need("]")?;
            } else {
                return self.known(&name, is_asked);
            }
        }
    }

    /// The name that `get(steps['a'], 'b')` looks up. The step itself must be known, except early, when `get` of nil is
    /// nil.
    fn got(&mut self) -> Result<String, Missing> {
        let mut name = self.word().to_owned();
        while self.take("[") {
            name = format!("{name}.{}", self.literal()?);
            self.need("]")?;
        }
        self.need(",")?;
        self.take(" ");
        let key = self.literal()?;
        self.need(")")?;
        let begin = format!("{name}.");
        if !self.early && !self.scope.keys().any(|known| known.starts_with(&begin)) {
            return Err(Missing::Name(name));
        }
        Ok(begin + key)
    }

    /// A value of the scope. If a fallback guards it, it may be missing, except for the start of its name. Before
    /// 4.0.6, the controller waits for every name of a step that is written as a path, even a guarded one
    /// (argo-workflows, `util/template/expression_template.go`), but it does not see the names that `get` looks up.
    fn known(&self, name: &str, is_asked: bool) -> Found {
        let root = name.split('.').next().unwrap_or_default();
        let begin = format!("{root}.");
        let is_known = self.scope.keys().any(|key| key.starts_with(&begin));
        match self.scope.get(name) {
            Some(value) => Ok(Some(value.clone())),
            None if self.guarded && is_known && (root != "steps" || is_asked) => Ok(None),
            None => Err(Missing::Name(name.to_owned())),
        }
    }

    fn call(&mut self, function: &str) -> Found {
        let mut arguments = Vec::new();
        loop {
            let Some(argument) = self.either()? else { return self.wanted("an argument") };
            arguments.push(argument);
            if !self.take(",") {
                break;
            }
        }
        self.need(")")?;
        match (function, &arguments[..]) {
            ("sprig.sha256sum", [text]) => Ok(Some(super::sha256sum(text))),
            ("sprig.trunc", [length, text]) => {
                let length: usize = length.parse().or_else(|_| self.wanted("a number"))?;
                Ok(Some(text.chars().take(length).collect()))
            }
            ("jsonpath", [json, path]) => at_path(json, path).map(Some).map_err(Missing::Name),
            _ => self.wanted(&format!("a known function and not {function}")),
        }
    }
}

/// `$["a"]["b"]` of a JSON string.
fn at_path(json: &str, path: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(json).map_err(|error| format!("jsonpath: {error} in {json:?}"))?;
    let keys = path.strip_prefix("$[\"").and_then(|rest| rest.strip_suffix("\"]")).ok_or(format!("no path {path}"))?;
    let found = keys.split("\"][\"").fold(&value, |value, key| &value[key]);
    found.as_str().map(str::to_owned).ok_or_else(|| format!("nothing at {path} of {json}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_replaced_as_the_controller_does() {
        let scope: Variables = [
            ("workflow.uid", "9f0e2b1c"),
            ("workflow.status", "Failed"),
            ("inputs.parameters.salt", "s"),
            ("steps.open.outputs.parameters.images", r#"{"a-b":{"c":{"digest":"sha256:1"}}}"#),
            ("steps.roll-back.status", "Failed"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let replaced = |text: &str| replace(text, &scope, &["steps"]).map_err(|Error(why)| why);
        assert_eq!(replaced("v-{{=workflow.uid[0:6]}}"), Ok("v-9f0e2b".into()));
        assert_eq!(
            replaced(r#"{{=jsonpath(steps['open'].outputs.parameters.images, '$["a-b"]["c"]["digest"]')}}"#),
            Ok("sha256:1".into())
        );
        assert_eq!(
            replaced("{{=sprig.trunc(4, sprig.sha256sum(inputs.parameters.salt + '/x'))}}").map(|text| text.len()),
            Ok(4)
        );
        assert_eq!(replaced("{{inputs.parameters.other}} {{=inputs.parameters.other}}").map(|text| text.len()), Ok(56));
        let lost = "{{=workflow.status != 'Succeeded' && steps['roll-back'].status == 'Succeeded' && \
                    (get(steps['roll-back'], 'outputs')?.parameters?.restored ?? '{}') != '{}'}}";
        assert_eq!(replaced(lost), Ok("false".into()));
        // When a template is called, `steps` only has the name of the calling step.
        let called: Variables = [("workflow.status", "Failed"), ("steps.name", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let early = |text: &str| replace(text, &called, &[]).map_err(|Error(why)| why);
        assert_eq!(early(lost), Ok(lost.into()));
        let hasty = "{{=(get(steps['roll-back'], 'outputs')?.parameters?.restored ?? '{}') != '{}'}}";
        assert_eq!(early(hasty), Ok("false".into()));
        assert!(replaced("{{=(steps['roll-back'].outputs?.parameters?.restored ?? '{}') != '{}'}}").is_err());
        assert!(replaced("{{=(get(steps['other'], 'outputs')?.parameters?.restored ?? '{}') != '{}'}}").is_err());
        assert!(replaced("{{steps.roll-back.outputs.parameters.restored}}").is_err());
        assert!(replaced("{{=steps['roll-back'].outputs.parameters.restored != '{}'}}").is_err());
        for (when, expected) in [("Failed != Succeeded", true), ("Succeeded != Succeeded", false), ("true", true)] {
            assert_eq!(says_yes(when), Ok(expected));
        }
        for none in ["", "perhaps", "a > b"] {
            assert!(says_yes(none).is_err());
        }
        for none in
            ["{{=", "{{=)}}", "{{='a}}", "{{=f(}}", "{{=workflow.uid[x:2]}}", "{{=workflow.uid[7:99]}}", "{{='a' 'b'}}"]
        {
            assert!(replaced(none).is_err(), "{none}");
        }
    }
}
