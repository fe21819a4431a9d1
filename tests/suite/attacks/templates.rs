//! Text of a spec that is the placeholder of another text, or breaks out of its quotes.

use mlua::Lua;
use pipelinec::argo::event::filter;
use pipelinec::diff::diff;
use pipelinec::diff::render::text;
use pipelinec::files::Files;
use serde_json::json;

use testkit::compiled::{self, Compiled};
use testkit::hostile;
use testkit::push::{commit, push, with};

#[test]
fn no_text_of_a_spec_is_code_in_a_filter() {
    for (author, branch, paths) in hostile::PROGRAMS {
        let compiled = Compiled::of("hostile", vec![("a.pipe".to_owned(), hostile::program(author, branch, paths))]);
        let tree = &compiled.trees["acme"];
        let script = compiled::text(&tree.object("Sensor", "shop")["spec"]["dependencies"][0]["filters"]["script"]);
        let address = author.split(['<', '>']).nth(1).expect("an address");
        let body = |reference: &str, email: &str| {
            with(push(&[commit(email, &["a/b", paths])]), "ref", json!(format!("refs/heads/{reference}")))
        };
        let passes = |body| filter(script, &body).unwrap_or_else(|error| panic!("{error}\n{script}")).passes;
        assert!(passes(body(branch, "ann@example")), "{script}");
        assert!(!passes(body("main-2", "ann@example")), "{script}");
        assert!(!passes(body(branch, address)), "a commit of the deliveries' own:\n{script}");
        // Argo Events runs it with all libraries, so what only ours lacks must not be what saves it.
        let lua = Lua::new();
        let event = json!({"body": body(branch, "ann@example")});
        lua.load("ran = 0; os.execute = function() ran = ran + 1 end").exec().expect("it is Lua");
        lua.globals().set("event", crate::attacks::lua_of(&lua, &event)).expect("it is set");
        let passes: bool = lua.load(script).eval().unwrap_or_else(|error| panic!("{error}\n{script}"));
        assert_eq!((passes, lua.globals().get::<u32>("ran").expect("a count")), (true, 0), "{script}");
    }
}

/// What `diff` says of a file of a tree that has become another one.
fn said(path: &str, old: &str, new: &str) -> String {
    let tree = |text: &str| [("acme".to_owned(), Files::from([(path.to_owned(), text.to_owned())]))].into();
    text::text(&diff(&tree(old), &tree(new)), false)
}

const SHOP: &str = "apps/shop/production/shop.yaml";

fn workload(name: &str, image: &str) -> String {
    let rest: String = (0..20).map(|number| format!("  a{number}: x\n")).collect();
    format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n{rest}  image: \"{image}\"\n")
}

/// A comparison sets signs for names, so that what was only renamed is found. A text with such a sign is not the name.
#[test]
fn no_text_passes_for_a_name_in_a_comparison() {
    for (old, new) in [("x/shop", "x/\u{e000}"), ("x/\u{e000}", "x/store"), ("\u{e003}0", "store")] {
        let shown = said(SHOP, &workload("shop", old), &workload("store", new));
        assert!(shown.contains("> Pod shop") || shown.contains("shop -> store"), "it is renamed: {shown}");
        assert!(shown.contains("spec.image"), "{old} {new}: {shown}");
    }
    let same = said(SHOP, &workload("shop", "x/shop\u{e000}"), &workload("store", "x/store\u{e000}"));
    assert!(!same.contains("spec.image"), "{same}");
}

/// The digests in templates change with everything else and are left out, but nothing else that is called like one is.
#[test]
fn no_text_passes_for_the_digest_of_a_tree() {
    let template = |name: &str, value: &str| {
        format!(
            "kind: WorkflowTemplate\nmetadata:\n  name: shop\n  annotations: {{pipelinec.dev/{name}: \"{value}\"}}\nspec:\n  \
             templates:\n  - name: t\n    container:\n      env:\n      - {{name: {name}, value: \"{value}\"}}\n"
        )
    };
    let compared = |old: &str, new: &str| said("workflows/shop.yaml", old, new);
    let (one, other) = ("1".repeat(64), "f".repeat(64));
    for name in ["pipeline-digest", "shared-digest", "STEPS_DIGEST"] {
        assert_eq!(compared(&template(name, &one), &template(name, &other)), "no changes\n");
        let shown = compared(&template(name, "good"), &template(name, "evil"));
        assert!(shown.contains("good -> evil"), "{shown}");
    }
    let shown = compared(&template("OTHER", &one), &template("OTHER", &other));
    assert!(shown.contains(&one), "{shown}");
}
