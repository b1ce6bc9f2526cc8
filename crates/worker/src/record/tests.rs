use super::*;
use pikoci_plan::event::Stream;

use pikoci_plan::status::Outcome;

fn log(offset: u64, text: &[u8]) -> Event {
    Event::Log(Frame::raw(0, Stream::Output, offset, text.to_vec()))
}

fn result() -> Event {
    Event::Result { outcome: Outcome::Succeeded, at_ms: 0, message: None, warning: false, stopped: false }
}

fn started() -> Event {
    Event::StepStarted { step: 0, at_ms: 1 }
}

fn record() -> (tempfile::TempDir, Record) {
    let directory = tempfile::tempdir().unwrap();
    let record = Record::new(directory.path().join("records/a"));
    (directory, record)
}

#[test]
fn what_comes_while_a_batch_waits_is_one_frame() {
    let (_directory, mut record) = record();
    record.push(0, started());
    record.push(0, log(0, b"a\n"));
    assert_eq!(record.batch(0, 1000).unwrap().0, [started(), log(0, b"a\n")]);
    record.push(0, log(2, b"b\n"));
    record.push(0, log(4, b"c\n"));
    record.push(0, result());
    assert_eq!(record.next(), 4);
    assert_eq!(record.batch(2, 1000).unwrap(), (vec![log(2, b"b\nc\n"), result()], true));
}

#[test]
fn what_was_sent_is_sent_again_unchanged() {
    let (_directory, mut record) = record();
    record.push(0, log(0, b"a"));
    let first = record.batch(0, 1000).unwrap();
    record.push(0, log(1, b"b"));
    assert_eq!(record.batch(0, 1000).unwrap().0, [first.0[0].clone(), log(1, b"b")]);
}

#[test]
fn what_is_acknowledged_at_once_never_touches_the_disk() {
    let (_directory, mut record) = record();
    record.push(5, result());
    assert_eq!(record.save_due_ms(), Some(5 + SAVE_MS));
    record.stored(1).unwrap();
    assert_eq!(record.save_due_ms(), None);
    record.save().unwrap();
    assert!(!record.path.exists());
}

#[test]
fn only_what_has_waited_goes_to_disk() {
    let (_directory, mut record) = record();
    record.push(5, started());
    record.push(50, log(0, b"a"));
    assert_eq!(record.save_due_ms(), Some(5 + SAVE_MS));
    record.stored(1).unwrap();
    assert_eq!(record.save_due_ms(), Some(50 + SAVE_MS), "what was stored does not wait");
    record.save().unwrap();
    assert_eq!(record.save_due_ms(), None);
    record.push(90, result());
    assert_eq!(record.save_due_ms(), Some(90 + SAVE_MS));
}

#[test]
fn what_was_saved_is_there_after_a_kill_and_a_torn_entry_is_not() {
    let (_directory, mut record) = record();
    record.push(0, started());
    record.stored(1).unwrap();
    record.push(0, log(0, b"hello\n"));
    record.save().unwrap();
    record.push(0, log(6, b"more"));
    record.save().unwrap();
    let path = record.path.clone();
    let torn = std::fs::metadata(&path).unwrap().len() - 1;
    drop(record);
    File::options().write(true).open(&path).unwrap().set_len(torn).unwrap();

    let mut loaded = Record::load(path.clone()).unwrap();
    assert_eq!((loaded.next(), loaded.is_complete()), (2, false));
    assert_eq!(loaded.batch(0, 1000).unwrap().0, []);
    assert_eq!(loaded.batch(1, 1000).unwrap().0, [log(0, b"hello\n")]);
    loaded.finish(0, 1, result());
    assert_eq!(loaded.batch(1, 1000).unwrap(), (vec![log(0, b"hello\n"), result()], true));
    loaded.save().unwrap();
    assert!(Record::load(path).unwrap().is_complete());
}

#[test]
fn without_a_file_the_result_stands_where_the_ledger_stands() {
    let directory = tempfile::tempdir().unwrap();
    let mut record = Record::load(directory.path().join("none")).unwrap();
    record.finish(0, 7, result());
    assert_eq!((record.next(), record.batch(7, 1000).unwrap()), (8, (vec![result()], true)));
}

#[test]
fn a_long_queue_stands_on_disk_and_comes_back_in_order() {
    let (_directory, mut record) = record();
    let mut noise = 1_u64;
    let mut chunk = move || -> Vec<u8> {
        let byte = |_| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (noise >> 33) as u8
        };
        (0..200_000).map(byte).collect()
    };
    let chunks: Vec<_> = (0..40).map(|_| chunk()).collect();
    for (number, bytes) in chunks.iter().enumerate() {
        if !record.has_room() {
            record.save().unwrap();
        }
        assert!(record.has_room(), "what is on disk frees memory");
        record.push(0, log(number as u64 * 200_000, bytes));
    }
    assert!(record.memory_bytes <= MEMORY_BYTES + 250_000, "{}", record.memory_bytes);
    let mut position = 0;
    let mut seen = 0;
    while position < record.next() {
        let (events, _) = record.batch(position, 400_000).unwrap();
        for event in &events {
            let Event::Log(frame) = event else { panic!("{event:?}") };
            assert_eq!(frame.data, chunks[seen]);
            seen += 1;
        }
        position += events.len() as u64;
        record.stored(position).unwrap();
    }
    assert_eq!((seen, record.file_bytes, record.memory_bytes), (40, 0, 0));
}

#[test]
fn what_a_full_disk_refused_is_written_once_there_is_room() {
    let (_directory, mut record) = record();
    let records = record.path.parent().unwrap().to_owned();
    std::fs::create_dir_all(&records).unwrap();
    std::os::unix::fs::symlink("/dev/full", &record.path).unwrap();
    record.push(0, started());
    assert_eq!(record.save().unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(record.save_due_ms(), Some(SAVE_MS), "it still waits");
    record.push(0, log(0, b"a"));
    assert!(record.save().is_err());

    (record.file, record.path) = (None, records.join("roomy"));
    record.push(0, result());
    record.save().unwrap();
    let mut loaded = Record::load(record.path.clone()).unwrap();
    assert_eq!(loaded.batch(0, 1000).unwrap(), (vec![started(), log(0, b"a"), result()], true));
}

#[test]
fn a_result_that_was_not_stored_where_it_stood_is_said_again_further_on() {
    let (_directory, mut record) = record();
    record.push(0, started());
    record.push(0, result());
    record.save().unwrap();
    record.stored(4).unwrap();
    assert_eq!(record.batch(4, 1000).unwrap().0, []);
    record.finish_again(0, 4);
    assert_eq!(record.next(), 5);
    assert_eq!(record.batch(4, 1000).unwrap(), (vec![result()], true));
    record.save().unwrap();
    let mut loaded = Record::load(record.path.clone()).unwrap();
    assert!(loaded.is_complete());
    assert_eq!(loaded.batch(4, 1000).unwrap(), (vec![result()], true));
    loaded.stored(6).unwrap();
    loaded.finish_again(0, 6);
    assert_eq!(loaded.batch(6, 1000).unwrap(), (vec![result()], true), "also by a session after it");
}
