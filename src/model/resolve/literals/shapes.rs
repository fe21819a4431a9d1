//! Shapes of secrets: texts that are one whatever they are called.
//!
//! The prefixes are those that the issuers give so that scanners find them, with the lengths of `config/gitleaks.toml` in
//! github.com/gitleaks/gitleaks. A shape is listed only if hardly anything else has it.

use regex_lite::Regex;

/// The sign in the place of a variable of the language, which no text of a program can hold.
pub(super) const VARIABLE: &str = "\0";

struct Shape {
    /// What it is, after an article.
    what: &'static str,
    /// A part that it always has, which is quickly looked for.
    part: &'static str,
    /// A regular expression.
    pattern: &'static str,
}

const fn shape(what: &'static str, part: &'static str, pattern: &'static str) -> Shape {
    Shape { what, part, pattern }
}

const SHAPES: [Shape; 17] = [
    // RFC 7468; PKCS#1, SEC 1, PKCS#8 and OpenSSH name their kind before it.
    shape("a private key", "PRIVATE KEY-----", "-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----"),
    shape("a PGP private key", "PRIVATE KEY BLOCK", "-----BEGIN PGP PRIVATE KEY BLOCK-----"),
    // docs.aws.amazon.com, "IAM identifiers": AKIA is a lasting key, ASIA a temporary one.
    shape("an AWS access key", "A", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    // github.blog, "Behind GitHub's new authentication token formats".
    shape("a GitHub token", "gh", r"\bgh[pousr]_[0-9A-Za-z]{36}"),
    shape("a GitHub token", "github_pat_", r"\bgithub_pat_\w{30,}"),
    // docs.gitlab.com, "GitLab token overview".
    shape("a GitLab token", "gl", r"\bgl(?:pat|dt|rt|ptt|ft|soat|cbt|oas|imt|agent)-[\w-]{20,}"),
    // api.slack.com, "Token types".
    shape("a Slack token", "xox", r"\bxox[abeoprs]-(?:\d-)?[0-9A-Za-z-]{10,}"),
    shape("a Slack token", "xapp-", r"\bxapp-\d-[0-9A-Za-z-]{10,}"),
    // hooks.slack.com: whoever knows the address may post.
    shape("the address of a Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/services/T\w+/B\w+/\w{20,}"),
    // docs.stripe.com, "API keys": those of the test mode are no secrets.
    shape("a Stripe key", "_live_", r"\b(?:sk|rk)_live_[0-9A-Za-z]{16,}"),
    shape("an npm token", "npm_", r"\bnpm_[0-9A-Za-z]{36}"),
    shape("a PyPI token", "pypi-", r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,}"),
    shape("a Google API key", "AIza", r"\bAIza[\w-]{35}"),
    shape("a SendGrid key", "SG.", r"\bSG\.[\w-]{22}\.[\w-]{43}"),
    shape("a DigitalOcean token", "_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}"),
    // RFC 7519: both parts are JSON objects, and `{"` is `eyJ` in base64.
    shape("a JSON Web Token", "eyJ", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    // `--token=…` in a command, `PGPASSWORD=…` before one, `password=…` of a connection string.
    shape("a password", "=", ASSIGNED),
];

/// A value that is neither a variable of a shell, nor a placeholder, nor the path of a file.
const ASSIGNED: &str = r#"(?i)(?:^|[\s?&;"'])[a-z0-9_-]*(?:password|passwd|passphrase|token|api[_-]?key)=["']?([^\s&;"'$<{*@/`%\\\x00][^\s&;"'\x00]{3,})"#;

/// What of a secret the text contains.
pub(super) fn found(text: &str) -> Option<&'static str> {
    let has = |shape: &&Shape| {
        text.contains(shape.part)
            && Regex::new(shape.pattern).is_ok_and(|pattern| {
                pattern.captures_iter(text).any(|found| {
                    let whole = found.get(1).or_else(|| found.get(0)).map_or("", |part| part.as_str());
                    !is_an_example(whole) && !is_a_switch(whole)
                })
            })
    };
    SHAPES.iter().find(has).map(|shape| shape.what).or_else(|| has_url_password(text).then_some("a password in a URL"))
}

/// Whether a URL in the text has a password: RFC 3986, 3.2.1.
fn has_url_password(text: &str) -> bool {
    let authorities = text.split("://").skip(1).map(|rest| {
        let end = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`');
        rest.split(end).next().unwrap_or_default()
    });
    let password = |authority: &str| Some(authority.rsplit_once('@')?.0.split_once(':')?.1.to_owned());
    let mut passwords = authorities.filter_map(password);
    passwords.any(|password| !password.contains(VARIABLE) && !stands_for_another(&password))
}

/// Whether the text is nothing, or is replaced by something else: `$PASSWORD`, `{{ .Values.x }}`, `<password>`, `***`.
pub(super) fn stands_for_another(text: &str) -> bool {
    let text = text.trim();
    let mut letters = text.chars();
    let first = letters.next();
    let same = letters.all(|letter| Some(letter) == first) && text.len() > 2;
    let known = ["$", "{", "<", "%", "[", "("];
    text.is_empty() || same || known.iter().any(|sign| text.starts_with(sign))
}

/// Whether the text says only yes or no, as in `ALLOW_EMPTY_PASSWORD=yes`.
pub(super) fn is_a_switch(text: &str) -> bool {
    let known = ["true", "false", "yes", "no", "on", "off", "none", "null", "required", "optional"];
    known.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether it is one of those that documentation shows.
fn is_an_example(text: &str) -> bool {
    let small = text.to_ascii_lowercase();
    ["example", "xxxxxx", "000000", "your-", "your_"].iter().any(|part| small.contains(part))
}

#[cfg(test)]
mod tests {
    use super::{SHAPES, found};
    use regex_lite::Regex;

    #[test]
    fn every_pattern_is_one() {
        for shape in &SHAPES {
            assert!(Regex::new(shape.pattern).is_ok(), "{}", shape.pattern);
        }
    }

    /// The parts of the tokens are joined here, so that no scanner takes this file for a leak.
    fn token(prefix: &str, length: usize) -> String {
        let letters = "aB3dE5gH7jK2mN4pQ6rS8tU9vW";
        prefix.chars().chain(letters.chars().cycle().take(length)).collect()
    }

    #[test]
    fn secrets_are_known_by_their_shape() {
        let jwt = format!("{}.{}.{}", token("eyJ", 20), token("eyJ", 20), token("", 40));
        let cases = [
            ("a password in a URL", "postgres://u:hunter2@db".to_owned()),
            ("a password in a URL", "a redis://:hunter2@cache:6379/0 b".to_owned()),
            ("a password", "host=db user=u password=hunter2".to_owned()),
            ("a password", "PGPASSWORD=hunter2 psql".to_owned()),
            ("a password", "jdbc:postgresql://db/shop?user=u&password=hunter2".to_owned()),
            ("a private key", format!("-----BEGIN RSA {}-----\nMII", "PRIVATE KEY")),
            ("a private key", format!("-----BEGIN {}-----", "PRIVATE KEY")),
            ("an AWS access key", format!("AKIA{}", "Q3EGRUVXZ2345672")),
            ("a GitHub token", token("ghp_", 36)),
            ("a GitHub token", format!("--token={}", token("gho_", 36))),
            ("a GitHub token", token("github_pat_", 82)),
            ("a GitLab token", token("glpat-", 20)),
            ("a Slack token", token("xoxb-", 30)),
            ("a Stripe key", token("sk_live_", 24)),
            ("an npm token", token("npm_", 36)),
            ("a Google API key", token("AIza", 35)),
            ("a JSON Web Token", jwt),
            ("a password", "--api-key=hunter2".to_owned()),
        ];
        for (what, text) in cases {
            assert_eq!(found(&text), Some(what), "{text}");
        }
    }

    #[test]
    fn ordinary_texts_are_no_secrets() {
        let cases = [
            "https://registry.acme.io:5000/shop@sha256:00aa",
            "git@github.com:acme/shop.git",
            "ssh://git@host:22/x",
            "postgres://u:$(PASSWORD)@db",
            "postgres://u:${PASSWORD}@db",
            "postgres://u:\0@db",
            "postgres://u@db:5432/shop",
            "amqp://u:<password>@mq",
            "amqp://u:***@mq",
            "http://cart:8080/a?b=c:d@e",
            "AKIAIOSFODNN7EXAMPLE",
            "MAKIAQ3EGRUVXZ2345672X",
            "ghp_short",
            "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----",
            "eyJub3QiOiJhIHRva2VuIn0",
            "--password-file=/run/secrets/db",
            "--token=$TOKEN",
            "--token=\0",
            "--password=",
            "ALLOW_EMPTY_PASSWORD=yes",
            "password=/run/secrets/db",
            "sum(rate(tokens_total{job=\"shop\"}[5m]))",
            "max_tokens=4096",
            "",
            "😀://\u{202e}:@",
        ];
        for text in cases {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
