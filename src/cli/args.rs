//! The arguments, as clap reads them. What is written here is also what `--help` says.

use crate::diff::risk;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Where trees are written, unless `-o` says otherwise.
pub const OUT: &str = "generated";

/// Compiles a delivery pipeline (the *.pipe files of a folder) to the manifests that the Argo projects run
#[derive(Debug, Parser)]
#[command(
    name = "pipelinec",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  pipelinec init                  writes a small project to begin with
  pipelinec check                 mistakes in the *.pipe files of this folder
  pipelinec build                 writes generated/<target>/ for each target
  pipelinec explain E0404         what a code means, and how to mend it
  pipelinec build --check         fails if generated/ is not what the sources make
  pipelinec graph                 draws the pipelines
  pipelinec fmt                   writes the *.pipe files of this folder in the canonical layout
  pipelinec verify generated      manifests against the schemas of a cluster

Exit codes: 0 good, 1 mistakes in the sources or manifests, another layout or an outdated tree, 2 wrong usage or a file that cannot be
read or written"
)]
pub struct Args {
    /// Options of all verbs.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of all verbs.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Colours: on a terminal unless `NO_COLOR` is set, always, or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Print mistakes and failures, and nothing else
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Also in a pipe.
    Always,
    /// Not at all.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a small project that builds at once
    Init(Init),
    /// Compile, and write the tree of each target
    Build(Build),
    /// Compile, and only say what is wrong
    Check(Check),
    /// Say what a change does to the cluster
    Diff(Diff),
    /// Say what a push would set off, and why not
    Simulate(Simulate),
    /// Explain the code of a mistake or of a risk
    Explain(Explain),
    /// Write the sources in the one canonical layout
    Fmt(Fmt),
    /// Draw the pipelines
    Graph(Graph),
    /// Serve an editor: a language server on standard input and output
    #[command(after_help = "Examples:
  pipelinec lsp    what an editor starts; how to set one up is in editors/README.md")]
    Lsp,
    /// Hold manifests against the schemas of a cluster
    Verify(Verify),
    /// Print the script by which a shell completes verbs and options
    Completions(Completions),
    /// Print the manual page
    #[command(after_help = "Examples:
  pipelinec man | man -l -                             to read it
  pipelinec man > ~/.local/share/man/man1/pipelinec.1  to keep it; then: man pipelinec")]
    Man,
}

/// Write a small project that builds at once
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It asks nothing, and overwrites nothing: where there is a *.pipe file already, it writes none. The app is named after
the repository on GitHub that the folder was cloned from, or else after the folder. What is a guess is marked. Best run
it where the output will be committed, in the GitOps repository.

Examples:
  pipelinec init             in this folder
  pipelinec init delivery    in another, which is made if it is not there"
)]
pub struct Init {
    /// The folder of the project
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
}

/// Print the script by which a shell completes verbs and options
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

/// Compile, and write the tree of each target
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A build replaces all trees or none. It removes only what a build has generated; files of others in the
output folder stay, and stop the build if they are where a generated file has to be.

Examples:
  pipelinec build                              ./*.pipe to generated/<target>/
  pipelinec build shop -o ../gitops/generated  another folder of sources, another output
  pipelinec build --target eu --target us      only these targets
  pipelinec build --check                      write nothing; exit 1 and list what differs"
)]
pub struct Build {
    /// The sources.
    #[command(flatten)]
    pub input: Input,
    /// The folder of the trees, one a target
    #[arg(short, long, value_name = "FOLDER", default_value = OUT)]
    pub out: PathBuf,
    /// Only this target (can be repeated)
    #[arg(short, long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// Write nothing, and fail if the tree on disk is not the one that the sources make
    #[arg(long)]
    pub check: bool,
}

/// Compile, and only say what is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pipelinec check                      all *.pipe files of this folder and those below
  pipelinec check shop --format short  a line a mistake: path:line:column-end: error[CODE]: message — help
  pipelinec check --fix                mend what is certain, and print what is left
  git show HEAD:shop.pipe | pipelinec check -")]
pub struct Check {
    /// The sources.
    #[command(flatten)]
    pub input: Input,
    /// Apply the fixes that are certain to the files, and print what is left
    #[arg(long)]
    pub fix: bool,
}

/// Say what a change does to the cluster: by object and field, with its risks
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pipelinec diff                               the sources against generated/
  pipelinec diff --against git:origin/main     against generated/ as it is on main
  pipelinec diff new --against old             two folders of sources
  pipelinec diff --format markdown             a comment for a review
  pipelinec diff --fail-on danger              exit 1 if something may be lost

Exit codes: 0, or 1 with --exit-code if something changes, or with --fail-on at such a risk")]
pub struct Diff {
    /// The folder of the *.pipe files
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// The other side: a folder of trees or of sources, or `git:REVISION` for the trees as they are there in the
    /// repository of the working folder; the folder of -o unless it is written
    #[arg(long, value_name = "DIR|git:REV", value_parser = Against::read)]
    pub against: Option<Against>,
    /// The folder of the trees, one a target
    #[arg(short, long, value_name = "FOLDER", default_value = OUT)]
    pub out: PathBuf,
    /// Only this target (can be repeated)
    #[arg(short, long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DiffFormat,
    /// Exit with 1 if something changes
    #[arg(long)]
    pub exit_code: bool,
    /// Exit with 1 at a risk of this level or above (notice, caution, danger) or of this code (can be repeated)
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
    /// For a comment in a review, never longer than GitHub takes
    Markdown,
    /// For scripts
    Json,
}

/// From which risk on a comparison fails.
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

/// Say what a push would set off, and why not: filters, triggers, scripts and ApplicationSets are run as they are emitted
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Builds, waits and tasks are not run, and taken to go well. Everything else is: in a folder of its own, without a
network, on the local clones that are named, or on stand-ins for the repositories.

Examples:
  pipelinec simulate --payload push.json              what GitHub sent, from the hook's recent deliveries
  pipelinec simulate --diff origin/main..HEAD         what a push of these commits would do
  pipelinec simulate --diff main..HEAD --clone ../shop --clone ../gitops
                                                      on what really runs
  gh api repos/acme/shop/hooks/1/deliveries/2 | pipelinec simulate --payload -

Exit codes: 0, or 1 if no pipeline starts or a delivery fails"
)]
pub struct Simulate {
    /// The folder of the *.pipe files, or one file, or - for standard input
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// The payload of a webhook as GitHub sends it, or - for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "diff", conflicts_with = "diff")]
    pub payload: Option<PathBuf>,
    /// A push of these commits of a local clone: of this folder if it is one of the spec's, or else of the first --clone
    /// that has them
    #[arg(long, value_name = "A..B")]
    pub diff: Option<String>,
    /// The branch that is pushed; the one that A names unless it is written
    #[arg(long, value_name = "NAME", requires = "diff", conflicts_with = "payload")]
    pub branch: Option<String>,
    /// A local clone that stands for its repository: of the GitOps repository, of an app (can be repeated)
    #[arg(long = "clone", value_name = "DIR", action = ArgAction::Append)]
    pub clones: Vec<PathBuf>,
    /// Only this target (can be repeated)
    #[arg(short, long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// How it is printed
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

/// Explain the code of a mistake or of a risk: what it means, an example of it, and why it matters
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pipelinec explain E0404   the page of a mistake: an example that fails, and the mended one
  pipelinec explain R03     the page of a risk of `diff`: a change that brings it
  pipelinec explain         all codes, one a line")]
pub struct Explain {
    /// The code; without one all codes are listed
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Write the sources in the one canonical layout
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing that the sources mean changes, and comments stay. What cannot be read stays as it is, byte for byte, and the
rest of the file is formatted.

Examples:
  pipelinec fmt                    all *.pipe files of this folder and those below
  pipelinec fmt shop.pipe targets  a file and a folder
  pipelinec fmt --check            write nothing; exit 1 and list the files with another layout
  pipelinec fmt - < shop.pipe      what an editor does: standard input to standard output"
)]
pub struct Fmt {
    /// Folders of *.pipe files, files, or - for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Write nothing, and fail if a file has another layout
    #[arg(long)]
    pub check: bool,
}

/// Draw the pipelines: what starts them, their stages by environment, and what happens when one fails
#[derive(Debug, clap::Args)]
#[command(after_help = "Targets whose pipelines look the same are drawn once.

Examples:
  pipelinec graph                                 a Mermaid flowchart, for a README or a review on GitHub
  pipelinec graph --format svg -o pipelines.svg   a picture of its own, light or dark as its reader likes it
  pipelinec graph --format dot | dot -Tpdf        whatever Graphviz can write
  pipelinec graph shop --target eu                another folder, and only this target")]
pub struct Graph {
    /// The folder of the *.pipe files, or one file, or - for standard input
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// What kind of picture
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    pub format: Picture,
    /// Only this target (can be repeated)
    #[arg(short, long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// The file to write; without one the picture goes to standard output
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// A flowchart that GitHub draws
    Mermaid,
    /// For Graphviz
    Dot,
    /// Self-contained, light and dark
    Svg,
}

/// Hold manifests, generated or written by hand, against the schemas of a cluster
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --crds and --offline the schemas are those of the cluster that kubectl talks to. Kinds that every cluster has
are known by themselves. In a folder, files that are no manifests are passed over. A field that no schema knows is a
mistake; rules in CEL are not evaluated. Schemas are kept in the cache of the user, so that a second run is quick.

Examples:
  pipelinec verify generated                       against the cluster of kubectl's current context
  pipelinec verify --crds crds.yaml generated      against what `kubectl get crd -o yaml` has printed
  pipelinec verify --crds charts/crds my.yaml      against the files of a folder
  helm template shop | pipelinec verify --crds crds.yaml -
  pipelinec verify --offline --ignore-missing-schemas .    only the kinds that every cluster has

To keep the schemas of a cluster for later:
  kubectl get crd -o json > schemas/crds.json; kubectl get --raw /openapi/v2 > schemas/api.json"
)]
pub struct Verify {
    /// Manifests: files, folders of *.yaml, *.yml and *.json files, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Schemas: a file, a folder, or - for standard input, of CustomResourceDefinitions or of what an API server says at
    /// /openapi/v2 (can be repeated)
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    pub crds: Vec<PathBuf>,
    /// Ask no cluster, also when there is no --crds
    #[arg(long)]
    pub offline: bool,
    /// Pass over objects whose kind has no schema
    #[arg(long)]
    pub ignore_missing_schemas: bool,
    /// How mistakes are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// What is compiled, and how mistakes are printed.
#[derive(Debug, clap::Args)]
pub struct Input {
    /// The folder of the *.pipe files, or one file, or - for standard input
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// How mistakes are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// How mistakes are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With the source, for people
    Human,
    /// A line a mistake, for editors and grep
    Short,
    /// JSON with all places and fixes, for scripts
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
