//! What each stage compiles to.

use pipelinec::schema::stages::{STAGES, StageId};
use testkit::compiled::Compiled;
use testkit::fixtures::PROJECT;

/// The stages of a delivery without one of a kind, and with it.
fn without_and_with(stage: StageId) -> (&'static str, &'static str) {
    const DEPLOY: &str = "deploy in production, wait-for-sync in production";
    const STAGING: &str = "build, stage-env staging, wait-for-sync in staging, teardown staging";
    match stage {
        StageId::Build => (DEPLOY, "build, deploy in production, wait-for-sync in production"),
        StageId::StageEnv | StageId::Teardown => ("build", "build, stage-env staging, teardown staging"),
        StageId::WaitForSync => ("build, stage-env staging, teardown staging", STAGING),
        StageId::Migrate => {
            (STAGING, "build, stage-env staging, wait-for-sync in staging, migrate job in staging, teardown staging")
        }
        StageId::Test => {
            (STAGING, "build, stage-env staging, wait-for-sync in staging, test job in staging, teardown staging")
        }
        StageId::Run => {
            (STAGING, "build, stage-env staging, wait-for-sync in staging, run job in staging, teardown staging")
        }
        StageId::Cleanup => {
            (STAGING, "build, stage-env staging, wait-for-sync in staging, cleanup job in staging, teardown staging")
        }
        StageId::Approve => ("build", "build, approve"),
        StageId::Deploy => ("build", "build, deploy in production, wait-for-sync in production"),
        StageId::Canary => ("build", "build, canary in production { steps = [50%, 1m] }, wait-for-sync in production"),
    }
}

fn delivery(stages: &str) -> String {
    let text = format!(
        "{PROJECT}
         app shop {{
           source = \"github.com/acme/shop\"
           image code
           task job {{ image = code, command = [\"true\"] }}
           service {{ image = code, cpu = 100m, memory = 64Mi, port = 8080, health = \"/\" }}
         }}
         pipeline images {{ delivers = shop, on push {{ branch = \"next\" }}, build, {} }}
         pipeline shop {{ delivers = shop, on push, {} }}",
        if stages.contains("canary") {
            "canary in production { steps = [50%, 1m] }, wait-for-sync in production"
        } else {
            "deploy in production, wait-for-sync in production"
        },
        stages
    );
    let compiled = Compiled::of("stages", vec![("a.pipe".into(), text)]);
    let tree = compiled.trees.values().next().expect("a tree");
    tree.files.iter().find(|(path, _)| path.ends_with("workflows/shop.yaml")).expect("a delivery").1.clone()
}

#[test]
fn every_stage_compiles_to_steps() {
    for row in &STAGES {
        let (without, with) = without_and_with(row.id);
        assert!(with.contains(row.id.word()), "{with:?} has no `{}`", row.id.word());
        let delivered = delivery(with);
        assert_ne!(delivery(without), delivered, "`{}` compiles to nothing", row.id.word());
        assert!(delivered.contains(&format!("- name: {}", row.step)), "`{}` has no step `{}`", row.id.word(), row.step);
    }
}
