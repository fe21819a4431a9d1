//! One function for each error in `project`.

use crate::diag::{Code, Diagnostic};
use crate::schema::notices::NoticeKind;
use crate::source::{Span, Spanned};
use crate::words;

/// GitLab does not sign its requests.
pub(in crate::model) fn secret_in_the_open(url: &Spanned<String>) -> Diagnostic {
    let message = format!("invalid value for `webhook`: `{}` is not encrypted", url.value);
    Diagnostic::new(Code::E0306, url.span, message)
        .help("write `https://`: GitLab sends the value of `webhookSecret` itself with each request")
}

pub(in crate::model) fn folders_meet(span: Span, folder: &str) -> Diagnostic {
    let folder = if folder.is_empty() { "the root of the repository".into() } else { format!("`{folder}`") };
    Diagnostic::new(Code::E0307, span, format!("`path` and `tree` are the same folder, {folder}"))
        .help("use different folders: runs write to one, `pipelinec build` writes to the other")
}

pub(in crate::model) fn not_of_this_notice(kind: NoticeKind, key: &Spanned<String>) -> Diagnostic {
    let own = kind.required().iter().copied().chain(kind.chooses().then_some("on"));
    let own = words::in_backticks(own);
    let message = format!("`{}` has no effect in `notify {}`", key.value, kind.word());
    Diagnostic::new(Code::E0307, key.span, message).help(format!("remove it: this kind of notice takes {own}"))
}

pub(in crate::model) fn notice_at_no_moment(on: Span) -> Diagnostic {
    Diagnostic::new(Code::E0304, on, "a notice that is never sent")
        .help("list the moments, such as `[failed, waiting, rolled-back]`, or remove the notice")
}
