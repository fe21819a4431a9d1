//! Programs with arbitrary errors: the compiler handles them all, and its output can be parsed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pipelinec::compile::compile;
use pipelinec::source::SourceMap;

use testkit::compiled::folders;
use testkit::fixtures::{files, stem};

/// A program as its files.
type Program = Vec<(String, String)>;

/// Numbers that follow from a seed, the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).expect("less than a usize")
    }
}

/// The words, texts, signs and spaces of a text.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || "-_.%".contains(c);
        let len = match first {
            '"' => rest[1..].find(['"', '\n']).map_or(rest.len(), |end| end + 2),
            c if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        tokens.push(&rest[..len]);
        rest = &rest[len..];
    }
    tokens
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Word,
    Number,
    Text,
    Other,
}

/// A token may be replaced by one of its kind without a syntax error.
fn kind(token: &str) -> Kind {
    match token.chars().next() {
        Some('"') if token.len() > 1 && token.ends_with('"') => Kind::Text,
        Some(c) if c.is_ascii_digit() => Kind::Number,
        Some(c) if c.is_alphabetic() => Kind::Word,
        _ => Kind::Other,
    }
}

/// The examples, and the programs of `tests/errors`.
fn seeds() -> Vec<Program> {
    let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("a program is text");
    let mut programs: Vec<Program> = Vec::new();
    for folder in folders("examples") {
        let found = files(&format!("../{folder}"), "pipe");
        assert!(!found.is_empty());
        programs.push(found.iter().map(|path| (stem(path).to_owned(), read(path))).collect());
    }
    let parts = ["base", "shop"].map(|name| {
        let path = format!("{}/tests/errors/{name}.pipe", env!("CARGO_MANIFEST_DIR"));
        (name.to_owned(), read(path.as_ref()))
    });
    for path in files("errors", "pipe") {
        let text = read(&path);
        if !path.display().to_string().contains("/E01") && text.contains("# with: base.pipe") {
            let own = parts.iter().filter(|(name, _)| text.contains(&format!("{name}.pipe"))).cloned();
            programs.push(own.chain([("main".to_owned(), text.clone())]).collect());
        }
    }
    programs
}

/// A few changes to a program: lines and tokens lost, doubled, swapped, or put in from elsewhere.
fn mutate(program: &Program, pool: &[String], random: &mut Random) -> Program {
    let mut program = program.clone();
    // Most often one or two: with more hardly any program comes far.
    for _ in 0..=random.below(3) * random.below(2) {
        let file = random.below(program.len());
        let text = &program[file].1;
        let lines = random.below(3) == 0;
        let mut parts: Vec<&str> = if lines { text.split_inclusive('\n').collect() } else { tokens(text) };
        if parts.is_empty() {
            continue;
        }
        let (at, other) = (random.below(parts.len()), random.below(parts.len()));
        match random.below(8) {
            0 => drop(parts.remove(at)),
            1 => parts.insert(other, parts[at]),
            2 => parts.swap(at, other),
            _ if lines => {
                let moved = parts.remove(at);
                parts.insert(random.below(parts.len() + 1), moved);
            }
            3 => parts[at] = &pool[random.below(pool.len())],
            _ => {
                let kind = kind(parts[at]);
                let same: Vec<_> = pool.iter().filter(|token| self::kind(token) == kind).collect();
                if kind != Kind::Other && !same.is_empty() {
                    parts[at] = same[random.below(same.len())];
                }
            }
        }
        program[file].1 = parts.concat();
    }
    program
}

/// What is wrong with what the compiler makes of a program, if anything; else whether it makes trees of it.
fn fault(program: &Program) -> Result<bool, String> {
    let sources = SourceMap::new(program.clone());
    let Ok(compiled) = catch_unwind(AssertUnwindSafe(|| compile(&sources))) else {
        return Err("a panic".to_owned());
    };
    if let Some(diagnostic) = compiled.diagnostics.iter().find(|diagnostic| diagnostic.help.is_empty()) {
        return Err(format!("no help: {}", diagnostic.message));
    }
    let shown = catch_unwind(AssertUnwindSafe(|| testkit::fixtures::rendered(&sources, &compiled.diagnostics)));
    if shown.is_err() {
        return Err("a panic when its diagnostics are shown".to_owned());
    }
    for (path, text) in compiled.trees.values().flatten() {
        let read = match path.rsplit('.').next() {
            Some("yaml") => text
                .split("\n---\n")
                .find_map(|one| serde_yaml::from_str::<serde_json::Value>(one).err().map(|error| error.to_string())),
            Some("json") => serde_json::from_str::<serde_json::Value>(text).err().map(|error| error.to_string()),
            _ => None,
        };
        if let Some(error) = read {
            return Err(format!("{path} cannot be read: {error}"));
        }
    }
    Ok(!compiled.trees.is_empty())
}

#[test]
fn any_change_of_a_program_is_compiled_or_reported() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    // More of them: `MUTANTS=100000 cargo test --release --test suite robust`.
    let (first, count) = (number("MUTANTS_FROM").unwrap_or(0), number("MUTANTS").unwrap_or(120));
    let programs = seeds();
    let mut pool: Vec<String> =
        programs.iter().flatten().flat_map(|(_, text)| tokens(text)).map(str::to_owned).collect();
    pool.sort();
    pool.dedup();
    pool.extend(
        ["in", "true", "0", "1", "99999999999", "\"\"", "[]", "{}", "..", "é", "\"{{x}}\"", "\0"].map(str::to_owned),
    );
    let mut faults = Vec::new();
    let mut compiled = 0;
    for seed in first..first + count {
        let mut random = Random(seed.wrapping_mul(0x51_7cc1_b727_220a));
        let chosen = if seed % 4 == 0 { random.below(programs.len()) } else { random.below(2) };
        let program = mutate(&programs[chosen], &pool, &mut random);
        match fault(&program) {
            Ok(has_trees) => compiled += u64::from(has_trees),
            Err(fault) => {
                let text: String = program.iter().map(|(name, text)| format!("---- {name}\n{text}")).collect();
                faults.push(format!("{seed}: {fault}\n{text}"));
            }
        }
        if faults.len() == 5 {
            break;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // Else hardly anything but the parser would be tried.
    assert!(compiled * 8 > count, "only {compiled} of {count} programs came as far as to a tree");
}
