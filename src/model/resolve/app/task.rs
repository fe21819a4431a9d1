//! `task`.

use super::{Env, command, expansion, resources};
use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::{Bounds, Task, TaskIn, value};
use crate::program::Node;
use crate::source::Spanned;

pub(super) fn task(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Task> {
    let mut reader = Reader::new(node, scope, sink);
    let image = reader.image("image");
    let image_span = reader.span("image");
    let (cpu, memory) = resources(&mut reader);
    let cpu = if reader.has("cpu") { cpu } else { Some(Bounds::new("100m", "1")) };
    let memory = if reader.has("memory") { memory } else { Some(Bounds::new("256Mi", "1Gi")) };
    let timeout = reader.duration("timeout");
    let retries = reader.count("retries", 10);
    let junit = reader.parsed("junit", value::url_path);
    Some(Task {
        name: Spanned::new(node.name(), node.name_span()),
        image: image?,
        image_span,
        cpu: cpu?,
        memory: memory?,
        timeout: timeout?.value,
        retries: retries?.value,
        junit: junit.map(|path| path.value),
    })
}

pub(super) fn task_in(node: &Node, scope: Scope, app_env: &Env, sink: &mut Diagnostics) -> TaskIn {
    let mut reader = Reader::new(node, scope, sink);
    let command = command(&mut reader);
    let env = Env { values: reader.env("env"), uses: reader.uses() }.over(app_env);
    expansion::warn(node, &env, sink);
    TaskIn { command, env: env.values, uses: env.uses }
}
