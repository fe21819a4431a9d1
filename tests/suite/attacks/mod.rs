//! What an attacker would try, each with the attack itself. `SECURITY.md` names these tests. Those that need a process are in
//! the other suite.

mod templates;
mod tokens;

use mlua::{Lua, Table};
use serde_json::Value;

/// JSON as a table of Lua.
fn lua_of(lua: &Lua, value: &Value) -> Table {
    let table = lua.create_table().expect("a table");
    let entries: Vec<(mlua::Value, &Value)> = match value {
        Value::Array(items) => {
            let number = |at| mlua::Value::Number(f64::from(u32::try_from(at).expect("a short list")));
            items.iter().enumerate().map(|(at, item)| (number(at + 1), item)).collect()
        }
        Value::Object(fields) => {
            let key = |name: &String| mlua::Value::String(lua.create_string(name).expect("a string"));
            fields.iter().map(|(name, field)| (key(name), field)).collect()
        }
        other => panic!("no table: {other}"),
    };
    for (key, item) in entries {
        match item {
            Value::Null => {}
            Value::Bool(flag) => table.set(key, *flag).expect("it is set"),
            Value::Number(number) => table.set(key, number.as_f64()).expect("it is set"),
            Value::String(text) => table.set(key, text.as_str()).expect("it is set"),
            nested => table.set(key, lua_of(lua, nested)).expect("it is set"),
        }
    }
    table
}
