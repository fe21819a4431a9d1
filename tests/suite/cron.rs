//! Cron jobs: what they become in each environment.

use pipelinec::files::Files;
use serde_json::Value;
use testkit::compiled::every_tree;
use testkit::yaml11;

use crate::trees::tree;

/// An app of one cron job alone, delivered to production after an ephemeral environment.
fn app(cron: &str) -> Files {
    tree(&format!(
        "environment production\nenvironment staging {{ copy-of = production, ttl = 9h }}\n\
         app shop {{\n source = \"github.com/acme/s\"\n image code\n \
           cron nightly {{ image = code, schedule = \"0 2 * * *\", cpu = 1, memory = 1Gi, {cron} }}\n}}\n\
         pipeline shop {{ delivers = shop, on push, build, stage-env staging, wait-for-sync in staging, teardown staging, \
           deploy in production, wait-for-sync in production }}\n"
    ))
}

fn spec(files: &Files, environment: &str) -> Value {
    let objects = yaml11::documents(&files[&format!("apps/shop/{environment}/shop-nightly.yaml")]);
    assert_eq!((objects.len(), &objects[0]["kind"]), (1, &"CronJob".into()));
    // Neither a failed run nor a suspended job holds up a delivery.
    assert_eq!(objects[0]["metadata"]["annotations"]["argocd.argoproj.io/ignore-healthcheck"], "true");
    objects[0]["spec"].clone()
}

#[test]
fn a_cron_job_is_deployed_everywhere_and_a_copy_does_not_run_it() {
    let files = app("timeout = 5m, in production { retries = 2, concurrency = replace }");
    let (copy, production) = (spec(&files, "staging"), spec(&files, "production"));
    assert_eq!((&copy["suspend"], &production["suspend"]), (&true.into(), &false.into()));
    assert_eq!((&copy["concurrencyPolicy"], &production["concurrencyPolicy"]), (&"Forbid".into(), &"Replace".into()));
    let job = &production["jobTemplate"]["spec"];
    assert_eq!((&job["activeDeadlineSeconds"], &job["backoffLimit"]), (&300.into(), &2.into()));
    assert_eq!(job["template"]["spec"]["restartPolicy"], "Never");
    let files = app("in staging { suspend = off }, in production { suspend = on }");
    assert_eq!(
        (&spec(&files, "staging")["suspend"], &spec(&files, "production")["suspend"]),
        (&false.into(), &true.into())
    );
}

#[test]
fn a_cron_job_runs_what_the_run_has_built() {
    let files =
        app("command = [\"./run\", \"${run.sha}\"], args = [\"-v\", \"${run.version}\"], env = { TAG = code.tag }");
    let sources = &files["apps/shop/production/sources.json"];
    for part in ["pipelinec.local/shop/code=", "\"kind\": \"CronJob\"", "images.code.digest", "command/1", "args/1"] {
        assert!(sources.contains(part), "{part}: {sources}");
    }
}

#[test]
fn a_cron_job_has_an_account_of_its_own_where_it_says_so() {
    for (name, tree) in every_tree().filter(|(name, _)| name.starts_with("tests/cases/cron,")) {
        let jobs = tree.of_kind("CronJob").filter(|object| object.file.contains("/production/"));
        for job in jobs {
            let pod = &job.value["spec"]["jobTemplate"]["spec"]["template"]["spec"];
            let account = tree.of_kind("ServiceAccount").find(|account| account.file == job.file);
            assert_eq!(pod["serviceAccountName"].as_str(), account.map(|account| account.name()), "{name}");
            assert_eq!(pod["automountServiceAccountToken"], account.is_some(), "{name}");
            assert_eq!(account.is_some(), job.name() == "reports-weekly", "{name}");
        }
    }
}
