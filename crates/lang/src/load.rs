//! From files to a pipeline.

use crate::diagnostic::{Diagnostic, Report, Sink};
use crate::eval::budget::Budget;
use crate::files::{Files, SourceFile};
use crate::pipeline::Pipeline;
use crate::schema::{self, Context, Parsed};
use crate::span::SourceMap;
use crate::syntax::Lines;
use crate::{commands, references, script, step_names, syntax, warn};
use hcl_edit::structure::Block;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The parser descends into itself, up to a limit that needs this much stack.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// What a pipeline is read from.
#[derive(Debug, Clone, Default)]
pub struct LoadInput {
    /// The pipeline's name.
    pub name: String,
    /// Its files, in the order in which they count as one.
    pub files: Vec<SourceFile>,
    /// Values for its variables.
    pub variables: Variables,
}

/// Values for variables. A flag goes before a file, a later file before an earlier one, any file before the
/// environment, and that before a default. Printing them for a developer shows no values.
#[derive(Clone, Default)]
pub struct Variables {
    /// `--var name=text`.
    pub flags: BTreeMap<String, String>,
    /// The files of `--vars`: JSON or HCL, by the extension of their name, else by their first character.
    pub files: Vec<SourceFile>,
    /// What the environment has as `PIKOCI_VAR_<name>`, by that name.
    pub environment: BTreeMap<String, String>,
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.files.iter().map(|file| &file.name).collect();
        f.debug_struct("Variables")
            .field("flags", &self.flags.keys())
            .field("files", &files)
            .field("environment", &self.environment.keys())
            .finish()
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Loaded {
    /// The pipeline, if there was no error.
    pub pipeline: Option<Pipeline>,
    /// All errors, then all warnings, each in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error())
    }
}

/// Reads a pipeline. All errors are reported together; of syntax errors the first of each file.
///
/// It runs on a thread of its own with a large stack, takes bounded time and memory whatever the files hold, and
/// reads nothing but through `files`.
pub fn load(input: &LoadInput, files: &dyn Files) -> Loaded {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("pikoci-lang".to_owned()).stack_size(STACK_BYTES);
        match thread.spawn_scoped(scope, || read(input, files)) {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => {
                let sink = Sink::default();
                sink.add(Report::error("thread", None, format!("no thread to read the pipeline: {error}")));
                Loaded { pipeline: None, diagnostics: sink.finish(&SourceMap::default()) }
            }
        }
    })
}

fn read(input: &LoadInput, files: &dyn Files) -> Loaded {
    let (sink, sources) = (Sink::default(), SourceMap::default());
    let (budget, templates, resolved) = (Budget::default(), Cell::new(0), RefCell::default());
    let context = Context {
        sink: &sink,
        sources: &sources,
        files,
        budget: &budget,
        now: jiff::Timestamp::now(),
        templates: &templates,
        resolved: &resolved,
    };
    let parse = |file: &SourceFile| syntax::parse(&file.name, &file.bytes, Lines::Shown, &sources, &sink);
    let parsed: Vec<_> = input.files.iter().filter_map(parse).collect();
    let whole = parsed.len() == input.files.len();
    let pipeline = schema::read(&input.name, &parsed, &input.variables, &context);
    // What a broken file would have declared is not missing.
    if whole {
        references::check(&pipeline, &labels(&parsed, "resource"), &labels(&parsed, "job"), &sink);
        step_names::check(&pipeline, &sink);
        commands::check(&pipeline, &sink);
        script::check(&pipeline, &sink);
    }
    if whole && !sink.has_errors() {
        warn::check(&pipeline, &context);
    }
    let good = whole && !sink.has_errors();
    Loaded { pipeline: good.then_some(pipeline), diagnostics: sink.finish(&sources) }
}

/// The labels of all blocks of that name, as `type.name`, also of those that could not be read.
fn labels(parsed: &Parsed, ident: &str) -> BTreeSet<String> {
    let blocks = parsed.iter().flat_map(|(_, body)| body.get_blocks(ident));
    let name = |block: &Block| block.labels.iter().map(|label| label.as_str()).collect::<Vec<_>>().join(".");
    blocks.map(name).collect()
}
