//! What each action makes of the manifests.

use serde_json::{Value, json};

use super::support::{OLDER, PERMANENT, Run, STAGED, UID, VERSION, World, built, digest, image};
use pipelinec::steps::gitops::GITOPS;

/// The tag and digest that both images of a finished production entry have.
fn both(number: u8) -> Value {
    json!({"code": image(number), "pipeline": image(number)})
}

fn changed(mut value: Value, edits: &Value) -> Value {
    for (key, edit) in edits.as_object().expect("edits") {
        value[key] = edit.clone();
    }
    value
}

// ---- open

#[test]
fn open_copies_production_and_lays_this_run_over_it() {
    let world = World::new();
    let tree = world.head("gitops");
    let db = world.head("db");
    world.stand(&json!({"db": world.delivered("db", &json!({})), "ping": world.delivered("ping", &both(7))}));
    let of = world.head("gitops");
    let ping = world.commit("ping", "second", &[("file", "2")]);
    world.commit("db", "not delivered yet", &[("file", "2")]);

    let outcome = world
        .act("open")
        .set("MEMBERS", "db ping redis")
        .set("IMAGES", built(1).lines().next().expect("a line"))
        .succeeds();

    let manifest = world.manifest(STAGED);
    assert_eq!(manifest["format"], "pipelinec/1");
    assert_eq!(manifest["environment"], "staging");
    assert_eq!(manifest["namespace"], VERSION);
    assert_eq!(manifest["created"], "2025-11-24T16:00:00Z");
    assert_eq!(manifest["expires"], "2025-11-24T18:00:00Z");
    assert_eq!(manifest["workflow"], json!({"name": "ping-1a2b3c4d5e6f", "uid": UID}));
    assert_eq!(manifest["copy"], json!({"of": "production", "commit": of}));
    assert_eq!(manifest["tree"], tree.as_str());
    let keys: Vec<_> = manifest["apps"].as_object().expect("apps").keys().collect();
    assert_eq!(keys, ["db", "ping", "redis"]);

    let entry = &manifest["apps"]["db"];
    assert_eq!(entry["change"], OLDER);
    assert_eq!(entry["revision"], db.as_str());
    assert_eq!(entry["sources"][0]["path"], "staging", "a copy is filled from the sources of its new environment");
    assert_eq!(entry["sources"][0]["targetRevision"], db.as_str());

    let entry = &manifest["apps"]["ping"];
    assert_eq!(entry["change"], VERSION);
    assert_eq!(entry["state"], "deployed");
    assert_eq!(entry["revision"], ping.as_str());
    assert_eq!(entry["branch"], "main");
    assert_eq!(entry["images"]["code"]["digest"], digest(1), "built by this run");
    assert_eq!(entry["images"]["pipeline"]["digest"], digest(7), "taken over from production");
    let kustomize = &entry["sources"][0]["kustomize"];
    assert_eq!(kustomize["images"][0], format!("pipelinec.local/code=registry.example/apps/ping@{}", digest(1)));
    assert_eq!(kustomize["patches"][0]["patch"], format!(r#"[{{"op":"replace","value":"{VERSION}"}}]"#));

    let entry = &manifest["apps"]["redis"];
    assert_eq!((&entry["revision"], &entry["change"]), (&json!(""), &json!(VERSION)));
    assert_eq!(entry["sources"][0]["helm"]["valuesObject"], json!({"$dollar": true}));

    assert_eq!(outcome.output("namespace"), VERSION);
    assert_eq!(outcome.output("salt"), manifest["salt"].as_str().expect("a salt"));
    assert_eq!(outcome.output("salt").len(), 64);
    assert_eq!(outcome.output("tree"), tree);
    assert_eq!(outcome.output("superseded"), "false");
    assert_eq!(outcome.json("restored"), json!({}));
    assert_eq!(outcome.json("changes"), json!({"db": OLDER, "ping": VERSION, "redis": VERSION}));
    assert_eq!(
        outcome.json("images")["ping"]["code"]["reference"],
        format!("registry.example/apps/ping@{}", digest(1))
    );
    assert_eq!(outcome.json("images")["db"], json!({}));
    assert!(!outcome.output("images").contains('\n'), "compact");
}

#[test]
fn a_commit_names_its_workflow_and_author() {
    let world = World::new();
    world.act("open").succeeds();
    let said = world.git("repos/gitops.git", &["log", "-1", "--format=%an <%ae> %cn <%ce>%n%B", "main"]);
    let bot = "pipelinec[bot] <bot@pipelinec.dev>";
    assert!(
        said.starts_with(&format!(
            "{bot} {bot}\nopen staging {VERSION} for ping\n\nPipelinec-Workflow: ping-1a2b3c4d5e6f"
        )),
        "{said}"
    );
    let text = world.git("repos/gitops.git", &["cat-file", "blob", &format!("main:{STAGED}")]);
    assert!(text.starts_with("{\n  \"format\": \"pipelinec/1\",\n  \"environment\""), "{text}");
}

#[test]
fn the_first_delivery_ever_takes_own_repositories_at_their_head() {
    let world = World::new();
    let outcome = world.act("open").succeeds();
    let manifest = world.manifest(STAGED);
    assert_eq!(manifest["apps"]["db"]["revision"], world.head("db").as_str());
    assert_eq!(manifest["apps"]["db"]["change"], VERSION);
    outcome.says("db was never delivered");
}

#[test]
fn a_neighbour_that_was_never_built_is_named_before_anything_is_pushed() {
    let world = World::new();
    let before = world.head("gitops");
    world.act("open").set("MEMBERS", "ping api").fails(&["api", "code", "Complete the pipeline api"]);
    assert_eq!(world.head("gitops"), before);
}

#[test]
fn an_image_that_this_run_did_not_build_and_production_does_not_have_is_named() {
    let world = World::new();
    for action in ["open", "enter", "promote"] {
        world.act(action).set("IMAGES", built(1).lines().next().expect("a line")).fails(&[
            "ping",
            "pipeline",
            "Nothing was pushed",
        ]);
    }
    assert_eq!(world.commits(), 1);
}

#[test]
fn a_build_that_was_skipped_leaves_a_line_without_a_digest() {
    let world = World::new();
    world.stand(&json!({"ping": world.delivered("ping", &both(7))}));
    let images = format!(
        "\ncode registry.example/apps/ping {VERSION} \npipeline registry.example/pipe/ping {VERSION} {}\n\n",
        digest(1)
    );
    world.act("open").set("IMAGES", &images).succeeds();
    let entry = &world.manifest(STAGED)["apps"]["ping"];
    assert_eq!(entry["images"]["code"]["digest"], digest(7));
    assert_eq!(entry["images"]["pipeline"]["digest"], digest(1));
}

#[test]
fn an_image_that_left_the_tree_leaves_the_entry() {
    let world = World::new();
    let mut images = both(7);
    images["old"] = image(3);
    world.stand(&json!({"ping": world.delivered("ping", &images)}));
    world.act("promote").succeeds();
    assert_eq!(world.entry("ping")["images"]["old"], Value::Null);
    assert_eq!(world.entry("ping")["previous"]["images"]["old"], image(3));
}

#[test]
fn a_neighbour_in_the_middle_of_its_canary_is_copied_as_it_was_before() {
    let world = World::new();
    let api = world.delivered("api", &json!({"code": image(3)}));
    let deploying = changed(
        api.clone(),
        &json!({"change": "v20251124150000-aaaaaa", "state": "deploying",
        "images": {"code": image(4)}, "previous": api}),
    );
    world.stand(&json!({"api": deploying}));
    let outcome = world.act("open").set("MEMBERS", "ping api").succeeds();
    let entry = &world.manifest(STAGED)["apps"]["api"];
    assert_eq!(entry["change"], OLDER);
    assert_eq!(entry["state"], "deployed");
    assert_eq!(entry["images"]["code"]["digest"], digest(3));
    assert_eq!(entry["previous"], Value::Null);
    assert_eq!(outcome.json("images")["api"]["code"]["digest"], digest(3));
}

#[test]
fn a_neighbour_whose_first_delivery_is_unproven_counts_as_never_delivered() {
    let world = World::new();
    for state in ["deploying", "failed"] {
        world.stand(
            &json!({"api": changed(world.delivered("api", &json!({"code": image(3)})), &json!({"state": state}))}),
        );
        world.act("open").set("MEMBERS", "ping api").fails(&["Complete the pipeline api"]);
    }
}

#[test]
fn a_copy_whose_tree_does_not_know_the_environment_uses_the_tree_of_this_run() {
    let world = World::new();
    let bare = world.commit("gitops", "a tree of old", &[("generated/homelab/apps/db/staging/sources.json", "")]);
    world.stand(&json!({"db": changed(world.delivered("db", &json!({})), &json!({"tree": bare}))}));
    let tree = world.commit_tree("digest-2");
    let outcome = world.act("open").set("PIPELINE_DIGEST", "digest-2").succeeds();
    assert_eq!(world.manifest(STAGED)["apps"]["db"]["tree"], tree.as_str());
    outcome.says("this run's tree is used");
    world.stand(&json!({"db": changed(world.delivered("db", &json!({})), &json!({"tree": "e".repeat(40)}))}));
    let outcome = world.act("open").set("PIPELINE_DIGEST", "digest-2").set("VERSION", OLDER).succeeds();
    outcome.says(&format!("db: {} has no generated/", "e".repeat(40)));
}

#[test]
fn a_copy_stays_with_its_own_tree() {
    let world = World::new();
    let old = world.head("gitops");
    world.stand(&json!({"db": changed(world.delivered("db", &json!({})), &json!({"tree": old}))}));
    world.commit("gitops", "another chart path", &[("generated/homelab/apps/db/staging/sources.json", "[]")]);
    world.commit_tree("digest-2");
    world.act("open").set("PIPELINE_DIGEST", "digest-2").succeeds();
    assert_eq!(world.manifest(STAGED)["apps"]["db"]["tree"], old.as_str());
}

#[test]
fn the_tree_is_the_newest_commit_with_the_digest_of_the_run() {
    let world = World::new();
    let mine = world.head("gitops");
    world.commit_tree("digest-2");
    assert_eq!(world.act("open").succeeds().output("tree"), mine);
    world
        .act("open")
        .set("PIPELINE_DIGEST", "digest-3")
        .set("VERSION", OLDER)
        .fails(&["not in the history", "digest-3"]);
}

#[test]
fn members_that_left_the_tree_are_left_out() {
    let world = World::new();
    let outcome = world.act("open").set("MEMBERS", "ping ghost").succeeds();
    outcome.says("ghost is no longer in the tree");
    assert_eq!(world.manifest(STAGED)["apps"].as_object().expect("apps").len(), 1);
}

#[test]
fn open_again_keeps_the_salt_and_commits_nothing() {
    let world = World::new();
    let first = world.act("open").succeeds();
    let (salt, images, changes) = (first.output("salt"), first.output("images"), first.output("changes"));
    let commits = world.commits();
    let second = world.act("open").succeeds();
    assert_eq!(world.commits(), commits);
    assert_eq!((second.output("salt"), second.output("images"), second.output("changes")), (salt, images, changes));
    world.act("open").set("WORKFLOW_UID", "another").fails(&["another workflow", UID]);
    assert_eq!(world.commits(), commits);
}

// ---- enter

#[test]
fn enter_adds_what_is_missing_as_staging_tested_it() {
    let world = World::new();
    world.act("open").succeeds();
    let tested = world.head("db");
    world.commit("db", "untested", &[("file", "9")]);
    let outcome = world.act("enter").set("NEEDS", "db redis ping").succeeds();
    let manifest = world.manifest(PERMANENT);
    assert_eq!(manifest["apps"]["db"]["revision"], tested.as_str());
    assert_eq!(manifest["apps"]["db"]["sources"][0]["path"], "production");
    assert_eq!(manifest["apps"]["redis"]["revision"], "");
    assert_eq!(manifest["apps"]["ping"], Value::Null, "the delivered app itself is promoted, not added");
    assert_eq!(manifest["namespace"], "production");
    assert_eq!(outcome.json("changes"), json!({"db": VERSION, "redis": VERSION}));
    assert_eq!(outcome.json("images")["ping"]["pipeline"]["digest"], digest(1));
    assert_eq!(outcome.output("superseded"), "false");
    let commits = world.commits();
    let again = world.act("enter").set("NEEDS", "db redis ping").succeeds();
    assert_eq!(world.commits(), commits);
    assert_eq!(again.json("changes"), json!({"db": VERSION, "redis": VERSION}));
}

#[test]
fn enter_takes_what_staging_tested_also_after_its_teardown() {
    let world = World::new();
    world.act("open").succeeds();
    let tested = world.head("db");
    world.commit("db", "untested", &[("file", "9")]);
    world.act("close").succeeds();
    assert!(!world.has(STAGED));
    world.act("enter").set("NEEDS", "db").succeeds();
    assert_eq!(world.entry("db")["revision"], tested.as_str());
}

#[test]
fn enter_without_a_staged_manifest_takes_heads_and_names_what_was_never_built() {
    let world = World::new();
    world.act("enter").set("NEEDS", "api").set("STAGED", "").fails(&["Complete the pipeline api"]);
    world.act("enter").set("STAGED", "").succeeds().says("db was never delivered");
    assert_eq!(world.entry("db")["revision"], world.head("db").as_str());
}

#[test]
fn enter_commits_nothing_when_nothing_is_missing() {
    let world = World::new();
    world.stand(&json!({"db": world.delivered("db", &json!({})), "ping": world.delivered("ping", &both(7))}));
    world.commit("ping", "second", &[("file", "2")]);
    let commits = world.commits();
    let outcome = world.act("enter").succeeds();
    assert_eq!(world.commits(), commits);
    assert_eq!(outcome.json("changes"), json!({}));
    assert_eq!(outcome.json("images")["ping"]["code"]["digest"], digest(1));
    assert_eq!(world.entry("ping")["images"]["code"]["digest"], digest(7));
}

#[test]
fn enter_renews_a_chart_but_never_with_an_older_tree() {
    let world = World::new();
    world.act("enter").set("NEEDS", "redis").succeeds();
    let newer = sources_of_redis("21.0.0");
    world.commit("gitops", "chart", &[("generated/homelab/apps/redis/production/sources.json", &newer)]);
    world.commit_digest("digest-2");
    let second = "v20251124170000-bbbbbb";
    world.act("enter").set("NEEDS", "redis").set("VERSION", second).set("PIPELINE_DIGEST", "digest-2").succeeds();
    assert_eq!(world.entry("redis")["sources"][0]["targetRevision"], "21.0.0");
    assert_eq!(world.entry("redis")["change"], second);
    let commits = world.commits();
    world.act("enter").set("NEEDS", "redis").set("VERSION", "v20251124180000-cccccc").succeeds();
    assert_eq!(world.commits(), commits);
}

/// The versions of two deliveries, of `ping` and of `api`, which both need the chart.
const OF_PING: &str = "v20251124170000-bbbbbb";
const OF_API: &str = "v20251124180000-cccccc";

/// An environment with a settled chart, and a tree with a newer one.
fn with_a_newer_chart() -> (World, Value) {
    let world = World::new();
    world.act("enter").set("NEEDS", "redis").succeeds();
    world.act("promote").succeeds();
    world.act("settle").succeeds();
    let settled = world.entry("redis");
    assert_eq!((&settled["state"], settled.get("deliveries")), (&json!("deployed"), None));
    next_chart(&world, "21.0.0", "digest-2");
    (world, settled)
}

fn next_chart(world: &World, version: &str, digest: &str) {
    let path = "generated/homelab/apps/redis/production/sources.json";
    world.commit("gitops", "chart", &[(path, &sources_of_redis(version))]);
    world.commit_digest(digest);
}

/// One action of one of the two deliveries.
fn of<'a>(world: &'a World, version: &str, action: &str) -> Run<'a> {
    let app = if version == OF_PING { "ping" } else { "api" };
    let code = built(1).lines().next().expect("a line").to_owned();
    let images = if app == "ping" { built(1) } else { code };
    let uid = format!("{}11-6f57-4c1e-8a55-0c7d3a1f2e11", &version[16..]);
    let run = world
        .act(action)
        .set("APP", app)
        .set("VERSION", version)
        .set("NEEDS", "redis")
        .set("PIPELINE_DIGEST", "digest-2");
    run.set("IMAGES", &images).set("WORKFLOW_UID", &uid).set("REVISION", &world.commit(app, "more", &[]))
}

#[test]
fn a_chart_comes_with_a_delivery_and_goes_back_with_it() {
    let (world, settled) = with_a_newer_chart();
    let outcome = of(&world, OF_PING, "enter").succeeds();
    assert_eq!(outcome.json("changes"), json!({"redis": OF_PING}));
    let entry = world.entry("redis");
    assert_eq!((&entry["state"], &entry["change"]), (&json!("deploying"), &json!(OF_PING)));
    assert_eq!((&entry["previous"], &entry["deliveries"][0]["change"]), (&settled, &json!(OF_PING)));
    // A second pod of the same step changes nothing.
    let commits = world.commits();
    of(&world, OF_PING, "enter").succeeds();
    assert_eq!(world.commits(), commits);
    // It failed before it was promoted: there is nothing else to roll back.
    let outcome = of(&world, OF_PING, "roll-back").succeeds();
    outcome.says(&format!("production is rolled back to redis {VERSION}"));
    assert_eq!(outcome.json("restored"), json!({"redis": VERSION}));
    assert_eq!(world.entry("redis"), settled);
    // After that, both.
    of(&world, OF_PING, "enter").succeeds();
    of(&world, OF_PING, "promote").succeeds();
    let outcome = of(&world, OF_PING, "roll-back").succeeds();
    assert_eq!(outcome.json("restored"), json!({"ping": VERSION, "redis": VERSION}));
    assert_eq!((world.entry("redis"), &world.entry("ping")["change"]), (settled, &json!(VERSION)));
    // And when all goes well, both stay.
    for action in ["enter", "promote", "settle", "roll-back"] {
        of(&world, OF_PING, action).succeeds();
    }
    for app in ["ping", "redis"] {
        let entry = world.entry(app);
        assert_eq!((&entry["state"], &entry["change"]), (&json!("deployed"), &json!(OF_PING)), "{app}");
        assert_eq!((entry.get("previous"), entry.get("deliveries")), (None, None), "{app}");
    }
}

#[test]
fn a_chart_that_two_deliveries_bring_stays_if_one_of_them_proves_it() {
    for (first, second) in [(OF_PING, OF_API), (OF_API, OF_PING)] {
        let (world, settled) = with_a_newer_chart();
        of(&world, first, "enter").succeeds();
        let outcome = of(&world, second, "enter").succeeds();
        assert_eq!(outcome.json("changes"), json!({"redis": first}), "it waits for what the other has brought");
        assert_eq!(world.entry("redis")["previous"], settled, "what was there before both is known");
        let outcome = of(&world, first, "roll-back").succeeds();
        outcome.says(&format!("production keeps redis {first}: another unfinished delivery deploys the same"));
        assert_eq!(outcome.json("restored"), json!({}));
        assert_eq!(world.entry("redis")["deliveries"][0]["change"], second);
        of(&world, second, "roll-back").succeeds().says("is rolled back to redis");
        assert_eq!(world.entry("redis"), settled, "both have failed");

        of(&world, first, "enter").succeeds();
        of(&world, second, "enter").succeeds();
        of(&world, second, "promote").succeeds();
        of(&world, second, "settle").succeeds();
        of(&world, first, "roll-back").succeeds().says("nothing to roll back");
        let entry = world.entry("redis");
        assert_eq!((&entry["state"], &entry["sources"][0]["targetRevision"]), (&json!("deployed"), &json!("21.0.0")));
    }
}

#[test]
fn a_newer_chart_over_an_unproven_one_goes_back_to_the_last_that_was_proven() {
    let (world, settled) = with_a_newer_chart();
    of(&world, OF_PING, "enter").succeeds();
    next_chart(&world, "22.0.0", "digest-3");
    of(&world, OF_API, "enter").set("PIPELINE_DIGEST", "digest-3").succeeds();
    let entry = world.entry("redis");
    assert_eq!((&entry["sources"][0]["targetRevision"], &entry["previous"]), (&json!("22.0.0"), &settled));
    of(&world, OF_PING, "roll-back").succeeds().says("nothing to roll back");
    of(&world, OF_API, "roll-back").succeeds();
    assert_eq!(world.entry("redis"), settled);
}

#[test]
fn a_first_chart_whose_delivery_failed_is_brought_again() {
    let world = World::new();
    next_chart(&world, "21.0.0", "digest-2");
    of(&world, OF_PING, "enter").succeeds();
    let outcome = of(&world, OF_PING, "roll-back").succeeds();
    outcome.says("WARNING: this was the first delivery of redis to production");
    assert_eq!((outcome.json("restored"), &world.entry("redis")["state"]), (json!({}), &json!("failed")));
    of(&world, OF_API, "enter").succeeds();
    let entry = world.entry("redis");
    assert_eq!((&entry["state"], &entry["change"], entry.get("previous")), (&json!("deploying"), &json!(OF_API), None));
}

#[test]
fn a_run_that_updates_nothing_brings_only_a_chart_that_is_missing() {
    let (world, settled) = with_a_newer_chart();
    let commits = world.commits();
    of(&world, OF_PING, "enter").set("UPDATES", "false").succeeds();
    assert_eq!((world.entry("redis"), world.commits()), (settled, commits));
    let world = World::new();
    next_chart(&world, "21.0.0", "digest-2");
    of(&world, OF_PING, "enter").set("UPDATES", "false").succeeds();
    assert_eq!(world.entry("redis")["state"], "deployed");
}

fn sources_of_redis(version: &str) -> String {
    json!([{"repoURL": "https://charts.example", "chart": "redis", "targetRevision": version}]).to_string()
}

#[test]
fn the_environment_moves_to_the_tree_of_the_run_when_its_folder_changed() {
    let world = World::new();
    let old = world.head("gitops");
    world.act("enter").succeeds();
    assert_eq!(world.manifest(PERMANENT)["tree"], old.as_str());
    world.commit_digest("digest-2");
    let outcome = world.act("enter").set("PIPELINE_DIGEST", "digest-2").succeeds();
    assert_eq!(outcome.output("tree"), old, "the same folder");
    world.commit(
        "gitops",
        "quota",
        &[("generated/homelab/environments/production/quota.yaml", "kind: ResourceQuota\n")],
    );
    let new = world.commit_digest("digest-3");
    let outcome = world.act("enter").set("PIPELINE_DIGEST", "digest-3").succeeds();
    assert_eq!(outcome.output("tree"), new);
    assert_eq!(world.manifest(PERMANENT)["tree"], new.as_str());
    let outcome = world.act("enter").set("PIPELINE_DIGEST", "digest-1").succeeds();
    assert_eq!(outcome.output("tree"), new, "never back");
}

#[test]
fn an_older_push_is_superseded_and_changes_nothing() {
    let world = World::new();
    let older = world.head("ping");
    world.commit("ping", "second", &[("file", "2")]);
    world.stand(&json!({"ping": world.delivered("ping", &both(7))}));
    let commits = world.commits();
    let outcome = world.act("enter").set("REVISION", &older).set("NEEDS", "db redis").succeeds();
    assert_eq!(outcome.output("superseded"), "true");
    assert_eq!(world.commits(), commits);
    outcome.says("contains");
}

#[test]
fn the_revision_that_production_runs_is_superseded_unless_forced() {
    let world = World::new();
    world.stand(&json!({"ping": world.delivered("ping", &both(7))}));
    assert_eq!(world.act("enter").succeeds().output("superseded"), "true");
    assert_eq!(world.act("enter").set("FORCE", "true").succeeds().output("superseded"), "false");
    let state = |state: &str| changed(world.delivered("ping", &both(7)), &json!({"state": state}));
    world.stand(&json!({"ping": state("failed")}));
    assert_eq!(world.act("enter").succeeds().output("superseded"), "false");
    world.stand(&json!({"ping": changed(state("deploying"), &json!({"previous": state("deployed")}))}));
    assert_eq!(world.act("enter").succeeds().output("superseded"), "false", "its owner died");
}

#[test]
fn after_a_force_push_the_run_continues_and_says_so() {
    let world = World::new();
    let base = world.head("ping");
    world.commit("ping", "production", &[("file", "2")]);
    world.stand(&json!({"ping": world.delivered("ping", &both(7))}));
    world.git("clones/ping", &["reset", "-q", "--hard", &base]);
    world.git("clones/ping", &["commit", "-q", "--allow-empty", "-m", "rewritten"]);
    world.git("clones/ping", &["push", "-q", "origin", "HEAD:refs/heads/side"]);
    let side = world.git("clones/ping", &["rev-parse", "HEAD"]);
    let outcome = world.act("enter").set("REVISION", &side).succeeds();
    assert_eq!(outcome.output("superseded"), "false");
    outcome.says("does not contain");
    let outcome = world.act("enter").set("REVISION", &"e".repeat(40)).succeeds();
    assert_eq!(outcome.output("superseded"), "false");
    outcome.says("is on no branch");
}

// ---- promote, settle

#[test]
fn promote_keeps_what_it_replaces_until_it_is_settled() {
    let world = World::new();
    let old = world.delivered("ping", &both(7));
    world.stand(&json!({"ping": old, "db": world.delivered("db", &json!({}))}));
    let outcome = world.act("promote").succeeds();
    let entry = world.entry("ping");
    assert_eq!(entry["state"], "deploying");
    assert_eq!(entry["change"], VERSION);
    assert_eq!(entry["previous"], old);
    assert_eq!(entry["workflow"]["uid"], UID);
    assert_eq!(entry["sources"][0]["kustomize"]["patches"][0]["target"]["kind"], "Rollout");
    assert_eq!(outcome.json("changes"), json!({"ping": VERSION}));
    assert_eq!(outcome.json("images")["ping"]["code"]["digest"], digest(1));
    assert_eq!(outcome.output("salt"), "");
    let commits = world.commits();
    world.act("promote").succeeds();
    assert_eq!(world.commits(), commits);

    world.act("settle").succeeds();
    let entry = world.entry("ping");
    assert_eq!((&entry["state"], &entry["previous"]), (&json!("deployed"), &Value::Null));
    assert_eq!(world.entry("db")["change"], OLDER);
    let commits = world.commits();
    world.act("settle").succeeds();
    world.act("promote").succeeds();
    assert_eq!(world.commits(), commits);
}

#[test]
fn promote_over_a_dead_owner_goes_back_to_what_that_one_replaced() {
    let world = World::new();
    let old = world.delivered("ping", &both(7));
    let dead =
        changed(old.clone(), &json!({"change": "v20251124150000-aaaaaa", "state": "deploying", "previous": old}));
    world.stand(&json!({"ping": dead}));
    world.act("promote").succeeds();
    assert_eq!(world.entry("ping")["previous"], old);
    assert_eq!(world.entry("ping")["previous"]["previous"], Value::Null);
}

#[test]
fn promote_into_an_empty_repository_of_manifests_makes_the_first_one() {
    let world = World::new();
    world.act("promote").succeeds();
    assert_eq!(world.entry("ping")["previous"], Value::Null);
    assert_eq!(world.manifest(PERMANENT)["created"], "2025-11-24T16:00:00Z");
}

#[test]
fn settle_says_when_its_entry_is_no_longer_there() {
    let world = World::new();
    world.stand(&json!({"ping": world.delivered("ping", &both(7))}));
    world.act("settle").fails(&["no longer contains", OLDER]);
}

// ---- roll-back, close

#[test]
fn a_rollback_restores_and_does_it_once() {
    let world = World::new();
    let old = world.delivered("ping", &both(7));
    world.stand(&json!({"ping": old}));
    world.act("promote").succeeds();
    let outcome = world.act("roll-back").succeeds();
    assert_eq!(world.entry("ping"), old);
    assert_eq!(outcome.json("restored"), json!({"ping": OLDER}));
    let commits = world.commits();
    world.act("roll-back").succeeds().says("nothing to roll back");
    assert_eq!(world.commits(), commits);
}

#[test]
fn a_rollback_leaves_a_successor_and_a_settled_entry_alone() {
    let world = World::new();
    world.stand(&json!({"ping": world.delivered("ping", &both(7))}));
    world.act("promote").succeeds();
    world.act("promote").set("VERSION", "v20251124170000-bbbbbb").succeeds();
    let outcome = world.act("roll-back").succeeds();
    assert_eq!(world.entry("ping")["change"], "v20251124170000-bbbbbb");
    assert_eq!(outcome.json("restored"), json!({}));
    world.act("settle").set("VERSION", "v20251124170000-bbbbbb").succeeds();
    world.act("roll-back").set("VERSION", "v20251124170000-bbbbbb").succeeds();
    assert_eq!(world.entry("ping")["state"], "deployed");
}

#[test]
fn a_rollback_keeps_what_others_did_meanwhile() {
    let world = World::new();
    let old = world.delivered("ping", &both(7));
    let db = world.delivered("db", &json!({}));
    world.stand(&json!({"ping": old, "db": db, "api": world.delivered("api", &json!({"code": image(3)}))}));
    world.act("promote").succeeds();
    let newer = "v20251124170000-bbbbbb";
    let moved = world.commit("db", "moved on", &[("file", "2")]);
    let act =
        |action| world.act(action).set("APP", "db").set("VERSION", newer).set("REVISION", &moved).set("IMAGES", "");
    act("promote").succeeds();
    act("settle").succeeds();
    world.act("roll-back").succeeds();
    assert_eq!(world.entry("ping"), old);
    assert_eq!((&world.entry("db")["change"], &world.entry("db")["revision"]), (&json!(newer), &json!(moved)));
    assert_eq!(world.entry("api")["change"], OLDER);
}

#[test]
fn a_rollback_of_a_first_delivery_marks_it_and_warns() {
    let world = World::new();
    world.act("promote").succeeds();
    let outcome = world.act("roll-back").succeeds();
    outcome.says("WARNING");
    assert_eq!(world.entry("ping")["state"], "failed");
    assert_eq!(outcome.json("restored"), json!({}));
    world.act("settle").fails(&["failed"]);
    world.act("promote").fails(&["failed"]);
    let next = "v20251124170000-bbbbbb";
    world.act("promote").set("VERSION", next).succeeds();
    assert_eq!(world.entry("ping")["previous"], Value::Null);
}

#[test]
fn a_rollback_without_any_manifest_does_nothing() {
    let world = World::new();
    world.act("roll-back").succeeds().says("nothing to roll back");
    assert_eq!(world.commits(), 1);
}

#[test]
fn close_removes_its_own_file_only() {
    let world = World::new();
    world.act("open").succeeds();
    world.act("close").set("WORKFLOW_UID", "another").fails(&["not changed"]);
    assert!(world.has(STAGED));
    world.act("close").succeeds();
    assert!(!world.has(STAGED));
    let commits = world.commits();
    world.act("close").succeeds().says("already deleted");
    assert_eq!(world.commits(), commits);
    world.commit("gitops", "broken", &[(STAGED, "{")]);
    world.act("close").succeeds();
    assert!(!world.has(STAGED), "a broken file of this version stops its neighbours");
}

#[test]
fn every_action_writes_every_output() {
    let world = World::new();
    for action in ["open", "enter", "promote", "settle", "roll-back", "close"] {
        for output in GITOPS.outputs {
            let _ = std::fs::remove_file(world.path("out").join(output.name));
        }
        let outcome = world.act(action).succeeds();
        for output in GITOPS.outputs {
            outcome.output(output.name);
        }
    }
}

// ---- manifests that cannot be used

#[test]
fn a_broken_production_manifest_is_left_for_a_person() {
    let world = World::new();
    let good = world.delivered("db", &json!({}));
    let edits = json!({"change": "later", "revision": "main", "state": "fine", "images": [], "branch": "a\nb", "tree": null,
        "sources": [{"repoURL": "x", "targetRevision": 1}], "previous": {"change": 1}});
    let mut entries = json!({"apps": {}});
    for (field, value) in edits.as_object().expect("edits") {
        entries["apps"][field] = changed(good.clone(), &json!({field: value}));
    }
    for (text, complaint) in [
        ("{".to_owned(), "not one JSON object"),
        ("{} {}".to_owned(), "not one JSON object"),
        ("[]".to_owned(), "not one JSON object"),
        (r#"{"apps": "none"}"#.to_owned(), "apps is \"none\""),
        (r#"{"apps": {"db": 1}}"#.to_owned(), "apps.db is 1"),
        (r#"{"apps": {"../db": {}}}"#.to_owned(), "an app name"),
        (entries.to_string(), "apps.change.change is \"later\""),
    ] {
        world.commit("gitops", "broken", &[(PERMANENT, &text)]);
        let commits = world.commits();
        world.act("settle").fails(&[PERMANENT, complaint, "Nothing was pushed", "git log -p"]);
        assert_eq!(world.commits(), commits);
    }
    let commits = world.commits();
    for action in ["open", "enter", "promote", "roll-back"] {
        world.act(action).fails(&[
            PERMANENT,
            "Nothing was pushed",
            "apps.revision.revision is \"main\"",
            "apps.state.state is \"fine\"",
            "apps.images.images is []",
            "apps.branch.branch is \"a\\nb\"",
            "apps.tree.tree is null",
            "apps.sources.sources[0].targetRevision is 1",
            "apps.previous.previous.change is 1",
        ]);
    }
    assert_eq!(world.commits(), commits);
}

#[test]
fn a_source_of_a_wrong_type_is_never_pushed() {
    let world = World::new();
    let path = "generated/homelab/apps/ping/staging/sources.json";
    let bad = [
        (json!({"repoURL": 1}), "repoURL is 1"),
        (json!({}), "repoURL is null"),
        (json!({"repoURL": "x", "targetRevision": 7}), "targetRevision is 7, expected printable text"),
        (json!({"repoURL": "x", "kustomize": {"patches": [{"patch": [1]}]}}), "kustomize.patches[0].patch is [1]"),
        (json!({"repoURL": "x", "kustomize": {"images": "a"}}), "kustomize.images is \"a\", expected a list"),
        (json!({"repoURL": "x", "helm": {"skipCrds": "yes"}}), "helm.skipCrds is \"yes\", expected true or false"),
        (json!({"repoURL": "x", "helm": {"valuesObject": []}}), "helm.valuesObject is [], expected an object"),
        (json!({"repoURL": "x", "helm": {"values": "a\u{7f}b"}}), "helm.values"),
        (json!({"repoURL": "x", "helm": {"valuesObject": {"a": ["\u{85}"]}}}), "helm.valuesObject"),
        (json!({"repoURL": "x", "directory": {"recurse": {"$run": "tree"}}}), "directory.recurse"),
        (json!({"repoURL": "x", "targetRevison": "main"}), "targetRevison is not a field"),
        (json!("x"), "expected an object"),
    ];
    let list: Vec<_> = bad.iter().map(|(source, _)| source).collect();
    world.commit("gitops", "bad", &[(path, &json!(list).to_string())]);
    world.commit_digest("digest-2");
    let commits = world.commits();
    let outcome = world.act("open").set("PIPELINE_DIGEST", "digest-2").fails(&["not pushed"]);
    for (number, (_, complaint)) in bad.iter().enumerate() {
        let at = format!("apps.ping.sources[{number}]");
        assert!(
            outcome.stderr.lines().any(|line| line.starts_with(&at) && line.contains(complaint)),
            "{complaint}: {}",
            outcome.stderr
        );
    }
    assert_eq!(world.commits(), commits);
}

#[test]
fn a_hole_without_a_value_is_named_with_its_pipeline() {
    let world = World::new();
    let source = json!([{"repoURL": "x", "path": {"$run": "apps.api.images.code.digest"}}]).to_string();
    world.commit("gitops", "placeholders", &[("generated/homelab/apps/ping/staging/sources.json", &source)]);
    world.commit_digest("digest-2");
    world.act("open").set("PIPELINE_DIGEST", "digest-2").fails(&["apps.api.images.code.digest", "ping in staging"]);
}

#[test]
fn names_that_are_too_long_together_are_refused() {
    let world = World::new();
    let long = "a".repeat(50);
    let mut tree = world.tree("digest-2");
    tree["apps"][&long] = json!({});
    let path = format!("generated/homelab/apps/{long}/staging/sources.json");
    world.commit("gitops", "long", &[(&path, &sources_of_redis("1"))]);
    world.describe(&tree);
    world.act("open").set("PIPELINE_DIGEST", "digest-2").set("MEMBERS", &long).fails(&["at most 63 characters"]);
}

#[test]
fn the_holes_know_the_run() {
    let world = World::new();
    let placeholder = |key: &str| json!({"$run": key});
    let source = json!([{"repoURL": placeholder("url"), "path": placeholder("namespace"), "targetRevision": placeholder("branch"),
        "helm": {"values": {"$json": {"v": placeholder("version"), "own": placeholder("apps.ping.images.code.tag")}}}}]);
    world.commit(
        "gitops",
        "placeholders",
        &[("generated/homelab/apps/ping/staging/sources.json", &source.to_string())],
    );
    let mut tree = world.tree("digest-2");
    tree["apps"]["ping"]["repository"] = json!("https://git.example/o/ping.git");
    world.describe(&tree);
    world.act("open").set("PIPELINE_DIGEST", "digest-2").succeeds();
    let filled = &world.manifest(STAGED)["apps"]["ping"]["sources"][0];
    assert_eq!(filled["repoURL"], format!("https://git.example/o/ping/commit/{}", world.head("ping")));
    assert_eq!((&filled["path"], &filled["targetRevision"]), (&json!(VERSION), &json!("main")));
    assert_eq!(filled["helm"]["values"], format!(r#"{{"v":"{VERSION}","own":"{VERSION}"}}"#));
}

#[test]
fn an_entry_without_sources_is_recorded_and_not_waited_for() {
    let world = World::new();
    for environment in ["staging", "production"] {
        for app in ["ping", "db"] {
            let path = format!("generated/homelab/apps/{app}/{environment}/sources.json");
            world.commit("gitops", "nothing to deploy", &[(&path, "[]")]);
        }
    }
    world.commit_digest("digest-2");
    let act = |action| world.act(action).set("PIPELINE_DIGEST", "digest-2");
    let opened = act("open").set("MEMBERS", "ping db redis").succeeds();
    assert_eq!(opened.json("changes"), json!({"redis": VERSION}));
    assert_eq!(world.manifest(STAGED)["apps"]["ping"]["sources"], json!([]));
    assert_eq!(opened.json("images")["ping"]["code"]["digest"], digest(1));
    let entered = act("enter").set("NEEDS", "db").succeeds();
    assert_eq!(entered.json("changes"), json!({}));
    let promoted = act("promote").succeeds();
    assert_eq!(promoted.json("changes"), json!({}));
    assert_eq!(world.entry("ping")["images"]["code"]["digest"], digest(1));
    act("settle").succeeds();
    assert_eq!(world.entry("ping")["state"], "deployed");
}
