//! Prints the schemas that the compiler contains, on one line:
//!
//! | command | file |
//! |---|---|
//! | `schemas` | `src/verify/core.json`: the kinds that every Kubernetes has |
//! | `schemas FOLDER…` | `src/verify/argo.json`: the CustomResourceDefinitions of these folders, for the kinds that are generated |

mod core;
mod custom;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folders: Vec<_> = std::env::args().skip(1).collect();
    let document = if folders.is_empty() { core::document() } else { custom::document(&folders)? };
    println!("{document}");
    Ok(())
}
