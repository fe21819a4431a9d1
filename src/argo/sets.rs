//! The ApplicationSet controller: generators over the files of a repository, selectors, templates and patches, and the
//! errors that make the whole set fail (`applicationset/generators`, `applicationset/controllers/template`).

use super::gotemplate::{render, render_all};
use super::{Error, list, text};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The files of a repository at one commit: their names, and how to read one.
pub struct Files<'a> {
    /// The names.
    pub names: Vec<String>,
    /// The content of one of them.
    pub read: &'a dyn Fn(&str) -> String,
}

/// The Applications that a set generates now.
///
/// # Errors
/// What stops the set, which then generates none and keeps the existing ones.
pub fn applications(files: &Files, set: &Value) -> Result<Vec<Value>, Error> {
    let spec = &set["spec"];
    if (&spec["goTemplate"], &spec["goTemplateOptions"]) != (&json!(true), &json!(["missingkey=error"])) {
        return Err(Error("a set of Go templates that fail over missing keys is known".into()));
    }
    let mut made = Vec::new();
    for generator in list(&spec["generators"]) {
        for params in generate(files, generator, &json!({}))? {
            let mut application = render_all(&spec["template"], &params)?;
            if let Some(patch) = spec["templatePatch"].as_str() {
                merge(&mut application, yaml(&render(patch, &params)?)?);
            }
            wrong_type(&application)?;
            refused(&application)?;
            made.push(application);
        }
    }
    Ok(made)
}

/// The parameters of a generator. The templates of an inner generator can use those of an outer one.
fn generate(files: &Files, generator: &Value, outer: &Value) -> Result<Vec<Value>, Error> {
    let params = if let Some(git) = generator.get("git") {
        let mut params = Vec::new();
        for name in matching(files, git) {
            params.extend(of_file(&name, &(files.read)(&name))?);
        }
        params
    } else if let Some(found) = generator.get("list") {
        let mut params: Vec<Value> = list(&found["elements"]).cloned().collect();
        if let Some(elements) = found["elementsYaml"].as_str() {
            // A list without elements is an empty document.
            params.extend(list(&yaml(&render(elements, outer)?)?).cloned());
        }
        params
    } else {
        let parts: Vec<_> = list(&generator["matrix"]["generators"]).collect();
        let [first, second] = parts.as_slice() else { return Err(Error("a matrix of two is known".into())) };
        let mut params = Vec::new();
        for one in generate(files, first, outer)? {
            for mut other in generate(files, second, &one)? {
                merge(&mut other, one.clone());
                params.push(other);
            }
        }
        params
    };
    Ok(params.into_iter().filter(|params| selects(&generator["selector"], params)).collect())
}

/// The names that the patterns of a git generator match, as git does: `*` matches across folders.
pub fn matching(files: &Files, git: &Value) -> Vec<String> {
    let patterns: Vec<_> = list(&git["files"]).map(|file| text(&file["path"])).collect();
    let found = files.names.iter().filter(|name| patterns.iter().any(|pattern| glob(pattern, name)));
    found.cloned().collect()
}

fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().any(|at| glob(after, &rest[at..]))
        }),
    }
}

fn yaml(text: &str) -> Result<Value, Error> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_yaml::from_str(text).map_err(|error| Error(format!("what a template makes is no YAML: {error}")))
}

/// A list of objects, or one object; anything else stops the set.
fn of_file(name: &str, content: &str) -> Result<Vec<Value>, Error> {
    let bad = || Error(format!("unable to parse file {name}"));
    let objects = match serde_json::from_str(content).map_err(|_| bad())? {
        Value::Array(items) => items,
        object => vec![object],
    };
    let mut params = Vec::new();
    for mut object in objects {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let fields = object.as_object_mut().ok_or_else(bad)?;
        fields.insert("path".into(), json!({"path": folder, "filename": name.rsplit('/').next()}));
        params.push(object);
    }
    Ok(params)
}

/// Whether a selector accepts parameters: it sees only leaves, by their full path.
fn selects(selector: &Value, params: &Value) -> bool {
    let mut leaves = BTreeMap::new();
    flatten(String::new(), params, &mut leaves);
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    labels.into_iter().all(|(key, value)| leaves.get(key).is_some_and(|leaf| leaf == text(value)))
        && list(&selector["matchExpressions"])
            .all(|wanted| wanted["operator"] == "Exists" && leaves.contains_key(text(&wanted["key"])))
}

fn flatten(at: String, value: &Value, leaves: &mut BTreeMap<String, String>) {
    let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, field)| flatten(below(key), field, leaves));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(key, item)| flatten(below(&key.to_string()), item, leaves));
        }
        Value::String(text) => drop(leaves.insert(at, text.clone())),
        other => drop(leaves.insert(at, other.to_string())),
    }
}

/// Applies a patch to a value: objects are merged by field, everything else is replaced.
fn merge(value: &mut Value, patch: Value) {
    match (value, patch) {
        (Value::Object(fields), Value::Object(patch)) => {
            for (key, patch) in patch {
                merge(fields.entry(key).or_insert(Value::Object(Map::new())), patch);
            }
        }
        (value, patch) => *value = patch,
    }
}

/// Whatever the Go types of an Application would reject, which makes the whole set fail.
fn wrong_type(application: &Value) -> Result<(), Error> {
    let wanted = |ok: bool, at: &str, value: &Value| {
        if ok { Ok(()) } else { Err(Error(format!("json: cannot unmarshal {value} into Go struct field {at}"))) }
    };
    let sources = &application["spec"]["sources"];
    wanted(sources.is_array(), "sources", sources)?;
    for source in list(sources) {
        wanted(source.is_object(), "sources", source)?;
        for field in ["repoURL", "targetRevision", "path", "chart"] {
            wanted(source.get(field).is_none_or(Value::is_string), field, &source[field])?;
        }
        for field in ["helm", "kustomize", "directory"] {
            wanted(source.get(field).is_none_or(Value::is_object), field, &source[field])?;
        }
        for image in list(&source["kustomize"]["images"]) {
            wanted(image.is_string(), "images", image)?;
        }
        for patch in list(&source["kustomize"]["patches"]) {
            wanted(patch["patch"].is_string(), "patch", &patch["patch"])?;
        }
    }
    Ok(())
}

/// Whatever the API server would reject. The set stops there, before it deletes anything.
fn refused(application: &Value) -> Result<(), Error> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let metadata = &application["metadata"];
    let labels = metadata["labels"].as_object().into_iter().flatten().map(|(_, value)| value);
    for value in labels.chain([&metadata["name"]]).map(text) {
        if value.is_empty() || value.len() > 63 || !value.chars().all(inner) {
            return Err(Error(format!("Application.argoproj.io is invalid: {value:?}")));
        }
    }
    Ok(())
}
