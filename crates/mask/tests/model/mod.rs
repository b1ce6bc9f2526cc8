//! What masking means, said in the simplest way.

use pikoci_mask::Masker;

/// What must come out: every byte that a form covers is masked, and each run of them is one mask.
pub(crate) fn model(masker: &Masker, text: &[u8]) -> Vec<u8> {
    let mut covered = vec![false; text.len()];
    for form in masker.forms() {
        for begin in 0..text.len() {
            if text[begin..].starts_with(form) {
                covered[begin..begin + form.len()].fill(true);
            }
        }
    }
    let mut out = Vec::new();
    for (index, byte) in text.iter().enumerate() {
        match (covered[index], index > 0 && covered[index - 1]) {
            (false, _) => out.push(*byte),
            (true, false) => out.extend_from_slice(b"***"),
            (true, true) => {}
        }
    }
    out
}
