//! The images of a run: built, signed, or awaited from a CI.

use super::delivery::{Emitter, RUN_VERSION};
use super::shared;
use crate::kube::argo::workflows::Template;
use crate::model::text::{RunField, Segment, Text};
use crate::model::{Build, BuildPod, FromCi, Image, Origin, Tag};
use crate::plan;
use crate::providers::registry::access;
use crate::providers::{builder, host};
use crate::schema::providers::SIGNER;
use crate::steps::build::{self, BUILD};
use crate::steps::call::{Call, TAG, input};
use crate::steps::image::{self, IMAGE};
use crate::steps::shared::TIMEOUT_SECONDS;
use crate::steps::sign::{self, SIGN, Signing};

impl Emitter<'_> {
    /// Builds an image, or waits for the one of a CI: either step has its digest.
    pub fn image(&mut self, image: &Image) -> Call {
        match &image.origin {
            Origin::Built(build) => self.build(image, build),
            Origin::FromCi(ci) => self.wait_for_ci(image, ci),
            Origin::Reference(_) => unreachable!("its digest is in the program"),
        }
    }

    /// Signs those of the images that are signed, which steps of these names have built.
    pub fn signs(&mut self, images: &[&Image], steps: &[String]) -> Vec<Call> {
        let project = &self.plan.resolved.project;
        let Some(registry) = &project.registry else { return Vec::new() };
        let mut calls = Vec::new();
        for (image, step) in images.iter().zip(steps) {
            let signer = image.build().and_then(|build| Some((build, build.signer.as_ref()?)));
            let Some((build, signer)) = signer else { continue };
            let (name, repository) = (format!("{SIGN}-{}", image.name.value), registry.repository(&build.repository));
            let identity = format!("{}/{repository}", registry.host);
            let mut template = sign::template(&Signing {
                name: &name,
                cosign: &project.cosign_image,
                secret: &self.plan.resolved.secrets[&signer.value].object,
                keys: SIGNER,
                insecure: registry.insecure,
                identity: (registry.host != registry.push).then_some(&identity),
            });
            let container = template.container.as_mut().expect("it is a container");
            let volumes = access(self.plan, registry.credentials.as_deref(), container);
            template.volumes.extend(volumes);
            self.templates.push(template);
            let signed = format!("{}/{repository}@{}", registry.push, build::DIGEST.of(step));
            calls.push(Call::local(&name, &name).with_parameter(sign::IMAGE, signed));
        }
        calls
    }

    fn wait_for_ci(&self, image: &Image, ci: &FromCi) -> Call {
        let registry = self.plan.resolved.project.registry.as_ref().expect("a project with images has a registry");
        Call::shared(&IMAGE.step_for(&image.name.value), &IMAGE)
            .with(image::REPOSITORY, format!("{}/{}", registry.push, registry.repository(&ci.repository)))
            .with(image::TAG, self.tag(image))
            .with(TIMEOUT_SECONDS, ci.timeout.to_string())
            .with_parameter(image::DEADLINE, (ci.timeout + plan::WAIT_GRACE).to_string())
    }

    fn build(&mut self, image: &Image, build: &Build) -> Call {
        let resolved = self.plan.resolved;
        let registry = resolved.project.registry.as_ref().expect("a project that builds has a registry");
        let app = &resolved.apps[self.delivery.app];
        let source = app.source.as_ref().expect("a delivered app has a source");
        let destination = format!("{}/{}", registry.push, registry.repository(&build.repository));
        let value = |text: &Text| {
            self.in_run(text, |segment| match segment {
                Segment::Run(RunField::Version) => input(RUN_VERSION),
                Segment::Literal(_)
                | Segment::Secret { .. }
                | Segment::Run(_)
                | Segment::Namespace
                | Segment::Image(..)
                | Segment::Canary(_) => {
                    unreachable!("a build knows nothing of environments")
                }
            })
        };
        let args: String = build.args.iter().map(|(name, text)| format!("{name}={}\n", value(text))).collect();
        let name = BUILD.step_for(&image.name.value);
        let host = host::described(self.plan, &source.value);
        let call = if build.pod == BuildPod::default() && shared::is_first(self.plan, host) {
            Call::shared(&name, &BUILD)
        } else {
            // In the pipeline's own file: what others share does not change with an app.
            if self.templates.iter().all(|template| template.name != name) {
                self.templates.push(Template { name: name.clone(), ..shared::build(self.plan, host, &build.pod) });
            }
            Call::local(&name, &name)
        };
        let mut cache = builder::of(self.plan).cache(registry, self.delivery.app, image, build);
        // What has been merged is not built from layers of what has not.
        if self.delivery.on.has_pull_request() && !cache.is_empty() {
            cache.push_str(".unmerged");
        }
        let given = [
            (build::PLATFORMS, build.platforms.join(",")),
            (build::BUILD_SECRETS, build.pod.secrets.keys().map(String::as_str).collect::<Vec<_>>().join(" ")),
            (build::ATTEST, if build.attested { "true".to_owned() } else { String::new() }),
        ];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        let call = call
            .with(build::CONTEXT, host::clone_url(&source.value))
            .with(build::REVISION, self.sha.clone())
            .with(build::CONTEXT_PATH, &build.path)
            .with(build::DOCKERFILE, &build.dockerfile)
            .with(build::BUILD_TARGET, build.target.clone().unwrap_or_default())
            .with(build::BUILD_ARGS, args)
            .with(build::DESTINATION, &destination)
            .with(build::TAG, self.tag(image))
            .with(build::CACHE, cache);
        given.fold(call, |call, (input, value)| call.with(input, value))
    }

    /// An image of this run, as the scripts read it: name, repository, tag and digest.
    pub fn image_line(&self, image: &Image, digest: &str) -> String {
        let registry = self.plan.resolved.project.registry.as_ref().expect("a project with images has a registry");
        let repository = registry.repository(image.repository_of_runs().expect("a run has images of runs only"));
        format!("{} {}/{repository} {} {digest}\n", image.name.value, registry.host, self.tag(image))
    }

    fn tag(&self, image: &Image) -> String {
        match &image.origin {
            Origin::Built(build) => match &build.tag {
                Tag::Version => input(RUN_VERSION),
                Tag::Fixed(tag) => tag.clone(),
                Tag::OfRun => TAG.of_run(),
            },
            Origin::FromCi(ci) => self.in_run(&ci.tag, |_| unreachable!("a CI knows nothing but the commit")),
            Origin::Reference(_) => unreachable!("a run has images of runs only"),
        }
    }
}

/// The name under which the digest of an image that was built is handed on.
pub fn digest_of(image: &Image) -> String {
    format!("digest-{}", image.name.value)
}
