//! A schema as the API server uses it: the structural schema of a CustomResourceDefinition, or one of its own document.
//! What cannot be read of a schema allows everything.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Whose rules a schema follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// That of a CustomResourceDefinition: an object without properties has none.
    Crd,
    /// That of the API server's document: an object without properties may have any.
    OpenApi,
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A map with known keys, or any.
    Object,
    /// A list.
    Array,
    /// A string.
    String,
    /// An integer.
    Integer,
    /// Any number.
    Number,
    /// A boolean.
    Boolean,
}

/// Fields beside the properties.
#[derive(Debug, Clone, Default)]
pub enum Additional {
    /// The schema does not say.
    #[default]
    Unsaid,
    /// Any.
    Any,
    /// None.
    None,
    /// Any whose value is such.
    Of(Rc<Schema>),
}

/// Which items of a list are the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Identity {
    /// None are.
    #[default]
    None,
    /// Those that are equal.
    Whole,
    /// Those that have these fields in common.
    Keys(Vec<String>),
}

/// A schema.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// The name of a definition that stands for it.
    pub reference: Option<String>,
    /// One of these; none if anything is allowed.
    pub types: Vec<Type>,
    /// An integer or a string.
    pub int_or_string: bool,
    /// A quantity such as `500m` or `1Gi`.
    pub quantity: bool,
    /// Whether null is a value.
    pub nullable: bool,
    /// Whether fields that are not known stay.
    pub preserves: bool,
    /// Whether it is an object of Kubernetes itself.
    pub embedded: bool,
    /// Whether the cluster fills it in.
    pub has_default: bool,
    /// The known fields.
    pub properties: BTreeMap<String, Rc<Schema>>,
    /// Other fields.
    pub additional: Additional,
    /// Fields that must be there.
    pub required: Vec<String>,
    /// The items of a list.
    pub items: Option<Rc<Schema>>,
    /// Which items may be there only once.
    pub identity: Identity,
    /// The allowed values; none if there is no such rule.
    pub choices: Vec<Value>,
    /// The format of a string.
    pub format: Option<String>,
    /// A pattern of a string, for Go.
    pub pattern: Option<String>,
    /// The least number, and whether that is excluded.
    pub minimum: Option<(f64, bool)>,
    /// The greatest number, and whether that is excluded.
    pub maximum: Option<(f64, bool)>,
    /// What a number is a multiple of.
    pub multiple_of: Option<f64>,
    /// The least and greatest number of characters.
    pub length: Bounds,
    /// The least and greatest number of items.
    pub count: Bounds,
    /// The least and greatest number of fields.
    pub fields: Bounds,
    /// All of these hold.
    pub all_of: Vec<Rc<Schema>>,
    /// At least one of these holds.
    pub any_of: Vec<Rc<Schema>>,
    /// Exactly one of these holds.
    pub one_of: Vec<Rc<Schema>>,
    /// This does not hold.
    pub not: Option<Rc<Schema>>,
}

/// The least and the greatest number of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub min: Option<u64>,
    /// The greatest.
    pub max: Option<u64>,
}

impl Schema {
    /// Reads a schema.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        let Value::Object(fields) = value else { return Self::default() };
        let flag = |name: &str| fields.get(name).and_then(Value::as_bool).unwrap_or(false);
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let format = text("format");
        let reference = text("$ref").and_then(|path| path.rsplit('/').next().map(str::to_owned));
        let int_or_string = flag("x-kubernetes-int-or-string") || format.as_deref() == Some("int-or-string");
        Self {
            quantity: reference.as_deref().is_some_and(|name| name.ends_with(".api.resource.Quantity")),
            reference,
            types: types(fields.get("type")),
            int_or_string,
            nullable: flag("nullable") || names(fields, "type").iter().any(|name| name == "null"),
            preserves: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            has_default: fields.contains_key("default"),
            properties: match fields.get("properties") {
                Some(Value::Object(map)) => map.iter().map(|(name, it)| (name.clone(), one(it))).collect(),
                _ => BTreeMap::new(),
            },
            additional: match fields.get("additionalProperties") {
                Some(Value::Bool(true)) => Additional::Any,
                Some(Value::Bool(false)) => Additional::None,
                Some(schema @ Value::Object(_)) => Additional::Of(one(schema)),
                _ => Additional::Unsaid,
            },
            required: names(fields, "required"),
            items: fields.get("items").filter(|items| items.is_object()).map(one),
            identity: identity(fields),
            choices: match (fields.get("enum"), fields.get("const")) {
                (Some(Value::Array(choices)), _) => choices.clone(),
                (_, Some(only)) => vec![only.clone()],
                _ => Vec::new(),
            },
            format,
            pattern: text("pattern"),
            minimum: limit(fields, "minimum", "exclusiveMinimum"),
            maximum: limit(fields, "maximum", "exclusiveMaximum"),
            multiple_of: fields.get("multipleOf").and_then(Value::as_f64).filter(|number| *number > 0.0),
            length: bounds(fields, "minLength", "maxLength"),
            count: bounds(fields, "minItems", "maxItems"),
            fields: bounds(fields, "minProperties", "maxProperties"),
            all_of: many(fields, "allOf"),
            any_of: many(fields, "anyOf"),
            one_of: many(fields, "oneOf"),
            not: fields.get("not").filter(|not| not.is_object()).map(one),
        }
    }

    /// The schemas that hold of the same value.
    pub fn parts(&self) -> impl Iterator<Item = &Rc<Schema>> {
        self.all_of.iter().chain(&self.any_of).chain(&self.one_of)
    }
}

fn one(value: &Value) -> Rc<Schema> {
    Rc::new(Schema::read(value))
}

fn many(fields: &Map<String, Value>, name: &str) -> Vec<Rc<Schema>> {
    fields.get(name).and_then(Value::as_array).map(|list| list.iter().map(one).collect()).unwrap_or_default()
}

/// A list of names, or one.
fn names(fields: &Map<String, Value>, name: &str) -> Vec<String> {
    match fields.get(name) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

fn types(value: Option<&Value>) -> Vec<Type> {
    let one = |name: &Value| match name.as_str()? {
        "object" => Some(Type::Object),
        "array" => Some(Type::Array),
        "string" => Some(Type::String),
        "integer" => Some(Type::Integer),
        "number" => Some(Type::Number),
        "boolean" => Some(Type::Boolean),
        _ => None,
    };
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(one).collect(),
        Some(name) => one(name).into_iter().collect(),
        None => Vec::new(),
    }
}

/// A limit whose exclusion is a flag beside it, or the limit itself.
fn limit(fields: &Map<String, Value>, name: &str, exclusive: &str) -> Option<(f64, bool)> {
    let own = fields.get(name).and_then(Value::as_f64);
    match fields.get(exclusive) {
        Some(Value::Bool(flag)) => own.map(|limit| (limit, *flag)),
        Some(Value::Number(limit)) => limit.as_f64().map(|limit| (limit, true)),
        _ => own.map(|limit| (limit, false)),
    }
}

fn bounds(fields: &Map<String, Value>, min: &str, max: &str) -> Bounds {
    let number = |name: &str| fields.get(name).and_then(Value::as_u64);
    Bounds { min: number(min), max: number(max) }
}

fn identity(fields: &Map<String, Value>) -> Identity {
    let keys = names(fields, "x-kubernetes-list-map-keys");
    match fields.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("map") if !keys.is_empty() => Identity::Keys(keys),
        Some("set") => Identity::Whole,
        _ if fields.get("uniqueItems") == Some(&Value::Bool(true)) => Identity::Whole,
        _ => Identity::None,
    }
}
