//! What the sources of an app say beside what they list: which images its kustomizations take from a run, what the
//! releases of its charts are called, and which values files they read.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The images that an app's kustomizations replace, by folder and name there: which image replaces each.
type Images<'a> = BTreeMap<(&'a str, &'a str), String>;

/// How the images of kustomizations differ, each in a few words.
pub fn images(old: &Value, new: &Value) -> Vec<String> {
    let (before, after) = (taken(old), taken(new));
    let places: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    places
        .into_iter()
        .filter_map(|place| {
            let (folder, name) = (quoted(place.0), quoted(place.1));
            match (before.get(place), after.get(place)) {
                (None, Some(image)) => Some(format!("image {name} in {folder} is now {}", quoted(image))),
                (Some(_), None) => Some(format!("image {name} in {folder} is no longer replaced")),
                (Some(old), Some(new)) if old != new => {
                    Some(format!("image {name} in {folder}: {} -> {}", quoted(old), quoted(new)))
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
            let parts = image["$join"].as_array();
            let (name, whose) = match (parts, image.as_str().and_then(|image| image.split_once('='))) {
                (Some(parts), _) => {
                    let name = parts.first().and_then(Value::as_str).and_then(|first| first.strip_suffix('='));
                    (name, parts.iter().find_map(|part| part["$run"].as_str()).map(image_of))
                }
                (None, Some((name, image))) => (Some(name), Some(image.to_owned())),
                (None, None) => (None, None),
            };
            // Those of the services are told with their pods.
            if let (Some(name), Some(whose)) = (name.filter(|name| !is_ours(name)), whose) {
                found.insert((folder, name), whose);
            }
        }
    }
    found
}

/// `images.code.repository` and `apps.base.images.code.repository`, as the language calls them: an image that a run builds.
fn image_of(path: &str) -> String {
    let path = path.trim_end_matches(".repository");
    path.strip_prefix("images.")
        .map_or_else(|| path.strip_prefix("apps.").unwrap_or(path).replace(".images.", "."), str::to_owned)
}

/// The releases of charts that have another name: the old one, and the new.
pub fn renamed_releases(old: &Value, new: &Value) -> Vec<(String, String)> {
    let (before, after) = (releases(old), releases(new));
    let renamed = before.iter().flat_map(|(chart, releases)| {
        let now = after.get(chart).cloned().unwrap_or_default();
        let gone: Vec<_> = releases.difference(&now).copied().collect();
        let come: Vec<_> = now.difference(releases).copied().collect();
        gone.into_iter().zip(come)
    });
    renamed.map(|(old, new)| (quoted(old), quoted(new))).collect()
}

/// The releases of each chart, by its repository and its name or folder there.
fn releases(sources: &Value) -> BTreeMap<(&str, &str), BTreeSet<&str>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for source in sources.as_array().into_iter().flatten() {
        let chart = source["chart"].as_str().or(source["path"].as_str()).unwrap_or_default();
        if let (Some(repository), Some(release)) = (source["repoURL"].as_str(), source["helm"]["releaseName"].as_str())
        {
            found.entry((repository, chart)).or_default().insert(release);
        }
    }
    found
}

/// How the values files of charts differ, each in a few words.
pub fn values_files(old: &Value, new: &Value) -> Vec<String> {
    let (before, after) = (files(old), files(new));
    let changed = before.iter().filter_map(|(release, files)| {
        let now = after.get(release).filter(|now| *now != files)?;
        Some(format!("values files of release {}: {} -> {}", quoted(release), listed(files), listed(now)))
    });
    changed.collect()
}

/// The values files of each release.
fn files(sources: &Value) -> BTreeMap<&str, Vec<&str>> {
    let sources = sources.as_array().into_iter().flatten();
    sources
        .filter_map(|source| {
            let files = source["helm"]["valueFiles"].as_array().into_iter().flatten();
            Some((source["helm"]["releaseName"].as_str()?, files.filter_map(Value::as_str).collect()))
        })
        .collect()
}

fn listed(files: &[&str]) -> String {
    if files.is_empty() {
        return "none".to_owned();
    }
    files.iter().map(|file| quoted(file)).collect::<Vec<_>>().join(", ")
}

/// Whether a name is the placeholder of an image of a generated service.
fn is_ours(name: &str) -> bool {
    name.starts_with(crate::model::PLACEHOLDER_HOST)
}

/// The text is between backticks.
fn quoted(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::{images, renamed_releases, values_files};
    use serde_json::{Value, json};

    fn sources(images: &[(&str, &str)]) -> Value {
        let image = |(name, of): &(&str, &str)| json!({"$join": [format!("{name}="), {"$run": format!("{of}.repository")}, "@"]});
        let images: Vec<_> = images.iter().map(image).collect();
        json!([{"path": "tree/apps/shop"}, {"path": "k8s", "kustomize": {"images": images}}])
    }

    #[test]
    fn a_release_is_renamed_where_its_chart_stays() {
        let source = |chart: &str, release: &str| json!({"repoURL": "https://c", "chart": chart, "helm": {"releaseName": release}});
        let old = json!([source("redis", "production-cache"), source("pg", "production-db")]);
        let new = json!([source("redis", "cache"), source("pg", "production-db"), source("kafka", "bus")]);
        assert_eq!(renamed_releases(&old, &new), [("`production-cache`".to_owned(), "`cache`".to_owned())]);
        let two = json!([source("redis", "cache"), source("redis", "queue")]);
        assert_eq!(renamed_releases(&old, &two), [("`production-cache`".to_owned(), "`cache`".to_owned())]);
        assert!(renamed_releases(&two, &two).is_empty());
        assert!(renamed_releases(&new, &new).is_empty() && renamed_releases(&json!([1]), &json!({"a": 2})).is_empty());
    }

    #[test]
    fn values_files_come_and_go() {
        let source = |files: &[&str]| json!([{"helm": {"releaseName": "pg", "valueFiles": files}}]);
        let none = json!([{"helm": {"releaseName": "pg"}}]);
        let change = values_files(&source(&["$values/a.yaml"]), &source(&["$values/a.yaml", "b`.yaml"]));
        assert_eq!(change, ["values files of release `pg`: `$values/a.yaml` -> `$values/a.yaml`, `b'.yaml`"]);
        assert_eq!(values_files(&none, &source(&["a"])), ["values files of release `pg`: none -> `a`"]);
        assert!(values_files(&none, &json!(null)).is_empty() && values_files(&none, &none).is_empty());
    }

    #[test]
    fn images_come_go_and_change() {
        let old =
            sources(&[("acme/a", "images.web"), ("acme/b", "images.web"), ("pipelinec.local/shop/web", "images.web")]);
        let new = sources(&[("acme/b", "apps.base.images.code"), ("a`c", "images.web")]);
        assert_eq!(
            images(&old, &new),
            [
                "image `a'c` in `k8s` is now `web`",
                "image `acme/a` in `k8s` is no longer replaced",
                "image `acme/b` in `k8s`: `web` -> `base.code`",
            ]
        );
        for broken in
            [json!(null), json!("text"), json!([1, {"kustomize": 2}, {"kustomize": {"images": [{"$join": [1]}]}}])]
        {
            assert!(images(&broken, &broken).is_empty());
        }
    }
}
