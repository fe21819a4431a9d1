//! What all pods have in common: security contexts, resources, environment variables.

use crate::kube::core::{
    Capabilities, EnvVar, EnvVarSource, ObjectFieldSelector, PodSecurityContext, Quantity, ResourceRequirements,
    SeccompProfile, SecretKeySelector, SecurityContext,
};
use crate::model::{Bounds, Segment, Text};
use crate::names::{NAMESPACE_VARIABLE, NOTHING_VARIABLE};
use std::collections::BTreeMap;

/// The uid of the generated steps, which has no entry in any image.
pub const STEP_USER: i64 = 65_532;

/// A pod whose containers run as that uid; `0` is root, which the program has asked for.
pub fn pod_security(user: i64) -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(user != 0),
        run_as_user: Some(user),
        run_as_group: Some(user),
        fs_group: Some(user),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), localhost_profile: None }),
        ..PodSecurityContext::default()
    }
}

/// A container without privileges. The root file system is writable if the image may depend on it.
pub fn container_security(read_only: bool) -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        read_only_root_filesystem: read_only.then_some(true),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), add: None }),
        ..SecurityContext::default()
    }
}

/// Requests and limits.
pub fn resources(cpu: &Bounds, memory: &Bounds) -> ResourceRequirements {
    let map = |cpu: &str, memory: &str| {
        BTreeMap::from([
            ("cpu".to_owned(), Quantity(cpu.to_owned())),
            ("memory".to_owned(), Quantity(memory.to_owned())),
        ])
    };
    ResourceRequirements {
        requests: Some(map(&cpu.request, &memory.request)),
        limits: Some(map(&cpu.limit, &memory.limit)),
        claims: None,
    }
}

/// Requests and limits of a generated step.
pub fn step_resources(cpu: (&str, &str), memory: (&str, &str)) -> ResourceRequirements {
    resources(&Bounds::new(cpu.0, cpu.1), &Bounds::new(memory.0, memory.1))
}

/// A variable with a value.
pub fn variable(name: &str, value: impl Into<String>) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.into()), value_from: None }
}

/// A variable with the value of a Secret's key.
pub fn secret_variable(name: &str, secret: &str, key: &str) -> EnvVar {
    let secret_key_ref = Some(SecretKeySelector { name: secret.to_owned(), key: key.to_owned(), optional: None });
    EnvVar {
        name: name.to_owned(),
        value: None,
        value_from: Some(EnvVarSource { secret_key_ref, ..Default::default() }),
    }
}

/// The variable that holds the pod's namespace.
pub fn namespace_variable(name: &str) -> EnvVar {
    let field_ref = Some(ObjectFieldSelector { field_path: "metadata.namespace".into(), api_version: None });
    EnvVar { name: name.to_owned(), value: None, value_from: Some(EnvVarSource { field_ref, ..Default::default() }) }
}

/// Escapes a literal for a place where Kubernetes replaces `$(NAME)` and turns `$$` into `$`, so that it arrives
/// unchanged (`Expand` in `third_party/forked/golang/expansion/expand.go` of github.com/kubernetes/kubernetes). `next` is
/// what follows it: before a `$(NAME)`, or a branch that begins with a parenthesis, a `$` at the end must be doubled as
/// well.
pub fn unexpanded(text: &str, next: Option<&Segment>) -> String {
    let mut result = String::with_capacity(text.len());
    let follows = next.map(|_| '$');
    let mut letters = text.chars().chain(follows).peekable();
    for _ in text.chars() {
        let Some(letter) = letters.next() else { break };
        result.push(letter);
        if letter == '$' && matches!(letters.peek(), Some('$' | '(')) {
            result.push('$');
        }
    }
    result
}

/// A string in a pod that has its namespace in [`NAMESPACE_VARIABLE`], if no other part of it is only known in a run.
pub fn in_pod(text: &Text) -> Option<String> {
    text.0
        .iter()
        .enumerate()
        .map(|(at, segment)| match segment {
            Segment::Literal(literal) => Some(unexpanded(literal, text.0.get(at + 1))),
            Segment::Namespace => Some(reference(NAMESPACE_VARIABLE)),
            Segment::Secret { variable, .. } => Some(reference(variable)),
            Segment::Image(..) | Segment::Run(_) | Segment::Canary(_) => None,
        })
        .collect()
}

/// A reference that Kubernetes replaces by the value of a variable before it.
pub fn reference(variable: &str) -> String {
    format!("$({variable})")
}

/// A reference that Kubernetes replaces by nothing.
pub fn nothing() -> String {
    reference(NOTHING_VARIABLE)
}

/// Escapes a literal for a pod of a workflow, so that neither Argo nor Kubernetes changes it. Argo replaces `{{…}}`
/// every time it processes a template, so a variable that Kubernetes replaces by nothing separates two braces.
pub fn literal(text: &str, next: Option<&Segment>) -> String {
    let mut result = String::new();
    let mut before = None;
    for letter in unexpanded(text, next).chars() {
        if letter == '{' && before == Some('{') {
            result.push_str(&nothing());
        }
        result.push(letter);
        before = Some(letter);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{literal, unexpanded};
    use crate::model::{RunField, Segment};

    #[test]
    fn dollars_survive_the_expansion_of_kubernetes() {
        assert_eq!(unexpanded("a$b $ c", None), "a$b $ c");
        assert_eq!(unexpanded("$(HOME)", None), "$$(HOME)");
        assert_eq!(unexpanded("$$", None), "$$$");
        assert_eq!(unexpanded("$$(X)", None), "$$$$(X)");
        assert_eq!(unexpanded("$", Some(&Segment::Namespace)), "$$");
        assert_eq!(unexpanded("$$", Some(&Segment::Namespace)), "$$$$");
    }

    #[test]
    fn braces_never_meet() {
        assert_eq!(literal("{{workflow.name}}", None), "{$(PIPELINEC_NOTHING){workflow.name}}");
        assert!(!literal("{{{{", None).contains("{{"));
        assert_eq!(literal("a {b} $(c)", None), "a {b} $$(c)");
        assert_eq!(literal("{$", Some(&Segment::Run(RunField::Branch))), "{$$");
    }
}
