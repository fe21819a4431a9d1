//! The keywords of the language: every block and attribute with its type, default, phase and documentation.
//!
//! This is the single table: validation, evaluation, the reference and the editor all read it, so a keyword that is not
//! here does not exist.

pub mod choices;
pub mod notices;
pub mod probes;
pub mod providers;
pub mod stages;
mod table;
pub mod triggers;
pub mod variables;

pub use table::{DEFAULTS, ENVIRONMENT_LAYER, TARGET, TOP};

/// When a value is known. A value can be used only where the phase is not earlier than the value's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// When `pipelinec` runs.
    Compile,
    /// When `pipelinec` runs, and different from environment to environment.
    Environment,
    /// Only in a running delivery.
    Run,
}

/// What is declared under a name. Apps and secrets share one scope, since both start a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclarationKind {
    /// `app`
    App,
    /// `environment`
    Environment,
    /// `secret`
    Secret,
    /// `analysis`
    Analysis,
    /// `pipeline`
    Pipeline,
    /// `target`
    Target,
    /// `image`, in an app
    Image,
    /// `task`, in an app
    Task,
}

impl DeclarationKind {
    /// The word that declares it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Environment => "environment",
            Self::Secret => "secret",
            Self::Analysis => "analysis",
            Self::Pipeline => "pipeline",
            Self::Target => "target",
            Self::Image => "image",
            Self::Task => "task",
        }
    }
}

impl DeclarationKind {
    /// The article before its word.
    #[must_use]
    pub fn article(self) -> &'static str {
        match self {
            Self::App | Self::Environment | Self::Analysis | Self::Image => "an",
            _ => "a",
        }
    }

    /// Several of them.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Analysis => "analyses".to_owned(),
            kind => format!("{}s", kind.word()),
        }
    }
}

/// The type of the block that contains blocks of this type, if there is only one.
#[must_use]
pub fn holder_of(word: &str) -> Option<&'static str> {
    let outers = TOP.blocks.iter().filter(|outer| !matches!(outer.word, "target" | "defaults"));
    let mut found = outers.filter(|outer| outer.block(word).is_some()).map(|outer| outer.word);
    found.next().filter(|_| found.next().is_none())
}

/// Whether a word is a block or an attribute anywhere.
#[must_use]
pub fn knows(word: &str) -> bool {
    fn walk(block: &'static Block, word: &str, seen: &mut Vec<&'static Block>) -> bool {
        if seen.iter().any(|known| std::ptr::eq(*known, block)) {
            return false;
        }
        seen.push(block);
        block.word == word
            || block.attribute(word).is_some()
            || block.blocks.iter().any(|inner| walk(inner, word, seen))
    }
    walk(&TOP, word, &mut Vec::new())
}

/// How the literal of an attribute is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A string, which may contain variables.
    Text,
    /// A list of texts.
    Texts,
    /// An integer from the given one.
    Count(u32),
    /// An integer, or a range of integers.
    CountRange,
    /// A TCP port.
    Port,
    /// `20%`
    Percent,
    /// `0.2`, or `20%` of 1.
    Number,
    /// `1h30m`
    Duration,
    /// `80m`, `2`: processors; with a range request and limit.
    Cpu,
    /// `128Mi`: bytes; with a range request and limit.
    Memory,
    /// `10Gi`: bytes of a disk.
    Storage,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words; one word alone is a list of one.
    Words(&'static [&'static str]),
    /// One of these words, or a string.
    WordOrText(&'static [&'static str]),
    /// A key of a secret: `corp.ca`.
    Key,
    /// The name of something declared.
    Name(DeclarationKind),
    /// A list of such names; one name alone is a list of one.
    Names(DeclarationKind),
    /// User-defined names with strings, which may contain variables: `{ KEY = "value" }`.
    TextMap,
    /// User-defined names with keys of secrets: `{ npm = npm.token }`.
    KeyMap,
    /// User-defined strings, each with the name of something declared: `{ "ghcr.io/acme/shop" = code }`.
    NameMap(DeclarationKind),
    /// User-defined names, each with a port: `{ grpc = 9000 }`.
    PortMap,
    /// User-defined names with any values, nested freely: the values of a chart.
    Settings,
    /// `[20%, 60s, 50%, 60s]`
    Steps,
}

impl Type {
    /// Whether an unquoted word can be its value.
    #[must_use]
    pub fn takes_names(self) -> bool {
        matches!(self, Self::Word(_) | Self::Words(_) | Self::WordOrText(_) | Self::Name(_) | Self::Names(_))
    }

    /// Whether its values stand in braces.
    #[must_use]
    pub fn is_map(self) -> bool {
        match self {
            Self::TextMap | Self::KeyMap | Self::NameMap(_) | Self::PortMap | Self::Settings => true,
            Self::Text
            | Self::Texts
            | Self::Count(_)
            | Self::CountRange
            | Self::Port
            | Self::Percent
            | Self::Number
            | Self::Duration
            | Self::Cpu
            | Self::Memory
            | Self::Storage
            | Self::Word(_)
            | Self::Words(_)
            | Self::WordOrText(_)
            | Self::Key
            | Self::Name(_)
            | Self::Names(_)
            | Self::Steps => false,
        }
    }

    /// Whether it is made of strings or keys of secrets, or is a map: neither a number, nor a word, nor a name.
    #[must_use]
    pub fn is_text_or_map(self) -> bool {
        self.is_map() || matches!(self, Self::Text | Self::Texts | Self::Key)
    }

    /// What is expected, for messages and the reference.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::Text => "a string such as `\"…\"`".into(),
            Self::Texts => "a list of strings such as `[\"a\", \"b\"]`".into(),
            Self::Count(0) => "an integer".into(),
            Self::Count(least) => format!("an integer from {least}"),
            Self::CountRange => "an integer or a range such as `2..6`".into(),
            Self::Port => "a port from 1 to 65535".into(),
            Self::Percent => "a percentage such as `20%`".into(),
            Self::Number => "a number such as `0.2`, or a percentage such as `20%`".into(),
            Self::Duration => "a duration such as `90s`, `10m` or `1h30m`".into(),
            Self::Cpu => "an amount of CPU such as `100m` or `2`, or a range such as `100m..500m`".into(),
            Self::Memory => "an amount of memory such as `256Mi`, or a range such as `128Mi..256Mi`".into(),
            Self::Storage => "an amount of storage such as `10Gi`".into(),
            Self::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
            Self::Words(words) => {
                let all = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
                format!("a list of words such as `[{}]`, of {all}", words[0])
            }
            Self::Key => "a key of a secret such as `secret.key`".into(),
            Self::WordOrText(words) => {
                format!(
                    "{} or a string such as `\"…\"`",
                    words.iter().map(|word| format!("`{word}`, ")).collect::<String>()
                )
            }
            Self::Name(kind) => format!("the name of {} {}", kind.article(), kind.word()),
            Self::Names(kind) => format!("names of {} such as `[a, b]`", kind.words()),
            Self::TextMap => "a map of strings such as `{ KEY = \"value\" }`".into(),
            Self::KeyMap => "a map of keys of secrets such as `{ name = secret.key }`".into(),
            Self::NameMap(kind) => format!("a map of {} such as `{{ \"key\" = name }}`", kind.words()),
            Self::PortMap => "a map of ports such as `{ grpc = 9000 }`".into(),
            Self::Settings => "a map such as `{ key = \"value\" }`".into(),
            Self::Steps => "steps such as `[20%, 60s, 50%, 60s]`".into(),
        }
    }
}

/// The value of an attribute that is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// None: it is required.
    Required,
    /// None: it is optional.
    Absent,
    /// A number with or without a unit, or a word of the type, as it would be written.
    Literal(&'static str),
    /// A string.
    Text(&'static str),
    /// It is derived from something else; the text says from what.
    Derived(&'static str),
}

/// An attribute that excludes most others of its block.
#[derive(Debug)]
pub struct Exclusive {
    /// The word of the block.
    pub block: &'static str,
    /// The attribute.
    pub attribute: &'static str,
    /// The attributes that it allows.
    pub beside: &'static [&'static str],
}

impl Exclusive {
    /// Whether it excludes an attribute of that name.
    #[must_use]
    pub fn excludes(&self, name: &str) -> bool {
        name != self.attribute && !self.beside.contains(&name)
    }
}

/// An image with it was built elsewhere, so nothing says how it is built.
pub static REFERENCE: Exclusive = Exclusive { block: "image", attribute: "ref", beside: &["user"] };

/// An image with it is built by a CI for each commit, so nothing says how it is built.
pub static FROM_CI: Exclusive =
    Exclusive { block: "image", attribute: "from-ci", beside: &["repository", "timeout", "user"] };

/// All of them.
pub static EXCLUSIVE: [&Exclusive; 2] = [&REFERENCE, &FROM_CI];

/// An attribute of a block.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The word before `=`.
    pub name: &'static str,
    /// How its value is read.
    pub ty: Type,
    /// Its default.
    pub default: Default,
    /// The latest phase of a value here.
    pub phase: Phase,
    /// A sentence for the reference and the editor.
    pub doc: &'static str,
}

/// What comes between the type of a block and its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelRule {
    /// Nothing.
    None,
    /// A user-defined name, which it declares.
    Declares(DeclarationKind),
    /// The project's name: required at the top level, omitted in a target.
    Project,
    /// A user-defined name that nothing else refers to: `volume data`.
    Own,
    /// A user-defined name that tells several blocks of a word apart, or nothing.
    Optional,
    /// The name of something declared elsewhere: `stage-env staging`, `migrate app.task`.
    Uses(DeclarationKind),
    /// One of these words: `on push`, `probe live`.
    Words(&'static [&'static str]),
    /// A path in a container, in quotes: `config "/etc/shop/app.yaml"`.
    Path,
    /// A generated object, in quotes: `patch "Deployment"`, `patch "Service/shop"`.
    Object,
}

/// Whether `in ENV` is allowed in the head or the body of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InRule {
    /// It does not vary by environment.
    Never,
    /// `in ENV { … }` in its body overrides values for one environment.
    Layers,
    /// `… in ENV` in its head says which environment it acts on.
    Acts,
}

/// A block.
#[derive(Debug)]
pub struct Block {
    /// Its word.
    pub word: &'static str,
    /// What follows the word.
    pub label: LabelRule,
    /// How it relates to environments.
    pub environments: InRule,
    /// Its attributes.
    pub attributes: &'static [Attribute],
    /// The blocks that it may contain.
    pub blocks: &'static [&'static Block],
    /// Whether it may occur more than once in one parent (with different labels, if it has them).
    pub many: bool,
    /// The stage that it is, if it is one: its place among the others matters.
    pub stage: Option<stages::StageId>,
    /// A sentence for the reference and the editor.
    pub doc: &'static str,
}

impl Block {
    /// The attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The block of that type, among those that this one may contain.
    #[must_use]
    pub fn block(&self, word: &str) -> Option<&'static Block> {
        self.blocks.iter().find(|block| block.word == word).copied()
    }

    /// Whether it is a stage of a pipeline.
    #[must_use]
    pub fn is_stage(&self) -> bool {
        self.stage.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(block: &'static Block, seen: &mut Vec<&'static str>, visit: &mut impl FnMut(&'static Block)) {
        if seen.contains(&block.word) {
            return;
        }
        seen.push(block.word);
        visit(block);
        for inner in block.blocks {
            walk(inner, seen, visit);
        }
    }

    #[test]
    fn a_word_is_an_attribute_or_a_block_of_a_body_and_never_both() {
        walk(&TOP, &mut Vec::new(), &mut |block| {
            let mut words: Vec<_> = block.attributes.iter().map(|attribute| attribute.name).collect();
            words.extend(block.blocks.iter().map(|inner| inner.word));
            let count = words.len();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), count, "a word stands twice in `{}`", block.word);
        });
    }

    #[test]
    fn every_word_is_documented_by_a_sentence() {
        walk(&TOP, &mut Vec::new(), &mut |block| {
            assert!(block.word.is_empty() || block.doc.ends_with('.'), "`{}`", block.word);
            for attribute in block.attributes {
                assert!(attribute.doc.ends_with('.'), "`{}.{}`", block.word, attribute.name);
            }
        });
    }
}
