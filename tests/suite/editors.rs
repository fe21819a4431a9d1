//! The packages for editors: their words are those of the schema, and what they point at is there.
//!
//! Between `(?#LIST)` and `(?#end)` in the grammar for colours stand the words of a list; `tests/renew`
//! writes them. The extension for VS Code has tests of its own, which the other suite runs.

use mlua::Lua;
use pipelinec::compile::compile;
use pipelinec::diag::{Severity, render};
use pipelinec::format;
use pipelinec::program::allow;
use pipelinec::schema::{self, Attribute, Block, LabelRule, Type};
use pipelinec::syntax::parse_with_tokens;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::docs;
use testkit::fixtures::sources;
use testkit::pages::fences;

const EXTENSION: &str = "editors/vscode";
const GRAMMAR: &str = "editors/vscode/syntaxes/pipe.tmLanguage.json";
const README: &str = "editors/README.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest() -> Value {
    json("editors/vscode/package.json")
}

fn attributes() -> impl Iterator<Item = &'static Attribute> {
    docs::blocks().into_iter().flat_map(|(_, block)| block.attributes)
}

fn words(blocks: impl Fn(&Block) -> bool) -> String {
    let found: BTreeSet<_> =
        docs::blocks().into_iter().filter(|(_, block)| blocks(block)).map(|(_, block)| block.word).collect();
    found.into_iter().collect::<Vec<_>>().join("|")
}

fn names_of_attributes(of: impl Fn(Type) -> bool) -> BTreeSet<&'static str> {
    attributes().filter(|attribute| of(attribute.ty)).map(|attribute| attribute.name).collect()
}

/// The lists of the grammar for colours, as they should be.
fn lists() -> Vec<(&'static str, String)> {
    let declares = |block: &Block| {
        matches!(block.label, LabelRule::Declares(_) | LabelRule::Own | LabelRule::Optional | LabelRule::Project)
    };
    let plain = |block: &Block| {
        !block.is_stage() && matches!(block.label, LabelRule::None | LabelRule::Object | LabelRule::Path)
    };
    let events = docs::blocks().into_iter().filter_map(|(_, block)| match block.label {
        LabelRule::Words([word]) => Some(format!("{}[ \\\\t]+{word}", block.word)),
        LabelRule::Words(words) => Some(format!("{}[ \\\\t]+(?:{})", block.word, words.join("|"))),
        _ => None,
    });
    let join = |words: BTreeSet<&'static str>| words.into_iter().collect::<Vec<_>>().join("|");
    let values = attributes().flat_map(|attribute| match attribute.ty {
        Type::Word(words) | Type::WordOrText(words) => words,
        _ => &[],
    });
    vec![
        ("names", join(names_of_attributes(|ty| matches!(ty, Type::Name(_) | Type::Names(_))))),
        ("choices", join(names_of_attributes(|ty| matches!(ty, Type::Word(_) | Type::WordOrText(_))))),
        ("values", join(values.copied().collect())),
        ("events", events.collect::<Vec<_>>().join("|")),
        ("stages", words(Block::is_stage)),
        ("declarations", words(declares)),
        ("settings", words(plain)),
    ]
}

#[test]
fn the_words_of_the_colours_are_those_of_the_schema() {
    let text = read(GRAMMAR);
    let mut wanted = text.clone();
    for (list, words) in lists() {
        assert!(!words.is_empty(), "the schema has nothing for `{list}`");
        let opening = format!("(?#{list})");
        assert_eq!(wanted.matches(&opening).count(), 1, "{GRAMMAR} has one list `{list}`");
        let from = wanted.find(&opening).expect("it was counted") + opening.len();
        let to = from + wanted[from..].find("(?#end)").expect("the list ends");
        wanted.replace_range(from..to, &words);
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join(GRAMMAR), &wanted).expect("the grammar can be written");
    } else {
        assert!(wanted == text, "{GRAMMAR} is outdated: run `tests/renew`");
    }
    assert_eq!(wanted.matches("(?#end)").count(), lists().len(), "{GRAMMAR} contains an unknown list");
}

/// The grammar for colours tells by the word of an attribute what its bare words are.
#[test]
fn a_word_of_an_attribute_says_whether_it_takes_names_or_choices() {
    let names = names_of_attributes(|ty| matches!(ty, Type::Name(_) | Type::Names(_)));
    let choices = names_of_attributes(|ty| matches!(ty, Type::Word(_) | Type::WordOrText(_)));
    assert_eq!(names.intersection(&choices).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(read(GRAMMAR).contains(&format!("({})[ \\\\t]*(=)", allow::WORD)), "`{}` takes codes", allow::WORD);
}

/// Every place of a value that begins with `./`, wherever it is.
fn files_named(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix("./").map(str::to_owned)),
        Value::Array(list) => list.iter().for_each(|value| files_named(value, found)),
        Value::Object(map) => map.values().for_each(|value| files_named(value, found)),
        _ => {}
    }
}

#[test]
fn the_extension_names_files_that_are_there() {
    let manifest = manifest();
    let mut files = Vec::new();
    files_named(&manifest["contributes"], &mut files);
    files.push(manifest["icon"].as_str().expect("it has an icon").to_owned());
    assert!(files.len() > 4, "{files:?}");
    for file in files {
        let path = format!("{EXTENSION}/{file}");
        assert!(root().join(&path).is_file(), "package.json names {file}");
        if path.ends_with(".json") {
            json(&path);
        }
    }
    assert_eq!(manifest["main"], "./dist/extension.js");
    let build = manifest["scripts"]["build"].as_str().expect("it is built");
    assert_eq!(build, "node build.js");
    assert!(
        read("editors/vscode/build.js").contains("outfile: \"dist/extension.js\""),
        "what is built is what is named"
    );
    assert_eq!(read("editors/vscode/LICENSE"), read("LICENSE"), "the licences");
}

#[test]
fn the_extension_has_the_version_of_the_compiler_and_tells_of_it() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(manifest()["version"], version);
    assert_eq!(json("editors/vscode/package-lock.json")["version"], version);
    assert!(read("editors/vscode/CHANGELOG.md").contains(&format!("## {version}\n")), "the change log");
    assert!(read("editors/zed/extension.toml").contains(&format!("version = \"{version}\"")), "the extension for Zed");
}

/// One identifier in the manifest, in what the client asks for, and in all that is told of other editors.
#[test]
fn the_language_goes_by_one_name_everywhere() {
    let manifest = manifest();
    let contributes = &manifest["contributes"];
    assert_eq!(contributes["languages"][0]["id"], "pipe");
    assert_eq!(contributes["languages"][0]["extensions"], serde_json::json!([".pipe"]));
    assert_eq!(contributes["grammars"][0]["language"], "pipe");
    assert_eq!(contributes["grammars"][0]["scopeName"], json(GRAMMAR)["scopeName"]);
    assert_eq!(contributes["snippets"][0]["language"], "pipe");
    let client = read("editors/vscode/src/extension.js");
    for scheme in ["file", "untitled"] {
        assert!(client.contains(&format!("{{ scheme: \"{scheme}\", language: \"pipe\" }}")), "{scheme}");
    }
    // Each command and setting of the manifest is one that the client knows, and told of.
    let told = read("editors/vscode/README.md");
    for command in contributes["commands"].as_array().expect("it has commands") {
        let (name, title) = (command["command"].as_str().expect("a name"), command["title"].as_str().expect("a title"));
        assert!(client.contains(&format!("registerCommand(\"{name}\"")), "{name}");
        assert!(told.contains(title), "the README does not tell of {title}");
    }
    for setting in contributes["configuration"]["properties"].as_object().expect("it has settings").keys() {
        assert!(told.contains(&format!("`{setting}`")), "the README does not tell of {setting}");
    }
}

/// A snippet with its places filled by what they propose.
fn filled(snippet: &str) -> String {
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    let mut text = String::new();
    let mut rest = snippet;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '\\' => {
                let next = rest.chars().next().expect("something is escaped");
                assert!("$}\\".contains(next), "`\\{next}` is no escape of a snippet");
                text.push(next);
                rest = &rest[next.len_utf8()..];
            }
            '\t' => text.push_str("  "),
            '$' if rest.starts_with('{') => {
                let (inner, after) = rest[1..].split_once('}').expect("a place is closed");
                rest = after;
                let split = inner.find([':', '|']).expect("a place with braces proposes something");
                let (number, proposed) = (&inner[..split], &inner[split + 1..]);
                let first = if inner[split..].starts_with('|') {
                    proposed.trim_end_matches('|').split(',').next().unwrap_or_default()
                } else {
                    proposed
                };
                assert!(number.parse::<u32>().is_ok(), "`{number}` is no number of a place");
                assert!(
                    places.insert(number.to_owned(), first.to_owned()).is_none(),
                    "the place {number} stands twice"
                );
                text.push_str(first);
            }
            '$' => {
                let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let number = &rest[..digits];
                rest = &rest[digits..];
                if number != "0" {
                    text.push_str(
                        places.get(number).unwrap_or_else(|| panic!("${number} is used before it is filled")),
                    );
                }
            }
            letter => text.push(letter),
        }
    }
    text
}

/// The text in a block in which it may stand.
fn placed(text: &str) -> String {
    let word = text.split([' ', '{']).next().unwrap_or_default();
    if schema::TOP.block(word).is_some() {
        return text.to_owned();
    }
    assert_eq!(schema::holder_of(word), Some("app"), "where does `{word}` stand?");
    let code = if text.contains("image code") { "" } else { "  image code\n" };
    let inner: String = text.lines().map(|line| format!("  {line}\n")).collect();
    format!("app blog {{\n  source = \"github.com/acme/blog\"\n{code}{inner}}}\n")
}

#[test]
fn every_snippet_compiles_as_it_is_proposed() {
    let snippets = json("editors/vscode/snippets/pipe.json");
    let mut prefixes = BTreeSet::new();
    for (name, snippet) in snippets.as_object().expect("snippets by name") {
        let prefix = snippet["prefix"].as_str().unwrap_or_default();
        assert!(prefixes.insert(prefix), "`{prefix}` stands twice");
        assert!(snippet["description"].as_str().is_some_and(|text| text.ends_with('.')), "{name}: a description");
        let lines: Vec<_> =
            snippet["body"].as_array().expect("lines").iter().map(|line| line.as_str().expect("a line")).collect();
        assert_eq!(lines.last(), Some(&"$0"), "{name}: the cursor ends below");
        let text = filled(&lines.join("\n"));
        let program = docs::completed(&placed(&text));
        let sources = sources(&format!("{name}.pipe"), &program);
        let compiled = compile(&sources);
        let wrong = compiled.diagnostics.iter().any(|report| report.severity() == Severity::Error);
        let said = render::short(&compiled.diagnostics, &sources);
        assert!(!wrong && !compiled.trees.is_empty(), "{name}:\n{said}\n{program}");

        let alone = testkit::fixtures::sources(&format!("{name}.pipe"), &text);
        let (id, file) = alone.iter().next().expect("there is one file");
        let parsed = parse_with_tokens(id, file, &mut pipelinec::diag::Diagnostics::default());
        assert_eq!(format::format(file, &parsed), text, "{name}: the canonical layout");
    }
    for block in schema::TOP.blocks.iter().filter(|block| block.word != "defaults") {
        assert!(prefixes.contains(block.word), "there is no snippet `{}`", block.word);
    }
}

/// The set-ups for other editors are read by a reader of their language, and start the server.
#[test]
fn the_set_ups_for_other_editors_start_the_server() {
    let document = read(README);
    let mut seen = BTreeSet::new();
    for fence in fences(&document) {
        let at = format!("{README}, line {}", fence.line);
        match fence.info.as_str() {
            "lua" => assert_eq!(started_by_neovim(&fence.text), ["pipelinec", "lsp"], "{at}"),
            "json" => {
                serde_json::from_str::<Value>(&fence.text).unwrap_or_else(|error| panic!("{at}: {error}"));
            }
            "toml" => {
                assert!(fence.text.contains("command = \"pipelinec\""), "{at}");
                assert!(fence.text.contains("args = [\"lsp\"]"), "{at}");
                assert!(fence.text.contains("file-types = [\"pipe\"]"), "{at}");
            }
            _ => continue,
        }
        seen.insert(fence.info);
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
    let zed = read("editors/zed/src/lib.rs");
    assert!(zed.contains("which(\"pipelinec\")") && zed.contains("\"lsp\""), "the extension for Zed");
}

/// Runs a configuration in a stand-in for Neovim, opens a file, and gives the command that it would start.
fn started_by_neovim(config: &str) -> Vec<String> {
    let lua = Lua::new();
    let editor = r#"
        local configs, enabled, types, on = {}, {}, {}, {}
        vim = { lsp = {}, filetype = {}, api = {}, bo = setmetatable({}, { __index = function() return {} end }) }
        vim.lsp.config = setmetatable({}, {
            __newindex = function(_, name, config) configs[name] = config end,
            __call = function(_, name, config) configs[name] = config end,
        })
        function vim.lsp.enable(name) enabled[name] = true end
        function vim.filetype.add(what) types = what.extension end
        function vim.api.nvim_create_autocmd(event, what) on[#on + 1] = { event = event, what = what } end
        function vim.cmd() end
        function opened(ending)
            local kind = types[ending]
            for _, known in ipairs(on) do
                if known.event == "FileType" and known.what.pattern == kind then known.what.callback({ buf = 1 }) end
            end
            for name, config in pairs(configs) do
                for _, filetype in ipairs(config.filetypes) do
                    if enabled[name] and filetype == kind then return config.cmd end
                end
            end
            return {}
        end
    "#;
    lua.load(editor).exec().expect("the stand-in is Lua");
    lua.load(config).exec().unwrap_or_else(|error| panic!("{README}: {error}"));
    let opened: mlua::Function = lua.globals().get("opened").expect("the stand-in has it");
    opened.call("pipe").unwrap_or_else(|error| panic!("{README}: {error}"))
}
