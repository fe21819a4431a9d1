//! Why a push starts a pipeline, or does not: the generated objects decide, and this module explains it.

use super::{Push, Tree};
use crate::argo::event::Finder;
use crate::argo::{Error, event};
use crate::diag::visible::{quoted, visible};
use crate::model::{Pattern, Repository, Trigger};
use crate::names;
use crate::plan::{Delivery, Plan};
use crate::providers::host::filter::Stop;
use crate::providers::host::{self, push::Payload};
use crate::words;
use serde_json::Value;

/// How many files are listed.
const NAMED: usize = 5;

/// Whether a push starts a pipeline.
pub enum Starts<'a> {
    /// By the trigger of this number in its Sensor.
    By(usize, &'a Trigger),
    /// It does not: a fact and its details.
    Not(Vec<String>),
}

/// Whether the push starts a pipeline, and why not.
pub fn starts<'a>(plan: &Plan, delivery: &Delivery<'a>, tree: &Tree, push: &Push) -> Result<Starts<'a>, Error> {
    let Some(listened) = &plan.resolved.apps[delivery.app].source else {
        return Ok(Starts::Not(vec!["its app has no source, so no push triggers it".to_owned()]));
    };
    if delivery.on.told().next().is_none() {
        return Ok(Starts::Not(vec!["only its schedule triggers it".to_owned()]));
    }
    let wanted = slug(&listened.value);
    let repository = push.repository();
    if !repository.eq_ignore_ascii_case(&wanted) {
        return Ok(Starts::Not(vec![if repository.is_empty() {
            format!("the payload has no repository; expected `{wanted}`")
        } else {
            format!("the repository is {}; expected `{wanted}`", quoted(repository))
        }]));
    }
    let hosts = &plan.resolved.project.hosts;
    if !push.is_to(&listened.value, hosts) {
        let from = push.server().map_or_else(|| push.host().to_owned(), quoted);
        return Ok(Starts::Not(vec![format!("the push is from {from}; expected `{}`", listened.value.host)]));
    }
    if let Some(limit) = limits(plan, &listened.value, tree)?.filter(|limit| push.size as u64 > *limit) {
        let size = push.size;
        return Ok(Starts::Not(vec![format!("the payload has {size} bytes; the limit of the EventSource is {limit}")]));
    }
    let sensor = tree.object("Sensor", delivery.name)?;
    // Of several triggers, the one whose filter rejects it last says why.
    let mut nearest: Option<(Stop, &Trigger)> = None;
    for (at, trigger) in delivery.on.told().enumerate() {
        let script = sensor.pointer(&format!("/spec/dependencies/{at}/filters/script"));
        let script = script.and_then(Value::as_str).unwrap_or_default();
        let verdict = match event::filter(script, &push.body) {
            Ok(verdict) => verdict,
            // A Sensor drops an event on which its filter fails.
            Err(Error(why)) => {
                return Ok(Starts::Not(vec!["its filter cannot parse the payload".to_owned(), first_line(&why)]));
            }
        };
        if verdict.passes {
            return Ok(Starts::By(at, trigger));
        }
        let stop = Stop::at(script, verdict.line);
        let stop =
            stop.ok_or_else(|| Error(format!("the filter of {} rejects the push without a reason", delivery.name)))?;
        if nearest.is_none_or(|(known, _)| known < stop) {
            nearest = Some((stop, trigger));
        }
    }
    let (stop, trigger) = nearest.expect("a trigger was asked");
    reasons(plan, delivery, trigger, push, stop).map(Starts::Not)
}

/// The maximum number of bytes that the EventSource accepts.
fn limits(plan: &Plan, repository: &Repository, tree: &Tree) -> Result<Option<u64>, Error> {
    let host = host::described(plan, repository);
    let name = names::event_source(&plan.resolved.project, host);
    Ok(host::get(host.choice).most(tree.object("EventSource", &name)?))
}

fn reasons(plan: &Plan, delivery: &Delivery, trigger: &Trigger, push: &Push, stop: Stop) -> Result<Vec<String>, Error> {
    let (expected, wanted) = match trigger {
        Trigger::Push(on) => (push.payload().push, format!("refs/heads/{}", on.branch.as_str())),
        Trigger::Tag(on) => (push.payload().tag, format!("refs/tags/{}", on.pattern.as_str())),
        Trigger::PullRequest(on) => (push.payload().pull.event, on.base.as_str().to_owned()),
        Trigger::Schedule(_) => unreachable!("a schedule has no filter"),
    };
    let reference = || push.at(push.payload().reference).map_or_else(|| "missing".to_owned(), shown);
    Ok(vec![match stop {
        Stop::Event => format!("the event is {}; expected `{expected}`", quoted(push.event())),
        Stop::Branch if push.is_pull_request() => format!("the pull request is not into `{wanted}`"),
        Stop::Nothing => "the event brings no new commit and no label, and nothing is reopened".to_owned(),
        Stop::Fork => "the pull request is from a fork, and those run nothing".to_owned(),
        Stop::Name => "the name of the branch has characters other than letters, digits and `. _ / + @ = -`".to_owned(),
        Stop::Draft => "the pull request is a draft".to_owned(),
        Stop::Label => {
            let label = delivery.on.pull_request().and_then(|on| on.label.as_deref()).unwrap_or_default();
            format!("the pull request lacks the label {}", quoted(label))
        }
        Stop::Branch => format!("the branch is {}; expected `{wanted}`", reference()),
        Stop::Tag => format!("the tag is {}; expected `{wanted}`", reference()),
        Stop::Deletion => match trigger {
            Trigger::Tag(_) => "the tag was deleted".to_owned(),
            Trigger::Push(_) | Trigger::Schedule(_) | Trigger::PullRequest(_) => "the branch was deleted".to_owned(),
        },
        Stop::Repository => format!("the repository is {}", quoted(push.repository())),
        Stop::Message => {
            let message = push.newest().and_then(|commit| commit.get("message")).map(shown).unwrap_or_default();
            format!("the message of the newest commit skips it: {message}")
        }
        Stop::Own => {
            let author = &plan.resolved.project.gitops.author_email;
            let all = if push.commits().len() == 1 { "the only commit is" } else { "all commits are" };
            format!("{all} by `{author}`: the commits of deliveries trigger nothing")
        }
        Stop::Files => return files(plan, delivery, push),
    }])
}

/// Why no changed file matches.
fn files(plan: &Plan, delivery: &Delivery, push: &Push) -> Result<Vec<String>, Error> {
    let changed = push.files();
    let paths = delivery.on.push().map(|on| on.paths.as_slice()).unwrap_or_default();
    let wanted: Vec<_> = paths.iter().map(|pattern| quoted(pattern.value.as_str())).collect();
    let wanted = wanted.join(", ");
    if push.commits().len() == 0 {
        return Ok(vec![format!("the push contains no new commits, so no file changed; expected {wanted}")]);
    }
    let fact = match changed.len() {
        0 => "no file changed".to_owned(),
        1 => "the changed file does not match".to_owned(),
        many => format!("none of the {many} changed files match"),
    };
    let mut reasons = vec![format!("{fact}; expected {wanted}")];
    let mut told: Vec<(bool, String)> = Vec::new();
    let patterns = Patterns::of(plan, delivery)?;
    for file in &changed {
        let excluding = match patterns.counts(file)? {
            Counts::Not(Some(pattern)) => Some(pattern),
            _ => None,
        };
        let name = visible(file);
        told.push(match excluding {
            Some(pattern) => (true, format!("{name} is excluded by `{pattern}`")),
            None => (false, name.into_owned()),
        });
    }
    // Near matches come first.
    told.sort_by_key(|(left_out, _)| !left_out);
    let more = told.len().saturating_sub(NAMED);
    reasons.extend(told.into_iter().take(NAMED).map(|(_, text)| text));
    if more > 0 {
        reasons.push(format!("and {more} more"));
    }
    if push.is_cut_off() {
        let Payload { most_commits, most_files, .. } = push.payload();
        let files = most_files.map(|most| format!(", with {most} files each")).unwrap_or_default();
        reasons.push(format!("{} lists at most {most_commits} commits{files}: more may have changed", push.host()));
    }
    Ok(reasons)
}

/// Whether a changed file starts a pipeline.
enum Counts {
    /// It does, by a pattern.
    By(String),
    /// It does not, because a pattern excludes it.
    Not(Option<String>),
}

/// The patterns of a pipeline, ready for any number of files: each as it is written, and as Lua.
struct Patterns {
    finder: Finder,
    paths: Vec<(String, Vec<String>)>,
    except: Vec<(String, Vec<String>)>,
}

impl Patterns {
    fn of(plan: &Plan, delivery: &Delivery) -> Result<Self, Error> {
        let source = plan.resolved.apps[delivery.app].source.as_ref();
        let written = source.map(|source| plan.written(&source.value)).unwrap_or_default();
        let both = |pattern: &Pattern| (pattern.as_str().to_owned(), pattern.lua());
        let (paths, except) =
            delivery.on.push().map(|on| (on.paths.as_slice(), on.except.as_slice())).unwrap_or_default();
        let except = except.iter().map(|pattern| &pattern.value).chain(&written);
        Ok(Self {
            finder: Finder::new()?,
            paths: paths.iter().map(|pattern| both(&pattern.value)).collect(),
            except: except.map(both).collect(),
        })
    }

    fn counts(&self, file: &str) -> Result<Counts, Error> {
        let Some(included) = self.first(&self.paths, file)? else { return Ok(Counts::Not(None)) };
        Ok(match self.first(&self.except, file)? {
            Some(pattern) => Counts::Not(Some(pattern)),
            None => Counts::By(included),
        })
    }

    /// The first pattern that matches a file, as the filter matches it.
    fn first(&self, patterns: &[(String, Vec<String>)], file: &str) -> Result<Option<String>, Error> {
        for (written, lua) in patterns {
            for pattern in lua {
                if self.finder.finds(pattern, file)? {
                    return Ok(Some(written.clone()));
                }
            }
        }
        Ok(None)
    }
}

/// The change that starts a pipeline.
pub fn because(plan: &Plan, delivery: &Delivery, trigger: &Trigger, push: &Push) -> Result<String, Error> {
    if let Trigger::Tag(on) = trigger {
        return Ok(format!("{} was pushed: `{}`", quoted(push.reference()), on.pattern.as_str()));
    }
    if let Trigger::PullRequest(on) = trigger {
        let branch = quoted(push.branch().unwrap_or_default());
        return Ok(format!("{branch} is to be merged into `{}`", on.base.as_str()));
    }
    let changed = push.files();
    let patterns = Patterns::of(plan, delivery)?;
    for file in &changed {
        if let Counts::By(pattern) = patterns.counts(file)? {
            let of = if changed.len() == 1 { String::new() } else { format!(", one of {} files,", changed.len()) };
            return Ok(format!("{}{of} changed: `{pattern}`", quoted(file)));
        }
    }
    if push.lacks_commits() {
        let (listed, host) = (words::noun(push.commits().len(), "commit"), push.host());
        return Ok(format!("{host} lists only {listed} of a larger push, so every pipeline of the branch starts"));
    }
    Err(Error(format!("the filter of {} lets a push pass in which no file counts", delivery.name)))
}

fn slug(repository: &Repository) -> String {
    format!("{}/{}", repository.owner, repository.name)
}

/// A value of the payload, in backticks.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    }
}

fn first_line(text: &str) -> String {
    visible(text.lines().next().unwrap_or_default()).into_owned()
}
