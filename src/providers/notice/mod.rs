//! Who can be told about runs. Each kind of notice is a folder with the step that sends it.

mod slack;
mod status;
mod webhook;

use crate::schema::notices::NoticeKind;
use crate::steps::Contract;

/// The step that sends a notice of that kind.
#[must_use]
pub fn get(kind: NoticeKind) -> &'static Contract {
    match kind {
        NoticeKind::Status => &status::STATUS,
        NoticeKind::Slack => &slack::SLACK,
        NoticeKind::Webhook => &webhook::WEBHOOK,
    }
}

/// Every step that sends notices.
pub fn all() -> impl Iterator<Item = &'static Contract> {
    NoticeKind::ALL.into_iter().map(get)
}
