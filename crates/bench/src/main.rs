//! `pikoci-bench --pikoci BINARY`: prints one table, and writes it as JSON.

use anyhow::{Context, Result};
use clap::Parser;
use pikoci_bench::bed::{Bed, System};
use pikoci_bench::figure::{Figure, table};
use pikoci_bench::machine::Machine;
use pikoci_bench::measure::{
    builds, check, dispatch, history, idle, live, load, log, mask, pending, resources, run, service, streams,
};
use std::fs;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Parser)]
#[command(about = "Measures the real binary, beside what the machine itself can do")]
struct Arguments {
    /// The binary, of a release build
    #[arg(long, value_name = "FILE")]
    pikoci: PathBuf,
    /// Where the table goes as JSON
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A hundredth of the old and waiting builds and of the resources: to see that the measurements themselves work
    #[arg(long)]
    quick: bool,
    /// Only these, by name; all of them if none is given
    #[arg(value_name = "MEASUREMENT")]
    only: Vec<String>,
}

impl Arguments {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

type Measure = fn(&Bed, &Machine, System) -> Result<Vec<Figure>>;

/// All measurements that are made of a server, by name.
const OF_SERVERS: [(&str, Measure); 6] = [
    ("idle", idle::measure),
    ("dispatch", dispatch::measure),
    ("check", |bed, _, system| check::measure(bed, system)),
    ("builds", builds::measure),
    ("log", log::measure),
    ("live", |bed, _, system| live::measure(bed, system)),
];

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let bed = Bed::new(&arguments.pikoci)?;
    say("measuring the machine itself");
    let machine = Machine::measure(&bed)?;
    let mut figures = of_machine(&machine);
    let wanted = |name: &str| arguments.wants(name);
    if wanted("run") {
        say("measuring run");
        figures.extend(run::measure(&bed)?);
    }
    if wanted("load") {
        say("measuring load");
        figures.extend(load::measure()?);
    }
    if wanted("service") {
        say("measuring service");
        match service::measure(&bed)? {
            Ok(measured) => figures.extend(measured),
            Err(why) => say(&format!("service is left out: {why}")),
        }
    }
    if wanted("mask") {
        say("measuring mask");
        figures.extend(mask::measure()?);
    }
    for (name, measure) in OF_SERVERS.into_iter().filter(|(name, _)| wanted(name)) {
        for system in System::ALL {
            say(&format!("measuring {name}, {}", system.name()));
            figures.extend(
                measure(&bed, &machine, system).with_context(|| format!("{name}, {}", system.name()))?,
            );
        }
    }
    figures.extend(of_much(&arguments, &bed, &machine)?);
    writeln!(std::io::stdout(), "{}", table(&figures))?;
    if let Some(path) = arguments.output {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, serde_json::to_string_pretty(&serde_json::json!({ "figures": figures }))?)?;
        writeln!(std::io::stdout(), "as JSON: {}", path.display())?;
    }
    Ok(())
}

/// What is measured of servers that have much to keep or to look at.
fn of_much(arguments: &Arguments, bed: &Bed, machine: &Machine) -> Result<Vec<Figure>> {
    let part: usize = if arguments.quick { 100 } else { 1 };
    let mut figures = Vec::new();
    if arguments.wants("history") {
        say("measuring history");
        figures.extend(history::measure(bed, &history::SIZES.map(|size| (size / part as i64).max(100)))?);
    }
    if arguments.wants("pending") {
        say("measuring pending");
        figures.extend(pending::measure(bed, pending::MANY / part as i64)?);
    }
    if arguments.wants("resources") {
        say("measuring resources");
        figures.extend(resources::measure(bed, machine, resources::MANY / part)?);
    }
    if arguments.wants("streams") {
        for system in System::ALL {
            say(&format!("measuring streams, {}", system.name()));
            figures.extend(streams::measure(bed, system, streams::MANY)?);
        }
    }
    Ok(figures)
}

fn of_machine(machine: &Machine) -> Vec<Figure> {
    let limits =
        [&machine.spawns, &machine.shells, &machine.commits, &machine.write, &machine.pipe, &machine.start];
    limits.map(|limit| Figure::new(format!("machine: {}", limit.name), limit.value, limit.unit)).into()
}

/// Progress, on standard error. A reader that left does not stop a measurement.
fn say(what: &str) {
    drop(writeln!(std::io::stderr(), "{what}"));
}
