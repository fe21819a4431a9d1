//! What an object of a kind may have at a place: its fields, each with the type that its schema gives.

use super::catalogue::Library;
use super::fields::{Fields, Other};
use super::objects::{METADATA, group, schema_of};
use super::schema::{Schema, Type};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A step from a value to one inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// To a field.
    Field(&'a str),
    /// To the items of a list.
    Item,
}

/// A field, or an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// What is there: "integer", "list of maps".
    pub ty: String,
    /// The only values that are allowed; none if there is no such rule.
    pub choices: Vec<String>,
    /// The names of its fields, each with its type, if it is a map with known ones.
    pub fields: BTreeMap<String, String>,
}

/// What is at a path of an object; `None` where the schema does not say. `kind` is `Pod` for the pod template of a
/// workload.
#[must_use]
pub fn shape(library: &Library<'_>, (api_version, kind): (&str, &str), path: &[Step<'_>]) -> Option<Shape> {
    let (group, version) = group(api_version);
    let (mut schema, dialect) = schema_of(library, group, version, kind)?;
    let mut path = path;
    // Every kind has the same metadata.
    if let [Step::Field("metadata"), rest @ ..] = path {
        (schema, path) = (library.definition(METADATA), rest);
    }
    schema = library.resolve(&schema);
    for step in path {
        let inner = match step {
            Step::Item => schema.items.clone()?,
            Step::Field(name) => {
                let fields = Fields::of(&schema, library, dialect);
                match (fields.get(name), fields.other()) {
                    (Some(known), _) | (None, Other::Of(known)) => Rc::clone(known),
                    (None, Other::None | Other::Any) => return None,
                }
            }
        };
        schema = library.resolve(&inner);
    }
    let choice = |choice: &serde_json::Value| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned);
    let fields = Fields::of(&schema, library, dialect);
    let field = |name: &str| Some((name.to_owned(), shown(library, fields.get(name)?)));
    Some(Shape {
        ty: shown(library, &schema),
        choices: schema.choices.iter().map(choice).collect(),
        fields: fields.names().filter_map(field).collect(),
    })
}

/// The type of a value in words.
fn shown(library: &Library<'_>, schema: &Rc<Schema>) -> String {
    if schema.quantity {
        return "quantity, such as `500m` or `1Gi`".to_owned();
    }
    if schema.int_or_string {
        return "integer or string".to_owned();
    }
    let one = |ty: &Type| match ty {
        Type::Object => "map".to_owned(),
        Type::Array => match schema.items.as_ref().map(|items| shown(library, &library.resolve(items))) {
            Some(items) if !items.contains(' ') && items != "any value" => format!("list of {items}s"),
            _ => "list".to_owned(),
        },
        Type::String => "string".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
    };
    let types: Vec<_> = schema.types.iter().map(one).collect();
    match types.as_slice() {
        [] if !schema.properties.is_empty() => "map".to_owned(),
        [] => schema.all_of.first().map_or("any value".to_owned(), |part| shown(library, &library.resolve(part))),
        types => types.join(" or "),
    }
}
