//! What Argo CD and Argo Rollouts may show while a change arrives, and what the wait makes of it: one table, from which come
//! the program that judges, the page that documents it, and the test that holds each row against what was recorded.
//!
//! Rows of one object are asked in their order, and the first that holds is the state. So whatever tells that a status is of
//! an older change stands before all that the status says: an old state is never taken for this change's. What may pass
//! by itself is suspect for as long as the source of its controller gives it, and only then a failure.

use std::fmt::Write as _;

/// Whose state it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of the change that is waited for.
    This,
    /// Of what stood there before, or nobody's: it says nothing of the change.
    Older,
    /// Of a change that came after it.
    Newer,
}

/// What a state means for the wait. Seconds count from the first look that shows it, without a look between that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The change has arrived, as far as this object tells.
    Good,
    /// It takes its time, and the timeout of the wait is its end.
    Waiting,
    /// Good once it has lasted so many seconds; till then it is waited for.
    GoodAfter(u32),
    /// A failure once it has lasted so many seconds: it may pass by itself.
    Suspect(u32),
    /// A failure at once: nothing will be done any more unless somebody does it.
    Final,
}

/// Which object, or part of one, a state is of.
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
    /// Which object shows it.
    pub of: Of,
    /// Its name.
    pub name: &'static str,
    /// How a person recognises it.
    pub seen: &'static str,
    /// The jq expression that recognises it.
    pub when: &'static str,
    /// Whose state it is.
    pub whose: Whose,
    /// What it means.
    pub verdict: Verdict,
    /// What is said of it, inside a string of jq: what is waited for, or what is wrong.
    pub says: &'static str,
    /// Why it means that, and where this is decided.
    pub why: &'static str,
}

/// Argo CD compares again after at most 180 seconds (`timeout.reconciliation` and its jitter), and needs a moment for it.
const COMPARED_AGAIN: u32 = 240;
/// A HorizontalPodAutoscaler has no metrics until its pods run, the metrics-server has looked twice (15 s each) and the
/// autoscaler once more (15 s): a minute on top of what the pods take to start.
const DEGRADED: u32 = 180;
/// Argo Rollouts looks again every 20 seconds at a Rollout that it takes for invalid.
const LOOKED_AT_AGAIN: u32 = 90;
/// Argo Rollouts reconciles again at once after it has written a status.
const STEP_TAKEN: u32 = 15;
/// A set looks at git every 30 seconds, and may be shown a commit that was the newest three minutes ago (argo-cd,
/// reposerver/cache/cache.go, `revision-cache-expiration`): so long may it bring back what stood there before.
const HANDED_ON: u32 = 240;
/// Where nothing depends on it, one more look of a set is enough.
const LOOKED_ONCE: u32 = 60;
/// Times are whole seconds: a comparison in the second of the sync may have been before it.
const SAME_SECOND: u32 = 15;

use Of::{Application, Operation, Rollout};
use Verdict::{Final, Good, GoodAfter, Suspect, Waiting};
use Whose::{Newer, Older, This};

/// The table.
pub const STATES: &[State] = &[
    State {
        of: Application,
        name: "absent",
        seen: "there is none",
        when: ". == null",
        whose: Older,
        verdict: Waiting,
        says: r#"Application \($target.name) to exist"#,
        why: "its ApplicationSet has not looked at git yet; what the set complains of is told after a minute",
    },
    State {
        of: Application,
        name: "deleted",
        seen: "it has a `deletionTimestamp`",
        when: ".metadata.deletionTimestamp",
        whose: Older,
        verdict: Waiting,
        says: r#"its deletion to be over, which began at \(.metadata.deletionTimestamp), and Application \($target.name) to exist again"#,
        why: "however well it looks, it goes",
    },
    State {
        of: Application,
        name: "replaced, and may be",
        seen: "it carries a newer change than this run's, of an app that is not this run's to deliver, or that was put back",
        when: "$target.yields and is_replaced($target; $first)",
        whose: Newer,
        verdict: GoodAfter(LOOKED_ONCE),
        says: r#"\(carried) to stay, which has taken the place of \($target.change)"#,
        why: "another run has brought it since, and sees it through; a set that is late would show this run's change by then",
    },
    State {
        of: Application,
        name: "replaced",
        seen: "it carries a newer change than this run's",
        when: "is_replaced($target; $first)",
        whose: Newer,
        verdict: Suspect(HANDED_ON),
        says: r#"it carries \(carried) now, which has taken the place of \($target.change)"#,
        why: "the change that is waited for will not come back; a set that is late would show it by then",
    },
    State {
        of: Application,
        name: "another change",
        seen: "it carries the change before",
        when: "carried != $target.change",
        whose: Older,
        verdict: Waiting,
        says: r#"its ApplicationSet to hand on \($target.change) (it carries \(if carried == "" then "none" else carried end))"#,
        why: "its ApplicationSet looks at git every 30 seconds, or when it is told to, and after an error of its own every three minutes",
    },
    State {
        of: Application,
        name: "invalid",
        seen: "the condition InvalidSpecError",
        when: r#"has_complaint("InvalidSpecError")"#,
        whose: This,
        verdict: Suspect(COMPARED_AGAIN),
        says: r#"\(complaint("InvalidSpecError"))"#,
        why: "its AppProject may come a moment later, and Argo CD sees that at its next comparison only (argo-cd, controller/appcontroller.go, refreshAppConditions)",
    },
    State {
        of: Application,
        name: "unknown error",
        seen: "the condition UnknownError",
        when: r#"has_complaint("UnknownError")"#,
        whose: This,
        verdict: Suspect(COMPARED_AGAIN),
        says: r#"\(complaint("UnknownError"))"#,
        why: "Argo CD could not read its project or its cluster, and tries again at its next comparison",
    },
    State {
        of: Application,
        name: "not compared",
        seen: "`status.sync.comparedTo` has other sources",
        when: "compared != sources",
        whose: Older,
        verdict: Waiting,
        says: "Argo CD to compare the new sources",
        why: "all that the status says of sync, health and errors is of the sources before",
    },
    State {
        of: Application,
        name: "comparison failed",
        seen: "the condition ComparisonError",
        when: r#"has_complaint("ComparisonError")"#,
        whose: This,
        verdict: Suspect(COMPARED_AGAIN),
        says: r#"\(complaint("ComparisonError"))"#,
        why: "the first comparison of new sources shows every failure of git, of the repo-server and of the cluster, and stays until the next (argo-cd, controller/state.go, CompareAppState)",
    },
    State {
        of: Operation,
        name: "requested",
        seen: "`operation` is set, and no phase is known yet",
        when: ".operation and (phase == \"\" or is_over)",
        whose: This,
        verdict: Waiting,
        says: "its operation to begin",
        why: "Argo CD forgets the state of the last one when it asks for another (argo-cd, util/argo/argo.go, SetAppOperation)",
    },
    State {
        of: Operation,
        name: "Terminating",
        seen: "the phase Terminating",
        when: r#"phase == "Terminating""#,
        whose: Older,
        verdict: Waiting,
        says: r#"its operation to end (Terminating\(said(.status.operationState.message)))"#,
        why: "somebody has ended it; what comes after it decides",
    },
    State {
        of: Operation,
        name: "Running",
        seen: "the phase Running, whether it is at work or between two tries",
        when: r#".operation or (phase | IN("", "Succeeded", "Failed", "Error") | not)"#,
        whose: This,
        verdict: Waiting,
        says: r#"its operation to end (\(phase)\(said(.status.operationState.message)))"#,
        why: "nothing else is synced meanwhile, even if it is of the sources before",
    },
    State {
        of: Operation,
        name: "Failed or Error, of these sources",
        seen: "the phase Failed or Error, no `operation`, and `syncResult` has these sources",
        when: r#"(phase | IN("Failed", "Error")) and operation_is_ours"#,
        whose: This,
        verdict: Final,
        says: r#"the sync ended \(phase): \(.status.operationState.message // "no message")\(if ill == "" then "" else said(ill) end)"#,
        why: "Argo CD has tried as often as it may, and does not sync the same sources again (argo-cd, controller/appcontroller.go, alreadyAttemptedSync)",
    },
    State {
        of: Operation,
        name: "Failed or Error, of other sources",
        seen: "the same with other sources",
        when: r#"phase | IN("Failed", "Error")"#,
        whose: Older,
        verdict: Good,
        says: "",
        why: "going back to what is there already needs no sync, and the failure of the change that was put back stays in sight",
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
        seen: "there never was one",
        when: "true",
        whose: This,
        verdict: Good,
        says: "",
        why: "the objects may be there already",
    },
    State {
        of: Application,
        name: "sync failed",
        seen: "the condition SyncError",
        when: r#"has_complaint("SyncError")"#,
        whose: This,
        verdict: Suspect(COMPARED_AGAIN),
        says: r#"\(complaint("SyncError"))"#,
        why: "Argo CD could not begin a sync, and tries again at its next comparison (argo-cd, controller/appcontroller.go, autoSync)",
    },
    State {
        of: Application,
        name: "not synced",
        seen: "the sync status OutOfSync or Unknown",
        when: r#".status.sync.status != "Synced""#,
        whose: This,
        verdict: Waiting,
        says: r#"the sync (\(.status.sync.status // "Unknown")\(said(ill)))"#,
        why: "a sync is about to begin",
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
        why: "sync and health are of before the sync",
    },
    State {
        of: Application,
        name: "Degraded",
        seen: "the health Degraded",
        when: r#"health == "Degraded""#,
        whose: This,
        verdict: Suspect(DEGRADED),
        says: r#"Degraded\(who)"#,
        why: "autoscalers without metrics yet, operators that try again (argo-cd, gitops-engine/pkg/health/health_hpa.go; argo-cd#6287, #28522)",
    },
    State {
        of: Application,
        name: "Progressing",
        seen: "the health Progressing",
        when: r#"health == "Progressing""#,
        whose: This,
        verdict: Waiting,
        says: r#"health (Progressing\(said(ill)))"#,
        why: "pods start",
    },
    State {
        of: Application,
        name: "Suspended",
        seen: "the health Suspended",
        when: r#"health == "Suspended""#,
        whose: This,
        verdict: Waiting,
        says: r#"health (Suspended\(said(ill)))"#,
        why: "a canary pauses, or somebody has paused something",
    },
    State {
        of: Application,
        name: "Missing",
        seen: "the health Missing",
        when: r#"health == "Missing""#,
        whose: This,
        verdict: Waiting,
        says: r#"health (Missing\(said(ill)))"#,
        why: "none of its objects is there yet",
    },
    State {
        of: Application,
        name: "health unknown",
        seen: "the health Unknown, or none",
        when: r#"health != "Healthy""#,
        whose: This,
        verdict: Waiting,
        says: r#"health (\(health)\(said(ill)))"#,
        why: "Argo CD has not judged it yet",
    },
    State {
        of: Application,
        name: "compared in the second of the sync",
        seen: "`reconciledAt` is the end of the operation",
        when: r#"ended != "" and reconciled == ended"#,
        whose: This,
        verdict: GoodAfter(SAME_SECOND),
        says: r#"a comparison after the sync of \(ended)"#,
        why: "`reconciledAt` is when the comparison began, in whole seconds; unless there is another one, this was after the sync",
    },
    State {
        of: Application,
        name: "good",
        seen: "Synced and Healthy",
        when: "true",
        whose: This,
        verdict: Good,
        says: "",
        why: "two looks in a row must see all of it good",
    },
    State {
        of: Rollout,
        name: "absent",
        seen: "there is none",
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
        says: r#"its deletion to be over, which began at \(.metadata.deletionTimestamp), and the Rollout to exist again"#,
        why: "its controller does nothing with it any more",
    },
    State {
        of: Rollout,
        name: "not observed",
        seen: "`observedGeneration` is not the generation",
        when: "is_observed | not",
        whose: Older,
        verdict: Waiting,
        says: "its controller to see the change",
        why: "an abort or a failure in its status may be of the change before",
    },
    State {
        of: Rollout,
        name: "another image",
        seen: "none of its containers has an image of this run",
        when: "runs_one_of($digests) | not",
        whose: Older,
        verdict: Waiting,
        says: r#"the image of this run (it has \(images | join(", ")))"#,
        why: "the sync has not come to it yet",
    },
    State {
        of: Rollout,
        name: "invalid",
        seen: "the condition InvalidSpec",
        when: "is_invalid",
        whose: This,
        verdict: Suspect(LOOKED_AT_AGAIN),
        says: r#"\(steps)"#,
        why: "an object that it names may come a moment later, and is looked for every 20 seconds; an abort beside it is of the change before (argo-rollouts, rollout/controller.go, syncHandler)",
    },
    State {
        of: Rollout,
        name: "aborted",
        seen: "`status.abort`",
        when: ".status.abort == true",
        whose: This,
        verdict: Suspect(STEP_TAKEN),
        says: r#"\(.status.phase // "aborted"): \(.status.message // "no message")"#,
        why: "nobody tries it again; but where the number of pods changes too, its controller observes a change before it takes the abort of the one before away (argo-rollouts, rollout/context.go, reconcile)",
    },
    State {
        of: Rollout,
        name: "Degraded",
        seen: "the phase Degraded, without an abort",
        when: r#".status.phase == "Degraded""#,
        whose: This,
        verdict: Suspect(LOOKED_AT_AGAIN),
        says: r#"\(steps)"#,
        why: "it was too slow, which pods that come late mend (argo-rollouts, utils/rollout/rolloututil.go, CalculateRolloutPhase)",
    },
    State {
        of: Rollout,
        name: "Paused",
        seen: "the phase Paused",
        when: r#".status.phase == "Paused""#,
        whose: This,
        verdict: Waiting,
        says: r#"its steps (\(steps))"#,
        why: "between two steps, or for a person",
    },
    State {
        of: Rollout,
        name: "Progressing",
        seen: "the phase Progressing, or the new pods are not the stable ones",
        when: r#".status.phase != "Healthy" or .status.stableRS != .status.currentPodHash"#,
        whose: This,
        verdict: Waiting,
        says: r#"its steps (\(steps))"#,
        why: "it is on its way",
    },
    State {
        of: Rollout,
        name: "good",
        seen: "Healthy, and the new pods are the stable ones",
        when: "true",
        whose: This,
        verdict: Good,
        says: "",
        why: "all steps are done",
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
    /// Its name among all.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}: {}", self.of.word(), self.name)
    }

    /// Whether the sets of the environment are behind, and have to be asked to look at git.
    fn late(&self) -> bool {
        self.of == Application && ["absent", "deleted", "another change"].contains(&self.name)
    }
}

/// The rows of one kind of object, as one expression of jq: the state that is seen, and what is said of it.
fn chain(of: Of) -> String {
    let mut text = String::new();
    let mut delegated = false;
    for state in STATES {
        // The operation is looked at where its rows stand among those of the Application.
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

/// The program of jq that finds the state of an Application or a Rollout: `application_state($target; $first)` and
/// `rollout_state($digests)`, with `verdict` for what a state means.
#[must_use]
pub fn program() -> String {
    let mut text = include_str!("facts.jq").to_owned();
    text.push_str(
        "\n# The table of states: what each means, and how it is recognised; the first that holds is it.\n\n",
    );
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

/// The table as a page shows it.
#[must_use]
pub fn page() -> String {
    let mut text = String::new();
    for (of, title) in [
        (Application, "An Application"),
        (Operation, "The operation of an Application, asked for before SyncError"),
        (Rollout, "A Rollout, where a canary is waited for"),
    ] {
        let _ = write!(text, "{title}:\n\n| what is seen | whose it is | what it means | why |\n|---|---|---|---|\n");
        for state in STATES.iter().filter(|state| state.of == of) {
            let whose = match state.whose {
                This => "this change's",
                Older => "none, or of the change before",
                Newer => "of a newer change",
            };
            let verdict = match state.verdict {
                Good => "good".to_owned(),
                Waiting => "waited for".to_owned(),
                GoodAfter(seconds) => format!("good after {seconds} s"),
                Suspect(seconds) => format!("a failure after {seconds} s"),
                Final => "a failure at once".to_owned(),
            };
            let _ = writeln!(text, "| {} | {whose} | {verdict} | {} |", state.seen, state.why);
        }
        text.push('\n');
    }
    text
}
