//! The command `simulate`: what a push would trigger.

use super::args::{Format, OUT, Simulate, SimulateFormat};
use super::check::has_errors;
use super::error::Error;
use super::report::{Report, Stream};
use super::{Outcome, read, targets};
use crate::compile::analyse;
use crate::emit::emit;
use crate::model::GitHost;
use crate::outside::{self, Limit};
use crate::plan::plan;
use crate::simulate::render::{json, text};
use crate::simulate::{Push, Sandbox, Simulation, Target, Tree, simulate};
use crate::world::clone::Clone;
use crate::world::sandbox::{Machine, repositories};
use jiff::Timestamp;
use std::io;
use std::path::{Path, PathBuf};

/// Runs it.
pub fn run(args: &Simulate, report: &Report) -> Result<Outcome, Error> {
    let input = Path::new("-");
    if args.path == input && args.payload.as_deref() == Some(input) {
        return Err(Error::InputTwice);
    }
    let sources = read::read(&args.path, Path::new(OUT))?;
    let analysis = analyse(&sources);
    report.diagnostics(Stream::Err, Format::Human, &analysis.diagnostics, &sources)?;
    if has_errors(&analysis.diagnostics) {
        return Ok(Outcome::Failure);
    }
    let all = || analysis.targets.iter().map(|(_, resolved)| resolved);
    targets::require(&args.target, all().map(|resolved| resolved.target.as_str()))?;
    let projects = || all().filter(|resolved| targets::is_meant(&args.target, &resolved.target));
    let open = |folder: &PathBuf| Clone::open(folder).map_err(|reason| Error::Clone { path: folder.clone(), reason });
    let clones = args.clones.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let is_of = |clone: &Clone| all().any(|resolved| repositories(resolved).into_iter().any(|own| clone.is_of(own)));
    let hosts: Vec<_> = all().flat_map(|resolved| &resolved.project.hosts).collect();
    let mut push = push(args, &clones, &is_of, &hosts)?;
    push.received(Timestamp::now());
    if let Some((path, clone)) = args.clones.iter().zip(&clones).find(|(_, clone)| !is_of(clone)) {
        let reason = format!("{}, and the project has no such repository", clone.origin());
        return Err(Error::Clone { path: path.clone(), reason });
    }
    let simulated = report.during("simulating the push", || {
        projects().map(|resolved| self::target(resolved, &push, &clones)).collect::<Result<Vec<_>, _>>()
    });
    let stand_ins = Machine::stand_ins(projects(), &clones);
    let simulation = Simulation { targets: simulated?, push, stand_ins };
    let shown = match args.format {
        SimulateFormat::Text => text::text(&simulation, report.colored(Stream::Out)),
        SimulateFormat::Json => json::json(&simulation),
    };
    report.result(&shown)?;
    Ok(if simulation.is_good() { Outcome::Success } else { Outcome::Failure })
}

fn target(resolved: &crate::model::ResolvedProject, push: &Push, clones: &[Clone]) -> Result<Target, Error> {
    let plan = plan(resolved);
    let files = emit(&plan);
    let lay_out = || -> Result<Box<dyn Sandbox>, crate::argo::Error> {
        Ok(Box::new(Machine::new(resolved, &files, push, clones)?))
    };
    simulate(&plan, &Tree::of(&files), push, &lay_out).map_err(Error::Sandbox)
}

/// The push: read, or made of commits.
fn push(args: &Simulate, clones: &[Clone], is_of: &dyn Fn(&Clone) -> bool, hosts: &[&GitHost]) -> Result<Push, Error> {
    if let Some(range) = &args.diff {
        let folder = PathBuf::from(".");
        let here = Clone::open(&folder);
        let candidates: Vec<&Clone> = match (&here, clones) {
            (Err(reason), []) => return Err(Error::Clone { path: folder, reason: reason.clone() }),
            (Ok(here), []) => vec![here],
            (Ok(here), _) if is_of(here) => [here].into_iter().chain(clones).collect(),
            _ => clones.iter().collect(),
        };
        let mut found = candidates.iter().map(|clone| clone.push(range, args.branch.as_deref(), hosts));
        // The range may be one of any clone; of several complaints the first is told.
        let first = found.next().unwrap_or_else(|| Err("no clone was given".to_owned()));
        let push = first.or_else(|reason| found.find_map(Result::ok).ok_or(reason));
        return push.map_err(|reason| Error::Range { range: range.clone(), reason });
    }
    let path = args.payload.clone().unwrap_or_else(|| PathBuf::from("-"));
    let bytes = if path.as_os_str() == "-" {
        outside::stream(io::stdin().lock(), Limit::PAYLOAD)
    } else {
        outside::named(&path, Limit::PAYLOAD)
    };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    let text = text.map_err(|source| Error::Unreadable { path: path.clone(), source })?;
    Push::read(&text).map_err(|source| Error::Payload { path, source })
}
