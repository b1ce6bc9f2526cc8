//! A line printed → its arrival at who follows the build over server-sent events.

use super::{block_on, id};
use crate::bed::{Bed, Server, System};
use crate::clock;
use crate::figure::{Aim, Figure, Limit};
use crate::samples::Samples;
use anyhow::{Context, Result, bail};
use http_body_util::BodyExt;
use hyper::Method;
use pikoci_testkit::api::Connection;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const LINES: usize = 400;
/// The first ones may wait for the stream to open.
const WARM_UP: usize = 20;
const PAUSE_MS: u32 = 5;

/// One system's percentiles.
pub fn measure(bed: &Bed, system: System) -> Result<Vec<Figure>> {
    let pipeline = bed.pipeline(&format!(
        r#"
job "clock" {{
  task "clock" {{
    run "exec" {{
      path = "TASK"
      args = ["clock", "{LINES}", "{PAUSE_MS}"]
    }}
  }}
}}
"#
    ))?;
    let server = bed.server(system, &pipeline)?;
    let samples = block_on(follow(&server))?;
    let machine =
        Limit { name: "the same through a pipe, p50".into(), value: directly(bed)?.median(), unit: "ms" };
    let row = |percent: usize| {
        let name = format!("line printed → event stream, {}, p{percent}", system.name());
        Figure::new(name, samples.percentile(percent), "ms").beside(&machine)
    };
    Ok(vec![row(50).aim(Aim::Below(2.0)), row(99)])
}

async fn follow(server: &Server) -> Result<Samples> {
    let mut connection = Connection::open(&server.api()).await?;
    let build = connection.trigger("bench/clock", "clock").await?;
    let path = format!("/api/v1/builds/{}/events", id(&build)?);
    let mut stream = connection.stream(Method::GET, &path, &[("accept", "text/event-stream")]).await?;
    let mut latencies = Vec::with_capacity(LINES);
    let mut unread = Vec::new();
    while let Some(frame) = stream.body.frame().await {
        let arrived = clock::now();
        unread.extend_from_slice(frame?.data_ref().context("a stream without data")?);
        for event in events(&mut unread) {
            let printed =
                event["text"].as_str().unwrap_or_default().lines().filter_map(|line| line.parse().ok());
            latencies.extend(printed.map(|printed: u64| clock::milliseconds(printed, arrived)));
        }
    }
    if latencies.len() != LINES {
        bail!("{} of {LINES} lines came by", latencies.len());
    }
    Ok(latencies.into_iter().skip(WARM_UP).collect())
}

/// Takes the whole events out of what was read: the `data` of each.
fn events(unread: &mut Vec<u8>) -> Vec<Value> {
    let Some(end) = unread.windows(2).rposition(|pair| pair == b"\n\n") else { return Vec::new() };
    let whole: Vec<u8> = unread.drain(..end + 2).collect();
    let text = String::from_utf8_lossy(&whole);
    text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?).ok()).collect()
}

/// The same program's lines, read by us from its pipe.
fn directly(bed: &Bed) -> Result<Samples> {
    let mut child = Command::new(bed.task())
        .args(["clock", "100", &PAUSE_MS.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the task")?;
    let output = BufReader::new(child.stdout.take().context("the task has no output")?);
    let mut latencies = Vec::new();
    for line in output.lines() {
        let printed = line?.parse()?;
        latencies.push(clock::milliseconds(printed, clock::now()));
    }
    child.wait()?;
    Ok(latencies.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_when_it_is_whole() {
        let mut unread =
            b"event: log\ndata: {\"text\":\"1\\n\"}\n\n: beat\n\nevent: log\ndata: {\"te".to_vec();
        let read = events(&mut unread);
        assert_eq!(read.len(), 1);
        assert_eq!(read[0]["text"], "1\n");
        unread.extend_from_slice(b"xt\":\"2\\n\"}\n\n");
        assert_eq!(events(&mut unread)[0]["text"], "2\n");
        assert!(unread.is_empty());
    }
}
