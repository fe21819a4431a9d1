//! What a pull request may do: its code is not reviewed, so it stays out of permanent environments and fixed tags. Reports
//! E0430.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Pipeline, ResolvedProject, Tag};
use crate::source::{Span, Spanned};

/// Checks a pipeline.
pub(super) fn check(resolved: &ResolvedProject, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let Some(on) = pipeline.on.pull_request() else { return };
    let permanent = |environment: &&str| !resolved.environments[*environment].is_ephemeral();
    let first = pipeline.stages.iter().find_map(|stage| Some((stage, stage.value.environment().filter(permanent)?)));
    if let Some((stage, environment)) = first {
        sink.push(unreviewed_in(stage.span, environment, on.span));
    }
    for (image, build) in resolved.apps[&pipeline.app.value].built().filter(|_| pipeline.builds()) {
        if matches!(build.tag, Tag::Fixed(_)) {
            sink.push(unreviewed_tag(&image.name, on.span));
        }
    }
}

fn unreviewed_in(stage: Span, environment: &str, on: Span) -> Diagnostic {
    let message = format!("a pull request would change permanent environment `{environment}` before it is merged");
    Diagnostic::new(Code::E0430, stage, message)
        .also(on, "starts the pipeline with code that nobody has merged")
        .help("move this stage to a pipeline with `on push`, and test the pull request in an ephemeral environment")
}

fn unreviewed_tag(image: &Spanned<String>, on: Span) -> Diagnostic {
    let message =
        format!("a pull request would overwrite the fixed tag of image `{}` before it is merged", image.value);
    Diagnostic::new(Code::E0430, image.span, message)
        .also(on, "starts the pipeline with code that nobody has merged")
        .help("remove `tag` from the image: each run then has a tag of its own")
}
