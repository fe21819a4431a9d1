//! An event at a Sensor: its filter decides, and its trigger creates an object from it.

use super::gotemplate::render;
use super::{Error, list, text};
use mlua::{ChunkMode, DebugEvent, Function, HookTriggers, Lua, LuaOptions, StdLib, Table, VmState};
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;

/// The result of a filter for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the event passes.
    pub passes: bool,
    /// The line of the script, from 1, that decided.
    pub line: usize,
}

/// Runs the Lua filter of a Sensor over the body of an event (`sensors/dependencies`). Argo Events runs it with
/// gopher-lua, which is Lua 5.1.
///
/// # Errors
/// If the script fails; the Sensor drops such an event.
pub fn filter(script: &str, body: &Value) -> Result<Verdict, Error> {
    let run = || -> mlua::Result<Verdict> {
        let lua = interpreter()?;
        lua.globals().set("event", table(&lua, &json!({"body": body}))?)?;
        let line = Rc::new(Cell::new(0));
        let (reached, left) = (Rc::clone(&line), Cell::new(STEPS));
        // The last function to return is the script itself.
        lua.set_hook(HookTriggers::ON_RETURNS.every_nth_instruction(STRIDE), move |_, debug| {
            if debug.event() != DebugEvent::Count {
                reached.set(debug.current_line().unwrap_or_default());
                return Ok(VmState::Continue);
            }
            left.set(left.get().saturating_sub(1));
            if left.get() > 0 { Ok(VmState::Continue) } else { Err(mlua::Error::runtime(ENDLESS)) }
        })?;
        // The event may use as much memory as it needs.
        lua.set_memory_limit(lua.used_memory() + MEMORY)?;
        let passes = lua.load(script).set_name("=filter").set_mode(ChunkMode::Text).eval::<bool>()?;
        Ok(Verdict { passes, line: line.get() })
    };
    run().map_err(|error| Error(error.to_string()))
}

/// The maximum number of bytes that a script may use, in addition to its event.
const MEMORY: usize = 64 << 20;
/// How many instructions are one step, and the maximum number of steps of a script. The largest payload that GitHub
/// sends, 25 MB of short names, takes about half of them.
const STRIDE: u32 = 10_000;
const STEPS: u32 = 10_000;
const ENDLESS: &str = "the filter does not come to an end: it has run 100 million instructions";

/// The functions of Lua's base library that a script sees. It has none that load or run other code, and none that catch
/// errors, because reaching a limit is an error.
const BASE: [&str; 12] = [
    "assert", "error", "ipairs", "next", "pairs", "rawequal", "rawget", "select", "tonumber", "tostring", "type",
    "unpack",
];

/// Lua for the script of a filter. The compiler generates the script from input that it does not trust. It needs only
/// strings, tables and numbers: it can read no file, run no program and see no environment.
fn interpreter() -> mlua::Result<Lua> {
    let lua = Lua::new_with(StdLib::STRING | StdLib::TABLE | StdLib::MATH, LuaOptions::default())?;
    let globals = lua.globals();
    let known: Vec<String> =
        globals.pairs::<String, mlua::Value>().map(|pair| Ok(pair?.0)).collect::<mlua::Result<_>>()?;
    let libraries = ["_G", "string", "table", "math"];
    for name in known.iter().filter(|name| !BASE.iter().chain(&libraries).any(|kept| kept == name)) {
        globals.raw_remove(name.as_str())?;
    }
    // Bytecode could be modified and loaded again.
    globals.get::<Table>("string")?.raw_remove("dump")?;
    Ok(lua)
}

/// Matches Lua patterns in strings, as a filter does.
#[derive(Debug)]
pub struct Finder {
    find: Function,
    /// Keeps the function alive.
    _lua: Lua,
}

impl Finder {
    /// Creates one, for any number of patterns and strings.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn new() -> Result<Self, Error> {
        let made = || -> mlua::Result<Self> {
            let lua = interpreter()?;
            let find = lua.load("local pattern, text = ...; return text:find(pattern) ~= nil").into_function()?;
            Ok(Self { find, _lua: lua })
        };
        made().map_err(|error| Error(error.to_string()))
    }

    /// Whether a pattern matches somewhere in a string.
    ///
    /// # Errors
    /// If it is not a valid pattern.
    pub fn finds(&self, pattern: &str, text: &str) -> Result<bool, Error> {
        self.find.call((pattern, text)).map_err(|error| Error(error.to_string()))
    }
}

/// JSON as a table, as Argo Events converts it: null is omitted, and lists contain only strings, numbers, booleans and
/// objects.
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

/// The object that a trigger of a Sensor, counted from 0, creates from an event with that body
/// (`sensors/triggers/params.go`).
///
/// # Errors
/// If a parameter refers to something that the event does not have.
pub fn triggered(sensor: &Value, at: usize, body: &Value) -> Result<Value, Error> {
    let trigger = &sensor["spec"]["triggers"][at]["template"]["k8s"];
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
    fn a_filter_sees_texts_tables_and_numbers_and_nothing_else() {
        let passes = |script: &str| filter(script, &json!({"ref": "x"})).map(|verdict| verdict.passes);
        let names = "local n = {} for name in pairs(_G) do n[#n + 1] = name end table.sort(n) \
                     return table.concat(n, ' ') == event.body.ref";
        let known = "_G assert error event ipairs math next pairs rawequal rawget select string table tonumber tostring \
                     type unpack";
        assert_eq!(filter(names, &json!({"ref": known})).map(|verdict| verdict.passes), Ok(true));
        for gone in ["os", "io", "package", "debug", "coroutine", "require", "load", "loadstring", "loadfile", "dofile"]
        {
            assert_eq!(passes(&format!("return {gone} == nil")), Ok(true), "{gone}");
        }
        for gone in ["pcall", "xpcall", "setfenv", "getfenv", "newproxy", "collectgarbage", "print", "string.dump"] {
            assert_eq!(passes(&format!("return {gone} == nil")), Ok(true), "{gone}");
        }
        assert_eq!(passes("return ('x').dump == nil and ('x'):rep(3) == 'xxx'"), Ok(true));
        assert!(passes("\u{1b}Lua").is_err(), "bytes of a compiled script");
    }

    #[test]
    fn a_filter_that_never_ends_or_takes_all_memory_is_an_error() {
        let why = |script: &str| filter(script, &json!({})).expect_err(script).0;
        for endless in ["while true do end", "local function f() return f() end return f()", "repeat until false"] {
            assert!(why(endless).contains(ENDLESS), "{endless}: {}", why(endless));
        }
        for greedy in [
            "local t = {} while true do t[#t + 1] = {} end",
            "local s = 'x' while true do s = s .. s end",
            "return ('x'):rep(1e9) == ''",
        ] {
            assert!(why(greedy).contains("memory"), "{greedy}: {}", why(greedy));
        }
        assert!(why("local function f() return 1 + f() end return f()").contains("stack overflow"));
    }

    #[test]
    fn a_trigger_fills_its_object() {
        let sensor = json!({"spec": {"triggers": [{"template": {"k8s": {
        "source": {"resource": {"metadata": {"name": "a-"}, "spec": {"parameters": [{"name": "sha", "value": "0"}]}}},
        "parameters": [
            {"src": {"dataTemplate": "{{ .Input.body.after | trunc 3 }}"}, "dest": "metadata.name", "operation": "append"},
            {"src": {"dataKey": "body.after"}, "dest": "spec.parameters.0.value"},
        ]}}}]}});
        let object = triggered(&sensor, 0, &json!({"after": "abcdef"})).expect("an object");
        assert_eq!(object["metadata"]["name"], "a-abc");
        assert_eq!(object["spec"]["parameters"][0]["value"], "abcdef");
        assert!(triggered(&sensor, 0, &json!({"after": 1})).is_err());
        assert!(triggered(&sensor, 0, &json!({})).is_err());
    }
}
