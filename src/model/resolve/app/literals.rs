//! Secrets that are written as text.

use crate::diag::Diagnostics;
use crate::model::errors;
use crate::program::Node;

/// A value under a key that names a secret must not be written out.
pub(super) fn refuse_literal_secrets(node: &Node, attribute: &str, sink: &mut Diagnostics) {
    let Some(crate::syntax::ast::Value::Map(map)) = node.attribute(attribute).map(|attribute| &attribute.value) else {
        return;
    };
    for entry in &map.entries {
        let number = matches!(entry.value, crate::syntax::ast::Value::Quantity(_));
        let written = number || crate::model::reference::literal(&entry.value).is_some_and(|text| !text.is_empty());
        if written && names_a_secret(&entry.key.value) {
            sink.push(errors::literal_secret(&entry.key.value, entry.value.span()));
        }
    }
}

/// Whether a variable of this name holds a secret, by how such variables are called everywhere.
pub(super) fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words: Vec<_> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let secret = |word: &&str| {
        matches!(
            *word,
            "PASSWORD" | "PASSWD" | "PWD" | "SECRET" | "TOKEN" | "APIKEY" | "CREDENTIAL" | "CREDENTIALS" | "PASSPHRASE"
        )
    };
    let ends = words.last().is_some_and(secret);
    ends || name.ends_with("_KEY")
        && ["API", "PRIVATE", "SECRET", "ACCESS", "ENCRYPTION", "SIGNING"]
            .iter()
            .any(|before| name.ends_with(&format!("{before}_KEY")))
}

#[cfg(test)]
mod tests {
    use super::names_a_secret;

    #[test]
    fn names_of_secrets_are_known_by_their_last_word() {
        for name in ["PASSWORD", "MAINDB_PASSWORD", "GITHUB_TOKEN", "STRIPE_API_KEY", "client_secret"] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["PASSWORD_FILE", "TOKEN_URL", "KEY", "MONKEY", "SECRET_NAME", "PARTITION_KEY"] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
