//! The comment of a review, whatever the change: it fits, its layout holds, and nothing in it is markup, a mention, a
//! reference or a link of somebody's making.

use super::{codes, tree};
use pipelinec::diff::render::markdown::{MARK, markdown};
use pipelinec::diff::{Diff, Trees, diff};
use proptest::prelude::*;
use testkit::property;

/// What GitHub takes at the most.
const LIMIT: usize = 65_536;

/// The lines outside of fences; fences are closed by as many backticks as they were opened with, or more.
fn outside(comment: &str) -> Vec<&str> {
    let mut open: Option<usize> = None;
    let mut lines = Vec::new();
    for line in comment.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let ticks = line.trim_start_matches(' ').chars().take_while(|c| *c == '`').count();
        let rest = &line[indent + ticks..];
        match open {
            None if indent < 4 && ticks > 2 && !rest.contains('`') => open = Some(ticks),
            None => lines.push(line),
            Some(fence) if indent < 4 && ticks >= fence && rest.trim().is_empty() => open = None,
            Some(_) => {}
        }
    }
    assert!(open.is_none(), "an unclosed fence:\n{comment}");
    lines
}

/// What stands outside of code in a line.
fn bare_of_code(line: &str) -> Vec<&str> {
    line.split("<code>").map(|part| part.split_once("</code>").map_or(part, |(_, rest)| rest)).collect()
}

/// The tags that a comment is made of.
const TAGS: &[&str] = &["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>", MARK];

#[track_caller]
fn hold(found: &Diff) -> String {
    let comment = markdown(found);
    assert!(comment.len() <= LIMIT, "{} bytes", comment.len());
    assert!(comment.starts_with(&format!("{MARK}\n### What this change does\n")), "{comment}");
    let mut depth = 0;
    for line in outside(&comment) {
        // First the summary closes in its line, then no tag is left that is not ours.
        for (opening, closing) in [("<summary>", "</summary>"), ("<code>", "</code>")] {
            assert_eq!(line.matches(opening).count(), line.matches(closing).count(), "{line}");
        }
        depth += line.matches("<details>").count();
        let closed = line.matches("</details>").count();
        assert!(closed <= depth, "{line}");
        depth -= closed;
        let bare = TAGS.iter().fold(line.to_owned(), |line, tag| line.replace(tag, ""));
        assert!(!bare.contains(['<', '>']), "markup: {line}");
        // Outside of code nobody is called and nothing is linked.
        let words: String = bare.split('&').skip(1).map(|rest| rest.split(';').next().unwrap_or_default()).collect();
        assert!(words.chars().all(|c| c == '#' || c.is_ascii_digit()), "entities: {line}");
        // GitHub looks for mentions and references in what it shows, where an entity is the character itself.
        for (at, part) in bare_of_code(line).iter().flat_map(|part| [("&#64;", part), ("&#35;", part)]) {
            assert_eq!(part.matches(at).count(), part.matches(&format!("{at}&#8203;")).count(), "a mention: {line}");
        }
        assert!(bare_of_code(line).iter().all(|part| !part.contains("://") && !part.contains("www.")), "{line}");
        let heading = line.starts_with("### ");
        let text = bare.replace("&#", "");
        assert!(!text.contains(['@', '$', '\\']) && (heading || !text.contains('#')), "{line}");
        assert!(!text.contains("]("), "a link: {line}");
        if line.starts_with('|') {
            assert_eq!(line.matches('|').count(), 4, "cells: {line}");
        }
        let ours = line.contains("`pipelinec ");
        assert!(ours || !bare.contains('`'), "{line}");
    }
    assert_eq!(depth, 0, "{comment}");
    comment
}

/// A rollout whose texts are all somebody's.
fn rollout(name: &str, text: &str) -> String {
    let text = serde_json::to_string(text).expect("a text");
    let name = serde_json::to_string(name).expect("a text");
    format!(
        "kind: Rollout\nmetadata: {{name: {name}}}\nspec:\n  strategy: {{canary: {{steps: [{{pause: {{duration: 5m}}}}]}}}}\n  selector: {{x: {text}}}\n  template: {{spec: {{containers: [{{name: c, env: [{{name: {text}, value: {text}}}]}}]}}}}\n  {text}: {text}\n"
    )
}

const HOSTILE: &[&str] = &[
    "</details></summary><script>alert(1)</script>",
    "@acme/all and @somebody",
    "fixes #1, GH-2, acme/shop#3, https://github.com/acme/shop/issues/4, www.acme.io",
    "a | b \\| c \\",
    "``` \n```\n   ```\n    ````\n",
    "```",
    "`odd",
    "`a` ``b`` ```c```",
    "[x](javascript:alert(1)) ![y](z) [^1] <!-- -->",
    "**b** _i_ ~~s~~ $x$ $$y$$ :+1: &lt;b&gt; &amp;",
    "\u{1b}[31m\u{202e}\u{200b}\r\n\t\u{0}",
    "\n\n# heading\n\n- [ ] task\n\n> quote\n\n---\n",
    "<!-- pipelinec diff -->",
];

#[test]
fn what_somebody_wrote_is_text_in_every_place() {
    for text in HOSTILE {
        for (old, new) in [("shop", "shop"), (*text, *text), ("shop", *text)] {
            let before = tree(&[("apps/shop/production/a.yaml", &rollout(old, "x")), ("x/a.txt", "a\n")]);
            let after = tree(&[("apps/shop/production/a.yaml", &rollout(new, text)), ("x/a.txt", text)]);
            let comment = hold(&diff(&before, &after));
            // Only the first line is the mark by which the comment is found again.
            assert_eq!(outside(&comment).iter().filter(|line| line.contains(MARK)).count(), 1, "{comment}");
            // As what stays around a change.
            let around = |line: &str| tree(&[("x/a.txt", &format!("{text}\n{text}\n{line}\n{text}\n"))]);
            hold(&diff(&around("a"), &around("b")));
            // As a name of a target, a folder and a file.
            let named = |body: &str| {
                let path = format!("apps/{}/production/a.yaml", text.replace(['/', '\n'], "-"));
                Trees::from([((*text).to_owned(), [(path, body.to_owned())].into_iter().collect())])
            };
            hold(&diff(&named(&rollout(old, "x")), &named(&rollout(new, text))));
            hold(&diff(&Trees::new(), &named(&rollout(new, text))));
        }
    }
}

#[test]
fn the_worst_is_in_it_however_much_changes() {
    // A thousand gates and limits go, in workflows that are long.
    let workflow = |number: usize, steps: usize, wide: usize| {
        let step = |step| format!("    - [{{name: test-{number}-{step}, x: {}}}]\n", "y".repeat(wide));
        let steps: String = (0..steps).map(step).collect();
        let head = "spec:\n  templates:\n  - name: a\n    steps:";
        format!(
            "kind: WorkflowTemplate\nmetadata: {{name: w{number}, namespace: n}}\n{head}\n{steps}    - [{{name: z}}]\n"
        )
    };
    let trees = |steps: usize, wide: usize| -> Trees {
        let files = (0..400).map(|number| (format!("workflows/w{number}.yaml"), workflow(number, steps, wide)));
        let files: Vec<_> = files.collect();
        (0..3).map(|target| (format!("t{target}"), files.iter().cloned().collect())).collect()
    };
    let found = diff(&trees(3, 300), &trees(0, 300));
    let comment = hold(&found);
    assert!(comment.contains("**danger** R09") && comment.contains(" more | | |"), "{}", &comment[..3_000]);
    assert!(
        comment.contains("are omitted, because the length of a comment is limited"),
        "{}",
        &comment[comment.len() - 300..]
    );
    assert!(comment.len() > 40_000, "{}", comment.len());
    // One object that is longer than a comment is cut, and is still there; so are objects behind it.
    let text = |line: &str| (0..5_000).map(|number| format!("{line} {number}\n")).collect::<String>();
    let one = tree(&[("a/long.txt", &text("a")), ("b/b.txt", "a\n")]);
    let other = tree(&[("a/long.txt", &text("other")), ("b/b.txt", "b\n")]);
    let comment = hold(&diff(&one, &other));
    assert!(comment.contains("long.txt in a: 1 field") && comment.contains("b.txt in b: 1 field"), "{comment}");
    // Hundreds of targets, each of which says something else.
    let many = |level: usize| -> Trees {
        let files = |number: usize| [("apps/a/p/a.yaml".to_owned(), rollout("shop", &format!("{number}-{level}")))];
        (0..500).map(|number| (format!("target-{number}"), files(number).into_iter().collect())).collect()
    };
    let comment = hold(&diff(&many(1), &many(2)));
    assert!(comment.contains("R03") && comment.contains("omitted"), "{}", &comment[..2_000]);
    assert!(!codes(&diff(&many(1), &many(2))).is_empty());
}

proptest! {
    #![proptest_config(property::cases(64))]
    #[test]
    fn any_change_fits_and_is_only_text(
        parts in prop::collection::vec((0..HOSTILE.len(), "\\PC{0,12}", 0..2_000usize), 1..40),
        name in "[ -~]{1,20}",
    ) {
        let files = |new: bool| -> Trees {
            let files = parts.iter().enumerate().map(|(at, (hostile, text, times))| {
                let own = format!("{text}{}", HOSTILE[*hostile]).repeat(if new { times / 40 + 1 } else { 1 });
                let body = if at % 3 == 0 { own } else { rollout(&format!("{name}{at}"), &own) };
                let ending = if at % 3 == 0 { "txt" } else { "yaml" };
                (format!("apps/a{at}/production/a.{ending}"), body)
            });
            Trees::from([("acme".to_owned(), files.collect())])
        };
        hold(&diff(&files(false), &files(true)));
    }
}
