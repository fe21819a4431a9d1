//! Dotted names → what they refer to. Reports E0208 to E0211, E0216 and E0305.

use super::errors;
use super::text::{CanaryField, ImageField, RunField, SecretKey, Segment, Text};
use super::{ImageId, value};
use crate::diag::{Code, Diagnostics};
use crate::program::{Node, Unread};
use crate::schema::triggers::TriggerKind;
use crate::schema::variables::{self, ADDRESS, Field};
use crate::schema::{DeclarationKind, Phase, REFERENCE};
use crate::source::Spanned;
use crate::syntax::ast;

/// The scope of a value: what its names can refer to.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The program of the target.
    pub root: &'a Node,
    /// The name of the target.
    pub target: &'a str,
    /// The environment that is looked at.
    pub environment: Option<&'a str>,
    /// The app that contains the value, or that its pipeline delivers.
    pub app: Option<&'a Node>,
    /// Whether it is the query of an analysis.
    pub query: bool,
    /// Whether the value is the tag of an image from a CI.
    pub tag: bool,
    /// How many variables are being looked into: one that is defined by itself would have no end.
    pub depth: u8,
}

/// More than any sensible program has.
const DEEPEST: u8 = 8;

/// What a variable refers to.
pub(super) enum Variable {
    /// Text, perhaps with pieces of the run.
    Text(Text, Phase),
    /// A key of a secret.
    Secret(SecretKey),
}

impl<'a> Scope<'a> {
    /// The top-level block of that kind and name.
    pub fn declared(&self, kind: DeclarationKind, name: &str) -> Option<&'a Node> {
        self.root.blocks.iter().find(|block| block.spec.word == kind.word() && block.name() == name)
    }

    /// The block in the scope's program for the app of that name, as it is in the scope's environment.
    fn app_in_environment(&self, app: &Node) -> Node {
        app.in_environment(self.environment)
    }

    /// Resolves the name of something declared at the top of a file.
    pub fn name(&self, kind: DeclarationKind, name: &Spanned<String>, sink: &mut Diagnostics) -> Option<String> {
        if self.declared(kind, &name.value).is_some() {
            return Some(name.value.clone());
        }
        if self.root.unread.may_be(kind.word()) {
            return None;
        }
        let known: Vec<_> = self.root.names(kind.word()).collect();
        // The name is right, but that of the declaration was rejected.
        let right = |known: &String| known.to_lowercase().replace('_', "-") == name.value && *known != name.value;
        if known.iter().any(right) {
            return None;
        }
        sink.push(errors::unknown_name(kind, name, &known));
        None
    }

    /// Resolves `image` or `app.image`, `task` or `app.task`.
    pub fn part(
        &self,
        kind: DeclarationKind,
        reference: &ast::Ref,
        sink: &mut Diagnostics,
    ) -> Option<(String, String)> {
        let (app, name) = match reference.parts.as_slice() {
            [name] => (self.app?, name),
            [app, name] => {
                let known = self.name(DeclarationKind::App, app, sink)?;
                (self.declared(DeclarationKind::App, &known)?, name)
            }
            _ => {
                sink.push(errors::too_many_parts(kind, reference));
                return None;
            }
        };
        if app.names(kind.word()).any(|known| known == name.value) {
            return Some((app.name(), name.value.clone()));
        }
        if !app.unread.may_be(kind.word()) {
            let elsewhere: Vec<_> = self
                .root
                .all("app")
                .filter(|other| other.names(kind.word()).any(|known| known == name.value))
                .map(|other| format!("{}.{}", other.name(), name.value))
                .collect();
            sink.push(errors::unknown_part(
                kind,
                &app.name(),
                name,
                &app.names(kind.word()).collect::<Vec<_>>(),
                &elsewhere,
            ));
        }
        None
    }

    /// What a variable refers to, in whatever phase.
    pub fn variable(&self, reference: &ast::Ref, sink: &mut Diagnostics) -> Option<Variable> {
        let found = self.look_up(reference, sink)?;
        // One query is asked for every app and environment, so it knows nothing of either.
        let of_a_run = matches!(found, Variable::Text(_, phase) if phase > Phase::Compile);
        if self.query && of_a_run && reference.parts[0].value != "canary" {
            sink.push(errors::not_in_scope(
                reference,
                "in the parts of an app; in a query, use `canary.service`, `canary.metrics` or `canary.hash`",
            ));
            return None;
        }
        Some(found)
    }

    fn look_up(&self, reference: &ast::Ref, sink: &mut Diagnostics) -> Option<Variable> {
        let first = &reference.parts[0];
        let rest = &reference.parts[1..];
        match first.value.as_str() {
            "canary" => self.canary(reference, rest, sink),
            "run" => self.run(reference, rest, sink),
            "environment" => self.environment(reference, rest, sink),
            "project" | "target" | "registry" => self.fixed(reference, rest, sink),
            "app" => match self.app {
                Some(app) => self.of_app(app, reference, rest, true, sink),
                None => {
                    sink.push(errors::not_in_scope(reference, "in an app or in the pipeline that delivers it"));
                    None
                }
            },
            name => {
                if let Some(app) = self.app.filter(|app| app.names("image").any(|known| known == name)) {
                    if let Some((field, outer)) = self.meant_beyond(app, name, rest) {
                        sink.push(errors::field_hidden(reference, field, &image_fields(), outer));
                        return None;
                    }
                    return self.image(ImageId { app: app.name(), image: name.to_owned() }, reference, rest, sink);
                }
                if let Some(app) = self.declared(DeclarationKind::App, name) {
                    return self.of_app(app, reference, rest, false, sink);
                }
                if let Some(secret) = self.declared(DeclarationKind::Secret, name) {
                    return self.secret(secret, reference, rest, sink);
                }
                let declares = |node: &Node, words: &[&str]| words.iter().any(|word| node.unread.may_be(word));
                let hidden =
                    declares(self.root, &["app", "secret"]) || self.app.is_some_and(|app| declares(app, &["image"]));
                if !hidden {
                    sink.push(errors::unknown_variable(reference, &self.first_names()));
                }
                None
            }
        }
    }

    /// The field after an image of the app that no image has, and what else of that name it may have been asked of.
    fn meant_beyond<'r>(
        &self,
        own: &Node,
        name: &str,
        rest: &'r [Spanned<String>],
    ) -> Option<(&'r Spanned<String>, &'a Node)> {
        let field = rest.first().filter(|field| !image_fields().contains(&field.value))?;
        let app = self.declared(DeclarationKind::App, name).filter(|app| app.name() != own.name());
        Some((field, app.or_else(|| self.declared(DeclarationKind::Secret, name))?))
    }

    fn first_names(&self) -> Vec<String> {
        let own = self.app.into_iter().flat_map(|app| app.names("image").collect::<Vec<_>>());
        let roots =
            variables::ROOTS.iter().map(|root| root.name).filter(|root| *root != variables::CANARY || self.query);
        let roots = roots.map(str::to_owned);
        own.chain(roots).chain(self.root.names("app")).chain(self.root.names("secret")).collect()
    }

    fn canary(&self, reference: &ast::Ref, rest: &[Spanned<String>], sink: &mut Diagnostics) -> Option<Variable> {
        let field = own_field(reference, rest, sink)?;
        if !self.query {
            sink.push(errors::not_in_scope(reference, "in the `query` of an `analysis`"));
            return None;
        }
        Some(Variable::Text(Text(vec![Segment::Canary(CanaryField::named(field)?)]), Phase::Run))
    }

    fn run(&self, reference: &ast::Ref, rest: &[Spanned<String>], sink: &mut Diagnostics) -> Option<Variable> {
        let field = RunField::named(own_field(reference, rest, sink)?)?;
        if field.is_of_tags() && !self.tag {
            sink.push(errors::not_in_scope(reference, "in the `from-ci` of an `image`"));
            return None;
        }
        if field == RunField::Tag
            && let Some((pipeline, on)) = self.run_without_tag()
        {
            sink.push(errors::not_of_every_trigger(reference, pipeline, on));
            return None;
        }
        let project = self.root.block("project");
        let lacks_ui = |project: &Node| {
            let argo = project.block("argo");
            argo.map_or_else(|| project.lacks("argo"), |argo| argo.lacks("ui"))
        };
        if field == RunField::WorkflowUrl && project.is_some_and(lacks_ui) {
            sink.push(errors::no_ui(reference));
            return None;
        }
        Some(Variable::Text(Text(vec![Segment::Run(field)]), Phase::Run))
    }

    /// A pipeline that delivers the app or uses one of its tasks, and a trigger of it whose runs have no tag.
    fn run_without_tag(&self) -> Option<(&'a Node, &'a Node)> {
        let app = self.app?.name();
        let delivers = |pipeline: &Node| match pipeline.attribute("delivers").map(|attribute| &attribute.value) {
            Some(ast::Value::Ref(name)) => name.to_string() == app,
            Some(ast::Value::List(list)) => {
                list.values.iter().any(|value| matches!(value, ast::Value::Ref(name) if name.to_string() == app))
            }
            _ => false,
        };
        let uses = |stage: &Node| match &stage.label {
            Some(ast::Label::Ref(name)) => name.parts.len() == 2 && name.parts[0].value == app,
            _ => false,
        };
        let is_of = |pipeline: &&Node| delivers(pipeline) || pipeline.blocks.iter().any(uses);
        let mut pipelines = self.root.all("pipeline").filter(is_of);
        pipelines.find_map(|pipeline| {
            let on = pipeline.blocks.iter().find(|on| on.spec.word == "on" && on.name() != TriggerKind::Tag.word())?;
            Some((pipeline, on))
        })
    }

    fn environment(&self, reference: &ast::Ref, rest: &[Spanned<String>], sink: &mut Diagnostics) -> Option<Variable> {
        let field = own_field(reference, rest, sink)?;
        let Some(environment) = self.environment else {
            // The place is the same in every environment, whatever the scope: its phase says so better.
            return Some(Variable::Text(
                Text::default(),
                if field == "name" { Phase::Environment } else { Phase::Run },
            ));
        };
        if field == "name" {
            return Some(Variable::Text(Text::literal(environment), Phase::Environment));
        }
        let (segment, phase) = self.namespace(environment);
        Some(Variable::Text(Text(vec![segment]), phase))
    }

    /// The namespace of an environment: known for a permanent one.
    fn namespace(&self, environment: &str) -> (Segment, Phase) {
        let node = self.declared(DeclarationKind::Environment, environment);
        if node.is_some_and(|node| node.attribute("copy-of").is_some()) {
            return (Segment::Namespace, Phase::Run);
        }
        let written = node.and_then(|node| node.attribute("namespace"));
        // What is wrong with the attribute is reported there.
        let written = written.and_then(|attribute| self.known(&attribute.value).ok().flatten());
        (Segment::Literal(written.unwrap_or_else(|| environment.to_owned())), Phase::Environment)
    }

    /// The value of a string of the program at compile time; `None` if it is not known or an error in it is reported elsewhere.
    /// `Err` if it is defined by itself.
    pub fn known(&self, value: &ast::Value) -> Result<Option<String>, ()> {
        if self.depth >= DEEPEST {
            return Err(());
        }
        let scope = Self { environment: None, depth: self.depth + 1, ..*self };
        let mut sink = Diagnostics::default();
        let mut variable = |reference: &ast::Ref| match scope.variable(reference, &mut sink) {
            Some(Variable::Text(text, Phase::Compile)) => text.known(),
            _ => None,
        };
        let text = match value {
            ast::Value::Text(text) => text
                .segments
                .iter()
                .map(|segment| match segment {
                    ast::Segment::Literal(text) => Some(text.clone()),
                    ast::Segment::Variable(reference) => variable(reference),
                })
                .collect(),
            ast::Value::Ref(reference) => variable(reference),
            _ => None,
        };
        if sink.has(Code::E0216) { Err(()) } else { Ok(text) }
    }

    /// The same for the value behind a variable.
    fn behind(&self, reference: &ast::Ref, value: &ast::Value, sink: &mut Diagnostics) -> Option<String> {
        self.known(value).unwrap_or_else(|()| {
            sink.push(errors::defined_by_itself(reference));
            None
        })
    }

    fn fixed(&self, reference: &ast::Ref, rest: &[Spanned<String>], sink: &mut Diagnostics) -> Option<Variable> {
        let project = self.root.block("project");
        let field = own_field(reference, rest, sink)?;
        let text = match reference.parts[0].value.as_str() {
            "project" => project.map(Node::name),
            "target" => Some(self.target.to_owned()),
            _ => {
                let registry = project.and_then(|project| project.block("registry"));
                let written = |name| registry.and_then(|node| node.attribute(name));
                if field == "path" && registry.is_some_and(|node| node.lacks(field)) {
                    return Some(Variable::Text(Text::literal(""), Phase::Compile));
                }
                let address = match field {
                    "push" => written("push").or_else(|| written("host")),
                    "path" => written("path"),
                    _ => written("host"),
                };
                let address = address.and_then(|address| self.behind(reference, &address.value, sink));
                if registry.is_none() && project.is_some_and(|project| project.lacks("registry")) {
                    sink.push(errors::no_registry(reference.span));
                }
                address.map(|address| {
                    address
                        .trim_start_matches("http://")
                        .trim_start_matches("https://")
                        .trim_end_matches('/')
                        .to_owned()
                })
            }
        };
        Some(Variable::Text(Text::literal(text?), Phase::Compile))
    }

    fn of_app(
        &self,
        app: &Node,
        reference: &ast::Ref,
        rest: &[Spanned<String>],
        own: bool,
        sink: &mut Diagnostics,
    ) -> Option<Variable> {
        let Some(field) = rest.first() else {
            sink.push(errors::incomplete(
                reference,
                if own { "`app.name`, `app.path` or `app.url`" } else { "`.url`, `.address`, or one of its images" },
            ));
            return None;
        };
        match (field.value.as_str(), own) {
            ("name", true) => Some(Variable::Text(Text::literal(app.name()), Phase::Compile)),
            ("path", true) => {
                let path = match app.attribute("path") {
                    Some(attribute) => self.behind(reference, &attribute.value, sink)?,
                    None => String::new(),
                };
                Some(Variable::Text(Text::literal(value::path(&path).unwrap_or(path)), Phase::Compile))
            }
            ("url", _) => self.address(app, reference, sink),
            (name, false) if app.names("image").any(|known| known == name) => {
                self.image(ImageId { app: app.name(), image: name.to_owned() }, reference, &rest[1..], sink)
            }
            (name, _) if ADDRESS.iter().any(|field| field.name == name) => self.address(app, reference, sink),
            _ => {
                let mut known: Vec<String> = app.names("image").filter(|_| !own).collect();
                known.extend(if own { vec!["name".into(), "path".into()] } else { vec![] });
                known.extend(ADDRESS.iter().map(|field| field.name.to_owned()));
                if own || !app.unread.may_be("image") {
                    sink.push(errors::unknown_field(reference, field, &known));
                }
                None
            }
        }
    }

    /// The app whose address a reference is, if it is another than the current one.
    pub fn addressed(&self, reference: &ast::Ref) -> Option<String> {
        let [app, field] = reference.parts.as_slice() else { return None };
        let is_address = ADDRESS.iter().any(|known| known.name == field.value);
        let is_image = |name: &str| self.app.is_some_and(|app| app.names("image").any(|known| known == name));
        let node = self.declared(DeclarationKind::App, &app.value).filter(|_| is_address && !is_image(&app.value))?;
        let is_own = self.app.is_some_and(|own| own.name() == app.value);
        (!is_own && !node.names("image").any(|known| known == field.value)).then(|| app.value.clone())
    }

    /// A part of the address of what an app serves in the cluster.
    fn address(&self, app: &Node, reference: &ast::Ref, sink: &mut Diagnostics) -> Option<Variable> {
        let Some(environment) = self.environment else {
            return Some(Variable::Text(Text::default(), Phase::Run));
        };
        let app_in = self.app_in_environment(app);
        let (service, port) = match app_in.attribute("serves") {
            // What has another form is reported there.
            Some(attribute) => value::served(&self.behind(reference, &attribute.value, sink)?).ok()?,
            None => (app.name(), self.port(app, &app_in, environment, reference, sink)?),
        };
        let (namespace, phase) = self.namespace(environment);
        let host = |before: &str, after: &str| {
            let mut text = Text::literal(format!("{before}{service}."));
            text.push(namespace.clone());
            text.push(Segment::Literal(format!(".svc{after}")));
            Variable::Text(text, phase)
        };
        Some(match reference.parts[1].value.as_str() {
            "url" => host("http://", &format!(":{port}")),
            "address" => host("", &format!(":{port}")),
            "host" => host("", ""),
            _ => Variable::Text(Text::literal(port.to_string()), Phase::Environment),
        })
    }

    /// The port of an app's unlabelled service.
    fn port(
        &self,
        app: &Node,
        app_in: &Node,
        environment: &str,
        reference: &ast::Ref,
        sink: &mut Diagnostics,
    ) -> Option<u16> {
        let service = app_in.all("service").find(|service| service.label.is_none());
        let port = service.and_then(|service| service.attribute("port"));
        if let Some(ast::Value::Quantity(port)) = port.map(|port| &port.value) {
            return port.value.parse().ok();
        }
        // Where there is one it is reported there.
        if !app_in.unread.may_be("service") && service.is_none_or(|service| service.lacks("port")) {
            let is_deployed = ["helm", "kustomize", "manifests"].iter().any(|word| app_in.block(word).is_some());
            let varies = app.block("service").map(|_| environment);
            sink.push(errors::no_address(reference, &app.name(), varies, is_deployed));
        }
        None
    }

    fn image(
        &self,
        id: ImageId,
        reference: &ast::Ref,
        rest: &[Spanned<String>],
        sink: &mut Diagnostics,
    ) -> Option<Variable> {
        let field = match rest {
            [] => ImageField::Reference,
            rest => ImageField::named(one_of(reference, rest, variables::IMAGE, sink)?)?,
        };
        let app = self.declared(DeclarationKind::App, &id.app);
        let image = app.and_then(|app| app.all("image").find(|image| image.name() == id.image));
        if let Some((image, written)) = image.and_then(|image| Some((image, image.attribute(REFERENCE.attribute)?))) {
            let known = self.behind(reference, &written.value, sink)?;
            // What is wrong with it is reported there.
            let known = value::image_reference(&known).ok()?;
            let text = match field {
                ImageField::Reference => known.pinned(),
                ImageField::Repository => known.repository,
                ImageField::Digest => known.digest,
                ImageField::Tag => known.tag.or_else(|| {
                    sink.push(errors::reference_without_tag(reference, image));
                    None
                })?,
            };
            return Some(Variable::Text(Text::literal(text), Phase::Compile));
        }
        Some(Variable::Text(Text(vec![Segment::Image(id, field)]), Phase::Run))
    }

    fn secret(
        &self,
        secret: &Node,
        reference: &ast::Ref,
        rest: &[Spanned<String>],
        sink: &mut Diagnostics,
    ) -> Option<Variable> {
        if rest.is_empty() {
            let keys = self.declared_keys(secret).unwrap_or_default();
            let listed: Vec<_> = keys.iter().map(|key| format!("`{reference}.{key}`")).collect();
            sink.push(errors::incomplete(reference, &alternatives(&listed)));
            return None;
        }
        // A key may contain dots.
        let key = rest.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".");
        let keys = self.declared_keys(secret);
        if let Some(keys) = keys.filter(|keys| !keys.contains(&key)) {
            let span = rest[0].span.to(rest[rest.len() - 1].span);
            sink.push(errors::unknown_key(&secret.name(), &Spanned::new(key, span), &keys));
            return None;
        }
        Some(Variable::Secret(SecretKey { secret: secret.name(), key }))
    }

    /// The keys that a secret's block lists; `None` if an error in them is reported separately.
    pub fn declared_keys(&self, secret: &Node) -> Option<Vec<String>> {
        match &secret.attribute("keys")?.value {
            ast::Value::List(list) if secret.unread != Unread::Anything => {
                list.values.iter().map(|value| self.known(value).ok().flatten()).collect()
            }
            _ => None,
        }
    }
}

/// The names of what can be asked of an image.
pub(super) fn image_fields() -> Vec<String> {
    variables::IMAGE.iter().map(|field| field.name.to_owned()).collect()
}

/// The field after a first name that the language has itself.
fn own_field(reference: &ast::Ref, rest: &[Spanned<String>], sink: &mut Diagnostics) -> Option<&'static str> {
    one_of(reference, rest, variables::fields(&reference.parts[0].value), sink)
}

/// `a`, `b` or `c`.
fn alternatives(list: &[String]) -> String {
    match list {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => list.concat(),
    }
}

/// The one field after the first name, which must be one of the given ones.
fn one_of(
    reference: &ast::Ref,
    rest: &[Spanned<String>],
    fields: &'static [Field],
    sink: &mut Diagnostics,
) -> Option<&'static str> {
    let known = || fields.iter().map(|field| field.name.to_owned()).collect::<Vec<_>>();
    match rest {
        [] => {
            let listed: Vec<_> = known().iter().map(|field| format!("`{reference}.{field}`")).collect();
            sink.push(errors::incomplete(reference, &alternatives(&listed)));
            None
        }
        [field] => {
            let found = fields.iter().map(|known| known.name).find(|known| *known == field.value);
            if found.is_none() {
                sink.push(errors::unknown_field(reference, field, &known()));
            }
            found
        }
        [field, more, ..] => {
            if known().contains(&field.value) {
                sink.push(errors::part_of_a_value(reference, field, more));
            } else {
                sink.push(errors::unknown_field(reference, field, &known()));
            }
            None
        }
    }
}

/// Where a place of a phase needs a value that is known later.
pub(super) fn too_late(reference: &ast::Ref, known: Phase, needed: Phase, place: &str, sink: &mut Diagnostics) -> bool {
    if known <= needed {
        return false;
    }
    sink.push(errors::too_late(reference, known, needed, place));
    true
}
