use crate::fixture::{Ledger, events, frames};
use pikoci_engine::part::*;
use pikoci_plan::event::{Frame, Stream};
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::Outcome;
use pikoci_store::StoreError;

/// Stores frames, and the end if it is said so.
fn store(ledger: &Ledger, attempt: &AttemptId, frames: Vec<(u64, Frame)>, end: bool) -> Applied {
    let from = frames[0].0;
    let upto = from + frames.len() as u64 + u64::from(end);
    let result = end.then_some(Outcome::Succeeded.into());
    ledger.apply(Part::Advance(Advance { frames, result, ..events(attempt, from, upto) }))
}

/// An attempt that has ended, of which the log still comes.
fn ended(ledger: &Ledger) -> AttemptId {
    let attempt = ledger.running("b1");
    ledger.apply(Part::Lose { attempt: attempt.clone(), fate: Fate::Lost, released: true, at_ms: 10 });
    attempt
}

fn bytes(frames: &[(u64, Frame)]) -> Vec<u8> {
    frames.iter().flat_map(|(_, frame)| frame.data.clone()).collect()
}

fn read(ledger: &Ledger, attempt: &AttemptId) -> Vec<u8> {
    let chunks = ledger.log_from(attempt, 0, usize::MAX).unwrap();
    chunks.into_iter().flat_map(|chunk| chunk.bytes).collect()
}

fn needs_seal(applied: &Applied) -> bool {
    matches!(applied, Applied::Advanced { seal: true, .. })
}

pub(crate) fn a_short_log_is_one_row(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    let all = frames(0, 6, 1_000);
    store(ledger, &attempt, all[..4].to_vec(), false);
    assert_eq!(read(ledger, &attempt), bytes(&all[..4]), "the tail can be read");
    let applied = store(ledger, &attempt, all[4..].to_vec(), true);
    assert!(!needs_seal(&applied));
    assert_eq!(read(ledger, &attempt), bytes(&all));
    assert!(!ledger.seal(&attempt, 20).unwrap(), "nothing is left in the tail");
    let heads = ledger.log_heads(&attempt).unwrap();
    assert_eq!((heads.len(), heads[5].offset, heads[5].lines), (6, 5_000, 1));
}

pub(crate) fn a_long_log_is_sealed_and_reads_the_same(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    let all = frames(0, 50, 200_000);
    assert!(!needs_seal(&store(ledger, &attempt, all[..20].to_vec(), false)));
    assert!(needs_seal(&store(ledger, &attempt, all[20..45].to_vec(), false)), "8 MiB are due");
    assert!(ledger.seal(&attempt, 20).unwrap());
    assert_eq!(read(ledger, &attempt), bytes(&all[..45]));
    let applied = store(ledger, &attempt, all[45..].to_vec(), true);
    assert!(needs_seal(&applied), "what is left of a long log is due at its end");
    assert_eq!(ledger.unsealed().unwrap(), std::slice::from_ref(&attempt));
    assert!(ledger.seal(&attempt, 21).unwrap());
    assert_eq!(ledger.unsealed().unwrap(), []);
    assert_eq!(read(ledger, &attempt), bytes(&all));
    assert_eq!(ledger.log_heads(&attempt).unwrap().len(), 50);
}

pub(crate) fn a_page_reads_no_further_than_it_gives(ledger: &Ledger) {
    let attempt = ended(ledger);
    let all = frames(0, 8, 30_000);
    for chunk in all.chunks(4) {
        store(ledger, &attempt, chunk.to_vec(), false);
        assert!(ledger.seal(&attempt, 20).unwrap());
    }
    // Nobody would notice, but who reads it.
    ledger.sabotage("UPDATE log_segments SET frames = X'FF' WHERE number = 1").unwrap();
    let page = ledger.log_from(&attempt, 1, 3).unwrap();
    assert_eq!(page.into_iter().flat_map(|chunk| chunk.bytes).collect::<Vec<_>>(), bytes(&all[1..4]));
    assert!(ledger.log_from(&attempt, 1, 4).is_err());
}

pub(crate) fn a_short_tail_is_left_to_the_end(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    let all = frames(0, 48, 200_000);
    let last = Frame::raw(0, Stream::Output, 9_600_000, vec![b'z'; 60_000]);
    let all = [all, vec![(48, last)]].concat();
    assert!(needs_seal(&store(ledger, &attempt, all[..48].to_vec(), false)));
    assert!(ledger.seal(&attempt, 20).unwrap());
    store(ledger, &attempt, all[48..].to_vec(), false);
    // It was asked for more than once while the first segment was written.
    assert!(!ledger.seal(&attempt, 21).unwrap());
    let segments =
        || ledger.inspect("SELECT CAST(number AS TEXT) FROM log_segments ORDER BY number", &[]).unwrap();
    assert_eq!(segments(), ["0"]);
    let end = Advance { result: Some(Outcome::Succeeded.into()), ..events(&attempt, 49, 50) };
    assert!(!needs_seal(&ledger.apply(Part::Advance(end))));
    assert_eq!(segments(), ["0", "1"]);
    assert_eq!(read(ledger, &attempt), bytes(&all));
}

pub(crate) fn a_short_tail_that_an_end_has_left_becomes_one_row(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    let all = frames(0, 70, 100);
    store(ledger, &attempt, all.clone(), false);
    // The end came while a segment was written, and left to that what stood in the tail.
    ledger.sabotage("UPDATE attempts SET running = 0").unwrap();
    assert_eq!(ledger.unsealed().unwrap(), std::slice::from_ref(&attempt));
    assert!(ledger.seal(&attempt, 21).unwrap());
    assert_eq!(ledger.unsealed().unwrap(), []);
    assert_eq!(ledger.inspect("SELECT COALESCE(object, 'a row') FROM log_segments", &[]).unwrap(), ["a row"]);
    assert_eq!(read(ledger, &attempt), bytes(&all));
}

pub(crate) fn reading_may_begin_anywhere(ledger: &Ledger) {
    let attempt = ended(ledger);
    let all = frames(0, 12, 20_000);
    store(ledger, &attempt, all[..6].to_vec(), false);
    ledger.seal(&attempt, 20).unwrap();
    store(ledger, &attempt, all[6..].to_vec(), false);
    for from in 0..12 {
        for limit in [1, 3, 100] {
            let chunks = ledger.log_from(&attempt, from, limit).unwrap();
            let to = (from as usize + limit).min(12);
            let read: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.bytes.clone()).collect();
            assert_eq!(read, bytes(&all[from as usize..to]), "{limit} from {from}");
            assert_eq!(chunks[0].head.position, from);
        }
    }
    assert_eq!(ledger.log_from(&attempt, 12, 5).unwrap(), []);
    assert_eq!(ledger.log_from(&"unknown".into(), 0, 5).unwrap(), []);
}

pub(crate) fn what_was_announced_and_not_finished_is_swept(ledger: &Ledger) {
    let attempt = ended(ledger);
    let all = frames(0, 4, 30_000);
    store(ledger, &attempt, all.clone(), false);
    let announced = format!(
        "INSERT INTO log_segments (attempt_id, number, state, upto, object, announced_ms) \
         VALUES ('{attempt}', 0, 0, 4, '{attempt}/0', 1)"
    );
    ledger.sabotage(&announced).unwrap();
    assert_eq!(read(ledger, &attempt), bytes(&all), "it does not count");
    assert!(!ledger.seal(&attempt, 20).unwrap(), "somebody else is at it");
    assert_eq!(ledger.sweep_segments().unwrap(), 1);
    assert!(ledger.seal(&attempt, 20).unwrap());
    assert_eq!(read(ledger, &attempt), bytes(&all));
}

pub(crate) fn what_could_not_be_sealed_can_be_later(ledger: &Ledger) {
    let attempt = ended(ledger);
    let all = frames(0, 4, 30_000);
    store(ledger, &attempt, all.clone(), false);
    if let Some(path) = ledger.path() {
        let directory = path.with_extension("db.logs");
        std::fs::write(&directory, "in the way").unwrap();
        assert!(matches!(ledger.seal(&attempt, 20), Err(StoreError::File { .. })));
        assert_eq!(read(ledger, &attempt), bytes(&all));
        std::fs::remove_file(&directory).unwrap();
    }
    assert!(ledger.seal(&attempt, 21).unwrap());
    assert_eq!(read(ledger, &attempt), bytes(&all));
}

pub(crate) fn a_full_disk_takes_nothing_and_leaves_what_was_stored(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    let (first, second) = (frames(0, 1, 1_000), frames(1, 1, 1_000_000));
    store(ledger, &attempt, first.clone(), false);
    ledger.sabotage("PRAGMA max_page_count = 1").unwrap();
    let part = Part::Advance(Advance { frames: second.clone(), ..events(&attempt, 1, 2) });
    assert!(matches!(ledger.commit(std::slice::from_ref(&part)), Err(StoreError::Full)));
    assert_eq!(read(ledger, &attempt), bytes(&first));
    ledger.sabotage("PRAGMA max_page_count = 1000000").unwrap();
    ledger.probe().unwrap();
    ledger.apply(part);
    assert_eq!(read(ledger, &attempt), bytes(&[first, second].concat()));
}

pub(crate) fn the_log_of_an_ended_attempt_is_still_taken(ledger: &Ledger) {
    let attempt = ended(ledger);
    let all = frames(0, 2, 1_000);
    store(ledger, &attempt, all.clone(), true);
    assert_eq!(read(ledger, &attempt), bytes(&all));
    assert_eq!(ledger.shown("b1").message.as_deref(), Some("worker lost"));
    let long_after = Advance { frames: frames(3, 1, 10), at_ms: 700_000, ..events(&attempt, 3, 4) };
    // Taken, so that its worker is rid of it, and not kept.
    assert!(matches!(ledger.apply(Part::Advance(long_after)), Applied::Advanced { .. }));
    assert_eq!(read(ledger, &attempt), bytes(&all));
}

pub(crate) fn a_log_that_is_being_sealed_reads_without_a_gap(ledger: &Ledger) {
    let attempt = ended(ledger);
    let all = frames(0, 90, 30_000);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for chunk in all.chunks(3) {
                store(ledger, &attempt, chunk.to_vec(), false);
                ledger.seal(&attempt, 20).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        let mut seen = 0;
        while !done.load(std::sync::atomic::Ordering::SeqCst) {
            let read = read(ledger, &attempt);
            let heads = ledger.log_heads(&attempt).unwrap();
            assert!(read.len() >= seen, "{} bytes after {seen}", read.len());
            assert!(bytes(&all).starts_with(&read));
            assert!(heads.iter().zip(0..).all(|(head, position)| head.position == position));
            seen = read.len();
        }
    });
    assert_eq!(read(ledger, &attempt), bytes(&all));
}
