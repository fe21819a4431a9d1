//! Which apps an environment holds.

use super::ResolvedProject;
use std::collections::BTreeSet;

/// The apps of the set and all that they need in the environment, directly or not.
#[must_use]
pub fn with_needs<'a>(
    resolved: &ResolvedProject,
    environment: &str,
    apps: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = apps.into_iter().map(str::to_owned).collect();
    while let Some(name) = open.pop() {
        let needs = resolved.apps.get(&name).and_then(|app| app.environments.get(environment)).map(|app| &app.needs);
        if found.insert(name) {
            open.extend(needs.into_iter().flatten().cloned());
        }
    }
    found
}

/// The apps that some pipeline deploys to a permanent environment, and what those need.
#[must_use]
pub fn permanent(resolved: &ResolvedProject, environment: &str) -> BTreeSet<String> {
    let brought = resolved.pipelines.iter().filter(|pipeline| pipeline.updates(environment));
    with_needs(resolved, environment, brought.map(|pipeline| pipeline.app.value.as_str()))
}

/// Every app that an environment can come to hold: for an ephemeral one over all pipelines that open it.
#[must_use]
pub fn possible(resolved: &ResolvedProject, environment: &str) -> BTreeSet<String> {
    let mut found = permanent(resolved, environment);
    for pipeline in &resolved.pipelines {
        for stage in &pipeline.stages {
            if let Some(with) = stage.value.opens(environment) {
                let apps = with.iter().map(String::as_str).chain([pipeline.app.value.as_str()]);
                found.extend(with_needs(resolved, environment, apps));
            }
        }
    }
    found
}
