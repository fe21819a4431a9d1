//! Documentation of the place under the cursor, in Markdown.

use super::names::Symbol;
use super::places::{Expected, Scope, What, at};
use super::{Program, patched};
use crate::model::value::show_duration;
use crate::model::{
    App, Bound, Chart, EnvironmentKind, ExternalSource, Meaning, Origin, Registry, ResolvedProject, SecretOrigin,
    meaning,
};
use crate::program::Node;
use crate::schema::variables::fields;
use crate::schema::{Attribute, Block, DeclarationKind, Default, InRule, LabelRule, Phase};
use crate::source::{SourceId, Span};
use crate::syntax::ast;
use crate::words;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Something to show beside a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The place.
    pub span: Span,
    /// Markdown.
    pub text: String,
}

impl Program {
    /// What there is to say of the place at a byte.
    #[must_use]
    pub fn hover(&self, source: SourceId, offset: usize) -> Option<Hover> {
        let file = self.tree(source)?;
        let place = at(file, offset)?;
        let name = self.names.at(source, offset);
        let text = match (&place.what, name) {
            (_, Some(name)) => {
                let mut text = self.about(&name.symbol);
                if let What::Variable(reference) = place.what {
                    let _ = write!(text, "\n\n{}", self.value(reference, &place.scope)?);
                }
                return Some(Hover { span: name.span, text });
            }
            (What::Word(_, spec), None) => block(spec.as_ref()?),
            (What::Key(attr, known), None) => {
                let known = known.as_ref()?;
                let mut text = attribute(known);
                if let Some(value) = self.resolved(&attr.value, &place.scope) {
                    let _ = write!(text, "\n\nHere: {value}");
                }
                text
            }
            (What::MapKey(key), None) => {
                let known = patched::of(&place.scope, place.span)?;
                let choices = known.choices.iter().map(String::as_str).collect::<Vec<_>>();
                let mut text = format!("`{}`: {}", key.value, known.ty);
                if !choices.is_empty() {
                    let _ = write!(text, ", one of {}", words::in_backticks(&choices));
                }
                text
            }
            (What::Variable(reference), None) => {
                let asked = |root: &str, name: &str| fields(root).iter().find(|field| field.name == name);
                let known = match reference.parts.as_slice() {
                    [root, field] => asked(&root.value, &field.value),
                    _ => None,
                };
                let doc = known.map(|field| format!("{}\n\n", field.doc)).unwrap_or_default();
                format!("`${{{reference}}}`\n\n{doc}{}", self.value(reference, &place.scope)?)
            }
            (What::Name(reference, Expected::Code), None) => {
                let code = crate::diag::Code::ALL.iter().find(|code| code.as_str() == reference.to_string())?;
                format!("**{code}**: {}", code.title())
            }
            (What::Name(_, Expected::Word(_)) | What::Literal(..), None) => {
                let attr = attribute_around(file, offset)?;
                let known = place.scope.spec.attribute(&attr.key.value)?;
                let mut text = attribute(known);
                if let Some(value) = self.resolved(&attr.value, &place.scope) {
                    let _ = write!(text, "\n\nHere: {value}");
                }
                text
            }
            _ => return None,
        };
        Some(Hover { span: place.span, text })
    }

    /// The targets that a place concerns, each with its program.
    fn targets(&self) -> impl Iterator<Item = (&Node, &ResolvedProject)> {
        self.analysis.targets.iter().map(|(root, resolved)| (root, resolved))
    }

    /// What a variable refers to, by target and environment if that makes a difference.
    fn value(&self, reference: &ast::Ref, scope: &Scope) -> Option<String> {
        let mut found: Vec<(String, String)> = Vec::new();
        for (root, resolved) in self.targets() {
            let environments: Vec<Option<&str>> = match scope.environment {
                Some(name) => vec![Some(name)],
                None => resolved.environments.keys().map(|name| Some(name.as_str())).collect(),
            };
            for environment in if environments.is_empty() { vec![None] } else { environments } {
                let app = scope.apps.first().copied();
                let meaning = meaning(root, &resolved.target, app, environment, scope.in_query, reference)?;
                let text = match meaning {
                    Meaning::Text(text) => format!("`{text}`"),
                    Meaning::Secret => "a key of a secret, visible only to pods".to_owned(),
                    Meaning::Later(_) if scope.in_query => "known while the canary runs".to_owned(),
                    Meaning::Later(_) => "known at run time".to_owned(),
                };
                let place = format!("`{}` on `{}`", environment.unwrap_or("-"), resolved.target);
                found.push((place, text));
            }
        }
        let different: BTreeSet<&String> = found.iter().map(|(_, text)| text).collect();
        if different.len() == 1 {
            return Some(format!("= {}", found[0].1));
        }
        let lines: Vec<_> = found.iter().map(|(place, text)| format!("- {place}: {text}")).collect();
        Some(lines.join("\n"))
    }

    /// A text with variables, as far as they are known now.
    fn resolved(&self, value: &ast::Value, scope: &Scope) -> Option<String> {
        let ast::Value::Text(text) = value else { return None };
        if !text.segments.iter().any(|segment| matches!(segment, ast::Segment::Variable(_))) {
            return None;
        }
        let mut found: Vec<(&str, String)> = Vec::new();
        for (root, resolved) in self.targets() {
            let mut shown = String::new();
            for segment in &text.segments {
                match segment {
                    ast::Segment::Literal(literal) => shown.push_str(literal),
                    ast::Segment::Variable(reference) => {
                        let app = scope.apps.first().copied();
                        match meaning(root, &resolved.target, app, scope.environment, scope.in_query, reference)? {
                            Meaning::Text(text) => shown.push_str(&text),
                            _ => {
                                let _ = write!(shown, "${{{reference}}}");
                            }
                        }
                    }
                }
            }
            found.push((&resolved.target, shown));
        }
        let different: BTreeSet<&String> = found.iter().map(|(_, text)| text).collect();
        match found.as_slice() {
            [] => None,
            [(_, only), ..] if different.len() == 1 => Some(format!("`{only}`")),
            several => Some(
                several.iter().map(|(target, text)| format!("`{text}` on `{target}`")).collect::<Vec<_>>().join(", "),
            ),
        }
    }

    /// What a name refers to.
    pub(super) fn about(&self, symbol: &Symbol) -> String {
        let mut text = format!("**{}**", symbol.describe());
        let Some((_, resolved)) = self.targets().next() else { return text };
        let place_of = |repository: &str| {
            let place = |known: &Registry| format!("{}/{}", known.host, known.repository(repository));
            resolved.project.registry.as_ref().map_or(repository.to_owned(), place)
        };
        let more = match symbol {
            Symbol::Top(DeclarationKind::Environment, name) => resolved.environments.get(name).map(|known| match &known.kind {
                EnvironmentKind::Permanent { namespace } => format!("permanent, in namespace `{namespace}`"),
                EnvironmentKind::Ephemeral { copy_of, ttl } => format!(
                    "one for each change: the apps of `{copy_of}` with the change, in a separate namespace, for at most {}",
                    show_duration(*ttl)
                ),
            }),
            Symbol::Top(DeclarationKind::Secret, name) => resolved.secrets.get(name).map(|known| {
                let mut lines = vec![format!("Secret `{}`, keys {}", known.object, words::in_backticks(&known.keys))];
                for (environment, there) in &known.environments {
                    let how = match &there.origin {
                        SecretOrigin::Existing => "must already exist".to_owned(),
                        SecretOrigin::Throwaway => "created with the environment".to_owned(),
                        SecretOrigin::External(ExternalSource { store, at }) => {
                            format!("created from `{at}` in {} `{}`", store.kind(), store.name)
                        }
                    };
                    lines.push(format!("- `{environment}`: `{}`, {how}", there.object));
                }
                lines.join("\n")
            }),
            Symbol::Top(DeclarationKind::App, name) => resolved.apps.get(name).map(about_app),
            Symbol::Top(DeclarationKind::Analysis, name) => resolved.analyses.get(name).map(|known| {
                let bound = match &known.bound {
                    Bound::AtMost(number) => format!("at most {number}"),
                    Bound::AtLeast(number) => format!("at least {number}"),
                };
                format!("{bound}, measured every {}", show_duration(known.every))
            }),
            Symbol::Top(DeclarationKind::Pipeline, name) => {
                let made = resolved.pipelines.iter().filter(|known| {
                    known.name.value == *name || known.name.value.strip_suffix(&format!("-{}", known.app.value)) == Some(name)
                });
                let made: Vec<_> = made.map(|known| format!("WorkflowTemplate and Sensor `{}`", known.name.value)).collect();
                (!made.is_empty()).then(|| made.join("\n\n"))
            }
            Symbol::Part(DeclarationKind::Image, app, name) => {
                resolved.apps.get(app).and_then(|app| app.images.get(name)).map(|image| match &image.origin {
                    Origin::Built(build) => {
                        let place = place_of(&build.repository);
                        let folder = if build.path.is_empty() { "the repository" } else { build.path.as_str() };
                        format!(
                            "`{place}`, built from `{folder}` with `{}`",
                            build.dockerfile
                        )
                    }
                    Origin::FromCi(ci) => {
                        let (place, timeout) = (place_of(&ci.repository), show_duration(ci.timeout));
                        format!("`{place}`, built by a CI, for which a delivery waits for at most {timeout}")
                    }
                    Origin::Reference(reference) => format!("`{}`, built elsewhere", reference.written()),
                })
            }
            Symbol::Part(_, app, name) => resolved.apps.get(app).and_then(|app| app.tasks.get(name)).map(|task| {
                format!(
                    "runs image `{}.{}` for at most {}",
                    task.image.app,
                    task.image.image,
                    show_duration(task.timeout)
                )
            }),
            Symbol::Top(..) | Symbol::Key(..) => None,
        };
        if let Some(more) = more {
            let _ = write!(text, "\n\n{more}");
        }
        text
    }
}

fn about_app(app: &App) -> String {
    let mut lines = Vec::new();
    if let Some(source) = &app.source {
        let folder = if app.path.is_empty() { String::new() } else { format!(", folder `{}`", app.path) };
        lines.push(format!("`{}`{folder}", source.value));
    }
    for (environment, there) in &app.environments {
        let mut parts: Vec<String> =
            there.services.iter().map(|service| format!("service `{}`", service.name.value)).collect();
        parts.extend(there.helm.iter().map(|helm| match &helm.chart {
            Chart::Own { path } => format!("chart `{path}`"),
            Chart::ThirdParty { name, version, .. } => format!("chart `{name}` {version}"),
        }));
        parts.extend(there.crons.iter().map(|cron| format!("cron job `{}`, `{}`", cron.name.value, cron.schedule)));
        parts.extend(there.kustomize.as_ref().map(|kustomize| format!("kustomization `{}`", kustomize.path)));
        parts.extend(there.manifests.as_ref().map(|path| format!("manifests `{path}`")));
        if !there.needs.is_empty() {
            parts.push(format!("needs {}", words::in_backticks(&there.needs)));
        }
        if !parts.is_empty() {
            lines.push(format!("- `{environment}`: {}", parts.join(", ")));
        }
    }
    lines.join("\n")
}

/// The attribute of the file that a byte is in.
fn attribute_around(file: &ast::File, offset: usize) -> Option<&ast::Attr> {
    fn find(items: &[ast::Item], offset: usize) -> Option<&ast::Attr> {
        items.iter().find_map(|item| match item {
            ast::Item::Attr(attr) if attr.span().range().contains(&offset) || attr.span().range().end == offset => {
                Some(attr)
            }
            ast::Item::Block(block) => find(block.items(), offset),
            _ => None,
        })
    }
    find(&file.items, offset)
}

/// How a block is written.
pub(super) fn form(spec: &Block) -> String {
    let label = match spec.label {
        LabelRule::None => String::new(),
        LabelRule::Declares(_) | LabelRule::Own | LabelRule::Project => " NAME".to_owned(),
        LabelRule::Optional => " [NAME]".to_owned(),
        LabelRule::Uses(kind) => format!(" {}", kind.word().to_uppercase()),
        LabelRule::Words(words) => format!(" {}", words.join("|")),
        LabelRule::Path => " \"/PATH\"".to_owned(),
        LabelRule::Object => " \"KIND[/NAME]\"".to_owned(),
    };
    let environment = if spec.environments == InRule::Acts { " in ENVIRONMENT" } else { "" };
    format!("{}{label}{environment}", spec.word)
}

/// What is to be said of a block of the schema.
pub(super) fn block(spec: &Block) -> String {
    let mut text = format!("```pipe\n{}\n```\n\n{}", form(spec), spec.doc);
    if let Some(made) = compiles_to(spec) {
        let _ = write!(text, "\n\nCompiles to {made}");
    }
    text
}

/// What a stage becomes, and a trigger.
fn compiles_to(block: &Block) -> Option<&'static str> {
    match block.stage {
        Some(stage) => Some(stage.row().compiles_to),
        None => (block.word == "on").then_some(
            "a webhook of the EventSource, and a Sensor whose Lua filter looks at branch or tag, changed files and committers; a schedule, to a CronWorkflow.",
        ),
    }
}

/// What is to be said of an attribute of the schema.
pub(super) fn attribute(known: &Attribute) -> String {
    let default = match known.default {
        Default::Required => "required".to_owned(),
        Default::Absent => "optional".to_owned(),
        Default::Literal(literal) => format!("default `{literal}`"),
        Default::Text(text) => format!("default `\"{text}\"`"),
        Default::Derived(what) => format!("default: {what}"),
    };
    let phase = match known.phase {
        Phase::Compile => "the same everywhere",
        Phase::Environment => "can vary by environment",
        Phase::Run => "can use values that are only known at run time",
    };
    format!("`{}` = {}\n\n{}\n\n{default}; {phase}", known.name, known.ty.describe(), known.doc)
}
