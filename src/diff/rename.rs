//! Matches removed objects with added ones that have another name or place.

use super::fields::{self, Field};
use crate::objects::Object;
use crate::replace;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Placeholders for the object's name and its namespace, in characters that no manifest contains.
const NAME: &str = "\u{e000}";
const NAMESPACE: &str = "\u{e001}";

/// Replacements for these characters if a manifest does contain them: a text could pose as a name otherwise.
const SIGNS: [(&str, &str); 3] = [(NAME, "\u{e003}0"), (NAMESPACE, "\u{e003}1"), ("\u{e003}", "\u{e003}2")];

/// The percentage of leaves that two objects must have in common to be the same one with changes.
const ALIKE: usize = 75;

/// Of more pairs than that, only those at one place or with one name are compared.
const PAIRS: usize = 2_500;

/// An object without what names it.
pub struct Nameless<'a> {
    object: &'a Object,
    value: Value,
}

impl<'a> Nameless<'a> {
    /// The object without its name, wherever that occurs in it.
    #[must_use]
    pub fn new(object: &'a Object) -> Self {
        let mut shape = Self { object, value: Value::Null };
        let pairs: Vec<_> = shape.names().into_iter().chain(SIGNS).collect();
        let mut value = replaced(&object.value, &|text| replace::at_once(text, &pairs));
        // A name that is too short occurs in other words as well, but here it is one.
        if let Some(Value::String(name)) = value.pointer_mut("/metadata/name") {
            NAME.clone_into(name);
        }
        shape.value = value;
        shape
    }

    /// The names and their placeholders. Names of one or two letters occur in other words as well.
    fn names(&self) -> Vec<(&'a str, &'static str)> {
        let mut all = vec![(self.object.id.name.as_str(), NAME), (self.object.id.namespace.as_str(), NAMESPACE)];
        // Where both are the same, it is the name.
        all.dedup_by_key(|(name, _)| *name);
        all.retain(|(name, _)| name.len() > 2);
        all
    }

    /// A text with the names in their places again.
    fn restored(&self, text: &str) -> String {
        let names = [(NAME, self.object.id.name.as_str()), (NAMESPACE, self.object.id.namespace.as_str())];
        let signs = SIGNS.iter().map(|(sign, written)| (*written, *sign));
        replace::at_once(text, &names.into_iter().chain(signs).collect::<Vec<_>>())
    }

    /// The fields in which the two differ beside their names.
    #[must_use]
    pub fn compare(&self, new: &Self) -> Vec<Field> {
        let found = fields::compare(&self.value, &new.value);
        let restore = |field: Field| Field {
            path: new.restored(&field.path),
            old: field.old.map(|value| replaced(&value, &|text| self.restored(text))),
            new: field.new.map(|value| replaced(&value, &|text| new.restored(text))),
        };
        found.into_iter().map(restore).collect()
    }

    /// Its leaves, each with its path, sorted; a text of several lines is as many.
    fn leaves(&self) -> Vec<String> {
        fn collect(path: &str, value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    fields.iter().for_each(|(key, value)| collect(&format!("{path}.{key}"), value, found));
                }
                Value::Array(items) => items.iter().for_each(|item| collect(path, item, found)),
                Value::String(text) => found.extend(text.lines().map(|line| format!("{path}={line}"))),
                other => found.push(format!("{path}={other}")),
            }
        }
        let mut found = Vec::new();
        collect("", &self.value, &mut found);
        found.sort_unstable();
        found
    }
}

/// A value with other texts, keys too.
fn replaced(value: &Value, text: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(old) => Value::String(text(old)),
        Value::Array(items) => items.iter().map(|item| replaced(item, text)).collect(),
        Value::Object(entries) => entries.iter().map(|(key, value)| (text(key), replaced(value, text))).collect(),
        other => other.clone(),
    }
}

/// Indices of removed objects, and of added ones.
type Sides = (Vec<usize>, Vec<usize>);

/// The pairs of a removed object and the added one that it has become, by index. First those that are identical except
/// for its name, then those that are nearly so.
#[must_use]
pub fn pairs(gone: &[Nameless<'_>], added: &[Nameless<'_>]) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    // Numbers by kind and shape.
    let mut shapes: BTreeMap<(&str, String), Sides> = BTreeMap::new();
    let shape = |of: &Nameless<'_>| of.value.to_string();
    for (at, old) in gone.iter().enumerate() {
        shapes.entry((&old.object.id.kind, shape(old))).or_default().0.push(at);
    }
    for (at, new) in added.iter().enumerate() {
        shapes.entry((&new.object.id.kind, shape(new))).or_default().1.push(at);
    }
    for (olds, news) in shapes.into_values() {
        let sole = olds.len() == 1 && news.len() == 1;
        let score = |old: usize, new: usize| {
            let near = nearness(gone[old].object, added[new].object);
            (sole || near > 0).then_some((0, near))
        };
        choose(&olds, &news, score, &mut found);
    }
    let taken: BTreeSet<_> = found.values().copied().collect();
    let mut kinds: BTreeMap<&str, Sides> = BTreeMap::new();
    for (at, old) in gone.iter().enumerate().filter(|(at, _)| !found.contains_key(at)) {
        kinds.entry(&old.object.id.kind).or_default().0.push(at);
    }
    for (at, new) in added.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        kinds.entry(&new.object.id.kind).or_default().1.push(at);
    }
    for (olds, news) in kinds.into_values().filter(|(olds, news)| !olds.is_empty() && !news.is_empty()) {
        let old_leaves: BTreeMap<_, _> = olds.iter().map(|at| (*at, gone[*at].leaves())).collect();
        let new_leaves: BTreeMap<_, _> = news.iter().map(|at| (*at, added[*at].leaves())).collect();
        let many = olds.len() * news.len() > PAIRS;
        let score = |old: usize, new: usize| {
            let near = nearness(gone[old].object, added[new].object);
            if many && near == 0 {
                return None;
            }
            let (before, after) = (&old_leaves[&old], &new_leaves[&new]);
            let all = before.len() + after.len();
            // The percentage cannot be greater than that of the shorter one.
            let possible = 200 * before.len().min(after.len()) / all.max(1);
            let alike = if possible < ALIKE { 0 } else { 200 * shared(before, after) / all.max(1) };
            (alike >= ALIKE).then_some((alike, near))
        };
        choose(&olds, &news, score, &mut found);
    }
    found
}

/// Takes the best pair, then the best of the rest, and so on.
fn choose(
    olds: &[usize],
    news: &[usize],
    score: impl Fn(usize, usize) -> Option<(usize, usize)>,
    found: &mut BTreeMap<usize, usize>,
) {
    let mut all: Vec<_> = olds
        .iter()
        .flat_map(|old| news.iter().map(move |new| (*old, *new)))
        .filter_map(|(old, new)| Some((std::cmp::Reverse(score(old, new)?), old, new)))
        .collect();
    all.sort_unstable();
    let mut taken = BTreeSet::new();
    for (_, old, new) in all {
        if !found.contains_key(&old) && taken.insert(new) {
            found.insert(old, new);
        }
    }
}

/// How much of its name and place an object has kept.
fn nearness(old: &Object, new: &Object) -> usize {
    let same = |same: bool, worth| if same { worth } else { 0 };
    same(old.id.name == new.id.name && !old.id.name.is_empty(), 2)
        + same(old.file == new.file, 2)
        + same(old.id.folder == new.id.folder, 1)
}

/// The number of items that two sorted lists have in common.
fn shared(one: &[String], other: &[String]) -> usize {
    let (mut at, mut there, mut count) = (0, 0, 0);
    while let (Some(left), Some(right)) = (one.get(at), other.get(there)) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => there += 1,
            std::cmp::Ordering::Equal => {
                (at, there, count) = (at + 1, there + 1, count + 1);
            }
        }
    }
    count
}
