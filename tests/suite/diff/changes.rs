//! Every kind of change: of objects, of items of lists, of texts, of values, of environments; and what the headline says.

use super::{BASE, base, edited, tree, trees, words};
use pipelinec::diff::render::text;
use pipelinec::diff::{ChangeKind, Diff, diff, fields};
use serde_json::{Value, json};

/// The comparison as text, its words alone.
fn said(found: &Diff) -> String {
    words(&text::text(found, false))
}

fn of(edits: &[(&str, &str)]) -> String {
    said(&diff(base(), &trees(&edited(edits))))
}

/// The fields in which two values differ, each with how it is shown.
#[track_caller]
fn shown(old: &Value, new: &Value) -> Vec<String> {
    let found = fields::compare(old, new);
    let show = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    found.iter().map(|field| format!("{}: {} => {}", field.path, show(&field.old), show(&field.new))).collect()
}

#[test]
fn items_of_every_kind_of_list_are_found_by_what_names_them() {
    for (old, new, expected) in [
        // Containers and ports by name, mounts by path, keys of a Secret, templates of an analysis, patches by target.
        (
            json!({"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}),
            json!({"containers": [{"name": "b", "image": "2"}, {"name": "a", "image": "1"}]}),
            &["containers[b].image: \"1\" => \"2\"", "containers (order): [\"a\",\"b\"] => [\"b\",\"a\"]"][..],
        ),
        (
            json!({"ports": [{"name": "http", "port": 80}, {"name": "metrics", "port": 90}]}),
            json!({"ports": [{"name": "metrics", "port": 91}]}),
            &["ports[http]: {\"name\":\"http\",\"port\":80} => -", "ports[metrics].port: 90 => 91"],
        ),
        (
            json!({"volumeMounts": [{"mountPath": "/a", "readOnly": true}]}),
            json!({"volumeMounts": [{"mountPath": "/a", "readOnly": false}]}),
            &["volumeMounts[/a].readOnly: true => false"],
        ),
        (
            json!({"items": [{"key": "k", "path": "x"}]}),
            json!({"items": [{"key": "k", "path": "y"}]}),
            &["items[k].path: \"x\" => \"y\""],
        ),
        (
            json!({"templates": [{"templateName": "a"}]}),
            json!({"templates": [{"templateName": "a"}, {"templateName": "b"}]}),
            &["templates[b]: - => {\"templateName\":\"b\"}"],
        ),
        (
            json!({"patches": [{"target": {"kind": "Rollout", "name": "s"}, "patch": "x"}]}),
            json!({"patches": [{"target": {"kind": "Rollout", "name": "s"}, "patch": "y"}]}),
            &["patches[Rollout s].patch: \"x\" => \"y\""],
        ),
        // A target without a name is none, and so are two of one name.
        (
            json!({"patches": [{"target": {"labelSelector": "a"}, "patch": "x"}]}),
            json!({"patches": [{"target": {"labelSelector": "a"}, "patch": "y"}]}),
            &["patches[0].patch: \"x\" => \"y\""],
        ),
        (
            json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}),
            json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "3"}]}),
            &["env[1].value: \"2\" => \"3\""],
        ),
        // Groups of steps: one that joins a group, and one that is alone.
        (
            json!({"steps": [[{"name": "a"}], [{"name": "b"}, {"name": "c"}]]}),
            json!({"steps": [[{"name": "a", "when": "x"}], [{"name": "b"}, {"name": "c"}]]}),
            &["steps[a][a].when: - => \"x\""],
        ),
        // Without names: what is equal stays, at its new number.
        (json!({"l": [1, 2, 3]}), json!({"l": [2, 3, 4]}), &["l[0]: 1 => -", "l[2]: - => 4"]),
        (json!({"l": [[1], [2]]}), json!({"l": []}), &["l[0]: [1] => -", "l[1]: [2] => -"]),
        (json!({"l": [{"a": 1, "b": 1}]}), json!({"l": [{"a": 1, "b": 2}]}), &["l[0].b: 1 => 2"]),
        (json!({"l": ["x"]}), json!({"l": [{"name": "x"}]}), &["l[0]: \"x\" => {\"name\":\"x\"}"]),
    ] {
        assert_eq!(shown(&old, &new), expected, "{old} and {new}");
    }
}

#[test]
fn values_of_every_type_are_distinguished() {
    for (old, new, expected) in [
        (json!({"a": 1}), json!({"a": 2}), "a: 1 -> 2"),
        (json!({"a": 1.5}), json!({"a": 2.5}), "a: 1.5 -> 2.5"),
        (json!({"a": true}), json!({"a": false}), "a: true -> false"),
        (json!({"a": null}), json!({"a": 0}), "a: null -> 0"),
        (json!({"a": "x"}), json!({"a": "y"}), "a: x -> y"),
        // What looks the same is not the same.
        (json!({"a": 1}), json!({"a": "1"}), "a: 1 -> \"1\""),
        (json!({"a": "true"}), json!({"a": true}), "a: \"true\" -> true"),
        (json!({"a": null}), json!({"a": "null"}), "a: null -> \"null\""),
        (json!({"a": "x"}), json!({"a": "x "}), "a: \"x\" -> \"x \""),
        (json!({"a": "x"}), json!({"a": "x\n"}), "a: \"x\" -> \"x\\n\""),
        (json!({"a": ""}), json!({"a": "x"}), "a: \"\" -> x"),
        (json!({"a": {}}), json!({"a": []}), "a: - {} + []"),
        (json!({"a": "x"}), json!({"a": {"b": 1}}), "a: - x + b: 1"),
        (json!({"a": [1]}), json!({"a": 1}), "a: - - 1 + 1"),
        // A text that is JSON says what its fields are, whatever its layout.
        (json!({"a": "{\"b\": [1, 2]}"}), json!({"a": "{\"b\":[1,3]}"}), "a.b[1]: 2 -> 3"),
        (json!({"a": "{\"b\": 1}"}), json!({"a": "{\"b\": 1"}), "a: {\"b\": 1} -> {\"b\": 1"),
        // Keys that a path would take apart.
        (json!({"a.b/c": {"d": 1}}), json!({"a.b/c": {"d": 2}}), "[a.b/c].d: 1 -> 2"),
        (json!({"": 1}), json!({"": 2}), "[]: 1 -> 2"),
    ] {
        let of = |value: &Value| tree(&[("x/a.json", &value.to_string())]);
        let found = said(&diff(&of(&old), &of(&new)));
        assert!(found.ends_with(&format!("~ a.json in x {expected}")), "{old} and {new}:\n{found}");
    }
    let same = |text: &str| tree(&[("x/a.json", &json!({ "a": text }).to_string())]);
    assert!(diff(&same("{\"b\": 1, \"c\": 2}"), &same("{ \"c\": 2,\n\"b\": 1 }")).targets.is_empty());
}

#[test]
fn scripts_are_compared_by_line() {
    let script = |lines: &[&str]| json!({ "script": lines.join("\n") + "\n" }).to_string();
    let long: Vec<_> = (0..30).map(|number| format!("line {number}")).collect();
    let mut lines: Vec<&str> = long.iter().map(String::as_str).collect();
    let old = tree(&[("x/a.json", &script(&lines))]);
    lines[3] = "other";
    lines[20] = "\tother \u{1b}[31m \u{202e}";
    lines.remove(25);
    let out = text::text(&diff(&old, &tree(&[("x/a.json", &script(&lines))])), false);
    for line in [
        "        line 2\n      - line 3\n      + other\n        line 4\n",
        "        …\n",
        "      + {}    other \\u{1b}[31m \\u{202e}\n",
        "      - line 25\n",
    ] {
        assert!(out.contains(&line.replace("{}", "")), "{line}\n{out}");
    }
    assert!(!out.contains("line 10") && !out.contains('\u{1b}'), "{out}");
    // The last newline is told of, for nothing else would be seen.
    let text = |text: &str| tree(&[("x/a.sh", text)]);
    let out = said(&diff(&text("a\nb\n"), &text("a\nb")));
    assert!(out.contains("- b + b (no newline)"), "{out}");
    // Neither a very long line nor a very long script drowns the rest.
    let wide = text::text(&diff(&text("a\n"), &text(&"x".repeat(9_000))), false);
    assert!(wide.contains("… 8600 more characters") && wide.len() < 2_000, "{wide}");
    let tall: String = (0..900).map(|number| format!("{number}\n")).collect();
    let out = text::text(&diff(&text("a\nb\n"), &text(&tall)), false);
    assert!(out.contains("more lines") && out.lines().count() < 250, "{}", out.lines().count());
}

#[test]
fn objects_come_go_and_change_their_names() {
    let service = |name: &str, port: u16| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector: {{app: {name}, tier: web}}\n  type: ClusterIP\n  ports:\n  - {{name: http, port: {port}, targetPort: http}}\n"
        )
    };
    let one = |files: &[(&str, String)]| {
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        tree(&files)
    };
    let kinds = |old: &[(&str, String)], new: &[(&str, String)]| -> Vec<String> {
        let found = diff(&one(old), &one(new));
        let changes = found.targets.get("acme").map(|target| target.objects.clone()).unwrap_or_default();
        let kind = |change: &pipelinec::diff::Change| match &change.kind {
            ChangeKind::Added => format!("+{}", change.id),
            ChangeKind::Removed => format!("-{}", change.id),
            ChangeKind::Renamed { from, fields } => {
                let fields: Vec<_> = fields.iter().map(|field| field.path.clone()).collect();
                format!("{from} > {} {}", change.id, fields.join(" "))
            }
            ChangeKind::Changed(fields) => format!("~{} {}", change.id, fields.len()),
        };
        changes.iter().map(kind).collect()
    };
    let at = "apps/shop/production/shop.yaml";
    assert_eq!(
        kinds(&[(at, service("shop", 80))], &[(at, service("shop", 81))]),
        ["~Service shop in apps/shop/production 1"]
    );
    // Another name; and with it another port, which is told with the name as it is.
    assert_eq!(
        kinds(&[(at, service("shop", 80))], &[(at, service("store", 80))]),
        ["Service shop in apps/shop/production > Service store in apps/shop/production "]
    );
    assert_eq!(
        kinds(&[(at, service("shop", 80))], &[(at, service("store", 81))]),
        ["Service shop in apps/shop/production > Service store in apps/shop/production spec.ports[http].port"]
    );
    // Too much is another: these are two different objects.
    let other = "apiVersion: v1\nkind: Service\nmetadata:\n  name: other\nspec:\n  externalName: x\n  type: ExternalName\n  a: 1\n  b: 2\n";
    assert_eq!(
        kinds(&[(at, service("shop", 80))], &[(at, other.to_owned())]),
        ["+Service other in apps/shop/production", "-Service shop in apps/shop/production"]
    );
    // Another folder, and another file in the folder, which is no change at all.
    let moved = "apps/shop/staging/shop.yaml";
    assert_eq!(
        kinds(&[(at, service("shop", 80))], &[(moved, service("shop", 80))]),
        ["Service shop in apps/shop/production > Service shop in apps/shop/staging "]
    );
    assert_eq!(kinds(&[(at, service("shop", 80))], &[("apps/shop/production/x.yaml", service("shop", 80))]), [""; 0]);
    // Of several that are alike each goes to its neighbour.
    let two = [("apps/a/p/x.yaml", service("aaa", 80)), ("apps/b/p/x.yaml", service("bbb", 80))];
    let three = [("apps/a/p/x.yaml", service("ccc", 80)), ("apps/b/p/x.yaml", service("ddd", 80))];
    assert_eq!(
        kinds(&two, &three),
        ["Service aaa in apps/a/p > Service ccc in apps/a/p ", "Service bbb in apps/b/p > Service ddd in apps/b/p "]
    );
    // Names of one or two letters stand in other words too.
    assert_eq!(kinds(&[(at, service("a", 80))], &[(at, service("b", 80))]).len(), 1);
    // One name in two documents of one file hides neither, and neither does one without a name.
    let both = |port: u16| format!("{}---\n{}---\nx: 1\n---\nx: {port}\n", service("shop", 80), service("shop", port));
    assert_eq!(
        kinds(&[(at, both(81))], &[(at, both(82))]),
        ["~Service shop in apps/shop/production 1", "~shop.yaml in apps/shop/production 1"]
    );
    assert_eq!(kinds(&[(at, both(81))], &[(at, both(81))]), [""; 0]);
}

#[test]
fn a_headline_says_what_changes_for_whom() {
    for (edits, expected) in [
        (
            &[("50%, 5m]", "50%, 2m]")][..],
            "shop in production: canary pauses [5m, 5m] -> [5m, 2m], 7m in total; pods restart: no environments: not affected",
        ),
        (
            &[("steps = [20%, 5m, 50%, 5m]", "steps = [20%, 6m, 50%, 6m]")],
            "canary pauses 5m -> 6m, 12m in total; pods restart: no",
        ),
        (
            &[("steps = [20%, 5m, 50%, 5m]", "steps = [25%, 5m, 50%, 5m]")],
            "canary [20%, 5m, 50%, 5m] -> [25%, 5m, 50%, 5m]; pods restart: no",
        ),
        (
            &[("steps = [20%, 5m, 50%, 5m]", "steps = [50%, 10m]")],
            "canary [20%, 5m, 50%, 5m] -> [50%, 10m]; pods restart: no",
        ),
        (
            &[("replicas = 4", "replicas = 5")],
            "shop in production: pods 4 -> 5; pods restart: no environments: not affected",
        ),
        (
            &[("    port = 8080\n", "    port = 8080, health = \"/up\", probe start { tcp = 8080, for = 1m }\n")],
            "probe ready none -> `/up on port http` every 5s, fails after 3; probe start none -> `tcp 8080` every 10s, fails after 6; pods restart: yes",
        ),
        (
            &[("    port = 8080\n", "    port = 8080, init wait { image = code, cpu = 1, memory = 1Gi }\n")],
            "new container `wait`; pods restart: yes",
        ),
        (&[("replicas = 4", "replicas = 2..6")], "pods 4 -> 2..6; pods restart: no"),
        (
            &[("    cpu = 100m\n", "    cpu = 100m..200m\n")],
            "shop in staging: cpu 100m -> 100m..200m; pods restart: yes",
        ),
        (&[("    memory = 256Mi\n", "    memory = 512Mi\n")], "memory 256Mi -> 512Mi; pods restart: yes"),
        (
            &[(", LEVEL = \"info\"", ", A = \"1\", B = \"2\"")],
            "added variables `A`, `B`; removed variable `LEVEL`; pods restart: yes",
        ),
        (&[("LEVEL = \"info\"", "LEVEL = \"debug\"")], "changed variable `LEVEL`; pods restart: yes"),
        (
            &[("host = \"shop.acme.io\"", "host = \"store.acme.io\"")],
            "address `Host('shop.acme.io')` -> `Host('store.acme.io')` environments: not affected",
        ),
        (&[("at-most = 5%", "at-most = 6%")], "shop in production: condition of analysis `shop-errors` changed"),
        (&[("{ timeout = 20m }", "{ timeout = 15m }")], "rollout deadline 20m -> 15m"),
        (
            &[("  test smoke in staging\n", ""), ("  task smoke {", "  task smoke { allow = [W0203], ")],
            "pipeline shop: removed `test-smoke-staging` environments: not affected",
        ),
        (&[("ttl = 8h", "ttl = 9h")], "pipeline shop: `staging` ttl 8h -> 9h"),
        (
            &[("wait-for-sync in staging", "wait-for-sync in staging { timeout = 5m }")],
            "pipeline shop: `wait-staging` timeout 10m -> 5m environments: not affected",
        ),
        (
            &[("command = [\"smoke\"], timeout = 5m", "command = [\"smoke\", \"all\"], timeout = 6m")],
            "pipeline shop: `test-smoke-in-staging` deadline 5m -> 6m; `test-smoke-in-staging` changed",
        ),
        (
            &[("  on push\n  build\n  deploy", "  on push { except = [\"docs/**\"] }\n  build\n  deploy")],
            "pipeline jobs: trigger changed",
        ),
        (
            &[("environment staging {", "environment preview {"), ("staging", "preview")],
            "shop in preview: renamed from `shop in staging`; otherwise unchanged",
        ),
        (
            &[("environment staging {", "environment preview {"), ("staging", "preview")],
            "environment preview: renamed from `environment staging`; 1 other field",
        ),
        (
            &[("app jobs {", "app tasks {"), ("delivers = jobs", "delivers = tasks")],
            "tasks in production: CronJob `jobs-clean` renamed to `tasks-clean`; Deployment `jobs-worker` renamed to `tasks-worker`",
        ),
        (&[("pipeline jobs {", "pipeline work {")], "Sensor `jobs` renamed to `work`"),
        (
            &[(
                "  service worker {",
                "  kustomize { path = \"k8s\", images = { \"acme/jobs\" = code } }\n  service worker {",
            )],
            "jobs in production: image `acme/jobs` in `k8s` is now `code`",
        ),
        (
            &[(
                "  image code\n  service worker",
                "  image code { args = { A = \"1\" }, platforms = [\"linux/arm64\"], timeout = 1h }\n  service worker",
            )],
            "pipeline jobs: `build-code` has other `args`, `platforms`; run deadline",
        ),
        (
            &[(
                "  service worker {",
                "  image psql { ref = \"ghcr.io/acme/psql:17@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n  kustomize { path = \"k8s\", images = { psql = psql, jobs = code } }\n  service worker {",
            )],
            "jobs in production: image `jobs` in `k8s` is now `code`; image `psql` in `k8s` is now `ghcr.io/acme/psql@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`",
        ),
        (
            &[(
                "  service worker { image = code",
                "  image psql { ref = \"ghcr.io/acme/psql:17@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n  kustomize { path = \"k8s\", images = { jobs = code } }\n  service worker { image = psql",
            )],
            "image `jobs.code` -> `ghcr.io/acme/psql:17@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`",
        ),
        (
            &[(
                "volume index { at = \"/index\", size = 1Gi }",
                "volume index { at = \"/index\", limit = 1Gi }, config \"/etc/a\" { text = \"a\" }",
            )],
            "jobs in production: new config `/etc/a`; new Deployment `jobs-indexer`",
        ),
        (
            &[("timeout = 5m }", "timeout = 5m, cpu = 2, memory = 512Mi..1Gi }")],
            "`test-smoke-in-staging` cpu 100m..1 -> 2; `test-smoke-in-staging` memory 256Mi..1Gi -> 512Mi..1Gi",
        ),
        (
            &[("schedule = \"@daily\"", "schedule = \"@hourly\", timezone = \"Etc/UTC\", suspend = on")],
            "jobs in production: schedule `@daily` -> `@hourly`; timezone none -> `Etc/UTC`; suspended",
        ),
        (
            &[("size = 1Gi }", "size = 1Gi, class = \"fast\" }")],
            "volume `/index` 1Gi of storage -> 1Gi of storage of class `fast`",
        ),
        (
            &[("helm { path = \"chart\",", "helm { path = \"chart\", release = \"old\",")],
            "jobs in production: release `jobs` renamed to `old`: its objects are replaced",
        ),
    ] {
        let found = of(edits);
        assert!(found.contains(expected), "{edits:?}: {expected}\n{}", &found[..found.len().min(900)]);
    }
    // How long an environment lives is a matter of that environment.
    assert!(!of(&[("ttl = 8h", "ttl = 9h")]).contains("environments: not affected"));
}

#[test]
fn apps_environments_and_pipelines_are_added_and_removed_as_units() {
    let more = format!(
        "{BASE}app mail {{\n  source = \"github.com/acme/mail\"\n  image code\n  service {{ image = code, port = 80, cpu = 100m, memory = 256Mi }}\n}}\npipeline mail {{ delivers = mail, on push, build, deploy in production, wait-for-sync in production }}\n"
    );
    let come = said(&diff(base(), &trees(&more)));
    for line in [
        "mail in production: new (Deployment, Service) pipeline mail: new (Sensor, WorkflowTemplate)",
        "`spec.github.acme-mail` is added",
        "+ Deployment mail in apps/mail/production",
    ] {
        assert!(come.contains(line), "{line}\n{come}");
    }
    let go = said(&diff(&trees(&more), base()));
    for line in [
        "mail in production: removed (Deployment, Service); keeps running until its entry and its Application are removed by hand pipeline mail: removed (Sensor, WorkflowTemplate)",
        "- Deployment mail in apps/mail/production",
        "spec.github.acme-mail:",
    ] {
        assert!(go.contains(line), "{line}\n{go}");
    }
    let without = BASE
        .replace("environment staging { copy-of = production, ttl = 8h }\n", "")
        .replace(", in staging { from = throwaway }", "")
        .replace("  stage-env staging\n  wait-for-sync in staging\n  test smoke in staging\n  teardown staging\n", "")
        .replace("  task smoke {", "  task smoke { allow = [W0203], ");
    let go = said(&diff(base(), &trees(&without)));
    for line in
        ["shop in staging: removed (Deployment, Service", "environment staging: removed", "danger[R01]", "danger[R09]"]
    {
        assert!(go.contains(line), "{line}\n{go}");
    }
    assert!(!go.contains("environments: not affected"), "{go}");
    let come = said(&diff(&trees(&without), base()));
    assert!(come.contains("shop in staging: new (") && come.contains("environment staging: new ("), "{come}");
    assert!(!come.contains("R01") && !come.contains("R02") && !come.contains("R09"), "{come}");
    // Another namespace of an environment, and a whole target.
    let live = of(&[("environment production", "environment production { namespace = \"live\" }")]);
    assert!(live.contains("Namespace `production` renamed to `live`") && live.contains("danger[R02]"), "{live}");
    let new = said(&diff(&pipelinec::diff::Trees::new(), base()));
    assert!(new.contains("target acme (new) new target: 3 apps, 2 environments, 2 pipelines; "), "{new}");
}
