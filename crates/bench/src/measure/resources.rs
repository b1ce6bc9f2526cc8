//! What it costs to look at many resources each minute.

use crate::bed::{Bed, Server, System};
use crate::figure::{Figure, Limit};
use crate::machine::Machine;
use anyhow::{Context, Result, bail};
use nix::unistd::{SysconfVar, sysconf};
use rusqlite::{Connection, OpenFlags};
use std::fmt::Write;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// How many resources there are.
pub const MANY: usize = 10_000;

/// How many of them one job gets.
const PER_JOB: usize = 10;

/// For how long the processor's time is measured; a bit more than the interval of a check.
const WINDOW: Duration = Duration::from_secs(66);

/// How long the first round of checks may take.
const LIMIT: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(200);

/// The cheapest command there is, told its resource so that nothing is shared. Its version never changes. The jobs ask for a
/// worker that is not there: only checks run.
const TYPE: &str = r#"
resource_type "same" {
  params = ["n"]
  check "exec" {
    path = "/bin/echo"
    args = ["[{\"ref\": \"1\"}]"]
  }
  pull "exec" { path = "/bin/true" }
}
"#;

/// The share of a core, and the memory, beside those of a server with few resources.
pub fn measure(bed: &Bed, machine: &Machine, many: usize) -> Result<Vec<Figure>> {
    let idle = of(bed, 1)?;
    let all = of(bed, many)?;
    let beside = |value, unit| Limit { name: "with one resource".into(), value, unit };
    let name = |what: &str| format!("{many} resources each minute, {what}");
    Ok(vec![
        Figure::new(name("the server's processor"), all.server * 100.0, "% of a core")
            .beside(&beside(idle.server * 100.0, "% of a core")),
        Figure::new(name("of that in the system"), all.system * 100.0, "% of a core"),
        Figure::new(name("that of the checks' processes"), all.children * 100.0, "% of a core"),
        Figure::new(name("checks made"), all.checks, "/s").beside(&machine.spawns),
        Figure::new(name("memory"), all.memory_mb, "MB").beside(&beside(idle.memory_mb, "MB")),
        Figure::new(name("first round"), all.first_s, "s").beside(&Limit {
            name: "so many processes, two at a time".into(),
            value: many as f64 / machine.spawns.value,
            unit: "s",
        }),
    ])
}

struct Cost {
    /// Seconds of the processor's time a second.
    server: f64,
    system: f64,
    children: f64,
    checks: f64,
    memory_mb: f64,
    first_s: f64,
}

fn of(bed: &Bed, resources: usize) -> Result<Cost> {
    let pipeline = bed.pipeline(&text(resources)?)?;
    let server = bed.server(System::Sqlite, &pipeline)?;
    let ledger = Connection::open_with_flags(server.ledger(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let first = first_round(&ledger, resources)?;
    let (before, checks) = (Spent::of(&server)?, begun(&ledger)?);
    let start = Instant::now();
    thread::sleep(WINDOW);
    let (after, checks) = (Spent::of(&server)?, begun(&ledger)? - checks);
    let seconds = start.elapsed().as_secs_f64();
    Ok(Cost {
        server: (after.server - before.server) / seconds,
        system: (after.system - before.system) / seconds,
        children: (after.children - before.children) / seconds,
        checks: checks as f64 / seconds,
        memory_mb: server.memory_mb("VmRSS")?,
        first_s: first.as_secs_f64(),
    })
}

/// Without a space that need not be: a file may have a megabyte.
fn text(resources: usize) -> Result<String> {
    let mut text = TYPE.to_owned();
    for number in 0..resources {
        writeln!(text, "resource \"same\" \"r{number}\" {{\nparams {{\nn = \"{number}\"\n}}\n}}")?;
    }
    for job in (0..resources).step_by(PER_JOB) {
        writeln!(text, "job \"j{job}\" {{\ntags = [\"nobody\"]")?;
        for number in job..resources.min(job + PER_JOB) {
            writeln!(text, "get \"same\" \"r{number}\" {{ trigger = true }}")?;
        }
        writeln!(text, "}}")?;
    }
    Ok(text)
}

/// Waits until each resource has been checked once; how long that takes.
fn first_round(ledger: &Connection, resources: usize) -> Result<Duration> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        let ended: i64 = ledger.query_row("SELECT COUNT(ended_ms) FROM checks", [], |row| row.get(0))?;
        if ended >= resources as i64 {
            return Ok(start.elapsed());
        }
        thread::sleep(LOOK);
    }
    bail!("not each of {resources} resources was checked within {LIMIT:?}")
}

/// How many checks have begun so far.
fn begun(ledger: &Connection) -> Result<i64> {
    Ok(ledger.query_row("SELECT SUM(number) FROM checks", [], |row| row.get(0))?)
}

/// The processor's time that a server, and the processes of its worker that have ended, have taken, in seconds.
struct Spent {
    server: f64,
    /// What of it was spent in the system.
    system: f64,
    children: f64,
}

impl Spent {
    /// From `/proc/PID/stat` (proc_pid_stat(5), fields 14 to 17).
    fn of(server: &Server) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", server.pid()))?;
        let (_, behind_name) = stat.rsplit_once(')').context("no name in /proc/PID/stat")?;
        let fields: Vec<f64> = behind_name
            .split_whitespace()
            .skip(11)
            .take(4)
            .map(|field| Ok(field.parse()?))
            .collect::<Result<_>>()?;
        let [user, system, children_user, children_system] = fields[..] else { bail!("no times: {stat}") };
        let ticks = sysconf(SysconfVar::CLK_TCK)?.context("no length of a tick")? as f64;
        Ok(Self {
            server: (user + system) / ticks,
            system: system / ticks,
            children: (children_user + children_system) / ticks,
        })
    }
}
