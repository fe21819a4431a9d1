//! `cron`.

use super::identity::identity;
use super::{Env, command, expansion, resources};
use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::resolve::patch::patches;
use crate::model::{Concurrency, Cron, value};
use crate::program::Node;
use crate::source::Spanned;

/// A cron job in one environment; `is_copy` says whether the environment is ephemeral.
pub(super) fn cron(node: &Node, scope: Scope, is_copy: bool, app_env: &Env, sink: &mut Diagnostics) -> Option<Cron> {
    let app = scope.app.map(Node::name).unwrap_or_default();
    let mut reader = Reader::new(node, scope, sink);
    let image = reader.image("image");
    let (cpu, memory) = resources(&mut reader);
    let command = command(&mut reader);
    let args = reader.texts("args").into_iter().map(|text| text.value).collect();
    let env = Env { values: reader.env("env"), uses: reader.uses() }.over(app_env);
    expansion::warn(node, &env, sink);
    let mut reader = Reader::new(node, scope, sink);
    let schedule = reader.parsed("schedule", value::schedule);
    let timezone = reader.parsed("timezone", value::time_zone);
    let timeout = reader.duration("timeout");
    let retries = reader.count("retries", 10);
    let concurrency = reader.word("concurrency").and_then(Concurrency::of);
    let suspend = if reader.has("suspend") { reader.word("suspend").map(|word| word == "on") } else { Some(is_copy) };
    let name = format!("{app}-{}", node.name());
    let identity = identity(node, &name, scope, sink);
    Some(Cron {
        name: Spanned::new(name, node.name_span()),
        image: image?,
        command,
        args,
        identity,
        env: env.values,
        schedule: schedule?.value,
        timezone: timezone.map(|zone| zone.value),
        cpu: cpu?,
        memory: memory?,
        timeout: timeout?.value,
        retries: retries?.value,
        concurrency: concurrency?,
        suspended: suspend?,
        uses: env.uses,
        patches: patches(node, scope, sink),
    })
}
