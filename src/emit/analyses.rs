//! `apps/<app>/<env>/analysis.yaml`: the AnalysisTemplates of an app's canary, and how its Rollouts use them.

use super::waves;
use crate::kube::Object;
use crate::kube::argo::rollouts::{
    AnalysisArgument, AnalysisRunArgument, AnalysisTemplate, AnalysisTemplateRef, AnalysisTemplateSpec,
    ArgumentValueFrom, Metric, RolloutAnalysis,
};
use crate::kube::core::{IntOrString, ObjectMeta};
use crate::model::text::CanaryField;
use crate::model::{Analysis, App, Canary, Segment, Service};
use crate::names;
use crate::plan::Plan;
use crate::providers::metrics;
use std::collections::BTreeSet;

/// The AnalysisTemplates of a canary of these services: two for each analysis, one that runs beside the steps and one
/// that runs after them.
pub fn templates(plan: &Plan, app: &App, canary: &Canary, services: &[Service]) -> Vec<Object> {
    let names: BTreeSet<_> = canary.analyses.iter().map(|name| &name.value).collect();
    let analyses = names.into_iter().map(|name| &plan.resolved.analyses[name]);
    analyses
        .flat_map(|analysis| {
            let name = names::analysis_template(&app.name.value, &analysis.name.value);
            let metric = metric(analysis);
            let beside =
                Metric { initial_delay: Some(format!("{}s", analysis.first_question(services))), ..metric.clone() };
            // One successful measurement ends it, and it tolerates as many failed ones as the other.
            let last = Metric {
                count: Some(count(analysis.tolerate + 1)),
                consecutive_success_limit: Some(count(1)),
                ..metric
            };
            [template(name.clone(), analysis, beside), template(names::last_question(&name), analysis, last)]
        })
        .collect()
}

/// The analysis that runs beside the steps of a service's Rollout. It starts with the first weight: until then, the
/// canary gets no requests.
pub fn beside_the_steps(plan: &Plan, app: &App, service: &Service, canary: &Canary) -> Option<RolloutAnalysis> {
    let analysis = run(plan, app, service, canary, |template| template);
    (!canary.analyses.is_empty()).then_some(RolloutAnalysis { starting_step: Some(1), ..analysis })
}

/// The step after the last pause of a service's Rollout: each analysis must succeed once more.
///
/// An analysis beside the steps ends with them and then counts as successful, whether it has measured anything or not
/// (argo-rollouts, `analysis/analysis.go`, `assessRunStatus`): if Prometheus is unreachable, a canary with short pauses
/// would complete before there are too many errors. A step ends with its own result, and fails without a measurement.
pub fn after_the_steps(plan: &Plan, app: &App, service: &Service, canary: &Canary) -> Option<RolloutAnalysis> {
    let analysis = run(plan, app, service, canary, |template| names::last_question(&template));
    (!canary.analyses.is_empty()).then_some(analysis)
}

fn run(
    plan: &Plan,
    app: &App,
    service: &Service,
    canary: &Canary,
    named: impl Fn(String) -> String,
) -> RolloutAnalysis {
    let templates = canary
        .analyses
        .iter()
        .map(|analysis| named(names::analysis_template(&app.name.value, &analysis.value)))
        .map(|template_name| AnalysisTemplateRef { template_name })
        .collect();
    let fields: BTreeSet<_> =
        canary.analyses.iter().flat_map(|analysis| fields(&plan.resolved.analyses[&analysis.value])).collect();
    let args = fields.into_iter().map(|field| argument(field, &service.name.value)).collect();
    RolloutAnalysis { templates, args, starting_step: None }
}

fn count(number: u32) -> IntOrString {
    IntOrString::Int(i32::try_from(number).unwrap_or(i32::MAX))
}

fn metric(analysis: &Analysis) -> Metric {
    let provider = metrics::get(analysis.provider);
    Metric {
        name: analysis.name.value.clone(),
        interval: Some(format!("{}s", analysis.every)),
        success_condition: Some(provider.condition(analysis)),
        failure_limit: Some(count(analysis.tolerate)),
        provider: provider.provider(analysis),
        ..Metric::default()
    }
}

fn template(name: String, analysis: &Analysis, metric: Metric) -> Object {
    let mut args: Vec<_> = fields(analysis)
        .into_iter()
        .map(|field| AnalysisArgument { name: metrics::argument(field), ..AnalysisArgument::default() })
        .collect();
    args.extend(metrics::get(analysis.provider).arguments(analysis));
    let mut metadata = ObjectMeta { name: Some(name), ..ObjectMeta::default() };
    waves::put_into(&mut metadata, waves::BEFORE_ROLLOUTS);
    Object::new(&AnalysisTemplate { metadata, spec: AnalysisTemplateSpec { args, metrics: vec![metric] } })
}

/// The properties of the canary that a query uses.
fn fields(analysis: &Analysis) -> BTreeSet<CanaryField> {
    analysis
        .query
        .0
        .iter()
        .filter_map(|segment| match segment {
            Segment::Canary(field) => Some(*field),
            _ => None,
        })
        .collect()
}

fn argument(field: CanaryField, service: &str) -> AnalysisRunArgument {
    let name = metrics::argument(field);
    match field {
        CanaryField::Hash => AnalysisRunArgument {
            name,
            value_from: Some(ArgumentValueFrom { pod_template_hash_value: Some("Latest".into()) }),
            ..AnalysisRunArgument::default()
        },
        // The monitor scrapes the canary's Service like the stable one, and Prometheus labels the samples with its
        // name.
        CanaryField::Service | CanaryField::Metrics => {
            AnalysisRunArgument { name, value: Some(names::canary_service(service)), ..AnalysisRunArgument::default() }
        }
    }
}
