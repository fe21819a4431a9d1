//! A container as the kubelet starts it: its variables, and the references to them.

use super::{list, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// The variables of a container. `secret` returns the value of a Secret's key, given both names.
#[must_use]
pub fn environment(container: &Value, secret: &dyn Fn(&str, &str) -> String) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for variable in list(&container["env"]) {
        let value = match variable["valueFrom"]["secretKeyRef"].as_object() {
            Some(reference) => secret(text(&reference["name"]), text(&reference["key"])),
            None => expand(text(&variable["value"]), &variables),
        };
        variables.insert(text(&variable["name"]).to_owned(), value);
    }
    variables
}

/// The command of a container with its arguments.
#[must_use]
pub fn command(container: &Value, variables: &BTreeMap<String, String>) -> Vec<String> {
    let words = list(&container["command"]).chain(list(&container["args"]));
    words.map(|word| expand(text(word), variables)).collect()
}

/// `$(NAME)` is replaced where the name is known, `$$` is a dollar.
#[must_use]
pub fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('$') {
        result.push_str(before);
        let name = tail.strip_prefix('(').and_then(|tail| tail.split_once(')'));
        rest = match (tail.strip_prefix('$'), name) {
            (Some(tail), _) => {
                result.push('$');
                tail
            }
            (None, Some((name, after))) => {
                result.push_str(&variables.get(name).cloned().unwrap_or_else(|| format!("$({name})")));
                after
            }
            (None, None) => {
                result.push('$');
                tail
            }
        };
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_are_expanded_in_their_order() {
        let container = json!({
            "command": ["run", "$(B)"], "args": ["$$(A)", "$(NONE)", "$", "$(A"],
            "env": [{"name": "A", "value": "$(B)1"}, {"name": "B", "value": "<$(A)>"},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
        });
        let variables = environment(&container, &|name, key| format!("{key} of {name}"));
        let values: Vec<_> = variables.values().map(String::as_str).collect();
        assert_eq!(values, ["$(B)1", "<$(B)1>", "k of s"]);
        assert_eq!(command(&container, &variables), ["run", "<$(B)1>", "$(A)", "$(NONE)", "$", "$(A"]);
    }
}
