use super::*;

fn end<'a>(status: &'a str, message: Option<&'a str>, ms: u64) -> End<'a> {
    End { status, message, duration_ms: Some(ms) }
}

/// A rendering with steps of these names, the first of them number 0.
fn live(look: Look, names: &[(&str, &str)]) -> (Live, Vec<u8>) {
    let mut live = Live::new(look);
    for (step, (kind, name)) in (0..).zip(names) {
        live.name_step(step, Name::new(kind, name));
    }
    (live, Vec::new())
}

fn side_by_side(look: Look, names: &[&str]) -> (Live, Vec<u8>) {
    let mut live = Live::new(look);
    for (step, name) in (0..).zip(names) {
        live.name_step(step, Name { is_beside: true, ..Name::new("task", name) });
    }
    (live, Vec::new())
}

#[test]
fn heads_stand_on_lines_of_their_own_and_bytes_come_as_they_are() {
    let (mut live, mut out) = live(Look::default(), &[("get", "app"), ("task", "unit")]);
    live.remark("pending: waits for a slot", &mut out);
    live.remark("pending: waits for a slot", &mut out);
    live.step_begins(0, &mut out);
    live.log(0, b"50%\r100%", &mut out);
    live.step_ends(0, end("succeeded", None, 20), &mut out);
    live.step_begins(1, &mut out);
    live.log(1, b"\xff\x1b[31mred", &mut out);
    live.log(1, b" end\n", &mut out);
    live.step_note(1, "1024 bytes were cut", &mut out);
    live.step_ends(1, end("failed", Some("exit code 2"), 1_200), &mut out);
    live.build_ends("shop/test#7", end("failed", None, 3_449), &mut out);
    let expected = b"pending: waits for a slot\n== get app\n50%\r100%\n== task unit\n\xff\x1b[31mred end\n\
        1024 bytes were cut\n== task unit: failed in 1.2 s: exit code 2\nshop/test#7 failed in 3.4 s\n";
    assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(expected));
    assert_eq!(out, expected);
}

#[test]
fn steps_in_turns_get_their_heads_again() {
    let (mut live, mut out) = live(Look::default(), &[("task", "a"), ("task", "b")]);
    live.step_begins(0, &mut out);
    live.step_begins(1, &mut out);
    live.log(0, b"1", &mut out);
    live.log(1, b"2\n", &mut out);
    live.log(7, b"3\n", &mut out);
    let expected = "== task a\n== task b\n== task a\n1\n== task b\n2\n== step 7\n3\n";
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

#[test]
fn lines_of_steps_side_by_side_say_whose_they_are() {
    let (mut live, mut out) = side_by_side(Look::default(), &["a", "b"]);
    live.name_step(2, Name::new("task", "after"));
    live.step_begins(0, &mut out);
    live.step_begins(1, &mut out);
    live.log(0, b"one\ntw", &mut out);
    live.log(1, b"uno\n", &mut out);
    live.log(0, b"o\nlast", &mut out);
    live.step_note(1, "a note", &mut out);
    live.step_ends(0, end("succeeded", None, 5), &mut out);
    live.step_begins(2, &mut out);
    live.log(2, b"goes ", &mut out);
    live.log(1, b"dos\n", &mut out);
    live.log(2, b"on\n", &mut out);
    let expected = "== task a\n== task b\na | one\nb | uno\na | two\nb | a note\na | last\n\
        == task a: succeeded in 5 ms\n== task after\ngoes \nb | dos\non\n";
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

#[test]
fn a_group_speaks_only_where_it_has_something_to_say() {
    let (mut live, mut out) = live(Look::default(), &[("in_parallel", "checks"), ("do", "do")]);
    live.step_begins(0, &mut out);
    live.step_begins(1, &mut out);
    live.step_ends(1, end("failed", None, 5), &mut out);
    assert!(out.is_empty());
    live.step_ends(0, end("failed", Some("timed out after 5ms"), 5), &mut out);
    let expected = "== in_parallel checks: failed in 5 ms: timed out after 5ms\n";
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

#[test]
fn steps_that_ended_before_one_looked_have_their_heads() {
    let (mut live, mut out) = live(Look::default(), &[("task", "a"), ("task", "b"), ("task", "c")]);
    live.step_ends(0, end("succeeded", None, 1), &mut out);
    live.log(1, b"1\n", &mut out);
    live.step_ends(1, end("succeeded", None, 1), &mut out);
    live.step_ends(2, end("errored", None, 1), &mut out);
    let expected = "== task a\n== task b\n1\n== task c: errored in 1 ms\n";
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

#[test]
fn a_terminal_of_ours_gets_whole_tame_lines() {
    let (mut live, mut out) = live(Look { styles: false, tame: true }, &[("task", "a")]);
    live.log(0, b"half", &mut out);
    assert_eq!((String::from_utf8_lossy(&out), live.open_line(0)), ("== task a\n".into(), &b"half"[..]));
    live.log(0, b" whole\n\x1b[2J10%\r20%", &mut out);
    live.build_ends("j", end("cancelled", None, 1), &mut out);
    let expected = "== task a\nhalf whole\n20%\nj cancelled in 1 ms\n";
    assert_eq!(String::from_utf8_lossy(&out), expected);
}
