//! `config` of a service.

use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::value;
use crate::model::{Config, Contents, Volume, errors};
use crate::program::Node;
use crate::source::Spanned;
use crate::syntax::ast::Label;

/// The limit of the API server for the data of a ConfigMap, in bytes
/// (kubernetes, `pkg/apis/core/validation/validation.go`, `ValidateConfigMap`).
const LARGEST: usize = 1 << 20;

/// The files of a service in the order of their paths.
pub(super) fn configs(node: &Node, scope: Scope, volumes: &[Volume], sink: &mut Diagnostics) -> Vec<Config> {
    let mut found: Vec<Config> = node.all("config").filter_map(|node| config(node, scope, sink)).collect();
    for (at, config) in found.iter().enumerate() {
        let path = &config.path;
        for volume in volumes {
            if volume.at.value == path.value {
                sink.push(errors::mounted_twice(path, volume.at.span));
            } else if value::is_inside(&volume.at.value, &path.value) {
                sink.push(errors::inside_a_file(&volume.at, path));
            } else if value::is_inside(&path.value, &volume.at.value) && matches!(volume.contents, Contents::Secret(_))
            {
                sink.push(errors::mounted_in_read_only(path, &volume.at));
            }
        }
        for other in found.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other) {
            if value::is_inside(&other.path.value, &path.value) {
                sink.push(errors::inside_a_file(&other.path, path));
            }
        }
    }
    found.sort_by(|a, b| a.path.value.cmp(&b.path.value));
    found
}

fn config(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Config> {
    // A name without quotes has been reported.
    let Some(Label::Text(_)) = node.label else { return None };
    let path = match value::mount_path(&node.name()) {
        Ok(path) => Some(Spanned::new(path, node.name_span())),
        Err(bad) => {
            sink.push(errors::bad_value("config", &node.name(), node.name_span(), &bad));
            None
        }
    };
    let mut reader = Reader::new(node, scope, sink);
    let text = reader.text("text")?;
    let known = text.value.known()?;
    if known.len() > LARGEST {
        reader.report(errors::config_too_large(text.span, &node.name(), known.len()));
        return None;
    }
    Some(Config { path: path?, text: known })
}
