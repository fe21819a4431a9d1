//! One function for each error in `project`.

use crate::diag::{Code, Diagnostic};
use crate::source::{Span, Spanned};

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
