//! The course: its programs run and print what the chapters say, its pictures are theirs, its links lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Chapters, and the program of each.
const CHAPTERS: [(&str, &str); 16] = [
    ("01-a-number-that-remembers", "01_number"),
    ("02-believe-nothing", "02_believe"),
    ("03-arrays", "03_arrays"),
    ("04-learning", "04_learning"),
    ("05-classes", "05_classes"),
    ("06-the-loop", "06_loop"),
    ("07-depth", "07_depth"),
    ("08-patterns", "08_patterns"),
    ("09-not-fooling-yourself", "09_yourself"),
    ("10-not-fooling-others", "10_others"),
    ("11-the-genre-cnn", "11_genre_cnn"),
    ("12-normalisation-and-shortcuts", "12_normalisation"),
    ("13-memory-and-attention", "13_memory"),
    ("14-pictures-of-sound", "14_pictures"),
    ("15-making-it-fast", "15_fast"),
    ("16-a-song", "16_song"),
];

const HEADINGS: [&str; 7] = [
    "## The idea",
    "## The derivation",
    "## The code",
    "## What goes wrong",
    "## Exercises",
    "## Where it is in the source",
    "## Further reading",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A chapter, where it is written.
fn chapter(name: &str) -> Option<String> {
    let path = root().join(format!("course/src/{name}.md"));
    path.exists().then(|| text(&path))
}

/// What a program prints, and the pictures that it writes. Beside the tests there is the binary, which `cargo test` builds.
fn run(program: &str) -> (String, Vec<(String, String)>) {
    let tests = std::env::current_exe().unwrap();
    let binary = tests.parent().unwrap().parent().unwrap().join("examples").join(program);
    assert!(binary.exists(), "no {}: run `cargo test` as a whole, or `cargo build --examples` first", binary.display());
    let folder = tempfile::tempdir().unwrap();
    let out = Command::new(binary).current_dir(root()).arg(folder.path()).output().unwrap();
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let pictures = files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), text(&path)));
    (String::from_utf8(out.stdout).unwrap(), pictures.collect())
}

/// The blocks of a chapter that follow `<!-- kind: name -->`.
fn marked(chapter: &str, kind: &str) -> Vec<(String, String)> {
    let marker = format!("<!-- {kind}: ");
    let block = |part: &str| {
        let (name, rest) = part.split_once(" -->\n").expect("a marker ends with its line");
        let rest = rest.trim_start().strip_prefix("```").unwrap_or_else(|| panic!("no block follows {marker}{name}"));
        let (_, rest) = rest.split_once('\n').expect("a block has lines");
        (name.to_owned(), rest.split("\n```").next().unwrap().to_owned())
    };
    chapter.split(&marker).skip(1).map(block).collect()
}

/// Whether whole lines of `output` are those of `shown`, in order and without a gap but at `...`.
fn shows(output: &str, shown: &str) -> bool {
    let mut rest = format!("\n{output}\n");
    shown
        .split("...\n")
        .map(|part| part.trim_end_matches("...").trim_matches('\n'))
        .filter(|part| !part.is_empty())
        .all(|part| {
            let Some(at) = rest.find(&format!("\n{part}\n")) else { return false };
            rest = rest[at + part.len() + 1..].to_owned();
            true
        })
}

#[test]
fn an_output_is_compared_line_by_line() {
    let output = "step 1\nstep 2\nstep 3\n";
    assert!(shows(output, "step 1\nstep 2") && shows(output, "step 1\n...\nstep 3") && shows(output, "...\nstep 3"));
    assert!(!shows(output, "step") && !shows(output, "step 1\nstep 3") && !shows(output, "step 3\n...\nstep 1"));
}

/// The words of a chapter's prose: without blocks and tables.
fn words(chapter: &str) -> usize {
    let mut code = false;
    let prose = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !(code || fence || line.starts_with('|') || line.starts_with("<!--"))
    };
    chapter.lines().filter(prose).map(|line| line.split_whitespace().count()).sum()
}

/// Where a text links to, without those to the web and to places within the page.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.starts_with("http") && !target.starts_with('#') && !target.contains(' ')).collect()
}

fn read_through(number: usize) {
    let (name, program) = CHAPTERS[number - 1];
    let chapter = chapter(name).unwrap_or_else(|| panic!("course/src/{name}.md is missing"));
    let mut at = chapter.find("**You will be able to**").expect("**You will be able to**");
    assert!(chapter.starts_with(&format!("# {number}. ")), "{name} begins with its number and title");
    for heading in HEADINGS {
        let heading = format!("\n{heading}\n");
        at += chapter[at..].find(&heading).unwrap_or_else(|| panic!("{name}: no{heading}where it belongs"));
    }
    let words = words(&chapter);
    assert!((1000..=2000).contains(&words), "{name}: found {words} words, wanted 1000 to 2000");
    let included = format!("include_str!(\"../course/src/{name}.md\")");
    assert!(
        text(&root().join("src/lib.rs")).contains(&included),
        "the programs of {name} are not among lib.rs's tests"
    );

    let source = text(&root().join(format!("examples/{program}.rs")));
    assert!(source.starts_with(&format!("//! Chapter {number}: ")), "{program} says which chapter it belongs to");
    assert!(source.lines().count() < 60, "{program}: found {} lines, wanted less than 60", source.lines().count());
    let listings = marked(&chapter, "program");
    assert!(!listings.is_empty(), "{name} shows its program");
    for (program, listing) in listings {
        let source = text(&root().join(format!("examples/{program}.rs")));
        assert!(source.contains(&listing), "{name}: the listing is not what examples/{program}.rs has");
    }

    let (output, pictures) = run(program);
    for (from, shown) in marked(&chapter, "output") {
        let output = if from == program { output.clone() } else { run(&from).0 };
        assert!(
            from == "15_fast" || shows(&output, &shown),
            "{name}: {from} prints\n{output}\nand the chapter says\n{shown}"
        );
    }
    for (file, svg) in &pictures {
        let committed = text(&root().join("course/src/pictures").join(file));
        assert!(*svg == committed, "course/src/pictures/{file} is not what {program} draws: run it with that folder");
        assert!(chapter.contains(&format!("](pictures/{file})")), "{name} does not show {file}");
    }
    for shown in links(&chapter).iter().filter_map(|link| link.strip_prefix("pictures/")) {
        assert!(pictures.iter().any(|(file, _)| file == shown), "{name} shows {shown}, which {program} does not draw");
    }

    let named: Vec<&str> = chapter.split("exercise_").skip(1).filter_map(|rest| rest.get(..2)).collect();
    assert!(!named.is_empty(), "{name} names its exercises");
    for number in named {
        for folder in ["src", "solutions"] {
            let file = root().join(format!("course/exercises/{folder}/exercise_{number}.rs"));
            assert!(file.exists(), "{name} names {}, which is not there", file.display());
        }
    }
}

macro_rules! chapters {
    ($($test:ident: $number:literal;)*) => {
        $(#[test] fn $test() { read_through($number); })*
    };
}

chapters! {
    chapter_01: 1; chapter_02: 2; chapter_03: 3; chapter_04: 4; chapter_05: 5; chapter_06: 6; chapter_07: 7; chapter_08: 8;
    chapter_09: 9; chapter_10: 10; chapter_11: 11; chapter_12: 12; chapter_13: 13; chapter_14: 14; chapter_15: 15; chapter_16: 16;
}

#[test]
fn links_lead_somewhere() {
    let folder = root().join("course/src");
    let summary = text(&folder.join("SUMMARY.md"));
    CHAPTERS
        .iter()
        .for_each(|(name, _)| assert!(summary.contains(&format!("]({name}.md)")), "{name} is in the summary"));
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "md") {
            continue;
        }
        for link in links(&text(&path)) {
            // A line's number moves; a heading is checked by eye.
            assert!(!link.contains("#L"), "{}: {link} names a line", path.display());
            let file = link.split('#').next().unwrap();
            assert!(folder.join(file).exists(), "{}: {link} leads nowhere", path.display());
        }
    }
}

#[test]
fn every_exercise_has_a_task_a_solution_a_test_and_a_chapter() {
    let crate_ = root().join("course/exercises");
    let list = text(&crate_.join("src/lib.rs"));
    let tests: String =
        fs::read_dir(crate_.join("tests/exercises")).unwrap().map(|entry| text(&entry.unwrap().path())).collect();
    let chapters: String = CHAPTERS.iter().filter_map(|(name, _)| chapter(name)).collect();
    for entry in fs::read_dir(crate_.join("solutions")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.trim_end_matches(".rs");
        assert!(crate_.join("src").join(&file).exists(), "{name} has a task");
        let selected = format!("#[cfg_attr(feature = \"solutions\", path = \"../solutions/{file}\")]\npub mod {name};");
        assert!(list.contains(&selected), "course/exercises/src/lib.rs does not list {name}");
        assert!(tests.contains(&format!("fn {name}_")), "{name} has no test");
        assert!(chapters.contains(&format!("course/exercises/src/{file}")), "no chapter names {file}");
    }
}
