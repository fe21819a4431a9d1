//! Seeds of the property tests. They are the same in every run, so that nobody's change fails for a case that it has nothing
//! to do with; `PIPELINEC_TEST_SEED=random` looks for new cases, and `PIPELINEC_TEST_SEED=NUMBER` runs those of a seed again.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use proptest::test_runner::{Config, RngSeed, TestRunner};

/// The seed of this run.
static SEED: LazyLock<u64> = LazyLock::new(|| match std::env::var("PIPELINEC_TEST_SEED").as_deref() {
    Err(_) => 1,
    // A hasher of the standard library has random keys.
    Ok("random") => RandomState::new().hash_one(()),
    Ok(number) => number.parse().expect("PIPELINEC_TEST_SEED is a number, or `random`"),
});

/// A property that is tried with so many cases. The seed is shown where it fails.
#[must_use]
pub fn cases(number: u32) -> Config {
    println!("PIPELINEC_TEST_SEED={}", *SEED);
    Config { cases: number, failure_persistence: None, rng_seed: RngSeed::Fixed(*SEED), ..Config::default() }
}

/// A source of values for a test that draws them itself.
#[must_use]
pub fn runner() -> TestRunner {
    TestRunner::new(cases(1))
}
