//! How many keys the largest object of a text has. The parser takes time by the square of it, so this is looked at
//! first.

/// The most keys of one object.
const MOST: usize = 10_000;

/// Where the brace stands of an object that has too many keys, as far as can be seen without parsing.
pub(super) fn too_many(text: &str) -> Option<usize> {
    let mut scan = Scan { open: Vec::new(), in_string: false, before: b'\n' };
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map_or(0, |(_, next)| *next);
        let skips = scan.step(at, byte, next);
        if let Some(brace) = scan.open.last().filter(|brace| brace.keys > MOST) {
            return Some(brace.at);
        }
        for _ in 0..skips {
            bytes.next();
        }
        if scan.comments(byte, next) {
            while bytes.next_if(|(_, byte)| *byte != b'\n').is_some() {}
        }
    }
    None
}

/// A brace that is open.
struct Brace {
    at: usize,
    /// Whether it opened an object: after a name or a label it opens a block.
    object: bool,
    /// Whether it stands in a string, which goes on behind it.
    in_string: bool,
    keys: usize,
}

struct Scan {
    open: Vec<Brace>,
    in_string: bool,
    /// The last byte of code that was no space.
    before: u8,
}

impl Scan {
    /// Takes in a byte; says how many after it are done with too.
    fn step(&mut self, at: usize, byte: u8, next: u8) -> usize {
        if self.in_string {
            return self.in_text(at, byte, next);
        }
        let (before, mut skips) = (self.before, 0);
        match byte {
            b'"' => self.in_string = true,
            b'{' => {
                let object =
                    !(before.is_ascii_alphanumeric() || matches!(before, b'"' | b'_' | b'-' | b'\n'));
                self.open.push(Brace { at, object, in_string: false, keys: 0 });
            }
            b'}' => self.in_string = self.open.pop().is_some_and(|brace| brace.in_string),
            b'=' | b':' if matches!(next, b'=' | b'>' | b':') => skips = 1,
            b'=' | b':' if !matches!(before, b'!' | b'<' | b'>') => {
                if let Some(brace) = self.open.last_mut().filter(|brace| brace.object) {
                    brace.keys += 1;
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            self.before = byte;
        }
        skips
    }

    fn in_text(&mut self, at: usize, byte: u8, next: u8) -> usize {
        match (byte, next) {
            (b'\\', _) => 1,
            (b'$' | b'%', b'{') => {
                self.open.push(Brace { at, object: false, in_string: true, keys: 0 });
                (self.in_string, self.before) = (false, b'(');
                1
            }
            // No string goes over the end of a line.
            (b'"' | b'\n', _) => {
                (self.in_string, self.before) = (false, b'"');
                0
            }
            _ => 0,
        }
    }

    fn comments(&self, byte: u8, next: u8) -> bool {
        !self.in_string && (byte == b'#' || (byte == b'/' && next == b'/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: usize, sign: &str) -> String {
        (0..count).map(|at| format!("k{at}{sign}1\n")).collect()
    }

    #[test]
    fn keys_of_objects_are_counted_and_attributes_of_blocks_are_not() {
        let (many, few) = (keys(MOST + 1, " = "), keys(MOST, " : "));
        assert_eq!(too_many(&format!("locals {{\n{many}}}\n")), None);
        assert_eq!(too_many(&format!("a \"b\" {{\n{many}}}\n")), None);
        assert_eq!(too_many(&format!("x = {{\n{few}}}\n")), None);
        assert_eq!(too_many(&format!("x = {{\n{many}}}\n")), Some(4));
        assert_eq!(too_many(&format!("x = [{{ # }}\n{many}}}]\n")), Some(5));
        assert_eq!(too_many(&format!("x = \"}} ${{merge({{\n{many}}})}}\"\n")), Some(15));
        let compared = "k == 1, k != 2, k <= 3, [for a in b : a => 1]\n".repeat(1_000);
        assert_eq!(too_many(&format!("x = {{ y = [{compared}] }}\n")), None);
    }
}
