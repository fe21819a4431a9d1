//! The filters of the Sensors, run by Lua on payloads as GitHub sends them, and compared with a separate implementation.

use pipelinec::argo::event::filter;
use pipelinec::model::{OnPush, Pattern};
use proptest::prelude::*;
use serde_json::{Value, json};
use testkit::compiled::{Tree, homelab, list, text, wide};
use testkit::property;
use testkit::push::{commit, push, with};

/// A generated filter, and what it was made from.
pub struct Filter {
    script: String,
    on: OnPush,
    written: Vec<&'static str>,
    author: String,
}

impl Filter {
    pub fn of(tree: &Tree, pipeline: &str) -> Self {
        let sensor = tree.object("Sensor", pipeline);
        let script = text(&sensor["spec"]["dependencies"][0]["filters"]["script"]).to_owned();
        assert!(!script.contains('@') || script.contains("@users.noreply"), "a place is left: {script}");
        let found = tree.resolved.pipelines.iter().find(|known| known.name.value == pipeline).expect("the pipeline");
        let source = tree.resolved.apps[&found.app.value].source.as_ref().expect("a source");
        let gitops = &tree.resolved.project.gitops;
        let written = match (source.value == gitops.repository, gitops.path.as_str()) {
            (false, _) => vec![],
            (true, "apps") => vec!["apps/*/*/*.json", "generated/**"],
            (true, _) => vec!["state/of/*/*/*.json", "generated/**"],
        };
        Self { script, on: found.on.push().expect("a push").clone(), written, author: gitops.author_email.clone() }
    }

    /// What Lua says, with the event as Argo Events hands it over.
    pub fn lets_through(&self, body: &Value) -> bool {
        filter(&self.script, body).unwrap_or_else(|error| panic!("{error}\n{body}")).passes
    }

    /// The same, said in another way.
    fn should(&self, body: &Value) -> bool {
        let commits: Vec<_> = list(&body["commits"]).collect();
        let message = text(&body["head_commit"]["message"]);
        let ours = |commit: &&Value| commit["author"]["email"] == self.author.as_str();
        let counts = |path: &str| {
            let matches = |pattern: &str| glob(pattern, path);
            self.on.paths.iter().any(|pattern| matches(pattern.value.as_str()))
                && !self
                    .on
                    .except
                    .iter()
                    .map(|pattern| pattern.value.as_str())
                    .chain(self.written.iter().copied())
                    .any(matches)
        };
        body["X-GitHub-Event"] == "push"
            && body["ref"] == format!("refs/heads/{}", self.on.branch.as_str())
            && body["deleted"] != true
            && !body["head_commit"].is_null()
            && !message.contains("[skip ci]")
            && !message.contains("[ci skip]")
            && !commits.iter().all(ours)
            && commits
                .iter()
                .flat_map(|commit| ["added", "modified", "removed"].map(|kind| &commit[kind]))
                .any(|paths| list(paths).any(|path| counts(text(path))))
    }

    #[track_caller]
    pub fn says(&self, expected: bool, body: &Value) {
        assert_eq!(self.lets_through(body), expected, "{body}");
        assert_eq!(self.should(body), expected, "the other idea of {body}");
    }
}

/// Whether a pattern matches a path: `*` within a part, `**` across parts.
fn glob(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**/") {
        return glob(rest, path) || path.match_indices('/').any(|(at, _)| glob(rest, &path[at + 1..]));
    }
    let ends = || path.char_indices().map(|(at, _)| at).chain([path.len()]);
    if let Some(rest) = pattern.strip_prefix("**") {
        return ends().any(|at| glob(rest, &path[at..]));
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        return ends().take_while(|at| !path[..*at].contains('/')).any(|at| glob(rest, &path[at..]));
    }
    match (pattern.chars().next(), path.chars().next()) {
        (None, None) => true,
        (Some(wanted), Some(letter)) if wanted == letter => {
            glob(&pattern[wanted.len_utf8()..], &path[letter.len_utf8()..])
        }
        _ => false,
    }
}

const BOT: &str = "pipelinec-bot@users.noreply.github.com";

#[test]
fn changes_of_its_sources_deliver_the_service() {
    let filter = Filter::of(&homelab().trees["homelab"], "homelabping");
    let hit = push(&[commit("ann@example", &["app/src/main.fs"])]);
    filter.says(true, &hit);
    for reference in ["refs/heads/main-2", "refs/heads/x/main", "refs/heads/mai", "refs/tags/main", "main"] {
        filter.says(false, &with(hit.clone(), "ref", json!(reference)));
    }
    filter.says(false, &with(hit.clone(), "deleted", json!(true)));
    filter.says(false, &with(hit.clone(), "head_commit", json!(null)));
    filter.says(false, &with(hit.clone(), "X-GitHub-Event", json!("ping")));
    for skipped in ["[skip ci] x", "x\n\n[ci skip]"] {
        filter.says(false, &with(hit.clone(), "head_commit", json!({"message": skipped})));
    }
    filter.says(true, &with(hit.clone(), "head_commit", json!({"message": "[skip-ci] %d [["})));
    filter.says(true, &with(hit.clone(), "head_commit", json!({"message": null})));
    // A new branch, or a force-push back, has no commits of its own.
    filter.says(false, &with(push(&[]), "created", json!(true)));
    filter.says(false, &with(hit.clone(), "commits", json!(null)));
    for path in ["k3d-app/x", "app", "application/x", "docs/app/x", "App/x", "deploy/dashboard/x", ""] {
        filter.says(false, &push(&[commit("ann@example", &[path])]));
    }
    for path in
        ["app/with spaces/ü.txt", "app/日本/語", "app/a%b(c)[d].x", "deploy/dashboards/a/b.yaml", "app/\u{7f}\n"]
    {
        filter.says(true, &push(&[commit("ann@example", &[path])]));
    }
    let mut many: Vec<_> = (0..60).map(|n| commit("ann@example", &[&format!("docs/{n}")])).collect();
    filter.says(false, &push(&many));
    many[59]["removed"] = json!(["app/gone"]);
    filter.says(true, &push(&many));
    many[59]["removed"] = json!([]);
    many[30]["added"] = json!([null, ["app/x"], "app/new"]);
    filter.says(true, &push(&many));
}

#[test]
fn deliveries_start_nothing() {
    let filter = Filter::of(&homelab().trees["homelab"], "tools");
    let own = commit(BOT, &["base-images/pipeline/x"]);
    filter.says(false, &push(&[own.clone(), own.clone()]));
    filter.says(true, &push(&[own.clone(), commit("ann@example", &[])]));
    let nobody = json!({"author": null, "modified": ["base-images/pipeline/x"]});
    filter.says(true, &push(&[nobody]));
    // What a delivery writes does not count, whoever commits it.
    let all = Filter { on: everything(&filter.on), script: widened(&filter.script), ..filter };
    for path in ["apps/homelab/staging/v1.json", "apps/laptop/production/production.json", "generated/laptop/x/y.yaml"]
    {
        all.says(false, &push(&[commit("ann@example", &[path])]));
    }
    for path in ["apps/homelab/staging/deeper/v1.json", "apps/x.json", "apps/a/b/c.yaml", "regenerated/x"] {
        all.says(true, &push(&[commit("ann@example", &[path])]));
    }
}

/// The same filter, for every file.
fn everything(on: &OnPush) -> OnPush {
    let mut on = on.clone();
    on.paths.truncate(1);
    on.paths[0].value = Pattern::below("");
    on
}

fn widened(script: &str) -> String {
    let (before, rest) = script.split_once("local include, exclude = {").expect("the list");
    let (_, after) = rest.split_once('}').expect("its end");
    format!("{before}local include, exclude = {{\"^.*$\"}}{after}")
}

#[test]
fn a_branch_with_letters_of_lua_is_only_itself() {
    let filter = Filter::of(&wide().trees["east"], "an-app-with-a-name-of-forty-characters-x");
    let hit = with(push(&[commit("ann@example", &["src/x"])]), "ref", json!("refs/heads/release/1.x"));
    filter.says(true, &hit);
    filter.says(false, &with(hit.clone(), "ref", json!("refs/heads/release/1-x")));
    for (path, expected) in [
        ("src/docs/x", false),
        ("src/docs", true),
        ("shared-a.c", true),
        ("deep/er/shared-.c", true),
        ("deep/shared-a/b.c", false),
        ("deep/xshared-a.c", false),
        ("shared_a.c", false),
        ("shared-a.cc", false),
    ] {
        filter.says(expected, &with(hit.clone(), "commits", json!([commit("ann@example", &[path])])));
    }
}

fn paths() -> impl Strategy<Value = Vec<String>> {
    let part = prop_oneof![
        Just("app"),
        Just("src"),
        Just("docs"),
        Just("deploy"),
        Just("dashboards"),
        Just("base-images"),
        Just("pipeline"),
        Just("cluster"),
        Just("generated"),
        Just("apps"),
        Just("shared-é.c"),
        Just("x.json"),
        Just("%a"),
        Just("a b"),
    ];
    let path = prop::collection::vec(part, 1..5).prop_map(|parts| parts.join("/"));
    prop::collection::vec(path, 0..3)
}

fn commits() -> impl Strategy<Value = Value> {
    let email =
        prop_oneof![Just(json!({"email": BOT})), Just(json!({"email": "a@b"})), Just(json!({})), Just(Value::Null)];
    let commit = (email, paths(), paths(), paths()).prop_map(
        |(author, added, modified, removed)| json!({"author": author, "added": added, "modified": modified, "removed": removed}),
    );
    prop_oneof![8 => prop::collection::vec(commit, 0..4).prop_map(Value::from), 1 => Just(Value::Null)]
}

pub fn bodies() -> impl Strategy<Value = Value> {
    let flag = prop_oneof![6 => Just(json!(false)), 1 => Just(json!(true)), 1 => Just(Value::Null)];
    let reference = prop_oneof![4 => Just("refs/heads/main"), 4 => Just("refs/heads/release/1.x"), 1 => Just("refs/heads/main-2"), 1 => Just("refs/tags/main")];
    let message = prop_oneof![6 => Just("x"), 1 => Just("a [ci skip]"), 1 => Just("[skip ci")];
    let head = prop_oneof![8 => message.prop_map(|message| json!({"message": message})), 1 => Just(Value::Null)];
    let event = prop_oneof![9 => Just("push"), 1 => Just("ping")];
    (flag, reference, head, event, commits()).prop_map(|(deleted, reference, head, event, commits)| {
        json!({"X-GitHub-Event": event, "ref": reference, "deleted": deleted, "head_commit": head, "commits": commits})
    })
}

proptest! {
    #![proptest_config(property::cases(400))]

    #[test]
    fn both_ideas_agree(body in bodies()) {
        for (program, pipelines) in [
            (homelab(), &["homelabping", "tools", "maindb-homelabmaindb-cluster"][..]),
            (wide(), &["an-app-with-a-name-of-forty-characters-x"][..]),
        ] {
            let tree = program.trees.values().next().expect("a tree");
            for pipeline in pipelines {
                let filter = Filter::of(tree, pipeline);
                prop_assert_eq!(filter.lets_through(&body), filter.should(&body), "{}: {}", pipeline, &body);
            }
        }
    }
}
