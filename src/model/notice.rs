//! Notices about runs.

use super::SecretKey;
use crate::schema::notices::{Moment, NoticeKind};
use crate::schema::providers::TOKEN;
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

/// Who is told about the runs of a pipeline, and when.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Who.
    pub to: Recipient,
    /// When.
    pub on: BTreeSet<Moment>,
    /// Where it is written.
    pub span: Span,
}

/// Who is told.
#[derive(Debug, Clone)]
pub enum Recipient {
    /// The host of the commit, with the token of this secret.
    Status(Spanned<String>),
    /// Slack, at the URL of this key.
    Slack(SecretKey),
    /// A program.
    Webhook {
        /// The key with its URL.
        url: SecretKey,
        /// The key that signs the requests.
        key: SecretKey,
    },
}

impl Notice {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> NoticeKind {
        match &self.to {
            Recipient::Status(_) => NoticeKind::Status,
            Recipient::Slack(_) => NoticeKind::Slack,
            Recipient::Webhook { .. } => NoticeKind::Webhook,
        }
    }

    /// The keys of secrets that it needs, each as a secret and a key, with what it does.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&str, &str, &'static str)> {
        match &self.to {
            Recipient::Status(secret) => vec![(&secret.value, TOKEN, "sets commit statuses")],
            Recipient::Slack(url) => vec![(&url.secret, &url.key, "posts to Slack")],
            Recipient::Webhook { url, key } => {
                vec![(&url.secret, &url.key, "sends notices"), (&key.secret, &key.key, "signs notices")]
            }
        }
    }
}
