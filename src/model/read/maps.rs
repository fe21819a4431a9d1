//! The maps of a block: environment variables, arguments, the values of a chart.

use super::{Reader, errors};
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::ImageId;
use crate::model::reference::Variable;
use crate::model::text::{EnvValue, SecretKey, Segment, Setting, Settings, Text};
use crate::model::value::{self, Read};
use crate::schema::{DeclarationKind, Phase};
use crate::source::Spanned;
use crate::syntax::ast;
use std::collections::BTreeMap;

impl<'a> Reader<'a, '_> {
    /// Environment variables.
    pub fn env(&mut self, name: &str) -> BTreeMap<String, EnvValue> {
        let phase = self.schema(name).phase;
        let mut result = BTreeMap::new();
        for entry in self.entries(name) {
            let Some(key) = self.key(entry, value::variable_name) else { continue };
            self.variable = Some(key.clone());
            self.secrets.clear();
            if let Some(text) = self.scalar_text(name, &entry.value, phase) {
                let value = match text.0.as_slice() {
                    [Segment::Secret { key, .. }] => EnvValue::Secret(key.clone()),
                    _ => EnvValue::Text(text),
                };
                result.insert(key, value);
            }
        }
        self.variable = None;
        result
    }

    /// User-defined names with strings that are known now.
    pub fn text_map(
        &mut self,
        name: &str,
        key: impl Fn(&str) -> Read<String>,
        value: impl Fn(&str) -> Read<String>,
    ) -> BTreeMap<String, String> {
        let phase = self.schema(name).phase;
        let mut result = BTreeMap::new();
        for entry in self.entries(name) {
            let Some(key) = self.key(entry, &key) else { continue };
            let Some(text) = self.scalar_text(name, &entry.value, phase).and_then(|text| text.known()) else {
                continue;
            };
            match value(&text) {
                Ok(text) => drop(result.insert(key, text)),
                Err(bad) => self.sink.push(errors::bad_value(name, &text, entry.value.span(), &bad)),
            }
        }
        result
    }

    /// User-defined names with keys of secrets.
    pub fn key_map(&mut self, name: &str, key: impl Fn(&str) -> Read<String>) -> BTreeMap<String, Spanned<SecretKey>> {
        let mut result = BTreeMap::new();
        for entry in self.entries(name) {
            let known = self.key(entry, &key);
            let found = self.key_of_secret(name, &entry.value);
            if let (Some(known), Some(found)) = (known, found) {
                result.insert(known, found);
            }
        }
        result
    }

    /// A key of a secret.
    pub fn secret_key(&mut self, name: &str) -> Option<Spanned<SecretKey>> {
        let value = &self.node.attribute(name)?.value;
        self.key_of_secret(name, value)
    }

    fn key_of_secret(&mut self, name: &str, value: &ast::Value) -> Option<Spanned<SecretKey>> {
        if let ast::Value::Ref(reference) = value {
            match self.scope.variable(reference, self.sink)? {
                Variable::Secret(key) => return Some(Spanned::new(key, reference.span)),
                Variable::Text(..) => {}
            }
        }
        self.sink.push(errors::not_a_secret(name, value));
        None
    }

    /// User-defined names with strings, of which the run knows everything when it starts. The literal parts are read by
    /// `value`.
    pub fn run_map(
        &mut self,
        name: &str,
        key: impl Fn(&str) -> Read<String>,
        value: impl Fn(&str) -> Read<String>,
    ) -> BTreeMap<String, Text> {
        let mut result = BTreeMap::new();
        for entry in self.entries(name) {
            let Some(key) = self.key(entry, &key) else { continue };
            let (secret, unknown) = (errors::secret_in_build_argument, errors::unknown_to_builds);
            let Some(text) = self.text_of_run(name, &entry.value, secret, unknown) else { continue };
            let mut literals = text.0.iter().filter_map(|segment| match segment {
                Segment::Literal(text) => Some(text.as_str()),
                _ => None,
            });
            let bad = literals.find_map(|text| Some((text.to_owned(), value(text).err()?)));
            match bad {
                None => drop(result.insert(key, text)),
                Some((text, bad)) => self.sink.push(errors::bad_value(name, &text, entry.value.span(), &bad)),
            }
        }
        result
    }

    /// A string for people, of which the run knows everything when it starts; empty if it is not written.
    pub fn message(&mut self, name: &str) -> Option<Text> {
        let Some(attribute) = self.node.attribute(name) else { return Some(Text::default()) };
        let text = self.text_of_run(name, &attribute.value, errors::secret_in_text, errors::unknown_to_messages)?;
        let literals = text.0.iter().filter_map(|segment| match segment {
            Segment::Literal(text) => Some(text.as_str()),
            _ => None,
        });
        match literals.filter_map(|text| Some((text.to_owned(), value::message(text).err()?))).next() {
            None => Some(text),
            Some((text, bad)) => {
                self.sink.push(errors::bad_value(name, &text, attribute.value.span(), &bad));
                None
            }
        }
    }

    /// A string in which every variable is known at compile time or belongs to the run.
    fn text_of_run(
        &mut self,
        name: &str,
        value: &ast::Value,
        secret: fn(&ast::Ref) -> Diagnostic,
        unknown: fn(&ast::Ref) -> Diagnostic,
    ) -> Option<Text> {
        self.text_of(name, value, |reference, variable| match variable {
            Variable::Secret(_) => Some(secret(reference)),
            Variable::Text(_, known) => {
                let of_run = reference.parts[0].value == "run";
                (*known > Phase::Compile && !of_run).then(|| unknown(reference))
            }
        })
    }

    /// The tag of an image from a CI, in which every variable is known at compile time or names the commit.
    pub fn tag_of_ci(&mut self, name: &str) -> Option<Spanned<Text>> {
        let value = &self.node.attribute(name)?.value;
        self.scope.tag = true;
        let text = self.text_of(name, value, |reference, variable| match variable {
            Variable::Text(text, known) => {
                let known = match text.0.as_slice() {
                    [Segment::Run(field)] => field.is_of_commit(),
                    _ => *known == Phase::Compile,
                };
                (!known).then(|| errors::unknown_to_ci(reference))
            }
            Variable::Secret(_) => Some(errors::unknown_to_ci(reference)),
        });
        self.scope.tag = false;
        Some(Spanned::new(text?, value.span()))
    }

    /// A string in which `refuse` reports some of the variables.
    fn text_of(
        &mut self,
        name: &str,
        value: &ast::Value,
        refuse: impl Fn(&ast::Ref, &Variable) -> Option<Diagnostic>,
    ) -> Option<Text> {
        let mut later = Vec::new();
        let mut look = |reference: &ast::Ref| {
            let variable = self.scope.variable(reference, &mut Diagnostics::default());
            later.extend(variable.and_then(|variable| refuse(reference, &variable)));
        };
        match value {
            ast::Value::Text(text) => text.segments.iter().for_each(|segment| match segment {
                ast::Segment::Variable(reference) => look(reference),
                ast::Segment::Literal(_) => {}
            }),
            ast::Value::Ref(reference) => look(reference),
            ast::Value::Range(..)
            | ast::Value::Quantity(_)
            | ast::Value::Bool(_)
            | ast::Value::List(_)
            | ast::Value::Map(_) => {}
        }
        if later.is_empty() {
            return self.scalar_text(name, value, Phase::Run);
        }
        later.into_iter().for_each(|report| self.sink.push(report));
        None
    }

    /// Names of images in manifests, each with the image of an app that replaces it.
    pub fn image_map(&mut self, name: &str) -> BTreeMap<String, ImageId> {
        let mut result = BTreeMap::new();
        for entry in self.entries(name) {
            let key = self.key(entry, value::image_name);
            let image = match &entry.value {
                ast::Value::Ref(reference) => self.image_of(reference),
                value => {
                    self.sink.push(errors::not_a_name(name, DeclarationKind::Image, value));
                    None
                }
            };
            if let (Some(key), Some(image)) = (key, image) {
                result.insert(key, image);
            }
        }
        result
    }

    /// Ports by name, each where its number is written.
    pub fn port_map(&mut self, name: &str) -> BTreeMap<String, Spanned<u16>> {
        let mut result = BTreeMap::new();
        for entry in self.entries(name) {
            let key = self.key(entry, value::port_name);
            let ast::Value::Quantity(quantity) = &entry.value else {
                self.sink.push(errors::not_a_port(name, &entry.value));
                continue;
            };
            if let (Some(key), Some(port)) = (key, self.read_port(name, quantity.clone())) {
                result.insert(key, port);
            }
        }
        result
    }

    /// A string in a map; a bare number or boolean is taken as it is written.
    fn scalar_text(&mut self, name: &str, value: &ast::Value, phase: Phase) -> Option<Text> {
        match value {
            ast::Value::Quantity(quantity) => Some(Text::literal(&quantity.value)),
            ast::Value::Bool(truth) => Some(Text::literal(truth.value.to_string())),
            ast::Value::Text(_) | ast::Value::Ref(_) => self.text_value(name, value, phase),
            value => {
                self.sink.push(errors::not_a_text(name, value));
                None
            }
        }
    }

    fn entries(&mut self, name: &str) -> &'a [ast::Attr] {
        match self.node.attribute(name).map(|attribute| &attribute.value) {
            None => &[],
            Some(ast::Value::Map(map)) => {
                self.report_double_keys(&map.entries);
                &map.entries
            }
            Some(value) => {
                self.wrong_type(name, value);
                &[]
            }
        }
    }

    fn report_double_keys(&mut self, entries: &[ast::Attr]) {
        for (at, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..at].iter().find(|first| first.key.value == entry.key.value) {
                self.sink.push(errors::key_twice(&entry.key, first.key.span));
            }
        }
    }

    fn key(&mut self, entry: &ast::Attr, read: impl Fn(&str) -> Read<String>) -> Option<String> {
        match read(&entry.key.value) {
            Ok(key) => Some(key),
            Err(bad) => {
                self.sink.push(errors::bad_value("a key", &entry.key.value, entry.key.span, &bad));
                None
            }
        }
    }

    /// The values of a chart, or the fields of a patch.
    pub fn settings(&mut self, name: &str) -> Settings {
        let phase = self.schema(name).phase;
        let entries = self.entries(name);
        self.setting_entries(name, entries, phase)
    }

    fn setting_entries(&mut self, name: &str, entries: &[ast::Attr], phase: Phase) -> Settings {
        let mut result = Settings::new();
        for entry in entries {
            let arrives = self.arrives("a key", &entry.key.value, entry.key.span);
            if let (true, Some(value)) = (arrives, self.setting(name, &entry.value, phase)) {
                result.push((entry.key.clone(), Spanned::new(value, entry.value.span())));
            }
        }
        result.sort_by(|(a, _), (b, _)| a.value.cmp(&b.value));
        result.dedup_by(|(later, _), (first, _)| later.value == first.value);
        result
    }

    fn setting(&mut self, name: &str, value: &ast::Value, phase: Phase) -> Option<Setting> {
        Some(match value {
            ast::Value::Text(_) | ast::Value::Ref(_) => Setting::Text(self.text_value(name, value, phase)?),
            ast::Value::Bool(truth) => Setting::Bool(truth.value),
            ast::Value::Quantity(quantity) if quantity.value.parse::<f64>().is_ok() => {
                Setting::Number(quantity.value.clone())
            }
            ast::Value::Quantity(quantity) => Setting::Text(Text::literal(&quantity.value)),
            ast::Value::List(list) => {
                let item = |value: &ast::Value| Some(Spanned::new(self.setting(name, value, phase)?, value.span()));
                Setting::List(list.values.iter().filter_map(item).collect())
            }
            ast::Value::Map(map) => {
                self.report_double_keys(&map.entries);
                Setting::Map(self.setting_entries(name, &map.entries, phase))
            }
            ast::Value::Range(..) => {
                self.sink.push(errors::range_in_settings(name, value.span()));
                return None;
            }
        })
    }
}
