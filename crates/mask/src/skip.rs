//! Skips text in which no form begins, several bytes at a time.
//!
//! Every form begins with [`Skip::window`] bytes, and these hold some short runs of bytes, its grams. Who looks at
//! the text's gram at every `stride`-th place, with as many places between as a window holds, looks into the
//! window of every form that may be there. A table says which grams there are; a bit that stands for several of
//! them costs time, and no correctness.

use std::collections::HashSet;

/// The most bytes of each form that are looked at. More would make larger steps, but more grams, so that ordinary
/// text has them too.
const WINDOW: usize = 12;

const BITS: u32 = 16;

/// Finds where a form may begin.
#[derive(Debug)]
pub(crate) struct Skip {
    /// How long a gram is: 3 or 4 bytes.
    gram: usize,
    /// From a place that is looked at to the next, in bytes.
    stride: usize,
    /// A bit for each hash of a gram.
    table: Box<[u64]>,
}

impl Skip {
    /// Of forms of at least [`crate::MIN_BYTES`].
    pub(crate) fn new(forms: &HashSet<Vec<u8>>) -> Self {
        let shortest = forms.iter().map(Vec::len).min().unwrap_or(WINDOW);
        let window = shortest.min(WINDOW);
        let gram = if window < 6 { 3 } else { 4 };
        let table = vec![0; 1 << (BITS - 6)].into_boxed_slice();
        let mut skip = Self { gram, stride: window + 1 - gram, table };
        for form in forms {
            for begin in 0..skip.stride {
                let hash = skip.hash(form, begin).unwrap_or_default();
                skip.table[hash / 64] |= 1 << (hash % 64);
            }
        }
        skip
    }

    /// The first place at or after `at` where a form may begin, or the beginning of one may reach beyond the end.
    /// At most the length of the text.
    pub(crate) fn from(&self, text: &[u8], at: usize) -> usize {
        let mut look = at + self.stride - 1;
        while let Some(hash) = self.hash(text, look) {
            if self.table[hash / 64] & (1 << (hash % 64)) != 0 {
                break;
            }
            look += self.stride;
        }
        look + 1 - self.stride
    }

    /// The hash of the gram at a place; `None` where the text ends before it does.
    #[inline]
    fn hash(&self, text: &[u8], place: usize) -> Option<usize> {
        let gram = match self.gram {
            3 => {
                let bytes: &[u8; 3] = text.get(place..)?.first_chunk()?;
                u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
            }
            _ => u32::from_le_bytes(*text.get(place..)?.first_chunk()?),
        };
        Some((gram.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BITS)) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(forms: &[&str]) -> Skip {
        Skip::new(&forms.iter().map(|form| form.as_bytes().to_vec()).collect())
    }

    #[test]
    fn it_stops_before_every_form_and_every_beginning_of_one() {
        for form in ["abcd", "abcde", "abcdef", "abcdefghijklmnopq"] {
            let skip = skip(&[form, "zyxwvutsrqponmlk"]);
            for before in 0..40 {
                for length in 1..=form.len() {
                    let text = format!("{}{}", ".".repeat(before), &form[..length]);
                    let mut at = 0;
                    while at < text.len() && at != before {
                        at = skip.from(text.as_bytes(), at);
                        assert!(at <= before, "{form}: {at} is beyond {before}");
                        at += usize::from(at < before);
                    }
                }
            }
        }
    }

    #[test]
    fn it_reads_little_of_what_it_skips() {
        let skip = skip(&["hunter2hunter2", "correct horse"]);
        let text = "an ordinary line of a log that says nothing in particular\n".repeat(100);
        assert!(skip.from(text.as_bytes(), 0) > text.len() - WINDOW);
    }
}
