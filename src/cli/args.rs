//! The arguments, for clap. The doc comments here are also the text of `--help`.

use crate::diff::risk;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The default folder of the trees.
pub const OUT: &str = "generated";

/// Compiles a delivery pipeline (the *.pipe files of a folder) to the manifests that the Argo projects run
#[derive(Debug, Parser)]
#[command(
    name = "pipelinec",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  pipelinec init                  create a small project to start from
  pipelinec check                 report errors in the *.pipe files of this folder
  pipelinec build                 write generated/<target>/ for each target
  pipelinec explain E0404         explain a code and how to fix it
  pipelinec build --check         fail if generated/ is stale
  pipelinec graph                 draw the pipelines
  pipelinec fmt                   format the *.pipe files of this folder
  pipelinec verify generated      validate manifests against a cluster's schemas

Exit codes: 0 success; 1 errors, unformatted files or stale output; 2 wrong usage, or a file that cannot be read or
written"
)]
pub struct Args {
    /// Options of all commands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of all commands.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// When to use colours; `auto` means on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Only print errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always, even in a pipe.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a small project that builds as it is
    Init(Init),
    /// Compile, and write the output tree of each target
    Build(Build),
    /// Report errors and warnings without writing anything
    Check(Check),
    /// Show how a change affects the cluster
    Diff(Diff),
    /// Show what a push would trigger, and why
    Simulate(Simulate),
    /// Explain a diagnostic code or a risk
    Explain(Explain),
    /// Format the sources
    Fmt(Fmt),
    /// Draw the pipelines
    Graph(Graph),
    /// Run the language server on standard input and output
    #[command(after_help = "Examples:
  pipelinec lsp    started by an editor; see editors/README.md for how to set one up")]
    Lsp,
    /// Validate manifests against a cluster's schemas
    Verify(Verify),
    /// Print a shell completion script
    Completions(Completions),
    /// Print the manual page
    #[command(after_help = "Examples:
  pipelinec man | man -l -                             read it
  pipelinec man > ~/.local/share/man/man1/pipelinec.1  install it; then run: man pipelinec")]
    Man,
}

/// Create a small project that builds as it is
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It asks no questions and overwrites nothing: if there already is a *.pipe file, it writes none. The app is named after
the GitHub repository that the folder was cloned from, or else after the folder. Guesses are marked. Run it in the
GitOps repository, where the output will be committed.

Examples:
  pipelinec init             in this folder
  pipelinec init delivery    in another folder, which is created if necessary"
)]
pub struct Init {
    /// The folder of the project
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
}

/// Print a shell completion script
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pipelinec completions bash > ~/.local/share/bash-completion/completions/pipelinec
  pipelinec completions zsh > ~/.zfunc/_pipelinec  with fpath+=~/.zfunc before compinit
  pipelinec completions fish > ~/.config/fish/completions/pipelinec.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Compile, and write the output tree of each target
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A build replaces all trees or none. It removes only generated files; other files in the output folder are kept,
and a build fails if one is in the place of a generated file.

Examples:
  pipelinec build                              compile ./*.pipe to generated/<target>/
  pipelinec build shop -o ../gitops/generated  use other source and output folders
  pipelinec build --target eu --target us      build only these targets
  pipelinec build --check                      write nothing; list what differs and exit with 1"
)]
pub struct Build {
    /// The sources.
    #[command(flatten)]
    pub input: Input,
    /// The folder of the output trees, one per target
    #[arg(short, long, value_name = "FOLDER", default_value = OUT)]
    pub out: PathBuf,
    /// Only this target (can be repeated)
    #[arg(short, long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// Write nothing, and fail if the tree on disk is stale
    #[arg(long)]
    pub check: bool,
}

/// Report errors and warnings without writing anything
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pipelinec check                      check all *.pipe files in this folder and its subfolders
  pipelinec check shop --format short  print one line per diagnostic: path:line:column-end: error[CODE]: message — help
  pipelinec check --fix                apply safe fixes, and print what is left
  git show HEAD:shop.pipe | pipelinec check -")]
pub struct Check {
    /// The sources.
    #[command(flatten)]
    pub input: Input,
    /// Apply safe fixes to the files, and print what is left
    #[arg(long)]
    pub fix: bool,
}

/// Show how a change affects the cluster, by object and field, with its risks
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pipelinec diff                               compare the sources with generated/
  pipelinec diff --against git:origin/main     compare with generated/ on main
  pipelinec diff new --against old             compare two folders of sources
  pipelinec diff --format markdown             print a review comment
  pipelinec diff --fail-on danger              exit with 1 if something may be lost

Exit codes: 0 success; 1 with --exit-code if something changes, or with --fail-on if there is such a risk")]
pub struct Diff {
    /// The folder of the *.pipe files
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// What to compare with: a folder of trees or of sources, or `git:REVISION` for the trees at that revision of the
    /// current repository [default: the folder of -o]
    #[arg(long, value_name = "DIR|git:REV", value_parser = Against::read)]
    pub against: Option<Against>,
    /// The folder of the output trees, one per target
    #[arg(short, long, value_name = "FOLDER", default_value = OUT)]
    pub out: PathBuf,
    /// Only this target (can be repeated)
    #[arg(short, long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// The output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DiffFormat,
    /// Exit with 1 if something changes
    #[arg(long)]
    pub exit_code: bool,
    /// Exit with 1 if there is a risk of this level or above (notice, caution, danger) or with this code (can be repeated)
    #[arg(long, value_name = "RISK|LEVEL", value_parser = RiskLimit::read, action = ArgAction::Append)]
    pub fail_on: Vec<RiskLimit>,
}

/// The other side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// A folder of trees or of sources.
    Folder(PathBuf),
    /// A revision of git.
    Revision(String),
}

impl Against {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.strip_prefix("git:").map_or_else(|| Self::Folder(text.into()), |name| Self::Revision(name.to_owned())))
    }
}

/// How a comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For a terminal
    Text,
    /// For a review comment, never longer than GitHub allows
    Markdown,
    /// For scripts
    Json,
}

/// The risks at which a comparison fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskLimit {
    /// Any of this level or above.
    Level(risk::Level),
    /// This one.
    Code(risk::Code),
}

impl RiskLimit {
    fn read(text: &str) -> Result<Self, String> {
        let levels = [risk::Level::Notice, risk::Level::Caution, risk::Level::Danger];
        let level = levels.into_iter().find(|level| level.word() == text).map(Self::Level);
        let code = || risk::Code::ALL.iter().find(|code| code.as_str() == text).copied().map(Self::Code);
        level.or_else(code).ok_or_else(|| "write `notice`, `caution`, `danger`, or a code such as `R09`".to_owned())
    }

    /// Whether a risk of that code is one.
    #[must_use]
    pub fn catches(self, code: risk::Code) -> bool {
        match self {
            Self::Level(level) => code.level() >= level,
            Self::Code(known) => known == code,
        }
    }
}

/// Show what a push would trigger, and why, by running the generated filters, triggers, scripts and ApplicationSets
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Builds, waits and tasks are not run, but assumed to succeed. Everything else is run in a temporary folder without network
access, on the given local clones, or on stand-ins for the repositories.

Examples:
  pipelinec simulate --payload push.json              simulate a payload from the webhook's recent deliveries
  pipelinec simulate --diff origin/main..HEAD         simulate a push of these commits
  pipelinec simulate --diff main..HEAD --clone ../shop --clone ../gitops
                                                      simulate it on what is really deployed
  gh api repos/acme/shop/hooks/1/deliveries/2 | pipelinec simulate --payload -

Exit codes: 0 success; 1 if no pipeline starts or a delivery fails"
)]
pub struct Simulate {
    /// The folder of the *.pipe files, or one file, or - for standard input
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// The payload of a webhook as GitHub sends it, or - for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "diff", conflicts_with = "diff")]
    pub payload: Option<PathBuf>,
    /// A push of these commits of a local clone: this folder if it is one of the project's repositories, or else the first
    /// --clone that has them
    #[arg(long, value_name = "A..B")]
    pub diff: Option<String>,
    /// The branch that is pushed [default: the branch that A names]
    #[arg(long, value_name = "NAME", requires = "diff", conflicts_with = "payload")]
    pub branch: Option<String>,
    /// A local clone to use for its repository, such as the GitOps repository or an app's (can be repeated)
    #[arg(long = "clone", value_name = "DIR", action = ArgAction::Append)]
    pub clones: Vec<PathBuf>,
    /// Only this target (can be repeated)
    #[arg(short, long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// The output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: SimulateFormat,
}

/// How a simulation is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SimulateFormat {
    /// For a terminal
    Text,
    /// For scripts
    Json,
}

/// Explain a diagnostic code or a risk: what it means, an example, and why it matters
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pipelinec explain E0404   explain an error, with a failing example and its fix
  pipelinec explain R03     explain a risk of `diff`, with a change that causes it
  pipelinec explain         list all codes, one per line")]
pub struct Explain {
    /// The code; without one, all codes are listed
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Format the sources
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Formatting does not change what the sources mean, and keeps comments. What cannot be parsed is kept byte for byte, and
the rest of the file is formatted.

Examples:
  pipelinec fmt                    format all *.pipe files in this folder and its subfolders
  pipelinec fmt shop.pipe targets  format a file and a folder
  pipelinec fmt --check            write nothing; list unformatted files and exit with 1
  pipelinec fmt - < shop.pipe      format standard input to standard output"
)]
pub struct Fmt {
    /// Folders of *.pipe files, files, or - for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Write nothing, and fail if a file is not formatted
    #[arg(long)]
    pub check: bool,
}

/// Draw the pipelines: what triggers them, their stages by environment, and what happens when one fails
#[derive(Debug, clap::Args)]
#[command(after_help = "Targets with identical pipelines are drawn once.

Examples:
  pipelinec graph                                 print a Mermaid flowchart, for a README or a review
  pipelinec graph --format svg -o pipelines.svg   write a self-contained image for light and dark themes
  pipelinec graph --format dot | dot -Tpdf        convert it with Graphviz
  pipelinec graph shop --target eu                use another folder, and only this target")]
pub struct Graph {
    /// The folder of the *.pipe files, or one file, or - for standard input
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// The output format
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    pub format: Picture,
    /// Only this target (can be repeated)
    #[arg(short, long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// A flowchart that GitHub draws
    Mermaid,
    /// For Graphviz
    Dot,
    /// Self-contained, light and dark
    Svg,
}

/// Validate manifests, generated or hand-written, against a cluster's schemas
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --crds and --offline, the schemas are those of kubectl's current cluster. Built-in kinds of Kubernetes are always
known. In a folder, files that are not manifests are skipped. A field that no schema knows is an error; CEL rules are
not evaluated. Schemas are stored in the user's cache, so that a second run is fast.

Examples:
  pipelinec verify generated                       use the schemas of kubectl's current context
  pipelinec verify --crds crds.yaml generated      use the output of `kubectl get crd -o yaml`
  pipelinec verify --crds charts/crds my.yaml      use the files of a folder
  helm template shop | pipelinec verify --crds crds.yaml -
  pipelinec verify --offline --ignore-missing-schemas .    check only the built-in kinds of Kubernetes

To save the schemas of a cluster for later:
  kubectl get crd -o json > schemas/crds.json; kubectl get --raw /openapi/v2 > schemas/api.json"
)]
pub struct Verify {
    /// Manifests: files, folders of *.yaml, *.yml and *.json files, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Schemas: a file, a folder, or - for standard input, with CustomResourceDefinitions or an API server's /openapi/v2
    /// document (can be repeated)
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    pub crds: Vec<PathBuf>,
    /// Do not contact a cluster, even without --crds
    #[arg(long)]
    pub offline: bool,
    /// Skip objects whose kind has no schema
    #[arg(long)]
    pub ignore_missing_schemas: bool,
    /// The output format
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// What is compiled, and how diagnostics are printed.
#[derive(Debug, clap::Args)]
pub struct Input {
    /// The folder of the *.pipe files, or one file, or - for standard input
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// The output format
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// How diagnostics are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With source excerpts, for people
    Human,
    /// One line per diagnostic, for editors and grep
    Short,
    /// JSON with all locations and fixes, for scripts
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        super::Args::command().debug_assert();
    }
}
