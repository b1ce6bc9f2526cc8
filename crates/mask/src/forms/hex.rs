//! Two digits a byte.

use std::fmt::Write;

/// The lines of `xxd -p`.
const COLUMNS: usize = 60;

/// With small and large letters, also in lines.
pub(super) fn of(value: &[u8]) -> Vec<Vec<u8>> {
    let small = value.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    let large = small.to_uppercase().into_bytes();
    let small = small.into_bytes();
    let mut forms = super::wrapped(&small, COLUMNS);
    forms.extend([small, large]);
    forms
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn digits() {
        assert_eq!(of(b"\x0aZ\xff"), [b"0a5aff".to_vec(), b"0A5AFF".to_vec()]);
        assert_eq!(of(&[0x11; 34])[1], b"11111111");
    }
}
