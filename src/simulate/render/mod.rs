//! A simulation as text: for a terminal, for programs.

pub mod json;
pub mod text;
