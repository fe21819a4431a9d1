//! What a project can choose: the router for its services, the host of its repositories, the builder of its images, and the
//! provider of the metrics of its canaries. Each provider is a folder that contains everything specific to it; the
//! rest of the compiler only knows the traits. The words with which a program chooses are in [`crate::schema::providers`].
//!
//! To add a provider, add a folder here, a variant there, and the arm of `get` that the compiler then asks for. A host or a
//! provider of metrics also needs its block of `project` in the schema. New resource kinds belong in [`crate::kube`].

pub mod builder;
pub mod host;
pub mod metrics;
pub mod notice;
mod requirement;
pub mod router;

pub use requirement::{Feature, KUBERNETES, Product, Requirement, Topic};

use crate::steps::build::BUILD;
use crate::steps::{self, Contract};

/// The steps of all workflows, including those of every builder and every kind of notice.
pub fn steps() -> impl Iterator<Item = &'static Contract> {
    steps::ALL.into_iter().chain(builder::all().map(|builder| builder.contract())).chain(notice::all())
}

/// The step with a template of that name, or the build of one image, which may have a template of its own.
#[must_use]
pub fn step(template: &str) -> Option<&'static Contract> {
    let is_build = template.strip_prefix(BUILD.template).is_some_and(|image| image.starts_with('-'));
    let name = if is_build { BUILD.template } else { template };
    steps().find(|contract| contract.template == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::providers::{Host, Metrics, Router};
    use crate::steps::{Given, Input};
    use std::collections::BTreeSet;

    #[test]
    fn each_provider_has_a_word_of_its_own() {
        let words =
            [Router::WORDS.to_vec(), Host::ALL.map(Host::word).to_vec(), Metrics::ALL.map(Metrics::word).to_vec()];
        for words in words {
            assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "{words:?}");
        }
        for router in Router::ALL {
            assert_eq!(Router::of(router.word()), Some(router));
        }
        assert_eq!(Router::of("none"), None);
    }

    /// A delivery calls the step without knowing the builder.
    #[test]
    fn each_builder_takes_what_a_build_is_given_and_leaves_a_digest() {
        let arguments = |contract: &Contract| -> Vec<&str> {
            let given = |input: &Input| match input.given {
                Given::Argument(name) | Given::Optional(name) => Some(name),
                Given::Default | Given::Literal(_) | Given::Seconds(_) | Given::Fact(_) | Given::OwnDigest => None,
            };
            contract.variables.iter().filter_map(given).collect()
        };
        for builder in builder::all() {
            let contract = builder.contract();
            assert_eq!(contract.template, BUILD.template);
            assert_eq!(arguments(contract), arguments(&BUILD));
            assert_eq!(contract.outputs.iter().map(|output| output.name).collect::<Vec<_>>(), ["digest"]);
            assert!(contract.runs_foreign_code && !contract.source().is_empty());
        }
    }

    #[test]
    fn a_commit_has_a_page_on_its_host() {
        let repository = crate::model::Repository::read("git.acme.io:8443/acme/shop").expect("a repository");
        assert_eq!(host::clone_url(&repository), "https://git.acme.io:8443/acme/shop.git");
        let page = |choice| host::get(choice).commit_url(&repository, "abc");
        assert_eq!(page(Host::GitHub), "https://git.acme.io:8443/acme/shop/commit/abc");
        assert_eq!(page(Host::GitLab), "https://git.acme.io:8443/acme/shop/-/commit/abc");
        assert_eq!(page(Host::Gitea), "https://git.acme.io:8443/acme/shop/commit/abc");
    }
}
