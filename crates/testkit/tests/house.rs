//! The rules of the house that the compiler does not know: which crate may know which, under which licences our
//! dependencies stand, and what the files of the project must not hold.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

/// Our crates, lowest first: each may know only those before it.
const HOUSE: [&str; 13] = [
    "pikoci-lang",
    "pikoci-plan",
    "pikoci-engine",
    "pikoci-protocol",
    "pikoci-store",
    "pikoci-bus",
    "pikoci-source",
    "pikoci-mask",
    "pikoci-builtin",
    "pikoci-executor",
    "pikoci-worker",
    "pikoci-server",
    "pikoci",
];

/// What only tests and measurements use: no crate of the house has them but as a dev-dependency.
const TOOLS: [&str; 2] = ["pikoci-testkit", "pikoci-bench"];

/// The licences that a dependency may stand under. All let an Apache-2.0 binary be given away.
const LICENCES: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The most lines of code in a Rust file: those that are neither empty nor a comment.
const LINES: usize = 500;

#[test]
fn lower_crates_do_not_know_higher_ones() {
    let mut breaches = Vec::new();
    for package in ours() {
        let Some(rank) = HOUSE.iter().position(|name| *name == package.name.as_str()) else {
            assert!(
                TOOLS.contains(&package.name.as_str()),
                "{} is neither in HOUSE nor in TOOLS",
                package.name
            );
            continue;
        };
        for dependency in &package.dependencies {
            let allowed = match dependency.kind {
                DependencyKind::Development => true,
                _ if TOOLS.contains(&dependency.name.as_str()) => false,
                _ => HOUSE.iter().position(|name| *name == dependency.name).is_none_or(|below| below < rank),
            };
            if !allowed {
                breaches.push(format!("{} must not know {}", package.name, dependency.name));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn every_crate_of_the_house_is_there_and_inherits_its_lints() {
    let names: HashSet<_> = ours().into_iter().map(|package| package.name.to_string()).collect();
    for name in HOUSE {
        assert!(names.contains(name), "{name} stands in HOUSE, but is no crate of the workspace");
    }
    for package in ours() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} goes without the lints", package.name);
    }
}

#[test]
fn dependencies_stand_under_licences_that_we_may_give_on() {
    let mut refused = BTreeSet::new();
    for package in &metadata().packages {
        if let Err(reason) = licence(package) {
            refused.insert(format!("{} {}: {reason}", package.name, package.version));
        }
    }
    assert!(refused.is_empty(), "{}", Vec::from_iter(refused).join("\n"));
}

/// Whether an expression such as `MIT OR (Apache-2.0 AND Zlib)` can be met by [`LICENCES`] alone.
fn licence(package: &Package) -> Result<(), String> {
    let text = package.license.as_deref().ok_or("says no licence")?;
    let expression = spdx::Expression::parse_mode(text, spdx::ParseMode::LAX)
        .map_err(|error| format!("`{text}`: {error}"))?;
    let met = expression.evaluate(|wanted| wanted.license.id().is_some_and(|id| LICENCES.contains(&id.name)));
    met.then_some(()).ok_or_else(|| format!("`{text}` is not in the list"))
}

#[test]
fn what_is_delivered_needs_no_tool() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().unwrap();
    let names: HashMap<_, _> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let edges: HashMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, &node.deps)).collect();
    let mut reached = HashSet::new();
    let mut open: Vec<_> = names.iter().filter(|(_, name)| **name == "pikoci").map(|(id, _)| *id).collect();
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            let delivered = |kind: &cargo_metadata::DepKindInfo| kind.kind != DependencyKind::Development;
            open.extend(
                edges[id].iter().filter(|edge| edge.dep_kinds.iter().any(delivered)).map(|edge| &edge.pkg),
            );
        }
    }
    let tools: Vec<_> = reached.iter().map(|id| names[id]).filter(|name| TOOLS.contains(name)).collect();
    assert!(tools.is_empty(), "the binary holds {tools:?}");
}

#[test]
fn nothing_is_left_for_later_in_a_comment() {
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let found =
        files().filter(|(_, text)| marks.iter().any(|mark| text.contains(mark))).map(|(name, _)| name);
    let found: Vec<_> = found.collect();
    assert!(found.is_empty(), "what is open belongs into an issue, not into {found:?}");
}

#[test]
fn a_file_has_one_job_and_so_is_not_long() {
    let long = |text: &str| {
        let code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
        text.lines().filter(code).count() > LINES
    };
    let found: Vec<_> =
        files().filter(|(name, text)| name.ends_with(".rs") && long(text)).map(|(name, _)| name).collect();
    assert!(found.is_empty(), "over {LINES} lines of code; does each still have one job? {found:?}");
}

fn metadata() -> Metadata {
    // What is delivered is for Linux: a dependency that only other systems have is none of ours.
    let options = ["--locked", "--filter-platform", "x86_64-unknown-linux-gnu"];
    MetadataCommand::new().current_dir(root()).other_options(options.map(str::to_owned)).exec().unwrap()
}

fn ours() -> Vec<Package> {
    let metadata = metadata();
    metadata.packages.iter().filter(|package| package.source.is_none()).cloned().collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The files that git knows, with their text, but for those that are not ours to write.
fn files() -> impl Iterator<Item = (String, String)> {
    let list = pikoci_testkit::repository::git(root())
        .args(["-c", "safe.directory=*", "ls-files"])
        .output()
        .unwrap();
    assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
    let names = String::from_utf8(list.stdout).unwrap();
    let names: Vec<_> = names.lines().map(str::to_owned).collect();
    let ours = |name: &String| name != "Cargo.lock" && name != "LICENSE";
    names.into_iter().filter(ours).filter_map(|name| {
        let text = std::fs::read_to_string(root().join(&name)).ok()?;
        Some((name, text))
    })
}
