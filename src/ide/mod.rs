//! Editor features, in terms of bytes and plain data; `lsp` translates them to the protocol. Nothing here fails: for what
//! cannot be parsed, there is less information.

mod complete;
mod hints;
mod hover;
pub mod names;
mod outline;
mod patched;
pub mod places;

pub use complete::{Completion, CompletionKind, complete};
pub use hints::Hint;
pub use hover::Hover;
pub use outline::{Colour, Outline, OutlineKind};

use crate::compile::{Analysis, analyse};
use crate::diag::{Diagnostic, Fix};
use crate::source::{SourceId, SourceMap, Span};
use names::{Names, Occurrence, Symbol};

/// A program, as far as it can be read, and what is known of it.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its files.
    pub sources: SourceMap,
    /// What the compiler knows.
    pub analysis: Analysis,
    /// Its names.
    pub names: Names,
}

/// Why something cannot be renamed.
pub type Refusal = String;

impl Program {
    /// Analyses a program.
    #[must_use]
    pub fn new(sources: SourceMap) -> Self {
        let analysis = analyse(&sources);
        let names = Names::new(&analysis.files);
        Self { sources, analysis, names }
    }

    /// The file of that path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<SourceId> {
        self.sources.iter().find(|(_, file)| file.path() == path).map(|(id, _)| id)
    }

    fn tree(&self, source: SourceId) -> Option<&crate::syntax::ast::File> {
        self.analysis.files.iter().find(|file| file.source == source)
    }

    /// Where the name at a byte is declared.
    #[must_use]
    pub fn definition(&self, source: SourceId, offset: usize) -> Vec<Span> {
        let Some(found) = self.names.at(source, offset) else { return Vec::new() };
        self.names.of(&found.symbol).filter(|known| known.declares).map(|known| known.span).collect()
    }

    /// Where the name at a byte occurs.
    #[must_use]
    pub fn references(&self, source: SourceId, offset: usize) -> Vec<&Occurrence> {
        self.names.at(source, offset).map(|found| self.names.of(&found.symbol).collect()).unwrap_or_default()
    }

    /// The name at a byte, when it can be given another one.
    #[must_use]
    pub fn renamable(&self, source: SourceId, offset: usize) -> Option<&Occurrence> {
        self.names.at(source, offset)
    }

    /// The changes that give the name at a byte another one, everywhere.
    ///
    /// # Errors
    /// When there is no name, or the new one is invalid or taken.
    pub fn rename(&self, source: SourceId, offset: usize, to: &str) -> Result<Vec<(Span, String)>, Refusal> {
        let found = self.names.at(source, offset).ok_or("no name at this position")?;
        let renamed = match &found.symbol {
            Symbol::Top(kind, _) => Symbol::Top(*kind, to.to_owned()),
            Symbol::Part(kind, app, _) => Symbol::Part(*kind, app.clone(), to.to_owned()),
            Symbol::Key(secret, _) => Symbol::Key(secret.clone(), to.to_owned()),
        };
        let good = match &found.symbol {
            Symbol::Key(..) => crate::model::value::secret_key(to).map(|_| ()),
            _ => crate::model::value::dns_label(to, 63).map(|_| ()),
        };
        good.map_err(|bad| format!("`{to}` {}: {}", bad.fact, bad.help))?;
        if renamed != found.symbol && self.names.of(&renamed).next().is_some() {
            return Err(format!("there is already {} {}", renamed.article(), renamed.describe()));
        }
        Ok(self.names.of(&found.symbol).map(|known| (known.span, to.to_owned())).collect())
    }

    /// The certain changes for what is reported in a range of a file.
    pub fn fixes(&self, range: Span) -> impl Iterator<Item = (&Diagnostic, &Fix)> {
        let touches =
            move |span: Span| span.source == range.source && span.start <= range.end && range.start <= span.end;
        self.analysis
            .diagnostics
            .iter()
            .filter(move |report| touches(report.primary.span))
            .filter_map(|report| Some((report, report.fix.as_ref()?)))
    }
}
