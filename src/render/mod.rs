//! From objects to text.
//!
//! [`order`] arranges an object for a reader, [`yaml`] writes it. The text is the same for the same object, whatever made
//! it, and every reader of YAML 1.1 or 1.2 reads back what was written.

pub mod order;
pub mod yaml;

pub use order::arrange;
pub use yaml::{document, to_json, to_yaml};
