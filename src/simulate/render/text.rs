//! For a terminal: each pipeline with its result, and for a delivery its names, steps, commits and their Applications.

use crate::diag::paint::{Paint, wrapped};
use crate::diag::visible::{quoted, visible};
use crate::simulate::{Answer, Commit, Delivery, Ends, Made, Simulation};
use crate::words;
use std::fmt::Write as _;

/// The simulation as lines; with colours if asked.
#[must_use]
pub fn text(simulation: &Simulation, color: bool) -> String {
    let paint = Paint::of(color);
    let Paint { bold, end, green, .. } = paint;
    let mut out = String::new();
    let push = &simulation.push;
    let commits = push.commits().len();
    let commits = words::count(commits, "commit");
    let what = match push.event() {
        "push" => {
            let branch = push.reference().strip_prefix("refs/heads/").unwrap_or(push.reference());
            format!("{commits} to {} of {}", quoted(branch), visible(push.repository()))
        }
        event => format!("a payload of the event {}", quoted(event)),
    };
    let _ = writeln!(out, "{}", wrapped(0, 2, &what));
    for target in &simulation.targets {
        let _ = writeln!(out, "\n{bold}target {}{end}", target.name);
        for pipeline in &target.pipelines {
            match &pipeline.answer {
                Answer::Stays(reasons) => {
                    let (fact, more) = reasons.split_first().map_or(("", &[][..]), |(fact, more)| (fact, more));
                    let _ = writeln!(out, "\n  {bold}{}{end} does not start", pipeline.name);
                    let _ = writeln!(out, "{}", wrapped(4, 6, fact));
                    more.iter().for_each(|reason| {
                        let _ = writeln!(out, "{}", wrapped(6, 8, reason));
                    });
                }
                Answer::Starts(delivery) => {
                    let _ = writeln!(out, "\n  {green}{bold}{}{end} starts", pipeline.name);
                    self::delivery(delivery, paint, &mut out);
                }
            }
        }
    }
    if simulation.deliveries().next().is_some() && !simulation.stand_ins.is_empty() {
        let known = simulation.stand_ins.join(", ");
        let text = format!(
            "Note: the contents of {known} are unknown: each has a single commit here, and nothing was delivered before, so the simulation cannot tell whether something newer is already deployed. Use `--clone DIR` to simulate with a local clone of a repository."
        );
        let _ = writeln!(out, "\n{}", wrapped(0, 2, &text));
    }
    out
}

/// Shortens digests and commits to their first digits; JSON has all of them.
fn short(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let digits = &rest[at..];
        let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
        out.push_str(&rest[..at]);
        out.push_str(if end < 40 { &digits[..end] } else { &digits[..12] });
        rest = &digits[end..];
    }
    out + rest
}

fn delivery(delivery: &Delivery, paint: Paint, out: &mut String) {
    let Paint { bold, red, dim, yellow, end, .. } = paint;
    let _ = writeln!(out, "{}", wrapped(4, 6, &delivery.because));
    let _ = writeln!(out, "    Workflow {} in {}", delivery.workflow, delivery.namespace);
    for (name, value) in &delivery.arguments {
        let _ = writeln!(out, "      {name} = {}", visible(value));
    }
    let _ = writeln!(out, "    version {}", delivery.version);
    let _ = writeln!(out, "\n    {bold}steps{end} {dim}(~ is not run here, but assumed to succeed){end}");
    for step in &delivery.steps {
        let (mark, style) = match step.ends {
            Ends::Ran => ("✓", ""),
            Ends::Failed => ("✗", red),
            Ends::Assumed => ("~", ""),
            Ends::Skipped => ("-", dim),
        };
        let does = if step.ends == Ends::Skipped { "skipped" } else { &step.does };
        let line = wrapped(4, 8, &short(&format!("{mark} {}: {does}", step.name)));
        let _ = writeln!(out, "{style}{line}{}", if style.is_empty() { "" } else { end });
    }
    if let Some(failure) = &delivery.failure {
        let _ = writeln!(out, "\n    {red}The delivery fails at {failure}.{end}");
    }
    for step in &delivery.steps {
        for commit in &step.commits {
            let _ = writeln!(out, "\n    {yellow}commit{end} by {}: {}", step.name, visible(&commit.pushed.subject));
            self::commit(commit, paint, out);
        }
    }
}

fn commit(commit: &Commit, paint: Paint, out: &mut String) {
    let Paint { red, green, yellow, dim, end, .. } = paint;
    for line in commit.pushed.diff.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => green,
            Some(b'-') => red,
            Some(b' ') => "",
            _ => dim,
        };
        let end = if style.is_empty() { "" } else { end };
        let _ = writeln!(out, "      {style}{}{end}", visible(line));
    }
    let mut made = |sign: &str, style: &str, list: &[Made]| {
        for application in list {
            let _ =
                writeln!(out, "      {style}{sign} Application {}{end} in {}", application.name, application.namespace);
            for source in &application.sources {
                let _ = writeln!(out, "{}", wrapped(10, 12, &short(&visible(&source.to_string()))));
            }
        }
    };
    made("+", green, &commit.appear);
    made("~", yellow, &commit.change);
    for name in &commit.disappear {
        let _ = writeln!(out, "      {red}- Application {name}{end}");
    }
    for stop in &commit.stops {
        let _ = writeln!(out, "{red}{}{end}", wrapped(6, 8, stop));
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn long_ids_are_cut() {
        let digest = "a1".repeat(32);
        assert_eq!(short(&format!("r.io/x@sha256:{digest} of v20251124")), "r.io/x@sha256:a1a1a1a1a1a1 of v20251124");
        assert_eq!(short(&"0".repeat(40)), "0".repeat(12));
        for other in ["", "é", "deadbeef", &"0".repeat(39)] {
            assert_eq!(short(other), other);
        }
    }
}
