//! The order of the rooms is the order of `lib.rs`: no file imports from a floor above its own, and no two files import each
//! other, however far around.
//!
//! An import counts to the file that *defines* the name, through any number of re-exports.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// The floors from the ground up. What stands on one floor may import from each other as long as that makes no circle.
const FLOORS: [&[&str]; 12] = [
    &["error", "names", "files", "clock", "isa", "product", "buffer", "scalar", "tensor", "random"],
    &["autograd"],
    &["ops"],
    &["nn"],
    &["optim"],
    &["data", "metrics"],
    &["store"],
    &["train"],
    &["linalg"],
    &["neighbours", "balance", "classical"],
    &["audio", "pictures"],
    &["fma"],
];

/// The source files by module path: `["autograd", "tape"]`, and `["autograd"]` for `autograd/mod.rs`.
struct Source {
    files: BTreeMap<Vec<String>, String>,
    /// Where re-exported names come from, by module and name.
    exports: HashMap<(Vec<String>, String), Vec<String>>,
}

fn read(folder: &Path, module: &[String], files: &mut BTreeMap<Vec<String>, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if stem == "law" {
            // The laws of the operations are tests.
        } else if path.is_dir() {
            read(&path, &[module, &[stem]].concat(), files);
        } else if path.extension().is_some_and(|e| e == "rs") && stem != "lib" {
            let module = if stem == "mod" { module.to_vec() } else { [module, &[stem]].concat() };
            files.insert(module, code(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The code of a file, without its comments and its tests.
fn code(text: &str) -> String {
    let tests = ["\n#[cfg(test)]\nmod tests", "\n#[cfg(test)]\nmod laws"];
    let end = tests.iter().filter_map(|tests| text.find(tests)).min().unwrap_or(text.len());
    let lines = text[..end].lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The paths of a use tree: `a::{b, c as d}` are `a::b` and `a::c`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let (mut depth, mut item, mut all) = (0, String::new(), Vec::new());
    for c in rest[..rest.rfind('}').unwrap_or(rest.len())].chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match c {
            ',' if depth == 0 => all.push(std::mem::take(&mut item)),
            c => item.push(c),
        }
    }
    all.push(item);
    let named = all.iter().filter(|item| !item.trim().is_empty()).flat_map(|item| expand(item));
    named.map(|item| format!("{prefix}{item}").replace("::self", "")).collect()
}

/// The use trees of a file, each with whether it is a re-export.
fn uses(code: &str) -> Vec<(bool, String)> {
    let statement = |(at, _): (usize, &str)| {
        let line = code[..at].rsplit('\n').next().unwrap_or_default();
        let starts = line.trim().is_empty() || line.trim().starts_with("pub");
        let end = code[at..].find(';')?;
        starts.then(|| (line.contains("pub"), code[at + 4..at + end].split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    code.match_indices("use ").filter_map(statement).collect()
}

impl Source {
    fn read() -> Source {
        let mut files = BTreeMap::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut files);
        let mut source = Source { files, exports: HashMap::new() };
        let mut exports = HashMap::new();
        for (module, code) in &source.files {
            for (_, tree) in uses(code).iter().filter(|(public, _)| *public) {
                for path in expand(tree) {
                    if let Some(path) = source.absolute(module, &path) {
                        let name = path.last().cloned().unwrap_or_default();
                        exports.insert((module.clone(), name), path);
                    }
                }
            }
            // The list of operations exports what it names.
            for line in code.lines().filter_map(|line| line.trim().split_once(" => \"")) {
                let Some((file, names)) = line.0.split_once(": ") else { continue };
                for name in names.split(", ") {
                    let path = [&module[..], &[file.into(), name.into()]].concat();
                    exports.insert((module.clone(), name.into()), path);
                }
            }
        }
        let root = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
        for path in uses(&code(&root)).iter().filter(|(public, _)| *public).flat_map(|(_, tree)| expand(tree)) {
            let path: Vec<String> = path.split("::").map(str::to_owned).collect();
            exports.insert((Vec::new(), path[path.len() - 1].clone()), path);
        }
        source.exports = exports;
        source
    }

    /// A path from the crate's root, where it leads into the crate.
    fn absolute(&self, module: &[String], path: &str) -> Option<Vec<String>> {
        let parts: Vec<String> = path.split("::").map(|part| part.trim().to_owned()).collect();
        match parts[0].as_str() {
            "crate" | "$crate" => Some(parts[1..].to_vec()),
            "self" => Some([module, &parts[1..]].concat()),
            "super" => {
                let ups = parts.iter().take_while(|part| *part == "super").count();
                Some([&module[..module.len().checked_sub(ups)?], &parts[ups..]].concat())
            }
            first => {
                let child = [module, &[first.to_owned()]].concat();
                self.files.contains_key(&child).then(|| [module, &parts[..]].concat())
            }
        }
    }

    /// The file that defines what a path names.
    fn defines(&self, path: &[String]) -> Option<Vec<String>> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let module =
                (0..=path.len()).rev().map(|n| &path[..n]).find(|p| p.is_empty() || self.files.contains_key(*p))?;
            let Some(name) = path.get(module.len()) else { return Some(module.to_vec()) };
            match self.exports.get(&(module.to_vec(), name.clone())) {
                Some(target) if *target != path => path = [&target[..], &path[module.len() + 1..]].concat(),
                _ => return (!module.is_empty()).then(|| module.to_vec()),
            }
        }
        None
    }

    /// Which files each file imports from.
    fn imports(&self) -> BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> {
        let of = |(module, code): (&'_ Vec<String>, &'_ String)| {
            let named = uses(code).into_iter().filter(|(public, _)| !public).flat_map(|(_, tree)| expand(&tree));
            let inline = code.split("crate::").skip(1).map(|rest| {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
                format!("crate::{}", rest[..end].trim_end_matches(':'))
            });
            let inline = inline.filter(|path| path != "crate::");
            // A child's name before a path needs no import.
            let children =
                self.files.keys().filter(|file| file.split_last().is_some_and(|(_, parent)| parent == module));
            let called = |child: &&Vec<String>| {
                let path = format!("{}::", child[child.len() - 1]);
                let body = code.lines().filter(|line| !line.contains("use ")).collect::<Vec<_>>().join("\n");
                body.match_indices(&path)
                    .any(|(at, _)| !body[..at].ends_with(|c: char| c.is_alphanumeric() || ":_".contains(c)))
            };
            let called = children.filter(called).map(|child| format!("self::{}", child[child.len() - 1]));
            let paths: Vec<String> = named.chain(inline).chain(called).collect();
            let files = paths.iter().filter_map(|path| self.defines(&self.absolute(module, path)?));
            files.filter(|file| file != module).collect::<BTreeSet<_>>()
        };
        self.files.iter().map(|file| (file.0, of(file))).collect()
    }
}

fn floor(module: &[String]) -> usize {
    let room = module.first().map_or("", String::as_str);
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("src/{room} stands on no floor"))
}

#[test]
fn no_import_goes_upwards() {
    let source = Source::read();
    let imports = source.imports();
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 300, "imports are found at all");
    let path = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (dense, tape) = (path("nn/dense"), path("autograd/tape"));
    assert!(imports[&dense].contains(&tape), "`use crate::autograd::Var` is an import from the file that defines it");
    let (search, product) = (path("neighbours/search"), path("linalg/integer"));
    assert!(imports[&search].contains(&product) && imports[&path("ops/relu")].contains(&path("autograd/op")));
    let upward: Vec<String> = imports
        .iter()
        .flat_map(|(from, all)| all.iter().map(move |to| (*from, to)))
        .filter(|(from, to)| floor(to) > floor(from))
        .map(|(from, to)| format!("{} imports from {}", from.join("/"), to.join("/")))
        .collect();
    assert!(upward.is_empty(), "imports that go upwards:\n{}", upward.join("\n"));
}

#[test]
fn no_imports_make_a_circle() {
    let source = Source::read();
    let mut left = source.imports();
    // What imports nothing that is left cannot be in a circle.
    loop {
        let done: Vec<Vec<String>> = left
            .iter()
            .filter(|(_, all)| all.iter().all(|to| !left.contains_key(to)))
            .map(|(m, _)| (*m).clone())
            .collect();
        if done.is_empty() {
            break;
        }
        left.retain(|module, _| !done.contains(module));
    }
    let of = |(from, all): (&&Vec<String>, &BTreeSet<Vec<String>>)| {
        let to: Vec<_> = all.iter().filter(|to| left.contains_key(to)).map(|to| to.join("/")).collect();
        format!("{} imports from {}", from.join("/"), to.join(", "))
    };
    let circles: Vec<String> = left.iter().map(of).collect();
    assert!(circles.is_empty(), "files in circles, or that import from some:\n{}", circles.join("\n"));
}

#[test]
fn the_order_of_the_floors_is_that_of_the_documentation() {
    let root = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let rows: Vec<&str> = root.lines().filter_map(|line| line.strip_prefix("//! | ")?.split(" | ").next()).collect();
    let named = |room: &str| {
        let links = [format!("[`{room}`]"), format!("[`mod@{room}`]")];
        rows.iter().position(|row| links.iter().any(|link| row.contains(link)))
    };
    let rooms: Vec<&str> = FLOORS.iter().skip(1).flat_map(|rooms| rooms.iter().copied()).collect();
    for (below, above) in rooms.iter().zip(&rooms[1..]) {
        let (low, high) = (named(below).expect(below), named(above).expect(above));
        let same_floor = floor(&[below.to_string()]) == floor(&[above.to_string()]);
        assert!(low <= high || same_floor, "lib.rs has {above} before {below}");
    }
}
