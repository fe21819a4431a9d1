//! `image`.

use super::super::project::role_secret_in;
use super::resources;
use crate::diag::Diagnostics;
use crate::model::read::{Reader, WordOr};
use crate::model::reference::Scope;
use crate::model::{Build, BuildPod, Cache, FromCi, Image, Origin, Segment, errors, value};
use crate::program::Node;
use crate::schema::providers::SIGNER;
use crate::schema::{EXCLUSIVE, FROM_CI, REFERENCE};
use crate::source::Spanned;

pub(super) fn image(node: &Node, scope: Scope, app_path: &str, sink: &mut Diagnostics) -> Option<Image> {
    let mut reader = Reader::new(node, scope, sink);
    let user = reader.count("user", 65_535);
    if let Some(exclusive) = EXCLUSIVE.iter().find(|exclusive| reader.has(exclusive.attribute)) {
        for attribute in node.attributes.iter().filter(|attribute| exclusive.excludes(&attribute.key.value)) {
            reader.report(errors::built_elsewhere(node, exclusive.attribute, &attribute.key));
        }
    }
    let origin = if reader.has(REFERENCE.attribute) {
        let reference = reader.parsed(REFERENCE.attribute, value::image_reference);
        reference.map(|reference| Origin::Reference(reference.value))
    } else if reader.has(FROM_CI.attribute) {
        from_ci(&mut reader).map(Origin::FromCi)
    } else {
        build(&mut reader, app_path).map(|build| Origin::Built(Box::new(build)))
    };
    let user = user?;
    Some(Image {
        name: Spanned::new(node.name(), node.name_span()),
        user: i64::from(user.value),
        user_span: user.span,
        origin: origin?,
    })
}

fn from_ci(reader: &mut Reader) -> Option<FromCi> {
    let tag = reader.tag_of_ci(FROM_CI.attribute);
    // Whatever the commit is, the tag is as good with it as with this one.
    let example = tag.as_ref().map(|tag| {
        let part = |segment: &Segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Run(_) | Segment::Namespace | Segment::Image(..) | Segment::Canary(_) | Segment::Secret { .. } => {
                "0".repeat(40)
            }
        };
        tag.value.0.iter().map(part).collect::<String>()
    });
    let bad = tag.as_ref().zip(example).and_then(|(tag, example)| {
        let literal = !tag.value.0.iter().any(|segment| matches!(segment, Segment::Run(_)));
        let bad =
            if literal { value::tag(&example).err().or(Some(value::moving_tag())) } else { value::tag(&example).err() };
        bad.map(|bad| errors::bad_value(FROM_CI.attribute, &example, tag.span, &bad))
    });
    let is_bad = bad.is_some();
    bad.into_iter().for_each(|bad| reader.report(bad));
    let repository = repository(reader);
    let timeout = reader.duration("timeout");
    Some(FromCi { repository: repository?, tag: tag.filter(|_| !is_bad)?.value, timeout: timeout?.value })
}

fn repository(reader: &mut Reader) -> Option<String> {
    if reader.has("repository") {
        return reader.parsed("repository", value::image_repository).map(|repository| repository.value);
    }
    reader.scope().app.map(|app| format!("{}/{}", app.name(), reader.node.name()))
}

fn build(reader: &mut Reader, app_path: &str) -> Option<Build> {
    let path = if reader.has("path") {
        reader.parsed("path", value::plain_path).map(|path| path.value)
    } else {
        Some(app_path.to_owned())
    };
    let dockerfile = reader.parsed("dockerfile", value::plain_path);
    let target = reader.parsed("target", value::tag).map(|target| target.value);
    let args = reader.run_map("args", value::variable_name, value::build_argument);
    let repository = repository(reader);
    let tag = reader.image_tag();
    let cache = cache(reader);
    let mut platforms: Vec<Spanned<String>> = Vec::new();
    for platform in reader.parsed_list("platforms", value::platform) {
        match platforms.iter().find(|known| known.value == platform.value) {
            Some(first) => reader.report(errors::listed_twice(&platform, first.span)),
            None => platforms.push(platform),
        }
    }
    let attest = reader.word("attest");
    let signer = reader.has("sign").then(|| role_secret_in(reader, "sign", "sign", &SIGNER));
    let pod = pod(reader);
    Some(Build {
        path: path?,
        dockerfile: dockerfile?.value,
        target,
        args,
        repository: repository?,
        tag: tag?,
        cache: cache?,
        platforms: platforms.into_iter().map(|platform| platform.value).collect(),
        attested: attest? == "on",
        signer: signer.map_or(Some(None), |signer| signer.map(Some))?,
        pod: pod?,
    })
}

fn cache(reader: &mut Reader) -> Option<Cache> {
    Some(match reader.word_or_text("cache", value::cache_repository)? {
        WordOr::Word("off") => Cache::Off,
        WordOr::Word(_) => Cache::Beside,
        WordOr::Text((repository, insecure)) => Cache::Shared { repository, insecure },
    })
}

fn pod(reader: &mut Reader) -> Option<BuildPod> {
    let usual = BuildPod::default();
    let (cpu, memory) = resources(reader);
    let cpu = if reader.has("cpu") { cpu } else { Some(usual.cpu) };
    let memory = if reader.has("memory") { memory } else { Some(usual.memory) };
    let timeout = reader.duration("timeout");
    let secrets = reader.key_map("secrets", value::build_secret);
    Some(BuildPod { cpu: cpu?, memory: memory?, timeout: timeout?.value, secrets })
}
