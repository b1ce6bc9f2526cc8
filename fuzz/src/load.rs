//! The text of a pipeline, whatever it is: loading ends, and says why there is no pipeline, if there is none.

use pikoci_lang::{LoadInput, NoFiles, SourceFile, load, render_all};

/// Loads it.
pub(crate) fn run(input: &[u8]) {
    let input = LoadInput {
        name: "fuzz".to_owned(),
        files: vec![SourceFile::new("pipeline.hcl", input)],
        ..LoadInput::default()
    };
    let loaded = load(&input, &NoFiles);
    assert_eq!(loaded.pipeline.is_none(), loaded.errors().next().is_some());
    // Each place must be one within its file.
    let text = render_all(&loaded.diagnostics, false);
    assert_eq!(text.is_empty(), loaded.diagnostics.is_empty());
}
