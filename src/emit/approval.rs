//! An `approve` stage: a suspended template whose output a person supplies, and a step that fails the run for every
//! answer except `YES`.
//!
//! Argo Workflows ends a suspended template with success in each of these cases (argo-workflows,
//! `workflow/util/util.go` and `workflow/controller/operator.go`, v4.1.2): its time is up, somebody resumes the whole
//! run, or somebody resumes only this template. The first two supply the default of the output, the third leaves it
//! out. So only the value of the output says that somebody has approved.

use super::delivery::Emitter;
use crate::kube::argo::workflows::{
    Inputs, Outputs, Parameter, SuppliedValueFrom, SuspendTemplate, Template, ValueFrom,
};
use crate::model::text::RunField;
use crate::model::value::show_duration;
use crate::model::{Approval, Canary, Segment, Text};
use crate::plan::{Delivery, Plan, Step};
use crate::schema::stages::StageId;
use crate::steps::call::{BRANCH, Call, Sequence, input};
use crate::steps::refused::{ANSWER, APPROVED, NO, QUESTION, REFUSED, WITHIN, YES};
use std::fmt::Write as _;

/// The input with the text for those who decide.
const MESSAGE: &str = "message";

impl Emitter<'_> {
    /// Waits for the answer of a person, and fails unless it is `YES`.
    pub fn approve(&mut self, approval: &Approval, sequence: &mut Sequence) {
        let asked = self.templates.iter().filter(|template| template.suspend.is_some()).count();
        let question = question(asked);
        self.templates.push(template(&question, approval));
        let asks = Call::local(&question, &question).with_parameter(MESSAGE, self.shown(&approval.message));
        // A notice beside the question delays nothing.
        let calls = std::iter::once(asks).chain(self.told_of(&question)).collect();
        let step = sequence.together(calls).swap_remove(0);
        // The controller does not see the name that `get` looks up: it would wait for an output that was left out. Both
        // expressions begin with the status, without which the controller evaluates them again later: see
        // `Output::differs_if_left`.
        let status = format!("steps['{step}'].status");
        let answer = format!("(get(steps['{step}'], 'outputs')?.parameters?.{APPROVED} ?? '')");
        sequence.then(
            Call::shared(REFUSED.template, &REFUSED)
                .with(ANSWER, format!("{{{{={status} + ':' + {answer}}}}}"))
                .with(QUESTION, &question)
                .with(WITHIN, show_duration(approval.timeout))
                .when(&format!("{status} == 'Succeeded' && {answer} != '{YES}'")),
        );
    }

    /// A text for people. Argo replaces `{{…}}` wherever it is, so no two braces stay together.
    fn shown(&self, text: &Text) -> String {
        let mut result = String::new();
        for segment in &text.0 {
            let part = match segment {
                Segment::Literal(literal) => apart(literal),
                Segment::Run(RunField::Version) => input("version"),
                Segment::Run(RunField::Branch) => match self.delivery.on.branch() {
                    Some(branch) => apart(branch),
                    None => BRANCH.of_run(),
                },
                Segment::Run(RunField::Sha7 | RunField::Sha8 | RunField::Tag) => {
                    unreachable!("only images and tasks know them")
                }
                Segment::Run(RunField::Sha | RunField::Url | RunField::WorkflowUrl) => {
                    self.in_run(&Text(vec![segment.clone()]), |_| unreachable!("every run knows its commit"))
                }
                Segment::Secret { .. } | Segment::Namespace | Segment::Image(..) | Segment::Canary(_) => {
                    unreachable!("a message knows nothing of environments")
                }
            };
            if result.ends_with('{') && part.starts_with('{') {
                result.push(' ');
            }
            result.push_str(&part);
        }
        result
    }
}

/// The name of the template of a delivery's next question, and of its step.
fn question(asked: usize) -> String {
    let word = StageId::Approve.row().step;
    if asked == 0 { word.to_owned() } else { format!("{word}-{}", asked + 1) }
}

/// The suspended template. The UI offers the choices of the input that is called like the output.
fn template(name: &str, approval: &Approval) -> Template {
    let choice = Parameter {
        name: APPROVED.to_owned(),
        default: Some(NO.to_owned()),
        enumeration: vec![NO.to_owned(), YES.to_owned()],
        ..Parameter::default()
    };
    let message = Parameter { name: MESSAGE.to_owned(), ..Parameter::default() };
    let supplied = ValueFrom {
        supplied: Some(SuppliedValueFrom::default()),
        default: Some(NO.to_owned()),
        ..ValueFrom::default()
    };
    Template {
        name: name.to_owned(),
        inputs: Some(Inputs { parameters: vec![choice, message] }),
        outputs: Some(Outputs {
            parameters: vec![Parameter {
                name: APPROVED.to_owned(),
                value_from: Some(supplied),
                ..Parameter::default()
            }],
            ..Outputs::default()
        }),
        suspend: Some(SuspendTemplate { duration: Some(format!("{}s", approval.timeout)) }),
        ..Template::default()
    }
}

fn apart(text: &str) -> String {
    let mut result = String::new();
    for letter in text.chars() {
        if letter == '{' && result.ends_with('{') {
            result.push(' ');
        }
        result.push(letter);
    }
    result
}

/// How to promote the canaries that wait for a person, for the `README.md` of a target.
pub fn canaries(plan: &Plan) -> String {
    let mut rows = String::new();
    for environment in plan.canary_environments() {
        let namespace = plan.resolved.environments[environment].namespace().unwrap_or_default();
        for app in &plan.contents[environment] {
            if !plan.canary(environment, app).is_some_and(Canary::asks) {
                continue;
            }
            for service in &plan.resolved.apps[app].environments[environment].services {
                let _ = write!(rows, "\nkubectl argo rollouts promote -n {namespace} {}", service.name.value);
            }
        }
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "\n\n## Canaries that wait for a person\n\nA canary with `approve` among its steps keeps its weight of the traffic until somebody promotes it. If nobody does within the timeout of its wait, the run rolls it back; `abort` instead of `promote` does so at once. Promote once, and only while it waits there: at any other time, `promote` skips the current step, and `promote --full` skips all further steps and analyses. Argo Rollouts does not record who it was; the audit log of the API server does. Whoever may change Rollouts in the namespace can promote. The first version, and one that Argo Rollouts takes back, is deployed without steps.\n\n```sh{rows}\n```"
    )
}

/// How to answer the questions of deliveries, for the `README.md` of a target.
pub fn by_hand(namespace: &str, deliveries: &[Delivery]) -> String {
    let mut text = String::new();
    for delivery in deliveries {
        let asks = delivery.steps.iter().filter(|step| matches!(step, Step::Approve(_))).count();
        if asks == 0 {
            continue;
        }
        if text.is_empty() {
            let _ = write!(
                text,
                "\n\n## Approvals\n\nA run that waits for an approval is suspended. It continues only if the output `{APPROVED}` of its step is `{YES}`; with `{NO}`, without an answer in time, or when it is resumed without one, it fails, and undoes what it has done. In the UI of Argo Workflows, select the step, choose `{YES}` or `{NO}`, and resume it. On the command line, `set` answers and `resume` lets the run continue:\n\n```sh\nSTEP=templateName={}\nargo node set -n {namespace} RUN --node-field-selector $STEP --output-parameter {APPROVED}={YES}\nargo resume -n {namespace} RUN --node-field-selector $STEP\n```\n\nIf people sign in to Argo Workflows with SSO, it writes who resumed the step into the message of the step, and into the label `workflows.argoproj.io/actor` of the Workflow. Whoever may change Workflows in `{namespace}` may approve.\n\n| pipeline | steps |\n|---|---|",
                question(0)
            );
        }
        let steps: Vec<_> = (0..asks).map(|asked| format!("`{}`", question(asked))).collect();
        let _ = write!(text, "\n| `{}` | {} |", delivery.name, steps.join(", "));
    }
    text
}
