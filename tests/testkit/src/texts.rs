//! A program in which every place that takes text has some.

use std::collections::BTreeMap;

use pipelinec::argo::pod::expand;
use pipelinec::model::text::{Text, stranger};
use proptest::prelude::*;
use serde_json::Value;

use crate::compiled::{list, text};
use crate::yaml;

/// What a spec is filled with. Each field is of the kind of its name, and otherwise anything.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Free, one for each place.
    pub free: Vec<String>,
    /// Of one line.
    pub line: String,
    /// The name of a branch.
    pub branch: String,
    /// A part of a path.
    pub part: String,
    /// The rest of a URL's path.
    pub url: String,
    /// A key of a Secret.
    pub key: String,
    /// The name of a Secret.
    pub object: String,
    /// The value of a label.
    pub label: String,
}

fn of(letters: &'static str, length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let letters: Vec<_> = letters.chars().collect();
    prop::collection::vec(prop::sample::select(letters), length).prop_map(|letters| letters.into_iter().collect())
}

/// Text without what a spec may not hold.
fn legal() -> impl Strategy<Value = String> {
    let braces = prop::sample::select(
        &[
            "{{workflow.name}}",
            "{{=1+1}}",
            "{{",
            "{{{{",
            "}}",
            "$(HOME)",
            "$$(x)",
            "$",
            "${x}",
            "$(",
            "{{ .namespace }}",
            "{{args.x}}",
            "\u{1f3f4}\u{e0067}\u{e007f}",
            "\u{1f680}",
            "'\"`\\",
        ][..],
    );
    let tricky = prop::collection::vec(braces, 0..4).prop_map(|parts| parts.concat());
    (yaml::text(), tricky, any::<bool>()).prop_map(|(text, more, first)| {
        let text = if first { format!("{more}{text}") } else { format!("{text}{more}") };
        let text: String = text.chars().filter(|c| stranger(&c.to_string()).is_none()).collect();
        if Text::literal(&text).begins_with_a_tab() { format!("-{text}") } else { text }
    })
}

/// What looks like another type, or like nothing.
fn words() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 16] =
        ["on", "no", "y", "null", "true", "1_000", "0777", "1e3", "0x1f", "12", "1.5", "-", "..a", "---", ".inf", "=."];
    prop::sample::select(&KNOWN[..]).prop_map(str::to_owned)
}

/// Texts for every place.
pub fn texts() -> impl Strategy<Value = Texts> {
    let line = legal().prop_map(|text| {
        text.chars().filter(|c| !"\r\n".contains(*c) && (*c < '\u{10000}' || c.escape_debug().len() == 1)).collect()
    });
    let branch = of("ab1-_./@#%&()=!,;<>|+é日", 0..12).prop_map(|text| {
        let parts: Vec<_> = text.split('/').map(|part| format!("b{}", part.replace('.', ".x"))).collect();
        parts.join("/")
    });
    let part = of("ab -.%^()'+~&=@!<>|;,é日\u{1f680}", 0..8).prop_map(|text| format!("p{text}q").replace('!', "."));
    let url = of("ab-._~%!$&()*+,;=:@/é|<>^[]", 0..12);
    let key = prop_oneof![of("aZ0_.-", 1..9), words()]
        .prop_filter("a key", |key| ![".", ".."].contains(&key.as_str()) && key.chars().all(|c| c != '='));
    let object = prop_oneof![of("az09", 1..5), words()]
        .prop_filter("a name", |name| name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9')));
    let label = prop_oneof![of("aZ09", 0..5), words()]
        .prop_filter("a label", |label| label.chars().all(|c| c.is_ascii_alphanumeric()));
    let taken = |key: &str| ["deep", "n", "b"].contains(&key);
    let free = prop::collection::vec(legal(), 15).prop_filter("a key of its own", move |free| !taken(&free[8]));
    (free, line, branch, part, url, key, object, label).prop_map(
        |(mut free, line, branch, part, url, key, object, label)| {
            // More follows these, perhaps another line.
            for at in [2, 5, 10] {
                free[at] = free[at].trim_start_matches('\t').to_owned();
            }
            Texts { free, line, branch, part, url, key, object, label }
        },
    )
}

/// A text as it is written in a spec.
fn written(text: &str) -> String {
    let mut result = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' | '$' => result.extend(['\\', letter]),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            c if c.is_control() || "\u{2028}\u{2029}\u{feff}".contains(c) => {
                result.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => result.push(c),
        }
    }
    result + "\""
}

/// A text between the quotes of a string of PromQL.
pub fn in_promql(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A program with the texts in their places.
pub fn program(texts: &Texts) -> String {
    let Texts { line, branch, part, url, key, object, label, .. } = texts;
    let free = |at: usize| written(&texts.free[at]);
    // A text before or after a variable is in the same quotes.
    let inner = |at: usize| free(at)[1..free(at).len() - 1].to_owned();
    let query = || {
        let text = written(&in_promql(&texts.free[10]));
        text[1..text.len() - 1].to_owned()
    };
    format!(
        r#"
project p {{
  gitops {{ repo = "github.com/acme/gitops", credentials = gitops }}
  github {{ webhook = "https://hooks.acme.io", credentials = github }}
  registry {{ host = "registry.acme.io" }}
  prometheus {{ url = "http://prometheus:9090", labels = {{ {label_key} = {label} }} }}
  argo {{ ui = "https://argo.acme.io/{url}" }}
}}
environment production {{ labels = {{ {label_key} = {label} }}, annotations = {{ {label_key} = {annotation} }} }}
environment staging {{ copy-of = production, ttl = 9h }}
secret github {{ keys = ["token", "webhookSecret"] }}
secret gitops {{ keys = ["token"] }}
secret store {{ keys = ["k"], from = external, store = "ClusterSecretStore/s", at = {remote} }}
secret db {{ keys = [{key}], in staging {{ name = {object}, from = throwaway }} }}
app a {{
  source = "github.com/acme/a"
  env = {{ BOTH = {both} }}
  image code {{ args = {{ ARG = {line}, BRANCH = "{line_inner}${{run.branch}}${{run.version}}{line_inner}" }} }}
  task t {{
    image = code, command = ["sh", {command}, "{before}${{environment.namespace}}{after}"]
    env = {{ TASK = {task}, RUN = "{run}${{code.tag}}{run}", K = db.{key}, EMPTY = "", STORE = store.k, IN = "{before}${{db.{key}}}{after}${{code.tag}}${{db.{key}}}", PAGE = "{before}${{run.workflow-url}}{after}" }}, junit = "/{url}"
  }}
  service {{
    image = code, port = 80, cpu = 1, memory = 1Gi, health = "/{url}", command = ["x", {pod_command}, "{before}${{run.sha}}{after}"], args = [{pod_command}, "{before}${{run.sha}}{after}"]
    env = {{ POD = {pod}, RUN = "{run}${{run.sha}}{run}", SPACE = "{before}${{environment.namespace}}{after}", IN = "{before}${{db.{key}}}{after}", BOTH_IN = "{before}${{db.{key}}}{after}${{run.sha}}${{db.{key}}}" }}
    metrics {{ port = 81, path = "/{url}" }}
    config "/etc/a" {{ text = {config} }}
    probe start {{ path = "/{url}", for = 1m }}
    identity {{ annotations = {{ "acme.io/text" = {annotation} }}, labels = {{ {label_key} = {label} }} }}
    init i {{
      image = code, cpu = 1, memory = 1Gi, command = ["x", {pod_command}], args = ["{before}${{run.sha}}{after}"]
      env = {{ POD = {pod}, RUN = "{run}${{run.sha}}{run}" }}
    }}
    sidecar s {{
      image = code, cpu = 1, memory = 1Gi, command = ["x", {pod_command}], args = ["{before}${{run.sha}}{after}"]
      env = {{ POD = {pod}, RUN = "{run}${{run.sha}}{run}" }}
    }}
    probe live {{ command = ["x", {probe}] }}
    patch "Pod" {{ metadata = {{ annotations = {{ text = {patch} }} }}, spec = {{ subdomain = {patch} }} }}
    in production {{ replicas = 4 }}
  }}
  cron c {{
    image = code, cpu = 1, memory = 1Gi, schedule = "@daily", command = ["x", {pod_command}, "{before}${{run.sha}}{after}"]
    env = {{ POD = {pod}, RUN = "{run}${{run.sha}}{run}", SPACE = "{before}${{environment.namespace}}{after}" }}
  }}
  helm {{
    path = {part}, values = [{part}]
    set = {{ {set_key} = {set}, deep = {{ {set_key} = [{set}, "{before}${{environment.namespace}}{after}"], n = 1.5, b = true }} }}
  }}
}}
analysis up {{ query = "up{{a=\"{query}${{canary.hash}}{query}\"}}", at-least = 1 }}
pipeline a {{
  delivers = a
  on push {{ branch = {branch}, paths = ["{pattern}/**", "a/*{pattern}"] }}
  build
  stage-env staging
  wait-for-sync in staging
  test t in staging
  teardown staging
  canary in production {{ steps = [50%, 5m], analyse = up }}
  wait-for-sync in production
}}
"#,
        label_key = written(&format!("l{label}")),
        label = written(label),
        key = written(key),
        object = written(object),
        both = free(0),
        line = written(line),
        remote = written(&format!("r{}", line.replace('\t', " "))),
        line_inner = &written(line)[1..written(line).len() - 1],
        command = free(1),
        before = inner(2),
        after = inner(3),
        task = free(4),
        run = inner(5),
        pod_command = free(6),
        pod = free(7),
        set_key = free(8),
        set = free(9),
        patch = free(11),
        probe = free(12),
        config = free(13),
        annotation = free(14),
        query = query(),
        branch = written(branch),
        part = written(part),
        pattern = &written(part)[1..written(part).len() - 1],
    )
}

/// The command of a container when it starts.
pub fn command(container: &Value, env: &BTreeMap<String, String>) -> Vec<String> {
    list(&container["command"]).map(|word| expand(text(word), env)).collect()
}
