//! The schemas of CustomResourceDefinitions. They hold a copy of the pod's schema wherever a pod can be written, so every
//! part that occurs more than once becomes a definition, to which the others refer.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::error::Error;

/// The kinds that the compiler generates.
const KINDS: [&str; 9] = [
    "AnalysisTemplate",
    "AppProject",
    "ApplicationSet",
    "CronWorkflow",
    "EventBus",
    "EventSource",
    "Rollout",
    "Sensor",
    "WorkflowTemplate",
];

/// A shorter schema is written where it is used.
const SHORT: usize = 60;

/// A list of the definitions in these folders, with what they share.
pub fn document(folders: &[String]) -> Result<Value, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let document: Value = serde_saphyr::from_str(&std::fs::read_to_string(&path)?)?;
                let kind = document["spec"]["names"]["kind"].as_str().unwrap_or_default().to_owned();
                if KINDS.contains(&kind.as_str()) {
                    found.insert(kind, document);
                }
            }
        }
    }
    if let Some(missing) = KINDS.iter().find(|kind| !found.contains_key(**kind)) {
        return Err(format!("no folder defines {missing}").into());
    }
    let mut parts = Parts::default();
    let schemas: Vec<_> = found.values().map(|document| versions(document, &mut parts)).collect();
    let names = parts.names();
    let definitions: Map<String, Value> =
        parts.texts().filter_map(|text| Some((names.get(text)?.clone(), parts.inline(text, &names, true)))).collect();
    let items: Vec<_> = found
        .values()
        .zip(schemas)
        .map(|(document, versions)| {
            let versions: Vec<_> = versions
                .into_iter()
                .map(|(name, served, text)| {
                    let schema = parts.inline(&text, &names, false);
                    json!({"name": name, "served": served, "schema": {"openAPIV3Schema": schema}})
                })
                .collect();
            let spec = &document["spec"];
            json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "spec": {"group": spec["group"], "names": {"kind": spec["names"]["kind"]}, "versions": versions},
            })
        })
        .collect();
    Ok(json!({"apiVersion": "v1", "kind": "List", "items": items, "definitions": definitions}))
}

/// The versions of a kind: name, whether it is served, and the text of its schema.
fn versions(document: &Value, parts: &mut Parts) -> Vec<(Value, Value, String)> {
    let versions = document["spec"]["versions"].as_array().cloned().unwrap_or_default();
    let schema = |version: &Value| version["schema"]["openAPIV3Schema"].clone();
    versions
        .iter()
        .map(|version| (version["name"].clone(), version["served"].clone(), parts.add(schema(version))))
        .collect()
}

/// Schemas as texts in which every schema inside is a reference to its text.
#[derive(Default)]
struct Parts {
    /// How often each is used.
    uses: BTreeMap<String, usize>,
}

/// What a reference to a text is written as until it has a name.
const TEXT: &str = "$text";

impl Parts {
    /// Takes a schema apart, and gives its text.
    fn add(&mut self, schema: Value) -> String {
        let text = self.apart(schema, false).to_string();
        *self.uses.entry(text.clone()).or_default() += 1;
        text
    }

    fn apart(&mut self, value: Value, are_names: bool) -> Value {
        match value {
            Value::Object(fields) => {
                let mut result = Map::new();
                for (key, value) in fields {
                    // A rule in CEL is not evaluated, and the rest is only for people.
                    let idle = ["description", "example", "x-kubernetes-validations", "externalDocs", "title"];
                    if !are_names && idle.contains(&key.as_str()) {
                        continue;
                    }
                    let inner_names = !are_names && key == "properties";
                    let is_schema = are_names || matches!(key.as_str(), "items" | "additionalProperties");
                    let value = match value {
                        value @ Value::Object(_) if is_schema => json!({TEXT: self.add(value)}),
                        // A default says only that there is one.
                        _ if key == "default" && !are_names => Value::Bool(true),
                        value => self.apart(value, inner_names),
                    };
                    result.insert(key, value);
                }
                Value::Object(result)
            }
            Value::Array(items) => items.into_iter().map(|item| self.apart(item, false)).collect(),
            value => value,
        }
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        self.uses.keys()
    }

    /// The names of those that are used more than once.
    fn names(&self) -> BTreeMap<String, String> {
        let shared = self.uses.iter().filter(|(text, uses)| **uses > 1 && text.len() > SHORT);
        shared.enumerate().map(|(number, (text, _))| (text.clone(), format!("argo.{number}"))).collect()
    }

    /// The schema of a text, with references to those that have a name; `is_definition` if it is to be written itself.
    fn inline(&self, text: &str, names: &BTreeMap<String, String>, is_definition: bool) -> Value {
        if let Some(name) = names.get(text).filter(|_| !is_definition) {
            return json!({"$ref": format!("#/definitions/{name}")});
        }
        self.whole(serde_json::from_str(text).expect("a text is JSON"), names)
    }

    fn whole(&self, value: Value, names: &BTreeMap<String, String>) -> Value {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(text)) = fields.get(TEXT) {
                    return self.inline(text, names, false);
                }
                Value::Object(fields.into_iter().map(|(key, value)| (key, self.whole(value, names))).collect())
            }
            Value::Array(items) => items.into_iter().map(|item| self.whole(item, names)).collect(),
            value => value,
        }
    }
}
