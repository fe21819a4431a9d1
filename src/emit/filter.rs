//! The filter of a Sensor: a Lua script that decides whether a push starts a pipeline.
//!
//! Argo Events runs it with gopher-lua, which is Lua 5.1 without libraries of others. It sees GitHub's payload as `event.body`
//! with the header `X-GitHub-Event` in it; JSON null is nil there.

use crate::model::{OnPush, Pattern};

/// What a filter needs to know.
pub struct Filter<'a> {
    /// What starts the pipeline.
    pub on: &'a OnPush,
    /// Patterns of files that never count: what the deliveries themselves write.
    pub written: &'a [Pattern],
    /// The address of the deliveries' own commits.
    pub author: &'a str,
}

/// The script.
pub fn lua(filter: &Filter) -> String {
    let include: Vec<_> = filter.on.paths.iter().flat_map(|pattern| pattern.value.lua()).collect();
    let except = filter.on.except.iter().map(|pattern| &pattern.value);
    let exclude: Vec<_> = except.chain(filter.written).flat_map(Pattern::lua).collect();
    TEMPLATE
        .replace("@REF@", &quoted(&format!("refs/heads/{}", filter.on.branch)))
        .replace("@AUTHOR@", &quoted(filter.author))
        .replace("@INCLUDE@", &table(&include))
        .replace("@EXCLUDE@", &table(&exclude))
}

const TEMPLATE: &str = include_str!("filter.lua");

fn table(patterns: &[String]) -> String {
    let items: Vec<_> = patterns.iter().map(|pattern| quoted(pattern)).collect();
    format!("{{{}}}", items.join(", "))
}

/// A string as Lua writes it: whatever is not plain is a decimal escape.
fn quoted(text: &str) -> String {
    let mut result = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                result.push('\\');
                result.push(char::from(byte));
            }
            b' '..=b'~' => result.push(char::from(byte)),
            byte => result.push_str(&format!("\\{byte:03}")),
        }
    }
    result.push('"');
    result
}
