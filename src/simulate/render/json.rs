//! For programs: everything, under stable names.

use crate::simulate::{Answer, Commit, Delivery, Ends, Made, Pipeline, SimulatedStep, Simulation};
use serde_json::{Value, json};

/// The version of the format. Within it fields are only added.
pub const VERSION: u32 = 1;

/// The simulation as JSON.
#[must_use]
pub fn json(simulation: &Simulation) -> String {
    let push = &simulation.push;
    let targets = simulation.targets.iter().map(|target| {
        let pipelines: Vec<_> = target.pipelines.iter().map(pipeline).collect();
        json!({ "target": target.name, "pipelines": pipelines })
    });
    crate::render::to_json(&json!({
        "version": VERSION,
        "event": push.event(),
        "repository": push.repository(),
        "ref": push.reference(),
        "after": push.after(),
        "commits": push.commits().len(),
        "standIns": simulation.stand_ins,
        "targets": targets.collect::<Vec<_>>(),
    }))
}

fn pipeline(pipeline: &Pipeline) -> Value {
    let (starts, reasons, delivery) = match &pipeline.answer {
        Answer::Stays(reasons) => (false, json!(reasons), Value::Null),
        Answer::Starts(delivery) => (true, json!([delivery.because]), self::delivery(delivery)),
    };
    json!({ "pipeline": pipeline.name, "starts": starts, "reasons": reasons, "delivery": delivery })
}

fn delivery(delivery: &Delivery) -> Value {
    let arguments: serde_json::Map<_, _> =
        delivery.arguments.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "workflow": delivery.workflow,
        "namespace": delivery.namespace,
        "arguments": arguments,
        "version": delivery.version,
        "failure": delivery.failure,
        "steps": delivery.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &SimulatedStep) -> Value {
    let ends = match step.ends {
        Ends::Ran => "ran",
        Ends::Failed => "failed",
        Ends::Assumed => "assumed",
        Ends::Skipped => "skipped",
    };
    let commits: Vec<_> = step.commits.iter().map(commit).collect();
    json!({ "step": step.name, "ends": ends, "does": step.does, "commits": commits })
}

fn commit(commit: &Commit) -> Value {
    json!({
        "id": commit.pushed.id,
        "subject": commit.pushed.subject,
        "diff": commit.pushed.diff,
        "applications": {
            "appear": commit.appear.iter().map(made).collect::<Vec<_>>(),
            "change": commit.change.iter().map(made).collect::<Vec<_>>(),
            "disappear": commit.disappear,
        },
        "stops": commit.stops,
    })
}

fn made(application: &Made) -> Value {
    let sources = application.sources.iter().map(|source| {
        json!({ "repository": source.repository, "chart": source.chart, "path": source.path, "revision": source.revision })
    });
    json!({
        "name": application.name,
        "namespace": application.namespace,
        "sources": sources.collect::<Vec<_>>(),
    })
}
