//! The log: any bytes, any line, any amount, in constant memory and in order.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Settings, execute};
use pikoci_plan::event::{Event, FRAME_BYTES, Stream};
use pikoci_plan::status::{Outcome, Status};
use support::*;
use tokio::sync::{mpsc, watch};

#[tokio::test]
async fn any_bytes_are_kept_as_they_were_written() {
    let place = Place::new();
    let script = r"printf '\377\376\000ok\r\033[1m\n\200'";
    let ran = run(&mut place.slot(), build(vec![task("t", sh(script))])).await;
    assert_eq!(ran.output(0), b"\xff\xfe\x00ok\r\x1b[1m\n\x80");
}

#[tokio::test]
async fn output_and_error_keep_the_order_in_which_they_were_written() {
    let place = Place::new();
    let script = "for i in 1 2 3 4 5 6 7 8 9; do echo out$i; echo err$i >&2; done";
    let ran = run(&mut place.slot(), build(vec![task("t", sh(script))])).await;
    let expected: String = (1..=9).map(|i| format!("out{i}\nerr{i}\n")).collect();
    assert_eq!(ran.text(0), expected);
}

#[tokio::test]
async fn a_line_without_end_needs_no_memory() {
    let place = Place::new();
    let mut slot = place.slot();
    let (sender, mut receiver) = mpsc::channel(4);
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let id = attempt();
    let before = peak_memory();
    let work = build(vec![task("t", sh("head -c 300000000 /dev/zero | tr '\\0' x"))]);
    let count = async {
        let (mut bytes, mut frames) = (0, 0);
        while let Some(event) = receiver.recv().await {
            if let Event::Log(frame) = event {
                assert!(frame.data.len() <= FRAME_BYTES && frame.lines == 0);
                assert_eq!(frame.offset, bytes);
                bytes += frame.data.len() as u64;
                frames += 1;
            }
        }
        (bytes, frames)
    };
    let (executed, (bytes, frames)) = tokio::join!(execute(&mut slot, &id, work, sender, cancelled), count);
    assert_eq!((executed.outcome, bytes), (Outcome::Succeeded, 300_000_000));
    assert!(frames >= 300_000_000 / FRAME_BYTES, "{frames}");
    let grown = peak_memory().saturating_sub(before);
    assert!(grown < 32 << 20, "the peak has grown by {grown} bytes");
}

#[tokio::test]
async fn a_cut_is_visible_and_the_step_goes_on() {
    let place = Place::with(Settings { log_limit: 1_000, ..Settings::default() });
    let mut slot = place.slot();
    let steps = vec![task("t", sh("head -c 5000 /dev/zero; touch done")), task("u", sh("ls; echo kept"))];
    let ran = run(&mut slot, build(steps)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
    assert_eq!(ran.output(0).len(), 1_000);
    let note = ran.notes(0);
    assert!(note.contains("4000 more bytes were written"), "{note}");
    assert_eq!(ran.text(1), "done\nkept\n", "each step has its own limit");
    ran.assert_log_is_gapless(0);
}

#[tokio::test]
async fn time_in_which_nobody_takes_the_log_does_not_count() {
    let place = Place::new();
    let mut slot = place.slot();
    // More than the pipe, the buffer and the channel hold together.
    let bytes = 4 * FRAME_BYTES as u64 + (2 << 20);
    let mut step = task("t", sh(&format!("head -c {bytes} /dev/zero")));
    step.timeout_ms = 2_000;
    let (sender, mut receiver) = mpsc::channel(1);
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let id = attempt();
    let listen = async {
        // Longer than the timeout: what is awaited is that nothing happens meanwhile.
        tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            events.push(event);
        }
        events
    };
    let work = build(vec![step]);
    let (executed, events) = tokio::join!(execute(&mut slot, &id, work, sender, cancelled), listen);
    let ran = Ran { events, executed };
    assert_eq!(ran.steps(), [(Status::Succeeded, None)]);
    assert_eq!(ran.output(0).len() as u64, bytes);
}

#[tokio::test]
async fn lines_come_while_the_process_runs() {
    let place = Place::new();
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let file = place.path("seen");
    let script = format!("echo first; while ! [ -e '{}' ]; do sleep 0.01; done; echo second", file.display());
    let ran = run_with(&mut place.slot(), build(vec![task("t", sh(&script))]), cancelled, |event| {
        if matches!(event, Event::Log(frame) if frame.data == b"first\n" && frame.stream == Stream::Output) {
            std::fs::write(&file, "").expect("written");
        }
    })
    .await;
    assert_eq!((ran.outcome(), ran.text(0).as_str()), (Outcome::Succeeded, "first\nsecond\n"));
}
