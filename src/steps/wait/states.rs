//! The states of Argo CD and Argo Rollouts during an update, and what they mean for the wait: the jq program,
//! the page that documents it, and the test that compares each row with recorded states all derive from this table.
//!
//! The rows of one object are evaluated in order, and the first match is the state. So rows that detect a status of an
//! older change come before those that interpret the status: an old state is never taken for this change's. A state
//! that may resolve itself only becomes a failure after as long as the source code of its controller allows.

use std::fmt::Write as _;

/// Whose state it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of the change that is waited for.
    This,
    /// Of the previous change, or of none: it says nothing about this change.
    Older,
    /// Of a later change.
    Newer,
}

/// What a state means for the wait. Seconds count from the first of the consecutive polls that show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The change has been applied, as far as this object shows.
    Good,
    /// In progress; limited by the timeout of the wait.
    Waiting,
    /// A success once it has lasted for this many seconds; until then, the wait continues.
    GoodAfter(u32),
    /// A failure once it has lasted for this many seconds: it may resolve itself.
    Suspect(u32),
    /// An immediate failure: nothing will happen without intervention.
    Final,
}

/// The object, or part of one, that has the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// An Application.
    Application,
    /// The operation of an Application: a sync.
    Operation,
    /// A Rollout.
    Rollout,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// The object that shows it.
    pub of: Of,
    /// Its name.
    pub name: &'static str,
    /// How a person recognizes it.
    pub seen: &'static str,
    /// The jq expression that recognizes it.
    pub when: &'static str,
    /// Whose state it is.
    pub whose: Whose,
    /// What it means.
    pub verdict: Verdict,
    /// The message, inside a jq string: what the wait is for, or what is wrong.
    pub says: &'static str,
    /// Why it means that, and where this is decided.
    pub why: &'static str,
}

/// Argo CD compares again after at most 180 seconds (`timeout.reconciliation` and its jitter), and needs a moment for
/// it.
const COMPARED_AGAIN: u32 = 240;
/// A HorizontalPodAutoscaler has no metrics until its pods run, the metrics-server has scraped them twice (15 s each)
/// and the autoscaler has polled once more (15 s): a minute in addition to the start of the pods.
const DEGRADED: u32 = 180;
/// Argo Rollouts checks an invalid Rollout again every 20 seconds.
const LOOKED_AT_AGAIN: u32 = 90;
/// Argo Rollouts reconciles again immediately after it has written a status.
const STEP_TAKEN: u32 = 15;
/// A set polls git every 30 seconds, and may receive a commit that was the newest three minutes ago (argo-cd,
/// reposerver/cache/cache.go, `revision-cache-expiration`): for that long it may restore the previous state.
const HANDED_ON: u32 = 240;
/// If nothing depends on it, one more poll of a set is enough.
const LOOKED_ONCE: u32 = 60;
/// Times have a resolution of one second: a comparison in the second of the sync may have been before it.
const SAME_SECOND: u32 = 15;

use Of::{Application, Operation, Rollout};
use Verdict::{Final, Good, GoodAfter, Suspect, Waiting};
use Whose::{Newer, Older, This};

/// The table.
pub const STATES: &[State] = &[
    State {
        of: Application,
        name: "absent",
        seen: "it does not exist",
        when: ". == null",
        whose: Older,
        verdict: Waiting,
        says: r#"Application \($target.name) to exist"#,
        why: "its ApplicationSet has not polled git yet; the errors of the set are reported after a minute",
    },
    State {
        of: Application,
        name: "deleted",
        seen: "it has a `deletionTimestamp`",
        when: ".metadata.deletionTimestamp",
        whose: Older,
        verdict: Waiting,
        says: r#"its deletion, which started at \(.metadata.deletionTimestamp), to complete, and Application \($target.name) to exist again"#,
        why: "it is being deleted, whatever its status",
    },
    State {
        of: Application,
        name: "replaced, and may be",
        seen: "it carries a newer change than this run's, of an app that this run does not deliver, or that was rolled back",
        when: "$target.yields and is_replaced($target; $first)",
        whose: Newer,
        verdict: GoodAfter(LOOKED_ONCE),
        says: r#"\(carried), which has replaced \($target.change), to last"#,
        why: "another run has deployed it since, and waits for it; a late set would show this run's change by then",
    },
    State {
        of: Application,
        name: "replaced",
        seen: "it carries a newer change than this run's",
        when: "is_replaced($target; $first)",
        whose: Newer,
        verdict: Suspect(HANDED_ON),
        says: r#"it now carries \(carried), which has replaced \($target.change)"#,
        why: "this run's change will not be deployed again; a late set would show it by then",
    },
    State {
        of: Application,
        name: "another change",
        seen: "it carries the previous change",
        when: "carried != $target.change",
        whose: Older,
        verdict: Waiting,
        says: r#"its ApplicationSet to apply \($target.change) (it carries \(if carried == "" then "none" else carried end))"#,
        why: "its ApplicationSet polls git every 30 seconds, or when it is notified, and every three minutes after an error",
    },
    State {
        of: Application,
        name: "invalid",
        seen: "the condition InvalidSpecError",
        when: r#"has_complaint("InvalidSpecError")"#,
        whose: This,
        verdict: Suspect(COMPARED_AGAIN),
        says: r#"\(complaint("InvalidSpecError"))"#,
        why: "its AppProject may be created a moment later, and Argo CD only notices that at its next comparison (argo-cd, controller/appcontroller.go, refreshAppConditions)",
    },
    State {
        of: Application,
        name: "unknown error",
        seen: "the condition UnknownError",
        when: r#"has_complaint("UnknownError")"#,
        whose: This,
        verdict: Suspect(COMPARED_AGAIN),
        says: r#"\(complaint("UnknownError"))"#,
        why: "Argo CD could not read its project or its cluster, and retries at its next comparison",
    },
    State {
        of: Application,
        name: "not compared",
        seen: "`status.sync.comparedTo` has other sources",
        when: "compared != sources",
        whose: Older,
        verdict: Waiting,
        says: "Argo CD to compare the new sources",
        why: "the status of sync, health and errors belongs to the previous sources",
    },
    State {
        of: Application,
        name: "comparison failed",
        seen: "the condition ComparisonError",
        when: r#"has_complaint("ComparisonError")"#,
        whose: This,
        verdict: Suspect(COMPARED_AGAIN),
        says: r#"\(complaint("ComparisonError"))"#,
        why: "the first comparison of new sources shows every failure of git, of the repo-server and of the cluster, until the next one (argo-cd, controller/state.go, CompareAppState)",
    },
    State {
        of: Operation,
        name: "requested",
        seen: "`operation` is set, and it has no phase yet",
        when: ".operation and (phase == \"\" or is_over)",
        whose: This,
        verdict: Waiting,
        says: "its operation to start",
        why: "Argo CD resets the state of the last one when it requests another (argo-cd, util/argo/argo.go, SetAppOperation)",
    },
    State {
        of: Operation,
        name: "Terminating",
        seen: "the phase Terminating",
        when: r#"phase == "Terminating""#,
        whose: Older,
        verdict: Waiting,
        says: r#"its operation to end (Terminating\(said(.status.operationState.message)))"#,
        why: "it was terminated; the next one decides",
    },
    State {
        of: Operation,
        name: "Running",
        seen: "the phase Running, whether it is running or between two attempts",
        when: r#".operation or (phase | IN("", "Succeeded", "Failed", "Error") | not)"#,
        whose: This,
        verdict: Waiting,
        says: r#"its operation to end (\(phase)\(said(.status.operationState.message)))"#,
        why: "nothing else is synced in the meantime, even if it is of the previous sources",
    },
    State {
        of: Operation,
        name: "Failed or Error, of these sources",
        seen: "the phase Failed or Error, no `operation`, and `syncResult` has these sources",
        when: r#"(phase | IN("Failed", "Error")) and operation_is_ours"#,
        whose: This,
        verdict: Final,
        says: r#"the sync ended \(phase): \(.status.operationState.message // "no message")\(if ill == "" then "" else said(ill) end)"#,
        why: "Argo CD has exhausted its retries, and does not sync the same sources again (argo-cd, controller/appcontroller.go, alreadyAttemptedSync)",
    },
    State {
        of: Operation,
        name: "Failed or Error, of other sources",
        seen: "the same with other sources",
        when: r#"phase | IN("Failed", "Error")"#,
        whose: Older,
        verdict: Good,
        says: "",
        why: "rolling back to what is already deployed needs no sync, and the failure of the change that was rolled back remains visible",
    },
    State {
        of: Operation,
        name: "Succeeded",
        seen: "the phase Succeeded",
        when: r#"phase == "Succeeded""#,
        whose: This,
        verdict: Good,
        says: "",
        why: "the comparison after it decides",
    },
    State {
        of: Operation,
        name: "none",
        seen: "there has never been one",
        when: "true",
        whose: This,
        verdict: Good,
        says: "",
        why: "the objects may already exist",
    },
    State {
        of: Application,
        name: "sync failed",
        seen: "the condition SyncError",
        when: r#"has_complaint("SyncError")"#,
        whose: This,
        verdict: Suspect(COMPARED_AGAIN),
        says: r#"\(complaint("SyncError"))"#,
        why: "Argo CD could not start a sync, and retries at its next comparison (argo-cd, controller/appcontroller.go, autoSync)",
    },
    State {
        of: Application,
        name: "not synced",
        seen: "the sync status OutOfSync or Unknown",
        when: r#".status.sync.status != "Synced""#,
        whose: This,
        verdict: Waiting,
        says: r#"the sync (\(.status.sync.status // "Unknown")\(said(ill)))"#,
        why: "a sync is about to start",
    },
    State {
        of: Application,
        name: "other revisions",
        seen: "`status.sync.revisions` differ from the sources",
        when: "at_revisions | not",
        whose: Older,
        verdict: Waiting,
        says: r#"the revisions \(sources | map(.targetRevision) | join(", "))"#,
        why: "one of several sources lags behind",
    },
    State {
        of: Application,
        name: "not compared since the sync",
        seen: "`reconciledAt` is before the end of the operation",
        when: r#"ended != "" and reconciled < ended"#,
        whose: Older,
        verdict: Waiting,
        says: "a comparison after the sync",
        why: "sync and health were determined before the sync",
    },
    State {
        of: Application,
        name: "Degraded",
        seen: "the health Degraded",
        when: r#"health == "Degraded""#,
        whose: This,
        verdict: Suspect(DEGRADED),
        says: r#"Degraded\(who)"#,
        why: "autoscalers without metrics yet, operators that retry (argo-cd, gitops-engine/pkg/health/health_hpa.go; argo-cd#6287, #28522)",
    },
    State {
        of: Application,
        name: "Progressing",
        seen: "the health Progressing",
        when: r#"health == "Progressing""#,
        whose: This,
        verdict: Waiting,
        says: r#"health (Progressing\(said(ill)))"#,
        why: "pods are starting",
    },
    State {
        of: Application,
        name: "Suspended",
        seen: "the health Suspended",
        when: r#"health == "Suspended""#,
        whose: This,
        verdict: Waiting,
        says: r#"health (Suspended\(said(ill)))"#,
        why: "a canary pauses, or something was paused by hand",
    },
    State {
        of: Application,
        name: "Missing",
        seen: "the health Missing",
        when: r#"health == "Missing""#,
        whose: This,
        verdict: Waiting,
        says: r#"health (Missing\(said(ill)))"#,
        why: "none of its objects exists yet",
    },
    State {
        of: Application,
        name: "health unknown",
        seen: "the health Unknown, or none",
        when: r#"health != "Healthy""#,
        whose: This,
        verdict: Waiting,
        says: r#"health (\(health)\(said(ill)))"#,
        why: "Argo CD has not determined it yet",
    },
    State {
        of: Application,
        name: "compared in the second of the sync",
        seen: "`reconciledAt` is the end of the operation",
        when: r#"ended != "" and reconciled == ended"#,
        whose: This,
        verdict: GoodAfter(SAME_SECOND),
        says: r#"a comparison after the sync of \(ended)"#,
        why: "`reconciledAt` is when the comparison started, with a resolution of one second; unless there is another one, it was after the sync",
    },
    State {
        of: Application,
        name: "good",
        seen: "Synced and Healthy",
        when: "true",
        whose: This,
        verdict: Good,
        says: "",
        why: "everything must be good in two consecutive polls",
    },
    State {
        of: Rollout,
        name: "absent",
        seen: "it does not exist",
        when: ". == null",
        whose: Older,
        verdict: Waiting,
        says: "the Rollout to exist",
        why: "the sync creates it",
    },
    State {
        of: Rollout,
        name: "deleted",
        seen: "it has a `deletionTimestamp`",
        when: ".metadata.deletionTimestamp",
        whose: Older,
        verdict: Waiting,
        says: r#"its deletion, which started at \(.metadata.deletionTimestamp), to complete, and the Rollout to exist again"#,
        why: "its controller no longer reconciles it",
    },
    State {
        of: Rollout,
        name: "not observed",
        seen: "`observedGeneration` is not the generation",
        when: "is_observed | not",
        whose: Older,
        verdict: Waiting,
        says: "its controller to see the change",
        why: "an abort or a failure in its status may belong to the previous change",
    },
    State {
        of: Rollout,
        name: "another image",
        seen: "none of its containers has an image of this run",
        when: "runs_one_of($digests) | not",
        whose: Older,
        verdict: Waiting,
        says: r#"the image of this run (it has \(images | join(", ")))"#,
        why: "the sync has not reached it yet",
    },
    State {
        of: Rollout,
        name: "invalid",
        seen: "the condition InvalidSpec",
        when: "is_invalid",
        whose: This,
        verdict: Suspect(LOOKED_AT_AGAIN),
        says: r#"\(steps)"#,
        why: "an object that it refers to may be created a moment later, which is checked every 20 seconds; an abort in addition belongs to the previous change (argo-rollouts, rollout/controller.go, syncHandler)",
    },
    State {
        of: Rollout,
        name: "aborted",
        seen: "`status.abort`",
        when: ".status.abort == true",
        whose: This,
        verdict: Suspect(STEP_TAKEN),
        says: r#"\(.status.phase // "aborted"): \(.status.message // "no message")"#,
        why: "it is never retried; but if the number of pods changes as well, its controller observes the new change before it clears the abort of the previous one (argo-rollouts, rollout/context.go, reconcile)",
    },
    State {
        of: Rollout,
        name: "Degraded",
        seen: "the phase Degraded, without an abort",
        when: r#".status.phase == "Degraded""#,
        whose: This,
        verdict: Suspect(LOOKED_AT_AGAIN),
        says: r#"\(steps)"#,
        why: "it was too slow, which resolves itself once the pods are ready (argo-rollouts, utils/rollout/rolloututil.go, CalculateRolloutPhase)",
    },
    State {
        of: Rollout,
        name: "Paused",
        seen: "the phase Paused",
        when: r#".status.phase == "Paused""#,
        whose: This,
        verdict: Waiting,
        says: r#"its steps (\(steps))"#,
        why: "between two steps, or by hand",
    },
    State {
        of: Rollout,
        name: "Progressing",
        seen: "the phase Progressing, or the new pods are not the stable ones",
        when: r#".status.phase != "Healthy" or .status.stableRS != .status.currentPodHash"#,
        whose: This,
        verdict: Waiting,
        says: r#"its steps (\(steps))"#,
        why: "it is in progress",
    },
    State {
        of: Rollout,
        name: "good",
        seen: "Healthy, and the new pods are the stable ones",
        when: "true",
        whose: This,
        verdict: Good,
        says: "",
        why: "all steps have completed",
    },
];

impl Of {
    fn word(self) -> &'static str {
        match self {
            Application => "application",
            Operation => "operation",
            Rollout => "rollout",
        }
    }
}

impl State {
    /// Its unique name.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}: {}", self.of.word(), self.name)
    }

    /// Whether the sets of the environment are late and must be refreshed.
    fn late(&self) -> bool {
        self.of == Application && ["absent", "deleted", "another change"].contains(&self.name)
    }
}

/// The rows of one kind of object, as one jq expression: the state, and its message.
fn chain(of: Of) -> String {
    let mut text = String::new();
    let mut delegated = false;
    for state in STATES {
        // The operation is evaluated at the position of its rows among those of the Application.
        if of == Application && state.of == Operation && !delegated {
            text.push_str("  elif $operation | verdict.is != \"good\" then $operation\n");
            delegated = true;
        }
        if state.of == of {
            let result = format!("{{state: \"{}\", says: \"{}\"}}", state.id(), state.says);
            let line = match (text.is_empty(), state.when) {
                (true, when) => format!("  if {when} then {result}\n"),
                (false, "true") => format!("  else {result} end"),
                (false, when) => format!("  elif {when} then {result}\n"),
            };
            text.push_str(&line);
        }
    }
    text
}

/// The jq program that determines the state of an Application or a Rollout: `application_state($target; $first)` and
/// `rollout_state($digests)`, with `verdict` for what a state means.
#[must_use]
pub fn program() -> String {
    let mut text = include_str!("facts.jq").to_owned();
    text.push_str("\n# The table of states: what each means, and how it is recognized; the first match applies.\n\n");
    text.push_str("def verdict: {\n");
    for state in STATES {
        let (is, seconds) = match state.verdict {
            Good => ("good", 0),
            Waiting => ("waiting", 0),
            GoodAfter(seconds) => ("good-after", seconds),
            Suspect(seconds) => ("suspect", seconds),
            Final => ("final", 0),
        };
        let late = if state.late() { ", late: true" } else { "" };
        let _ = writeln!(text, "  \"{}\": {{is: \"{is}\", seconds: {seconds}{late}}},", state.id());
    }
    text.push_str("  }[.state];\n\n");
    let _ = write!(text, "def operation_state:\n{};\n\n", chain(Operation));
    let _ = write!(
        text,
        "def application_state($target; $first): (if . then operation_state else null end) as $operation |\n  ({}) + {{operation: $operation.state}};\n\n",
        chain(Application)
    );
    let _ = write!(text, "def rollout_state($digests):\n{};\n", chain(Rollout));
    text
}

/// The table as Markdown.
#[must_use]
pub fn page() -> String {
    let mut text = String::new();
    for (of, title) in [
        (Application, "An Application"),
        (Operation, "The operation of an Application, evaluated before SyncError"),
        (Rollout, "A Rollout, when waiting for a canary"),
    ] {
        let _ = write!(text, "{title}:\n\n| state | change | meaning | why |\n|---|---|---|---|\n");
        for state in STATES.iter().filter(|state| state.of == of) {
            let whose = match state.whose {
                This => "this one",
                Older => "none, or the previous one",
                Newer => "a newer one",
            };
            let verdict = match state.verdict {
                Good => "good".to_owned(),
                Waiting => "in progress".to_owned(),
                GoodAfter(seconds) => format!("good after {seconds} s"),
                Suspect(seconds) => format!("a failure after {seconds} s"),
                Final => "an immediate failure".to_owned(),
            };
            let _ = writeln!(text, "| {} | {whose} | {verdict} | {} |", state.seen, state.why);
        }
        text.push('\n');
    }
    text
}
