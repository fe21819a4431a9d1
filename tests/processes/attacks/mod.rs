//! What an attacker would try, each with the attack itself. `SECURITY.md` names these tests.

mod git;
#[cfg(unix)]
mod links;
mod pipes;
mod templates;
