//! Errors about git hosts and their tokens.

use crate::diag::{Code, Diagnostic};
use crate::model::{GitHost, GitOps, Repository};
use crate::source::{Span, Spanned};

pub(in crate::check) fn one_webhook(host: &GitHost, first: (&str, Span), second: &str) -> Diagnostic {
    let (place, url) = (host.webhook.span, &host.webhook.value);
    let message = format!("targets `{}` and `{second}` both receive pushes at `{url}`", first.0);
    let diagnostic = Diagnostic::new(Code::W0406, place, message);
    let diagnostic = if first.1 == place { diagnostic } else { diagnostic.also(first.1, "the same address") };
    let label = host.label.as_ref().map_or_else(String::new, |label| format!("{label} "));
    let block = format!("project {{ {} {label}{{ webhook = \"…\" }} }}", host.choice.word());
    diagnostic.help(format!("give one of them a different URL: `{block}` in the target"))
}

fn foreign(repository: &Repository, span: Span, hosts: &[GitHost]) -> Diagnostic {
    let names: Vec<_> = hosts.iter().map(|host| host.server.value.as_str()).collect();
    let what = if hosts.len() == 1 { "the git host of this project" } else { "the git hosts of this project" };
    let message = format!("`{repository}` is not on `{}`, {what}", names.join("` or `"));
    hosts.iter().fold(Diagnostic::new(Code::E0506, span, message), |diagnostic, host| {
        diagnostic.also(host.server.span, "its webhooks and its token are for this host")
    })
}

pub(in crate::check) fn foreign_source(source: &Spanned<Repository>, hosts: &[GitHost]) -> Diagnostic {
    let server = &source.value.host;
    foreign(&source.value, source.span, hosts).help(format!(
        "add the host to `project`, with a token of its own: `github`, `gitlab` or `gitea` with `host = \"{server}\"`; or correct the name"
    ))
}

pub(in crate::check) fn status_token_of_two_hosts(
    secret: &Spanned<String>,
    first: &Repository,
    second: &Repository,
    pipeline: &Spanned<String>,
    told: Span,
) -> Diagnostic {
    let message =
        format!("the token of `{}` would be sent to both `{}` and `{}`", secret.value, first.host, second.host);
    let report = Diagnostic::new(Code::E0506, secret.span, message);
    let report = if told == secret.span { report } else { report.also(told, format!("sent to `{}` here", first.host)) };
    report
        .also(pipeline.span, format!("this pipeline delivers from `{second}`"))
        .help("write `notify status` in each pipeline, with a token for its own host")
}

pub(in crate::check) fn foreign_gitops(gitops: &GitOps, hosts: &[GitHost]) -> Diagnostic {
    foreign(&gitops.repository, gitops.span, hosts)
        .help("add `credentials = SECRET` to `gitops`, with a token for the host of that repository")
}

pub(in crate::check) fn one_server(host: &GitHost, first: &GitHost) -> Diagnostic {
    let message = format!("two git hosts of this project are `{}`", host.server.value);
    Diagnostic::new(Code::E0307, host.server.span, message)
        .also(first.server.span, "the first")
        .help("remove one of them, or correct its `host`: the host of a `source` chooses the block")
}

pub(in crate::check) fn one_token(host: &GitHost, first: &GitHost) -> Diagnostic {
    let (one, other) = (&first.server.value, &host.server.value);
    let message = format!("`{one}` and `{other}` would get the same token");
    Diagnostic::new(Code::E0307, host.credentials.span, message)
        .also(first.credentials.span, "the first")
        .help("name another secret: each host has a token and a webhook secret of its own, which no other host may see")
}

pub(in crate::check) fn one_receiver(host: &GitHost, first: &GitHost) -> Diagnostic {
    let message = format!("two git hosts of this project send pushes to `{}`", host.webhook.value);
    Diagnostic::new(Code::E0307, host.webhook.span, message)
        .also(first.webhook.span, "the first")
        .help("write another URL: each host has a receiver of its own, which checks the signatures of that host")
}

pub(in crate::check) fn nested_source(source: &Spanned<Repository>, host: &GitHost) -> Diagnostic {
    let message = format!("invalid value for `source`: `{}` has nested groups", source.value);
    Diagnostic::new(Code::E0306, source.span, message)
        .also(host.server.span, "this host has none")
        .help(format!("write `{}/OWNER/NAME`, or use `gitlab`", source.value.host))
}
