//! `image`.

use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::{Image, value};
use crate::program::Node;
use crate::source::Spanned;

pub(super) fn image(node: &Node, scope: Scope, app_path: &str, sink: &mut Diagnostics) -> Option<Image> {
    let mut reader = Reader::new(node, scope, sink);
    let path = if reader.has("path") {
        reader.parsed("path", value::plain_path).map(|path| path.value)
    } else {
        Some(app_path.to_owned())
    };
    let dockerfile = reader.parsed("dockerfile", value::plain_path);
    let target = reader.parsed("target", value::tag).map(|target| target.value);
    let args = reader.text_map("args", value::variable_name, value::build_argument);
    let repository = if reader.has("repository") {
        reader.parsed("repository", value::image_repository).map(|repository| repository.value)
    } else {
        scope.app.map(|app| format!("{}/{}", app.name(), node.name()))
    };
    let tag = reader.parsed("tag", value::tag).map(|tag| tag.value);
    let cache = reader.word("cache");
    let user = reader.count("user", 65_535)?;
    Some(Image {
        name: Spanned::new(node.name(), node.name_span()),
        path: path?,
        dockerfile: dockerfile?.value,
        target,
        args,
        repository: repository?,
        tag,
        user: i64::from(user.value),
        cached: cache? == "on",
    })
}
