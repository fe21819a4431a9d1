//! What a container of a service runs.

use super::probe::probes;
use super::{Env, command, expansion, resources};
use crate::diag::Diagnostics;
use crate::model::Container;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::program::Node;

/// The container of a block.
pub(super) fn container(node: &Node, scope: Scope, app_env: &Env, sink: &mut Diagnostics) -> Option<Container> {
    let mut reader = Reader::new(node, scope, sink);
    let image = reader.image("image");
    let (cpu, memory) = resources(&mut reader);
    let command = command(&mut reader);
    let args = reader.texts("args").into_iter().map(|text| text.value).collect();
    let env = Env { values: reader.env("env"), uses: reader.uses() }.over(app_env);
    expansion::warn(node, &env, sink);
    let probes = probes(node, scope, sink);
    Some(Container {
        image: image?,
        cpu: cpu?,
        memory: memory?,
        command,
        args,
        env: env.values,
        probes,
        uses: env.uses,
    })
}
