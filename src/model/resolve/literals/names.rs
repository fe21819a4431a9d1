//! Names under which secrets are kept, by how programs call such variables everywhere.

/// Last words that always name a secret.
const WORDS: [&str; 6] = ["PASSWORD", "PASSWD", "PASSPHRASE", "PWD", "TOKEN", "APIKEY"];
/// Last words that name a secret in a variable. In settings, they mostly name a Secret of the cluster.
const OF_VARIABLES: [&str; 4] = ["SECRET", "CREDENTIAL", "CREDENTIALS", "PASS"];
/// Ends of a last word: `PGPASSWORD`, `DBPASS`.
const ENDINGS: [&str; 3] = ["PASSWORD", "PASSWD", "PASSPHRASE"];
/// What such a key is for: `API_KEY`.
const KEYS: [&str; 7] = ["API", "PRIVATE", "ACCESS", "ENCRYPTION", "SIGNING", "MASTER", "APP"];
/// Whole names that no rule finds: of PostgreSQL's and SSH's clients, Rails and Redis.
const WHOLE: [&str; 3] = ["SSHPASS", "SECRET_KEY_BASE", "REDISCLI_AUTH"];

/// Whether a variable or a build argument of this name holds a secret.
pub(super) fn of_a_variable(name: &str) -> bool {
    let words = words(name);
    let joined = words.join("_");
    let ends = words.last().is_some_and(|last| OF_VARIABLES.contains(&last.as_str()));
    ends || WHOLE.contains(&joined.as_str()) || joined.ends_with("SECRET_KEY") || of_words(&words)
}

/// Whether a chart's value, or a field, of this name holds a secret. `secret` and `secretKey` are mostly the name of a
/// Secret and of its key.
pub(super) fn of_a_setting(name: &str) -> bool {
    of_words(&words(name))
}

fn of_words(words: &[String]) -> bool {
    let [.., last] = words else { return false };
    let key = |before: &String| last == "KEY" && KEYS.contains(&before.as_str());
    WORDS.contains(&last.as_str())
        || ENDINGS.iter().any(|ending| last.ends_with(ending))
        || words.len() > 1 && key(&words[words.len() - 2])
}

/// The words of `snake_case`, `kebab-case` and `camelCase`, in capitals.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for letter in name.chars() {
        if small && letter.is_ascii_uppercase() || !letter.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if let (true, Some(word)) = (letter.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(letter.to_ascii_uppercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{of_a_setting, of_a_variable};

    #[test]
    fn names_of_secrets_are_known_by_their_last_words() {
        let names = [
            "PASSWORD",
            "MAINDB_PASSWORD",
            "PGPASSWORD",
            "MYSQL_PWD",
            "DB_PASS",
            "SSHPASS",
            "GITHUB_TOKEN",
            "STRIPE_API_KEY",
            "SECRET_KEY_BASE",
            "DJANGO_SECRET_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "RAILS_MASTER_KEY",
            "client_secret",
            "dbPassword",
        ];
        for name in names {
            assert!(of_a_variable(name), "{name}");
        }
        let others = [
            "PASSWORD_FILE",
            "TOKEN_URL",
            "KEY",
            "MONKEY",
            "SECRET_NAME",
            "PARTITION_KEY",
            "COMPASS",
            "BYPASS",
            "AWS_ACCESS_KEY_ID",
            "PASSWORD_MIN_LENGTH",
            "TOKENS",
        ];
        for name in others {
            assert!(!of_a_variable(name), "{name}");
        }
    }

    #[test]
    fn settings_that_name_a_secret_of_the_cluster_hold_none() {
        for name in ["password", "adminPassword", "replication-password", "apiKey", "privateKey", "botToken"] {
            assert!(of_a_setting(name), "{name}");
        }
        for name in ["existingSecret", "secretName", "secretKey", "passwordKey", "key", "secret", "credentials"] {
            assert!(!of_a_setting(name), "{name}");
        }
    }
}
