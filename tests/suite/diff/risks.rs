//! Of each risk: a change near by that does not bring it. A warning that is always there is read by nobody.

use super::{base, codes, edited, tree, trees};
use pipelinec::diff::risk::Code;
use pipelinec::diff::{Trees, diff};
use std::collections::BTreeSet;

/// Risks, and edits near by that do not bring them.
type Near = (&'static [Code], &'static [(&'static str, &'static str)]);

const NEAR: &[Near] = &[
    // A quota, a first namespace's label or a longer life: no Application goes.
    (&[Code::R01, Code::R02, Code::R08], &[("ttl = 8h", "ttl = 9h")]),
    (&[Code::R01], &[("ttl = 8h", "ttl = 8h, quota { pods = 20 }")]),
    (&[Code::R02], &[("environment staging {", "environment preview {"), ("staging", "preview")]),
    (&[Code::R03], &[("service worker {", "service batch {")]),
    (
        &[Code::R22],
        &[(
            "service worker {",
            "service worker { patch \"Pod\" { spec = { priorityClassName = \"low\", hostNetwork = false } },",
        )],
    ),
    (&[Code::R25], &[("keys = [\"key\"]", "keys = [\"key\", \"another\"]")]),
    (&[Code::R04], &[("replicas = 4", "replicas = 5")]),
    (&[Code::R04], &[("50%, 5m]", "50%, 6m]")]),
    (&[Code::R04, Code::R15], &[("replicas = 4", "replicas = 2..6")]),
    (&[Code::R05, Code::R10, Code::R11], &[("steps = [20%, 5m, 50%, 5m]", "steps = [30%, 5m, 60%, 5m]")]),
    (&[Code::R06, Code::R07], &[("at-most = 5%", "at-most = 6%")]),
    (&[Code::R07], &[("host = \"registry.acme.io\"", "host = \"images.acme.io\"")]),
    (&[Code::R08], &[("{ timeout = 20m }", "{ timeout = 25m }")]),
    (&[Code::R08], &[("  test smoke in staging\n", ""), ("  task smoke {", "  task smoke { allow = [W0203], ")]),
    (&[Code::R09], &[("environment staging {", "environment preview {"), ("staging", "preview")]),
    (&[Code::R09], &[("  test smoke in staging\n", "  test smoke in staging\n  run smoke in staging\n")]),
    (&[Code::R09], &[("    port = 8080\n", "    port = 8080, health = \"/healthz\"\n")]),
    (&[Code::R10, Code::R16], &[("50%, 5m]", "50%, 6m]")]),
    (&[Code::R11], &[("50%, 5m]", "50%, 6m]")]),
    (&[Code::R12], &[("LEVEL = \"info\"", "LEVEL = \"debug\"")]),
    (&[Code::R13], &[("ttl = 8h", "ttl = 9h")]),
    (&[Code::R15], &[("    port = 8080\n", "    port = 8080, ports = { grpc = 9000 }\n")]),
    (&[Code::R16], &[("replicas = 4", "replicas = 5")]),
    (&[Code::R19], &[("chart = \"redis\"", "chart = \"valkey\"")]),
    (&[Code::R23, Code::R24], &[("volume index { at = \"/index\"", "volume index { at = \"/data\"")]),
    (&[Code::R27], &[("environment production\n", "environment production { labels = { team = \"shop\" } }\n")]),
    (&[Code::R20], &[("values = [\"values.yaml\"]", "values = [\"values.yaml\", \"more.yaml\"]")]),
    (&[Code::R22, Code::R26], &[("  image code\n  service worker", "  image code { memory = 8Gi }\n  service worker")]),
    // Another Secret to write with, and one to read with that has never written.
    (
        &[Code::R21],
        &[
            ("credentials = gitops", "credentials = writer"),
            ("secret gitops {", "secret writer {"),
            ("credentials = github", "credentials = reader"),
            ("secret github {", "secret reader {"),
        ],
    ),
];

#[test]
fn what_is_near_a_risk_and_none_is_not_called_one() {
    let base = base();
    let mut wrong = Vec::new();
    for (near, edits) in NEAR {
        let text = edited(edits);
        let found = diff(base, &trees(&text));
        let brought: Vec<_> = near.iter().filter(|code| codes(&found).contains(code)).collect();
        if !brought.is_empty() || found.targets.is_empty() {
            wrong.push(format!("{edits:?}: {brought:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Those of files that no sources make have their neighbours in `edits`.
    let other = [Code::R14, Code::R17, Code::R18];
    let named: BTreeSet<_> = NEAR.iter().flat_map(|(codes, _)| codes.iter().copied()).chain(other).collect();
    assert_eq!(named, Code::ALL.iter().copied().collect(), "a risk without a change near by");
}

#[test]
fn only_a_readiness_probe_that_is_removed_is_a_gate_that_is() {
    let with = |probe: &str| trees(&edited(&[("    port = 8080\n", &format!("    port = 8080, {probe}\n"))]));
    let both = with("probe ready { path = \"/\" }, probe live { path = \"/\" }");
    for (other, removed) in [
        (with("probe live { path = \"/\" }"), true),
        (with("probe ready { path = \"/\" }"), false),
        (with("probe ready { tcp = 8080 }"), false),
        (with("health = \"/\""), false),
    ] {
        assert_eq!(codes(&diff(&both, &other)).contains(&Code::R09), removed);
    }
}

/// A cluster may run only what is signed.
#[test]
fn a_signature_that_is_removed_is_a_gate_that_is() {
    let signed = trees(&edited(&[
        ("secret github {", "secret cosign { keys = [\"cosign.key\", \"cosign.password\"] }\nsecret github {"),
        ("  image code\n  service worker", "  image code { sign = cosign }\n  service worker"),
    ]));
    assert!(codes(&diff(&signed, base())).contains(&Code::R09));
    assert!(!codes(&diff(base(), &signed)).contains(&Code::R09));
}

#[test]
fn an_approval_that_is_removed_is_a_gate_that_is() {
    let with = |approvals: &str| {
        trees(&edited(&[
            ("ttl = 8h", "ttl = 48h"),
            ("  test smoke in staging\n", &format!("  test smoke in staging\n{approvals}")),
        ]))
    };
    let (one, two) = (with("  approve { timeout = 6h }\n"), with("  approve { timeout = 6h }\n  approve\n"));
    fn risks(old: &Trees, new: &Trees) -> BTreeSet<Code> {
        codes(&diff(old, new))
    }
    assert!(risks(&one, &with("")).contains(&Code::R09));
    assert!(risks(&two, &one).contains(&Code::R09));
    assert!(!risks(&one, &two).contains(&Code::R09));
    let shorter = with("  approve { timeout = 2h }\n");
    assert!(risks(&one, &shorter).contains(&Code::R08) && !risks(&one, &shorter).contains(&Code::R09));
    assert!(!risks(&shorter, &one).contains(&Code::R08));
    assert!(risks(&one, &with("  approve { timeout = 6h, message = \"go?\" }\n")).is_empty());
}

/// The risks between two objects of one place.
fn between(path: &str, old: &str, new: &str) -> BTreeSet<Code> {
    codes(&diff(&tree(&[(path, old)]), &tree(&[(path, new)])))
}

#[test]
fn rights_are_compared_one_by_one() {
    let role = |rules: &str| format!("kind: Role\nmetadata: {{name: r, namespace: n}}\nrules:\n{rules}\n");
    let rule = |groups: &str, resources: &str, names: &str, verbs: &str| {
        let names = if names.is_empty() { String::new() } else { format!(", resourceNames: [{names}]") };
        format!("- {{apiGroups: [{groups}], resources: [{resources}], verbs: [{verbs}]{names}}}")
    };
    let base = rule("''", "secrets", "a, b", "get, list");
    for (old, new, widened) in [
        (base.clone(), rule("''", "secrets", "a", "get, list"), false),
        (base.clone(), rule("''", "secrets", "a, b", "get"), false),
        (base.clone(), rule("''", "secrets", "b, a", "list, get"), false),
        (base.clone(), rule("''", "secrets", "a, b, c", "get, list"), true),
        (base.clone(), rule("''", "secrets", "", "get, list"), true),
        (base.clone(), rule("''", "secrets", "a, b", "get, list, delete"), true),
        (base.clone(), rule("''", "secrets, pods", "a, b", "get, list"), true),
        (base.clone(), rule("apps", "secrets", "a, b", "get, list"), true),
        (rule("''", "secrets", "", "get"), rule("''", "secrets", "a", "get"), false),
        (rule("'*'", "'*'", "", "'*'"), base.clone(), false),
        (base.clone(), rule("''", "secrets", "", "'*'"), true),
        // The same in two rules.
        (
            base.clone(),
            [rule("''", "secrets", "a", "get, list"), rule("''", "secrets", "b", "list, get")].join("\n"),
            false,
        ),
        (
            "- {nonResourceURLs: [/healthz], verbs: [get]}".into(),
            "- {nonResourceURLs: [/healthz, /x], verbs: [get]}".into(),
            true,
        ),
    ] {
        let found = between("access/x.yaml", &role(&old), &role(&new));
        assert_eq!(found.contains(&Code::R06), widened, "{old} and {new}: {found:?}");
    }
    let binding = |subjects: &str| {
        format!(
            "kind: RoleBinding\nmetadata: {{name: b, namespace: n}}\nroleRef: {{name: r}}\nsubjects: [{subjects}]\n"
        )
    };
    let (a, both) =
        ("{kind: ServiceAccount, name: a}", "{kind: ServiceAccount, name: a}, {kind: ServiceAccount, name: b}");
    assert_eq!(between("access/x.yaml", &binding(a), &binding(both)), BTreeSet::from([Code::R06]));
    assert_eq!(between("access/x.yaml", &binding(both), &binding(a)), BTreeSet::new());
}

#[test]
fn a_hook_is_registered_for_what_github_must_know() {
    let source =
        |hooks: &str| format!("kind: EventSource\nmetadata: {{name: e, namespace: n}}\nspec:\n  github:\n{hooks}\n");
    let hook = "    shop:\n      repositories: [{owner: acme, names: [shop]}]\n      events: [push]\n      webhook: {endpoint: /shop, url: 'https://a', maxPayloadSize: 1}\n      webhookSecret: {name: s, key: k}\n";
    let two = format!("{hook}    acme-cart:\n      events: [push]\n");
    for (old, new, expected) in [
        (hook.to_owned(), two.clone(), true),
        (two.clone(), hook.to_owned(), false),
        (hook.to_owned(), hook.replace("https://a", "https://b"), true),
        (hook.to_owned(), hook.replace("/shop", "/store"), true),
        (hook.to_owned(), hook.replace("key: k", "key: other"), true),
        (hook.to_owned(), hook.replace("[push]", "[push, pull_request]"), true),
        (hook.to_owned(), hook.replace("names: [shop]", "names: [shop, cart]"), true),
        (hook.replace("names: [shop]", "names: [shop, cart]"), hook.to_owned(), false),
        (hook.to_owned(), hook.replace("maxPayloadSize: 1", "maxPayloadSize: 2"), false),
    ] {
        let found = between("events/x.yaml", &source(&old), &source(&new));
        assert_eq!(found.contains(&Code::R07), expected, "{old} and {new}: {found:?}");
    }
    assert!(codes(&diff(&tree(&[]), &tree(&[("events/x.yaml", &source(hook))]))).contains(&Code::R07));
}

#[test]
fn a_secret_is_needed_where_nothing_used_it_before() {
    let pod = |name: &str, volumes: &str| {
        format!("kind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{{volumes}}}}}}}\n")
    };
    let asks = |secret: &str, key: &str| {
        format!(
            "containers: [{{name: c, env: [{{name: A, valueFrom: {{secretKeyRef: {{name: {secret}, key: {key}}}}}}}]}}]"
        )
    };
    let here = "apps/a/production/a.yaml";
    let needed = |old: &[(&str, &str)], new: &[(&str, &str)]| codes(&diff(&tree(old), &tree(new))).contains(&Code::R12);
    let (plain, with) = (pod("a", "x: 1"), pod("a", &asks("db", "k")));
    assert!(needed(&[(here, &plain)], &[(here, &with)]));
    assert!(needed(&[(here, &with)], &[(here, &pod("a", &asks("db", "other")))]));
    assert!(!needed(&[(here, &with)], &[(here, &plain)]));
    // A neighbour in the environment has asked for it all along; one in another environment has not.
    for (place, expected) in [("apps/b/production/b.yaml", false), ("apps/b/staging/b.yaml", true)] {
        let other = pod("b", &asks("db", "k"));
        assert_eq!(needed(&[(here, &plain), (place, &other)], &[(here, &with), (place, &other)]), expected, "{place}");
    }
    // The tree makes it itself.
    let made = "kind: Secret\nmetadata: {name: db, namespace: x}\nstringData: {k: ''}\n";
    let secrets = "environments/production/secrets.yaml";
    assert!(!needed(&[(here, &plain), (secrets, made)], &[(here, &with), (secrets, made)]));
    // As a volume and as all of its keys, too.
    assert!(needed(&[(here, &plain)], &[(here, &pod("a", "volumes: [{name: v, secret: {secretName: db}}]"))]));
    assert!(needed(
        &[(here, &plain)],
        &[(here, &pod("a", "containers: [{name: c, envFrom: [{secretRef: {name: db}}]}]"))]
    ));
}

#[test]
fn a_canary_and_a_route_are_compared_by_what_they_do() {
    let rollout = |canary: &str| {
        format!(
            "kind: Rollout\nmetadata: {{name: r}}\nspec: {{template: {{x: 1}}, strategy: {{canary: {{{canary}}}}}}}\n"
        )
    };
    let at = "apps/a/production/a.yaml";
    let steps = |text: &str| rollout(&format!("steps: [{text}]"));
    let pause = |time: &str| steps(&format!("{{setWeight: 20}}, {{pause: {{{time}}}}}"));
    assert_eq!(between(at, &pause("duration: 5m"), &pause("duration: 4m")), BTreeSet::from([Code::R11]));
    assert_eq!(between(at, &pause("duration: 300"), &pause("duration: 5m")), BTreeSet::new());
    // A pause that somebody has to end is a gate.
    assert!(between(at, &pause(""), &pause("duration: 1h")).contains(&Code::R09));
    assert_eq!(between(at, &pause("duration: 1h"), &pause("")), BTreeSet::from([Code::R11]));
    let analysed = |names: &str| rollout(&format!("steps: [{{setWeight: 20}}], analysis: {{templates: [{names}]}}"));
    let (one, two) = (analysed("{templateName: a}"), analysed("{templateName: a}, {templateName: b}"));
    assert_eq!(between(at, &two, &one), BTreeSet::from([Code::R10]));
    assert_eq!(between(at, &one, &two), BTreeSet::new());
    // All of the canary goes.
    let bare = rollout("").replace("canary: {}", "blueGreen: {}");
    assert!(between(at, &one, &bare).contains(&Code::R10));
    let route = |rules: &str| format!("kind: IngressRoute\nmetadata: {{name: r}}\nspec: {{routes: [{rules}]}}\n");
    let (a, b) =
        ("{match: Host(`a`), services: [{name: s, port: 80}]}", "{match: Host(`b`), services: [{name: s, port: 80}]}");
    assert_eq!(between(at, &route(a), &route(b)), BTreeSet::from([Code::R15]));
    assert_eq!(between(at, &route(&format!("{a}, {b}")), &route(b)), BTreeSet::from([Code::R15]));
    assert_eq!(between(at, &route(a), &route(&format!("{a}, {b}"))), BTreeSet::new());
    assert_eq!(between(at, &route(a), &route(&a.replace("80", "81"))), BTreeSet::new());
    // A whole target that comes, and an app that does, bring nothing of R14.
    assert!(!between(at, &route(a), &route(b)).contains(&Code::R14));
}
