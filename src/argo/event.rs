//! An event at a Sensor: its filter decides, its trigger makes an object of it.

use super::gotemplate::render;
use super::{Error, list, text};
use mlua::{Function, HookTriggers, Lua, Table, VmState};
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;

/// What a filter says of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the event passes.
    pub passes: bool,
    /// The line of the script, from 1, at which it said so.
    pub line: usize,
}

/// Runs the Lua filter of a Sensor over the body of an event (`sensors/dependencies`). Argo Events runs it with
/// gopher-lua, which is Lua 5.1.
///
/// # Errors
/// When the script breaks down; the Sensor drops such an event.
pub fn filter(script: &str, body: &Value) -> Result<Verdict, Error> {
    let run = || -> mlua::Result<Verdict> {
        let lua = Lua::new();
        lua.globals().set("event", table(&lua, &json!({"body": body}))?)?;
        let line = Rc::new(Cell::new(0));
        let reached = Rc::clone(&line);
        lua.set_hook(HookTriggers::EVERY_LINE, move |_, debug| {
            reached.set(debug.current_line().unwrap_or_default());
            Ok(VmState::Continue)
        })?;
        let passes = lua.load(script).set_name("=filter").eval::<bool>()?;
        Ok(Verdict { passes, line: line.get() })
    };
    run().map_err(|error| Error(error.to_string()))
}

/// Looks for patterns of Lua in texts, as a filter does it.
#[derive(Debug)]
pub struct Finder {
    find: Function,
    /// The function lives as long as it does.
    _lua: Lua,
}

impl Finder {
    /// A new one, for any number of patterns and texts.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn new() -> Result<Self, Error> {
        let lua = Lua::new();
        let find = lua.load("local pattern, text = ...; return text:find(pattern) ~= nil").into_function();
        Ok(Self { find: find.map_err(|error| Error(error.to_string()))?, _lua: lua })
    }

    /// Whether a pattern is found in a text.
    ///
    /// # Errors
    /// When it is no pattern.
    pub fn finds(&self, pattern: &str, text: &str) -> Result<bool, Error> {
        self.find.call((pattern, text)).map_err(|error| Error(error.to_string()))
    }
}

/// JSON as a table, as Argo Events makes it: null is not there, and nothing but texts, numbers, flags and objects is in a
/// list.
fn table(lua: &Lua, value: &Value) -> mlua::Result<Table> {
    let made = lua.create_table()?;
    match value {
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Object(_) => made.push(table(lua, item)?)?,
                    Value::String(text) => made.push(text.as_str())?,
                    Value::Bool(flag) => made.push(*flag)?,
                    Value::Number(number) => made.push(number.as_f64())?,
                    Value::Null | Value::Array(_) => {}
                }
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::Object(_) | Value::Array(_) => made.set(key.as_str(), table(lua, field)?)?,
                    Value::String(text) => made.set(key.as_str(), text.as_str())?,
                    Value::Bool(flag) => made.set(key.as_str(), *flag)?,
                    Value::Number(number) => made.set(key.as_str(), number.as_f64())?,
                    Value::Null => {}
                }
            }
        }
        _ => {}
    }
    Ok(made)
}

/// The object that the first trigger of a Sensor makes of an event with that body (`sensors/triggers/params.go`).
///
/// # Errors
/// When a parameter takes what the event does not have.
pub fn triggered(sensor: &Value, body: &Value) -> Result<Value, Error> {
    let trigger = &sensor["spec"]["triggers"][0]["template"]["k8s"];
    let mut object = trigger["source"]["resource"].clone();
    let event = json!({"body": body});
    for parameter in list(&trigger["parameters"]) {
        let source = &parameter["src"];
        let value = match source["dataTemplate"].as_str() {
            Some(template) => render(template, &json!({"Input": event}))?,
            None => {
                let key = text(&source["dataKey"]);
                let found = event.pointer(&pointer(key)).and_then(Value::as_str);
                found.ok_or_else(|| Error(format!("the event has no text at `{key}`")))?.to_owned()
            }
        };
        let to = text(&parameter["dest"]);
        let place =
            object.pointer_mut(&pointer(to)).ok_or_else(|| Error(format!("the trigger's object has no `{to}`")))?;
        *place = match parameter["operation"].as_str() {
            Some("append") => json!(format!("{}{value}", text(place))),
            _ => json!(value),
        };
    }
    Ok(object)
}

/// `a.0.b` as a pointer into JSON.
fn pointer(path: &str) -> String {
    path.split('.').map(|part| format!("/{part}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_says_where_it_decided() {
        let script = "local push = event.body\nif push.a ~= 'x' then return false end\n\nreturn true\n";
        let verdict = |a: Value| filter(script, &json!({"a": a}));
        assert_eq!(verdict(json!("x")), Ok(Verdict { passes: true, line: 4 }));
        for other in [json!("y"), json!(1), Value::Null, json!({"x": "x"}), json!(["x"])] {
            assert_eq!(verdict(other), Ok(Verdict { passes: false, line: 2 }));
        }
        assert!(filter("return event.body.a.b", &json!({})).is_err());
        let finder = Finder::new().expect("a finder");
        assert_eq!((finder.finds("^a%-.$", "a-b"), finder.finds("^a%-.$", "ab")), (Ok(true), Ok(false)));
        assert!(finder.finds("[", "").is_err());
    }

    #[test]
    fn a_trigger_fills_its_object() {
        let sensor = json!({"spec": {"triggers": [{"template": {"k8s": {
        "source": {"resource": {"metadata": {"name": "a-"}, "spec": {"parameters": [{"name": "sha", "value": "0"}]}}},
        "parameters": [
            {"src": {"dataTemplate": "{{ .Input.body.after | trunc 3 }}"}, "dest": "metadata.name", "operation": "append"},
            {"src": {"dataKey": "body.after"}, "dest": "spec.parameters.0.value"},
        ]}}}]}});
        let object = triggered(&sensor, &json!({"after": "abcdef"})).expect("an object");
        assert_eq!(object["metadata"]["name"], "a-abc");
        assert_eq!(object["spec"]["parameters"][0]["value"], "abcdef");
        assert!(triggered(&sensor, &json!({"after": 1})).is_err());
        assert!(triggered(&sensor, &json!({})).is_err());
    }
}
