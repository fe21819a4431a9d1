//! What the sources of an app say beside what they list: which images its kustomizations take from a run.

use serde_json::Value;
use std::collections::BTreeMap;

/// The images that an app's own kustomizations take, by the folder and the name there: whose they are.
type Images<'a> = BTreeMap<(&'a str, &'a str), String>;

/// How the images of kustomizations differ, each in a few words.
pub fn images(old: &Value, new: &Value) -> Vec<String> {
    let (before, after) = (taken(old), taken(new));
    let places: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    places
        .into_iter()
        .filter_map(|place| {
            let (folder, name) = (quoted(place.0), quoted(place.1));
            match (before.get(place), after.get(place)) {
                (None, Some(image)) => {
                    Some(format!("image {name} in {folder} is what builds make of {}", quoted(image)))
                }
                (Some(_), None) => Some(format!("image {name} in {folder} is no longer replaced")),
                (Some(old), Some(new)) if old != new => {
                    Some(format!("image {name} in {folder}: builds of {} -> of {}", quoted(old), quoted(new)))
                }
                _ => None,
            }
        })
        .collect()
}

fn taken(sources: &Value) -> Images<'_> {
    let mut found = Images::new();
    for source in sources.as_array().into_iter().flatten() {
        let folder = source["path"].as_str().unwrap_or_default();
        for image in source["kustomize"]["images"].as_array().into_iter().flatten() {
            let Some(parts) = image["$join"].as_array() else { continue };
            let name = parts.first().and_then(Value::as_str).and_then(|first| first.strip_suffix('='));
            let whose = parts.iter().find_map(|part| part["$run"].as_str());
            // Those of the services are told with their pods.
            if let (Some(name), Some(whose)) = (name.filter(|name| !is_ours(name)), whose) {
                found.insert((folder, name), image_of(whose));
            }
        }
    }
    found
}

/// `images.code.repository` and `apps.base.images.code.repository`, as the language calls them.
fn image_of(path: &str) -> String {
    let path = path.trim_end_matches(".repository");
    path.strip_prefix("images.")
        .map_or_else(|| path.strip_prefix("apps.").unwrap_or(path).replace(".images.", "."), str::to_owned)
}

/// Whether a name stands for an image of a service that is emitted.
fn is_ours(name: &str) -> bool {
    name.starts_with(crate::model::PLACEHOLDER_HOST)
}

/// Backticks stand around it.
fn quoted(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::images;
    use serde_json::{Value, json};

    fn sources(images: &[(&str, &str)]) -> Value {
        let image = |(name, of): &(&str, &str)| json!({"$join": [format!("{name}="), {"$run": format!("{of}.repository")}, "@"]});
        let images: Vec<_> = images.iter().map(image).collect();
        json!([{"path": "tree/apps/shop"}, {"path": "k8s", "kustomize": {"images": images}}])
    }

    #[test]
    fn images_come_go_and_change() {
        let old =
            sources(&[("acme/a", "images.web"), ("acme/b", "images.web"), ("pipelinec.local/shop/web", "images.web")]);
        let new = sources(&[("acme/b", "apps.base.images.code"), ("a`c", "images.web")]);
        assert_eq!(
            images(&old, &new),
            [
                "image `a'c` in `k8s` is what builds make of `web`",
                "image `acme/a` in `k8s` is no longer replaced",
                "image `acme/b` in `k8s`: builds of `web` -> of `base.code`",
            ]
        );
        for broken in
            [json!(null), json!("text"), json!([1, {"kustomize": 2}, {"kustomize": {"images": [{"$join": [1]}]}}])]
        {
            assert!(images(&broken, &broken).is_empty());
        }
    }
}
