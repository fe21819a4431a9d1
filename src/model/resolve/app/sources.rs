//! `helm` and `kustomize`.

use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::{Chart, Helm, Kustomize, errors, value};
use crate::program::Node;

pub(super) fn kustomize(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Kustomize> {
    let mut reader = Reader::new(node, scope, sink);
    let path = reader.parsed("path", value::path);
    let images = reader.image_map("images");
    let uses = reader.uses();
    Some(Kustomize { path: path?.value, images, uses })
}

/// Helm allows no longer name of a release (`pkg/chartutil/validate_name.go` of github.com/helm/helm).
const LONGEST_RELEASE: usize = 53;

pub(super) fn helm(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Helm> {
    let mut reader = Reader::new(node, scope, sink);
    let third_party = ["repo", "chart", "version"];
    let written: Vec<_> = third_party.iter().filter(|name| reader.has(name)).collect();
    let chart = if reader.has("path") {
        if let Some(first) = written.first() {
            reader.report(errors::chart_mixed(node, first));
        }
        reader.parsed("path", value::path).map(|path| Chart::Own { path: path.value })
    } else {
        let missing: Vec<_> = third_party.iter().filter(|name| node.lacks(name)).copied().collect();
        if !missing.is_empty() && node.lacks("path") {
            reader.report(errors::chart_incomplete(node, if written.is_empty() { &["path"] } else { &missing }));
        }
        let repository = reader.parsed("repo", value::chart_repository);
        let name = reader.parsed("chart", value::image_repository);
        let version = reader.parsed("version", value::chart_version);
        (|| Some(Chart::ThirdParty { repository: repository?.value, name: name?.value, version: version?.value }))()
    };
    let values = reader.parsed_list("values", value::path);
    let set = reader.settings("set");
    let release = reader.parsed("release", |text| value::dns_label(text, LONGEST_RELEASE)).map(|release| release.value);
    let uses = reader.uses();
    let label = node.label.is_some().then(|| node.name());
    let helm = Helm { label, span: node.head, chart: chart?, values, set, release, uses };
    let app = scope.app.map(Node::name).unwrap_or_default();
    if let (Some(_), None, Err(bad)) =
        (&helm.label, &helm.release, value::dns_label(&helm.release(&app), LONGEST_RELEASE))
    {
        sink.push(errors::bad_release(node, &helm.release(&app), &bad));
    }
    Some(helm)
}
