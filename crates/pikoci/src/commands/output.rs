//! `--output`, the same in every command that has something to show.

/// For whom the output is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Text and tables for people
    #[default]
    Plain,
    /// JSON for machines
    Json,
}

/// The flag.
#[derive(Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// For people, or for machines
    #[arg(help_heading = None, long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: Format,
}
