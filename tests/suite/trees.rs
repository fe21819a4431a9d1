//! Single properties of the trees that programs compile to.

use std::collections::BTreeMap;

use pipelinec::compile::compile;
use pipelinec::diag::Diagnostic;
use pipelinec::files::Files;
use pipelinec::source::SourceMap;

use testkit::fixtures::{rendered, sources};

/// What every program here begins with.
const PROJECT: &str = "\
project p {
  gitops { repo = \"github.com/acme/gitops\", credentials = gitops }
  github { webhook = \"https://hooks.acme.io\", credentials = github }
  registry { host = \"registry.acme.io\" }
}
secret github { keys = [\"token\", \"webhookSecret\"] }
secret gitops { keys = [\"token\"] }
";

/// The tree of a program with one target, about which there is nothing to say.
pub fn tree(program: &str) -> Files {
    let text = format!("{PROJECT}{program}");
    let (mut trees, diagnostics) = all(&sources("test.pipe", &text));
    assert!(diagnostics.is_empty(), "{}", rendered(&sources("test.pipe", &text), &diagnostics));
    trees.pop_first().expect("a tree").1
}

/// What there is to say about a program: code and message.
fn said(program: &str) -> Vec<String> {
    let (_, diagnostics) = all(&sources("test.pipe", &format!("{PROJECT}{program}")));
    diagnostics.iter().map(|said| format!("{}: {}", said.code, said.message)).collect()
}

fn all(sources: &SourceMap) -> (BTreeMap<String, Files>, Vec<Diagnostic>) {
    let compilation = compile(sources);
    (compilation.trees, compilation.diagnostics)
}

#[test]
fn a_folder_without_objects_is_left_out() {
    let tree = tree(
        "app tools { source = \"github.com/acme/tools\", image sdk }\npipeline tools { delivers = tools, on push, build }\n",
    );
    assert!(!tree.keys().any(|path| path.starts_with("argocd/")), "{:?}", tree.keys());
    assert!(!tree["kustomization.yaml"].contains("argocd"), "{}", tree["kustomization.yaml"]);
}

/// A permanent environment and an ephemeral one.
const ENVIRONMENTS: &str = "environment production\nenvironment staging { copy-of = production, ttl = 9h }\n";

#[test]
fn an_app_of_images_alone_is_recorded_and_not_waited_for() {
    let convert = "app convert { source = \"github.com/acme/c\", image code }\n\
        app shop {\n source = \"github.com/acme/s\"\n needs = [convert]\n image code\n \
          service { image = code, cpu = 1, memory = 1Gi, env = { CONVERT = convert.code } }\n}\n\
        pipeline shop { delivers = shop, on push, build, stage-env staging, wait-for-sync in staging, teardown staging, \
          deploy in production, wait-for-sync in production }\n";
    let brought = format!(
        "{ENVIRONMENTS}{convert}pipeline convert {{ delivers = convert, on push, build, deploy in production }}\n"
    );
    let files = tree(&brought);
    assert_eq!(files["apps/convert/staging/sources.json"], "[]\n");
    assert!(files["workflows/convert.yaml"].contains("value: promote"));
    assert!(!files["workflows/shop.yaml"].contains("name: except"));
    let built = format!("{ENVIRONMENTS}{convert}pipeline convert {{ delivers = convert, on push, build }}\n");
    assert_eq!(said(&built), ["E0412: the images of app `convert` are never deployed to `production`"]);
}

#[test]
fn the_cache_of_an_image_is_beside_it_or_nowhere() {
    let app = |image: &str| {
        format!(
            "app a {{ source = \"github.com/acme/a\", image code {image} }}\npipeline a {{ delivers = a, on push, build }}\n"
        )
    };
    let cache = |image: &str| {
        let files = tree(&app(image));
        let rest = files["workflows/a.yaml"].split_once("- name: cache\n").expect("a cache").1.to_owned();
        rest.lines().next().expect("its value").trim().to_owned()
    };
    assert_eq!(cache(""), "value: registry.acme.io/a/code-cache:buildcache");
    assert_eq!(cache("{ repository = \"shop\", tag = \"1.0\" }"), "value: registry.acme.io/shop-cache:buildcache");
    assert_eq!(cache("{ cache = off }"), "value: \"\"");
}

#[test]
fn a_migration_is_never_tried_again() {
    let files = tree(&format!(
        "{ENVIRONMENTS}app a {{ source = \"github.com/acme/a\", image code, task up {{ image = code, command = [\"up\"], retries = 3 }} }}\n\
         pipeline a {{ delivers = a, on push, build, stage-env staging, run up in staging, teardown staging, \
           migrate up in production, deploy in production }}\n"
    ));
    let workflow = &files["workflows/a.yaml"];
    let tried: Vec<_> = workflow.split("\n  - name: ").filter(|template| template.contains("limit: \"3\"")).collect();
    assert!(matches!(tried.as_slice(), [only] if only.starts_with("run-up-in-staging")), "{tried:?}");
    assert!(workflow.contains("\n  - name: migrate-up-in-production"), "{workflow}");
}

#[test]
fn names_that_meet_are_kept_apart() {
    let files = tree(
        "environment main\nenvironment finish\nenvironment check { copy-of = main, ttl = 9h }\n\
         app a { source = \"github.com/acme/a\", image b-c, task smoke { image = b-c, command = [\"theirs\"] }, \
           service { image = b-c, cpu = 1, memory = 1Gi } }\n\
         app a-b { source = \"github.com/acme/b\", needs = [a], image c, \
           task a-smoke { image = c, command = [\"ours\"], env = { X = a.b-c.tag, Y = c.tag } }, \
           service { image = c, cpu = 1, memory = 1Gi } }\n\
         pipeline a { delivers = a, on push, build, deploy in main, wait-for-sync in main, deploy in finish, wait-for-sync in finish }\n\
         pipeline z { delivers = a-b, on push, build, stage-env check, test a.smoke in check, test a-smoke in check, \
           teardown check, deploy in main, wait-for-sync in main, deploy in finish, wait-for-sync in finish }\n",
    );
    let workflow = &files["workflows/z.yaml"];
    let templates: Vec<_> = workflow.lines().filter(|line| line.starts_with("  - name: ")).collect();
    assert_eq!(
        templates,
        [
            "  - name: main",
            "  - name: prepare",
            "  - name: delivery",
            "  - name: test-a-smoke-in-check",
            "  - name: test-a-smoke-in-check-2",
            "  - name: in-main",
            "  - name: steps-in-main",
            "  - name: in-finish",
            "  - name: steps-in-finish",
            "  - name: finish"
        ]
    );
    for name in ["a_b-c_tag", "a-b_c_tag"] {
        assert!(workflow.contains(&format!("      - name: {name}\n")), "{name}");
    }
}

#[test]
fn braces_and_dollars_before_a_variable_are_parted_from_it() {
    let program = format!(
        "{ENVIRONMENTS}app a {{\n source = \"github.com/acme/a\"\n image code\n \
         env = {{ B = \"{{${{environment.namespace}}}}\", D = \"$${{environment.namespace}}\" }}\n \
         task t {{ image = code, command = [\"x\"] }}\n service {{ image = code, cpu = 1, memory = 1Gi }}\n}}\n\
         pipeline a {{ delivers = a, on push, build, stage-env staging, wait-for-sync in staging, test t in staging, teardown staging }}\n"
    );
    let files = tree(&program);
    let task = &files["workflows/a.yaml"];
    assert!(task.contains(r#"value: "{$(PIPELINEC_NOTHING){{inputs.parameters.namespace}}}""#), "{task}");
    let pod = &files["apps/a/staging/a.yaml"];
    assert!(pod.contains("value: $$$(PIPELINEC_NAMESPACE)\n"), "{pod}");
}

#[test]
fn braces_of_a_query_are_parted_too() {
    let files = tree(
        "environment production\napp a { source = \"github.com/acme/a\", image code, \
         service { image = code, port = 80, cpu = 1, memory = 1Gi, replicas = 2 } }\n\
         analysis up { query = \"{a='{{x}}{${canary.hash}{'}\", at-least = 1, prometheus = \"http://p\" }\n\
         pipeline a { delivers = a, on push, build, canary in production { steps = [50%, 2m], analyse = up }, \
           wait-for-sync in production }\n",
    );
    let analysis = &files["apps/a/production/analysis.yaml"];
    assert!(analysis.contains(r#"query: "{a='{{args.brace}}{x}}{{args.brace}}{{args.canary-hash}}{'}""#), "{analysis}");
}

#[test]
fn only_what_deliveries_write_is_no_source() {
    let sensor = |project: &str| {
        let text = format!(
            "project p {{\n gitops {{ repo = \"github.com/acme/g\", credentials = w{project} }}\n \
             github {{ webhook = \"https://h.io\", credentials = s }}\n registry {{ host = \"r.io\" }}\n}}\n\
             secret s {{ keys = [\"token\", \"webhookSecret\"] }}\nsecret w {{ keys = [\"token\"] }}\n{ENVIRONMENTS}app a {{ source = \"github.com/acme/g\", image i }}\n\
             pipeline a {{ delivers = a, on push, build, stage-env staging, wait-for-sync in staging, teardown staging }}\n"
        );
        let (trees, diagnostics) = all(&sources("test.pipe", &text));
        assert!(diagnostics.is_empty(), "{}", rendered(&sources("test.pipe", &text), &diagnostics));
        let filter =
            trees["p"]["events/sensor-a.yaml"].lines().find(|line| line.contains("exclude =")).map(str::to_owned);
        filter.expect("a filter").trim().to_owned()
    };
    assert_eq!(
        sensor(""),
        r#"local include, exclude = {"^.*$"}, {"^[^/]*/production/production%.json$", "^[^/]*/staging/[^/]*%.json$", "^generated/.*$"}"#
    );
    assert_eq!(
        sensor(", path = \"live\", tree = \"\""),
        r#"local include, exclude = {"^.*$"}, {"^live/[^/]*/production/production%.json$", "^live/[^/]*/staging/[^/]*%.json$", "^p/.*$"}"#
    );
}

#[test]
fn the_default_paths_are_those_of_all_parts() {
    let files = tree(
        "environment production\nenvironment qa\napp a { source = \"github.com/acme/a\", path = \"svc\", image code { path = \"${app.path}/src\" }, \
         kustomize { path = \"${app.path}/deploy/${environment.name}\", images = { a = code } } }\n\
         pipeline a { delivers = a, on push, build, deploy in qa, wait-for-sync in qa, deploy in production, \
           wait-for-sync in production }\n",
    );
    assert!(
        files["events/sensor-a.yaml"]
            .contains(r#"{"^svc/deploy/production/.*$", "^svc/deploy/qa/.*$", "^svc/src/.*$"}"#),
        "{}",
        files["events/sensor-a.yaml"]
    );
}

#[test]
fn a_chart_in_a_registry_is_written_as_argo_cd_has_it() {
    let files = tree(
        "environment production\napp db { helm { repo = \"oci://ghcr.io/acme/charts/\", chart = \"db\", version = \"1.2.3\" } }\n\
         app a { source = \"github.com/acme/a\", needs = [db], manifests { path = \".\" } }\n\
         pipeline a { delivers = a, on push, deploy in production, wait-for-sync in production }\n",
    );
    assert!(files["apps/db/production/sources.json"].contains(r#""repoURL": "ghcr.io/acme/charts""#));
    assert!(files["argocd/production.yaml"].contains("  - ghcr.io/acme/charts\n"));
}

#[test]
fn before_the_update_a_rollout_is_not_expected_to_move() {
    let files = tree(
        "environment production\napp a { source = \"github.com/acme/a\", image code, service { image = code, cpu = 1, memory = 1Gi, replicas = 2 } }\n\
         pipeline a { delivers = a, on push, build, wait-for-sync in production, canary in production { steps = [50%, 1m] }, \
           wait-for-sync in production }\n",
    );
    assert_eq!(files["workflows/a.yaml"].matches("name: rollouts\n").count(), 1);
}

/// An app with a service: what more is in it, and its pipelines.
fn shop(service: &str, pipelines: &str) -> String {
    format!(
        "environment production\napp shop {{ source = \"github.com/acme/shop\", image code, \
         service {{ image = code, port = 80, cpu = 1, memory = 1Gi{service} }} }}\n{pipelines}\n"
    )
}

/// A pipeline of that app.
fn delivery(name: &str, update: &str, timeout: &str) -> String {
    format!(
        "pipeline {name} {{ delivers = shop, on push {{ branch = \"{name}\" }}, build, {update}, \
         wait-for-sync in production {{ timeout = {timeout} }} }}\n"
    )
}

#[test]
fn a_share_smaller_than_a_pod_needs_a_route() {
    let canary = delivery("main", "canary in production { steps = [20%, 1m, 50%, 1m] }", "10m");
    assert_eq!(said(&shop("", &canary)), ["W0402: 20% of `shop` is less than one pod, and `shop` has no route"]);
    assert!(said(&shop(", replicas = 5..9", &canary)).is_empty());
    assert!(said(&shop(", route { via = traefik, host = \"a.io\" }", &canary)).is_empty());
}

#[test]
fn an_app_has_one_canary_and_every_update_uses_it() {
    let canary = |steps: &str| format!("canary in production {{ steps = [{steps}] }}");
    let main = delivery("main", &canary("50%, 30m"), "1h");
    let other = delivery("other", &canary("60%, 30m"), "1h");
    assert_eq!(
        said(&shop(", replicas = 2", &format!("{main}{other}"))),
        ["E0419: app `shop` has a different canary in `production`"]
    );
    let same = delivery("other", &canary("50%, 30m"), "1h");
    assert!(said(&shop(", replicas = 2", &format!("{main}{same}"))).is_empty());
    let at_once = delivery("other", "deploy in production", "10m");
    assert_eq!(
        said(&shop(", replicas = 2", &format!("{main}{at_once}"))),
        ["E0407: this wait times out after 10m, but the canary alone pauses for 30m"]
    );
}

#[test]
fn an_app_that_only_others_bring_never_changes() {
    let shop = |more: &str| {
        format!(
            "environment production\napp db {{ source = \"github.com/acme/db\", manifests {{ path = \"k8s\" }} }}\n\
             app shop {{ source = \"github.com/acme/shop\", needs = [db], manifests {{ path = \"k8s\" }} }}\n\
             pipeline shop {{ delivers = [shop{more}], on push, deploy in production, wait-for-sync in production }}\n"
        )
    };
    assert_eq!(said(&shop("")), ["W0403: changes to app `db` never reach `production`"]);
    assert!(said(&shop(", db")).is_empty());
}

#[test]
fn a_default_that_applies_to_no_block_is_reported() {
    let defaults = "defaults { service { metrics { port = 9090 }, in production { replicas = 2 } } }\n";
    let plain = delivery("main", "deploy in production", "10m");
    assert_eq!(
        said(&shop("", &format!("{defaults}{plain}"))),
        ["W0303: this default has no effect: no `service` has a `metrics`"]
    );
    assert!(said(&shop(", metrics { path = \"/m\" }", &format!("{defaults}{plain}"))).is_empty());
}

#[test]
fn the_readme_asks_only_for_what_is_used() {
    let tools = "app tools { source = \"github.com/acme/tools\", image sdk }\npipeline tools { delivers = tools, on push, build }\n";
    let readme = &tree(tools)["README.md"];
    for absent in ["Argo Rollouts", "applicationsetcontroller", "argocd-applicationset-controller"] {
        assert!(!readme.contains(absent), "{absent}: {readme}");
    }
    let deployed = tree(&shop("", &delivery("main", "deploy in production", "10m")));
    assert!(
        !deployed["README.md"].contains("Argo Rollouts") && deployed["README.md"].contains("applicationsetcontroller")
    );
    let scaled = tree(&shop(", replicas = 2..6", &delivery("main", "deploy in production", "10m")));
    assert!(!deployed["README.md"].contains("metrics-server") && scaled["README.md"].contains("metrics-server"));
}

#[test]
fn images_that_wait_for_one_another_never_come() {
    let circle = |right: &str| {
        format!(
            "environment production\n\
             app left {{ source = \"github.com/acme/l\", needs = [right], image code, kustomize {{ path = \"k8s\", images = {{ left = code }} }} }}\n\
             app right {{ source = \"github.com/acme/r\", needs = [left], manifests {{ path = \"k8s\" }}{right}\n\
             pipeline left {{ delivers = left, on push, build, deploy in production, wait-for-sync in production }}\n"
        )
    };
    let rest = "deploy in production, wait-for-sync in production }\n";
    let both = format!(
        ", image code, kustomize {{ path = \"o\", images = {{ right = code }} }} }}\npipeline right {{ delivers = right, on push, build, {rest}"
    );
    assert_eq!(said(&circle(&both)), ["E0411: dependency cycle: `left` → `right` → `left`"]);
    let one = format!(" }}\npipeline right {{ delivers = right, on push, {rest}");
    assert!(said(&circle(&one)).is_empty());
}

#[test]
fn manifests_and_trees_have_folders_of_their_own() {
    let said = |gitops: &str| {
        let text =
            format!("{PROJECT}environment production\n").replace("acme/gitops\"", &format!("acme/gitops\"{gitops}"));
        all(&sources("test.pipe", &text)).1.iter().map(|said| said.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(said(", tree = \"\""), ["`path` and `tree` are the same folder, the root of the repository"]);
    assert_eq!(said(", path = \"./generated/\""), ["`path` and `tree` are the same folder, `generated`"]);
    assert!(said(", path = \"live\", tree = \"\"").is_empty());
}

#[test]
fn words_of_a_later_language_are_unknown() {
    let stage = |stage: &str| shop("", &delivery("main", &format!("{stage}, deploy in production"), "10m"));
    for (program, code) in [
        (stage("approve { timeout = 8h }"), "E0201"),
        (stage("freeze production"), "E0201"),
        (stage("newer = cancel"), "E0202"),
        (stage("blue-green in production"), "E0201"),
        (shop(", route { via = nginx, host = \"a.io\" }", ""), "E0303"),
        ("target t { project { builder { kind = kaniko } } }".to_owned(), "E0202"),
        ("target t { project { argo { workflows = \"4.1\" } } }".to_owned(), "E0202"),
        ("environment e { cluster = other }".to_owned(), "E0202"),
    ] {
        let said = said(&program);
        assert!(said.len() == 1 && said[0].starts_with(code), "{program}: {said:?}");
    }
}
