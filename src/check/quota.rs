//! An environment's quota must have room for the pods that run in it: Kubernetes creates no pod beyond the quota, and
//! reports that only in an event, which is easily missed.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::value::{cpu, memory};
use crate::model::{Container, ResolvedProject, contents};
use std::collections::BTreeSet;

/// The sum of what pods request: their number, millicores and bytes.
#[derive(Default)]
struct Wanted {
    pods: u64,
    cpu: u64,
    memory: u64,
}

/// Checks the quota of each environment against every set of apps that it is created for.
pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    for (name, environment) in &resolved.environments {
        let Some(quota) = &environment.quota else { continue };
        let wanted: Vec<_> = sets(resolved, name).iter().map(|apps| wanted(resolved, name, apps)).collect();
        let most = |of: fn(&Wanted) -> u64| wanted.iter().map(of).max().unwrap_or(0);
        let processors = quota.cpu.as_deref().and_then(|text| cpu(text).ok());
        let bytes = quota.memory.as_deref().and_then(|text| memory(text).ok());
        if let Some(pods) = quota.pods.filter(|pods| *pods < most(|wanted| wanted.pods)) {
            let needed = most(|wanted| wanted.pods);
            let message = format!("what runs in `{name}` needs {needed} pods, but the quota is {pods}");
            sink.push(errors::quota_too_small(quota.span, message, "pods", &needed.to_string()));
        }
        if let Some((text, _)) = processors.filter(|(_, given)| *given < most(|wanted| wanted.cpu)) {
            let needed = format!("{}m", most(|wanted| wanted.cpu));
            let message = format!("what runs in `{name}` requests {needed} of CPU, but the quota is {text}");
            sink.push(errors::quota_too_small(quota.span, message, "cpu", &needed));
        }
        if let Some((text, _)) = bytes.filter(|(_, given)| *given < most(|wanted| wanted.memory)) {
            let needed = format!("{}Mi", most(|wanted| wanted.memory).div_ceil(1 << 20));
            let message = format!("what runs in `{name}` requests {needed} of memory, but the quota is {text}");
            sink.push(errors::quota_too_small(quota.span, message, "memory", &needed));
        }
    }
}

/// The sets of apps that one namespace of the environment can contain.
fn sets(resolved: &ResolvedProject, name: &str) -> Vec<BTreeSet<String>> {
    if !resolved.environments[name].is_ephemeral() {
        return vec![contents::permanent(resolved, name)];
    }
    let opened = resolved.pipelines.iter().flat_map(|pipeline| {
        pipeline.stages.iter().filter_map(move |stage| {
            let with = stage.value.opens(name)?;
            Some(with.iter().map(String::as_str).chain([pipeline.app.value.as_str()]))
        })
    });
    opened.map(|apps| contents::with_needs(resolved, name, apps)).collect()
}

/// What these apps request with their minimum number of pods, while each of their cron jobs runs. The requests of charts and plain manifests are unknown.
fn wanted(resolved: &ResolvedProject, name: &str, apps: &BTreeSet<String>) -> Wanted {
    let services = apps.iter().flat_map(|app| &resolved.apps[app].environments[name].services);
    let crons = apps.iter().flat_map(|app| &resolved.apps[app].environments[name].crons);
    let crons = crons.filter(|cron| !cron.suspended).fold(Wanted::default(), |sum, cron| Wanted {
        pods: sum.pods + 1,
        cpu: sum.cpu.saturating_add(cpu(&cron.cpu.request).map_or(0, |known| known.1)),
        memory: sum.memory.saturating_add(memory(&cron.memory.request).map_or(0, |known| known.1)),
    });
    services.fold(crons, |sum, service| {
        let pods = u64::from(service.replicas.0);
        let asked = |of: fn(&Container) -> u64| pods.saturating_mul(service.requests(of));
        Wanted {
            pods: sum.pods + pods,
            cpu: sum.cpu.saturating_add(asked(|container| cpu(&container.cpu.request).map_or(0, |known| known.1))),
            memory: sum
                .memory
                .saturating_add(asked(|container| memory(&container.memory.request).map_or(0, |known| known.1))),
        }
    })
}
