//! What is declared and never used, hidden, or set to no effect: said where it is certain, and nowhere else.

use pipelinec::compile::{Compilation, compile};
use pipelinec::diag::Code;
use pipelinec::source::SourceMap;

use testkit::fixtures::{rendered, sources};

const PROJECT: &str = "\
project p {
  gitops { repo = \"github.com/acme/gitops\", credentials = gitops }
  github { webhook = \"https://${target.name}.acme.io\", credentials = github }
  registry { host = \"registry.acme.io\" }
  prometheus { url = \"http://prometheus:9090\" }
}
secret github { keys = [\"token\", \"webhookSecret\"] }
secret gitops { keys = [\"token\"] }
environment production
";

/// An app with a service, and a pipeline that brings it to production. `more` is in the app.
fn shop(more: &str) -> String {
    format!(
        "app shop {{\n source = \"github.com/acme/shop\"\n image code\n \
         service {{ image = code, port = 80, cpu = 1, memory = 1Gi }}\n {more}\n}}\n\
         pipeline shop {{ delivers = shop, on push, build, deploy in production, wait-for-sync in production }}\n"
    )
}

fn compiled(program: &str) -> (SourceMap, Compilation) {
    let map = sources("test.pipe", &format!("{PROJECT}{program}"));
    let compilation = compile(&map);
    (map, compilation)
}

/// Code and message of each report.
fn said(program: &str) -> Vec<String> {
    let (_, compilation) = compiled(program);
    compilation.diagnostics.iter().map(|said| format!("{}: {}", said.code, said.message)).collect()
}

#[track_caller]
fn is_silent(program: &str) {
    let (map, compilation) = compiled(program);
    assert!(compilation.diagnostics.is_empty(), "{program}\n{}", rendered(&map, &compilation.diagnostics));
}

#[test]
fn until_there_is_a_pipeline_everything_waits_for_it() {
    is_silent(
        "environment staging { copy-of = production, ttl = 2h }\nsecret db { keys = [\"password\"] }\n\
         app shop { source = \"github.com/acme/shop\", image code, image tool, task smoke { image = code, command = [\"x\"] }, \
           service { image = code, cpu = 1, memory = 1Gi, in staging { replicas = 2 } } }\n\
         analysis errors { query = \"x\", at-most = 1 }\ndefaults { canary in production { steps = [10%, 5m] } }\n",
    );
}

#[test]
fn what_an_error_may_have_hidden_is_not_called_unused() {
    let misspelt =
        shop("task smoke { image = code, command = [\"x\"] }").replace("build,", "build, test smok in production,");
    assert_eq!(said(&misspelt), ["E0208: app `shop` has no task `smok`"]);
}

#[test]
fn an_image_may_be_what_an_app_is_for() {
    // Tools: nothing of the app serves.
    is_silent(
        "environment staging { copy-of = production, ttl = 2h }\n\
         app tools { source = \"github.com/acme/tools\", image sdk, image cli, task check { image = sdk, command = [\"x\"] } }\n\
         pipeline tools { delivers = tools, on push, build, stage-env staging, test check in staging, teardown staging }\n",
    );
    // A tag of its own is for others.
    is_silent(&shop("image base { tag = \"1.0\" }"));
    // What is not written here cannot name what only a run knows, unless the image is handed to it.
    let unused = ["W0203: image `sidecar` of app `shop` is built by every run but never used"];
    assert_eq!(said(&shop("image sidecar, kustomize { path = \"k8s\" }")), unused);
    assert_eq!(said(&shop("image sidecar, manifests in production { path = \"k8s\" }")), unused);
    assert_eq!(said(&shop("image sidecar, helm { path = \"chart\", values = [\"a.yaml\"] }")), unused);
    is_silent(&shop("image sidecar, kustomize { path = \"k8s\", images = { \"acme/sidecar\" = sidecar } }"));
    is_silent(&shop("image sidecar { tag = \"1\" }, kustomize { path = \"k8s\" }"));
    is_silent(&shop("image sidecar, helm { path = \"chart\", in production { set = { image = sidecar } } }"));
    // In texts, in commands, of a task, of a neighbour.
    is_silent(&shop("image sidecar, env = { SIDECAR = \"x ${sidecar.tag}\" }"));
    is_silent(&format!(
        "{}app worker {{ source = \"github.com/acme/worker\", needs = [shop], image code\n \
         service {{ image = code, command = [\"${{shop.job}}\"], cpu = 1, memory = 1Gi }} }}\n\
         pipeline worker {{ delivers = worker, on push, build, deploy in production, wait-for-sync in production }}\n",
        shop("image job")
    ));
    // Recorded by `deploy`, for those that need it.
    is_silent(&format!(
        "app convert {{ source = \"github.com/acme/convert\", image code, image spare }}\n\
         pipeline convert {{ delivers = convert, on push, build, deploy in production }}\n{}",
        shop("needs = [convert], env = { CONVERT = convert.code }")
    ));
    assert_eq!(said(&shop("image spare")), ["W0203: image `spare` of app `shop` is built by every run but never used"]);
}

#[test]
fn a_throwaway_secret_may_be_for_a_chart() {
    let secret = "environment staging { copy-of = production, ttl = 2h }\n\
        secret db { keys = [\"password\"], in staging { from = throwaway } }\n";
    let staged = |more: &str| {
        shop(more).replace("build,", "build, stage-env staging, wait-for-sync in staging, teardown staging,")
    };
    is_silent(&format!("{secret}{}", staged("helm { path = \"chart\" }")));
    assert_eq!(said(&format!("{secret}{}", staged(""))), ["W0203: secret `db` is never used"]);
    is_silent(&format!("{secret}{}", staged("env = { PASSWORD = db.password }")));
    // Named where nothing reads it, which is said; but named.
    let unread = "app redis { env = { PASSWORD = db.password }\n helm { repo = \"https://charts.acme.io\", chart = \"redis\", version = \"1\" } }\n";
    assert_eq!(
        said(&format!("secret db {{ keys = [\"password\"] }}\n{unread}{}", shop("needs = [redis]"))),
        ["W0303: `env` has no effect: app `redis` has no service, cron job or task to receive it"]
    );
}

#[test]
fn secrets_of_roles_are_used() {
    is_silent(
        &format!("secret pull {{ keys = [\".dockerconfigjson\"] }}\n{}", shop(""))
            .replace("app shop", "target one { project { registry { credentials = pull } } }\ntarget two\napp shop"),
    );
}

#[test]
fn a_task_may_be_run_by_the_pipeline_of_another_app() {
    let other = "app worker { source = \"github.com/acme/worker\", needs = [shop], manifests { path = \"k8s\" } }\n\
        pipeline worker { delivers = worker, on push, test shop.smoke in production, deploy in production, wait-for-sync in production }\n";
    let smoke = shop("task smoke { image = code, command = [\"x\"] }");
    is_silent(&format!("{smoke}{other}"));
    assert_eq!(said(&smoke), ["W0203: task `smoke` of app `shop` is never run"]);
}

#[test]
fn of_a_chain_only_its_beginning_is_said() {
    let chain = "app web { source = \"github.com/acme/web\", needs = [api], helm { path = \"c\", in production { values = [\"a\"] } } }\n\
        app api { source = \"github.com/acme/api\", image code, task smoke { image = code, command = [\"x\"] }, \
          service { image = code, cpu = 1, memory = 1Gi, in production { replicas = 2 } } }\n";
    assert_eq!(said(&format!("{chain}{}", shop(""))), ["W0203: app `web` is never delivered, and no app needs it"]);
    // An environment that nobody opens, and what is set in it.
    let idle = "environment qa\n";
    assert_eq!(
        said(&format!("{idle}{}", shop("in qa { service { replicas = 2 } }"))),
        ["W0203: nothing is ever deployed to environment `qa`"]
    );
}

#[test]
fn what_one_target_uses_is_used() {
    let targets = |eu: &str| format!("target eu {{ {eu} }}\ntarget us\n");
    let secret = "secret db { keys = [\"password\"] }\n";
    is_silent(&format!("{secret}{}{}", targets("app shop { env = { P = db.password } }"), shop("")));
    let pipeline =
        |stages: &str| format!("pipeline extra {{ delivers = shop, on push {{ branch = \"extra\" }}, {stages} }}");
    let staging = "environment staging { copy-of = production, ttl = 2h }\n";
    let smoke = "task smoke { image = code, command = [\"x\"] }";
    let extra = targets(&pipeline("build, stage-env staging, test smoke in staging, teardown staging"));
    is_silent(&format!(
        "{staging}{extra}{}",
        shop(&format!("{smoke}\n service {{ in staging {{ replicas = 2 }} }}"))
            .replacen("service { image = code, port = 80, cpu = 1, memory = 1Gi }\n", "", 1)
            .replace("service { in", "service { image = code, port = 80, cpu = 1, memory = 1Gi, in")
    ));
    // Defaults and ranges that only one target takes up.
    is_silent(&format!(
        "defaults {{ service {{ metrics {{ every = 10s }} }} }}\n{}{}",
        targets("app shop { service { metrics { port = 9090 } } }"),
        shop("")
    ));
    let scaled = shop("").replace("memory = 1Gi", "memory = 1Gi, replicas = 2, scale { cpu = 60% }");
    is_silent(&format!("{}{scaled}", targets("app shop { service { replicas = 2..6 } }")));
    // What no target uses is said once.
    assert_eq!(said(&format!("{secret}{}{}", targets(""), shop(""))), ["W0203: secret `db` is never used"]);
}

#[test]
fn scale_in_all_environments_is_for_the_one_with_a_range() {
    let service =
        |more: &str| shop("").replace("memory = 1Gi", &format!("memory = 1Gi, scale {{ cpu = 60% }}, {more}"));
    is_silent(&service("in production { replicas = 2..6 }"));
    assert_eq!(said(&service("replicas = 2")), ["W0303: `scale` has no effect: the number of replicas is fixed"]);
    is_silent(&format!(
        "environment staging {{ copy-of = production, ttl = 2h }}\n{}",
        service("replicas = 1, in production { replicas = 2..6 }")
            .replace("build,", "build, stage-env staging, wait-for-sync in staging, teardown staging,")
    ));
}

#[test]
fn a_range_is_for_the_environments_that_scale() {
    let staged = |replicas: &str| {
        format!(
            "environment staging {{ copy-of = production, ttl = 2h }}\n{}",
            shop("")
                .replace("memory = 1Gi", &format!("memory = 1Gi, {replicas}"))
                .replace("build,", "build, stage-env staging, wait-for-sync in staging, teardown staging,")
        )
    };
    is_silent(&staged("replicas = 2..4, in production { replicas = 4..20 }"));
    assert_eq!(
        said(&staged("replicas = 4..20, in staging { replicas = 2..4 }")),
        ["W0303: the upper bound of `replicas` has no effect: an ephemeral environment has no autoscaler"]
    );
}

#[test]
fn retries_are_for_tests_and_runs() {
    let task = shop(
        "task up { image = code, command = [\"x\"], retries = 2 }\n task check { image = code, command = [\"x\"], retries = 0 }",
    );
    let run = |stages: &str| task.replace("build,", &format!("build, migrate check in production, {stages},"));
    is_silent(&run("migrate up in production, run up in production"));
    assert_eq!(
        said(&run("migrate up in production")),
        ["W0303: `retries` has no effect: task `up` is only run by `migrate`, which never retries"]
    );
    let both = "defaults { task { retries = 2 } }\n";
    let tasks = shop("task up { image = code, command = [\"x\"] }\n task check { image = code, command = [\"x\"] }");
    is_silent(&format!(
        "{both}{}",
        tasks.replace("build,", "build, migrate up in production, test check in production,")
    ));
}

#[test]
fn a_variable_that_hides_something_else_is_no_repetition() {
    let shop = |service: &str, app: &str| shop(app).replace("memory = 1Gi", &format!("memory = 1Gi, {service}"));
    let repeated = "W0204: `LOG` overrides that of app `shop` with the same value";
    let app = "env = { LOG = \"info\" }, task smoke { image = code, command = [\"x\"] }";
    let with = |more: &str, service: &str| {
        let program = shop(service, app).replace("build,", "build, test smoke in production,");
        format!("{more}{program}")
    };
    assert_eq!(said(&with("", "env = { LOG = \"info\" }")), [repeated]);
    assert_eq!(said(&with("", "in production { env = { LOG = \"info\" } }")), [repeated]);
    // Back to the app's value, from that of the service, of a default, in a target.
    is_silent(&with(
        "environment qa\npipeline qa { delivers = shop, on push { branch = \"qa\" }, build, deploy in qa, wait-for-sync in qa }\n",
        "env = { LOG = \"debug\" }, in production { env = { LOG = \"info\" } }",
    ));
    is_silent(&with("defaults { service { env = { LOG = \"debug\" } } }\n", "env = { LOG = \"info\" }"));
    is_silent(&with("target eu { app shop { service { env = { LOG = \"info\" } } } }\n", "env = { LOG = \"debug\" }"));
    // Another value is what it is for.
    is_silent(&with("", "env = { LOG = \"debug\" }"));
    // In one target the app has another value.
    is_silent(&with("target eu { app shop { env = { LOG = \"warn\" } } }\ntarget us\n", "env = { LOG = \"info\" }"));
}

#[test]
fn a_variable_of_an_app_is_shadowed_only_if_nothing_receives_it() {
    let hidden = "W0204: `LOG` of app `shop` is never used: each of its services and tasks overrides it";
    let program =
        |service: &str| shop("env = { LOG = \"info\" }").replace("memory = 1Gi", &format!("memory = 1Gi, {service}"));
    assert_eq!(said(&program("env = { LOG = \"debug\" }")), [hidden]);
    assert_eq!(
        said(&format!("defaults {{ service {{ env = {{ LOG = \"warn\" }} }} }}\n{}", program("replicas = 1"))),
        [hidden]
    );
    let two = "environment qa\npipeline qa { delivers = shop, on push { branch = \"qa\" }, build, deploy in qa, wait-for-sync in qa }\n";
    is_silent(&format!("{two}{}", program("in production { env = { LOG = \"debug\" } }")));
}

#[test]
fn names_that_could_be_taken_for_each_other_are_kept_apart_or_said() {
    // An app and its image may share a name: what can be asked of the one cannot be asked of the other.
    is_silent(
        &shop("").replace("code", "shop").replace("memory = 1Gi", "memory = 1Gi, env = { T = shop.tag, U = app.url }"),
    );
    // So may tasks, services, environments and pipelines: each has a place of its own.
    is_silent(
        &shop("task production { image = code, command = [\"x\"] }")
            .replace("build,", "build, test production in production,"),
    );
    // Those that would meet are refused.
    let codes = |program: &str| -> Vec<Code> { compiled(program).1.diagnostics.iter().map(|said| said.code).collect() };
    assert_eq!(codes(&format!("secret shop {{ keys = [\"a\"] }}\n{}", shop(""))), [Code::E0204]);
    for root in ["project", "target", "registry", "app", "environment", "run", "canary"] {
        assert_eq!(codes(&shop("").replace("code", root))[0], Code::E0211, "{root}");
    }
}

#[test]
fn allowed_where_it_is_declared_it_is_silent() {
    is_silent(&format!("secret db {{ allow = [W0203], keys = [\"password\"] }}\n{}", shop("")));
    is_silent(&format!("environment qa {{ allow = [W0203] }}\n{}", shop("image cli { allow = [W0203] }")));
    is_silent(&format!(
        "environment qa\npipeline other {{ delivers = worker, on push, deploy in qa, wait-for-sync in qa }}\n\
         app worker {{ source = \"github.com/acme/worker\", manifests {{ path = \"k8s\" }} }}\n{}",
        shop("in qa { allow = [W0303], service { replicas = 2 } }")
    ));
}

/// The sources after all fixes.
fn fixed(map: &SourceMap, compilation: &Compilation) -> String {
    let mut text = map.iter().next().expect("a file").1.text().to_owned();
    let fixes = compilation.diagnostics.iter().filter_map(|said| said.fix.as_ref());
    let mut edits: Vec<_> = fixes.flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    edits.iter().for_each(|(span, new)| text.replace_range(span.range(), new));
    text
}

#[test]
fn what_a_fix_takes_out_had_no_effect_on_the_trees() {
    let program = format!(
        "environment staging {{ copy-of = production, ttl = 2h }}\n{}",
        shop("env = { LOG = \"info\", SHA = \"${run.sha}\" }, task smoke { image = code, command = [\"x\"], env = { SHA = \"${run.sha}\", A = 1 } }")
            .replace("memory = 1Gi", "memory = 1Gi, env = { X = 1, LOG = \"info\" }, in staging { replicas = 2..6 }")
            .replace("build,", "build, stage-env staging, test smoke in staging, teardown staging,")
    );
    let (map, before) = compiled(&program);
    assert_eq!(before.diagnostics.iter().filter(|said| said.fix.is_some()).count(), 3, "{:?}", before.diagnostics);
    let text = fixed(&map, &before);
    let after = compile(&sources("test.pipe", &text));
    assert!(after.diagnostics.is_empty(), "{text}\n{:?}", after.diagnostics);
    assert_eq!(before.trees, after.trees, "{text}");
}

/// The sample system after an edit that somebody may make.
fn homelab(edits: &[(&str, &str)]) -> Vec<String> {
    let mut files: Vec<(String, String)> = Vec::new();
    for name in ["homelab", "maindb", "ping"] {
        let path = format!("{}/examples/homelab/{name}.pipe", env!("CARGO_MANIFEST_DIR"));
        files.push((format!("{name}.pipe"), std::fs::read_to_string(path).expect("an example")));
    }
    for (old, new) in edits {
        let changed =
            files.iter_mut().filter(|(_, text)| text.contains(old)).map(|(_, text)| *text = text.replace(old, new));
        assert!(changed.count() > 0, "the example has no {old:?}");
    }
    let reports = compile(&SourceMap::new(files)).diagnostics;
    reports.iter().map(|said| format!("{}: {}", said.code, said.message)).collect()
}

#[test]
fn the_sample_system_tells_what_an_edit_leaves_behind() {
    assert!(homelab(&[]).is_empty());
    let canary = ", analyse = failure-rate }";
    assert_eq!(homelab(&[(canary, " }")]), ["W0203: analysis `failure-rate` is never used"]);
    assert_eq!(
        homelab(&[
            ("  migrate migrations in staging\n", ""),
            ("  migrate migrations in production  ", "  #"),
            ("  migrate homelabping.migrations in staging  ", "  #")
        ]),
        ["W0203: task `migrations` of app `homelabping` is never run"]
    );
    assert!(homelab(&[("  migrate migrations in staging\n", "")]).is_empty());
}
