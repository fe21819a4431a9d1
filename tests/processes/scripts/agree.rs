//! What the compiler lets a spec say, the scripts of a run take: whatever they would refuse has to be refused before.

use std::io::Write as _;
use std::process::{Command, Stdio};

use pipelinec::model::value::{self, Repository};
use pipelinec::providers::builder::BUILD_WITH_BUILDKIT;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use testkit::property;

use super::support::{World, digest};

const COMMON: &str = include_str!("../../../src/steps/lib/common.sh");
const GIT: &str = include_str!("../../../src/steps/lib/git.sh");

/// Texts of these letters that the compiler accepts, as it understands them.
fn accepted(letters: &'static str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let letters: Vec<_> = letters.chars().collect();
    let text = prop::collection::vec(prop::sample::select(letters), 1..10);
    let mut runner = property::runner();
    let texts =
        (0..1200).map(|_| text.new_tree(&mut runner).expect("a text").current().into_iter().collect::<String>());
    let found: Vec<_> = texts.filter_map(|text| read(&text)).filter(|text| !text.is_empty()).collect();
    assert!(found.len() > 60, "only {}", found.len());
    found
}

const LETTERS: &str = "aaabbbZ19-_./@~^:+=,;!%&()<>|#?*[] é\u{301}{}$`'\"\\\u{7f}\u{1f680}\u{e0067}";

fn branches() -> Vec<String> {
    accepted("aaabbbZ19--__..//@+=,;!%&()<>|#é\u{301}\u{1f680}\u{e0067}{", |text| value::branch(text).ok())
}

fn paths() -> Vec<String> {
    accepted("aaabbbZ19--__..//@+~é =", |text| value::plain_path(text).ok())
}

#[test]
fn names_and_paths_of_a_spec_are_taken() {
    let repositories = accepted("ab1-_.ab1-_.ab1Z//", |text| {
        Repository::read(&format!("h.io/{text}")).ok().map(|repository| repository.url())
    });
    let mut given: Vec<(&str, String)> = Vec::new();
    for (kind, values) in [
        ("branch", branches()),
        ("path", paths()),
        ("label", accepted("abc19-", |text| value::dns_label(text, 63).ok())),
        ("url", repositories),
        ("line", accepted(LETTERS, |text| value::author(&format!("{text} <a@b>")).ok().map(|author| author.0))),
        ("line", accepted(LETTERS, |text| value::author(&format!("a <{text}@b>")).ok().map(|author| author.1))),
        ("digest", (0..70).map(digest).collect()),
    ] {
        given.extend(values.into_iter().map(|value| (kind, value)));
    }
    let script = format!(
        "{COMMON}\n{GIT}\nwhile IFS= read -r kind && IFS= read -r value; do\n\
         case $kind in branch) (require_branch X \"$value\") ;; digest) is_digest \"$value\" ;; \
         *) (require \"$kind\" X \"$value\") ;; esac || printf '%s %s\\n' \"$kind\" \"$value\"\ndone"
    );
    let mut child = Command::new("sh")
        .args(["-uc", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh runs");
    let lines: String = given.iter().map(|(kind, value)| format!("{kind}\n{value}\n")).collect();
    let mut stdin = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("all is read");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "the scripts refuse these");
    assert!(output.status.success() && given.len() > 500);
}

#[test]
fn what_a_spec_says_of_an_image_is_taken() {
    let tags = accepted("ab1Z_.-", |text| value::tag(text).ok());
    let repositories = accepted("ab1_.-/", |text| value::image_repository(text).ok());
    let hosts = accepted("abZ1-..:5", |text| value::host(text).ok());
    let paths = paths();
    let at = |list: &[String], number: usize| list[number % list.len()].clone();
    let image = |number| format!("{}/{}", at(&hosts, number), at(&repositories, number));
    let world = World::empty();
    world.write("metadata.json", &format!("{{\"containerimage.digest\": \"{}\"}}", digest(9)));
    for number in 0..40 {
        world
            .run(&BUILD_WITH_BUILDKIT)
            .set("CONTEXT", "https://github.com/o/r.git")
            .set("REVISION", &"a".repeat(40))
            .set("CONTEXT_PATH", &at(&paths, number))
            .set("DOCKERFILE", &at(&paths, number + 1))
            .set("BUILD_TARGET", &at(&tags, number))
            .set("DESTINATION", &image(number))
            .set("TAG", &at(&tags, number + 1))
            .set("CACHE", &format!("{}:buildcache", image(number)))
            .succeeds();
    }
    // As the run hands them on, and as a manifest holds them.
    let world = World::new();
    let lines: String = (0..200)
        .map(|number| format!("i{number} {} {} {}\n", image(number), at(&tags, number), digest(number as u8)))
        .collect();
    world.act("open").set("IMAGES", &(super::support::built(1) + &lines)).succeeds();
}
