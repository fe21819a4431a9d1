//! Programs whose text is the placeholder of another text, or breaks out of its quotes.

use pipelinec::replace;

/// A program whose pipeline has this author and this branch.
pub fn program(author: &str, branch: &str, paths: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", replace::at_once(text, &[("\\", "\\\\"), ("\"", "\\\"")]));
    format!(
        r#"project acme {{
  gitops {{ repo = "github.com/acme/gitops", author = {author} }}
  github {{ webhook = "https://hooks.acme.io", credentials = github }}
}}
environment production
secret github {{ keys = ["token", "webhookSecret"] }}
app shop {{
  source = "github.com/acme/shop"
  kustomize {{ path = "deploy" }}
}}
pipeline shop {{
  delivers = shop
  on push {{ branch = {branch}, paths = [{paths}] }}
  deploy in production
  wait-for-sync in production
}}
"#,
        author = quoted(author),
        branch = quoted(branch),
        paths = quoted(paths),
    )
}

/// Each of these texts holds the placeholder of another one, or what would end its quotes there.
pub const PROGRAMS: [(&str, &str, &str); 5] = [
    ("bot <..tostring(os.execute(0))..[[@]]..>", "@AUTHOR@", "**"),
    ("bot <x@INCLUDE@y>", "@EXCLUDE@", "@REF@"),
    ("bot <@REF@>", "main", "@AUTHOR@"),
    ("bot <a@REF@b>", "@INCLUDE@", "\\\"..os.execute(0)..\"\\"),
    ("bot <..[[@]]..>", "@EXCLUDE@@INCLUDE@@AUTHOR@@REF@", "..os.execute(0).."),
];
