//! Log bytes become frames, compressed once; everybody after the worker passes them on unopened.

use pikoci_plan::event::{Encoding, FRAME_BYTES, Frame};
use zstd::bulk::Compressor;

/// Below so many bytes a frame is not worth compressing.
const WORTH_BYTES: usize = 256;

/// Compresses the frames of one attempt. The compressor is made when it is first needed: it is large.
#[derive(Default)]
pub(crate) struct Compress(Option<Compressor<'static>>);

impl Compress {
    /// The frame, compressed where that makes it smaller.
    pub(crate) fn frame(&mut self, mut frame: Frame) -> Frame {
        if frame.encoding != Encoding::Raw || frame.data.len() < WORTH_BYTES {
            return frame;
        }
        let compressor = match &mut self.0 {
            Some(compressor) => compressor,
            None => match Compressor::new(1) {
                Ok(compressor) => self.0.insert(compressor),
                Err(_) => return frame,
            },
        };
        match compressor.compress(&frame.data) {
            Ok(smaller) if smaller.len() < frame.data.len() => {
                frame.encoding = Encoding::Zstd;
                frame.data = smaller;
                frame
            }
            _ => frame,
        }
    }
}

/// A frame of so many bytes compresses well enough: to copy more behind it would only cost.
pub(crate) const FULL_BYTES: usize = 64 * 1024;

/// Appends `more` to `frame` if they are one run of bytes, `frame` is not large yet, and both fit one; else gives it back.
pub(crate) fn join(frame: &mut Frame, more: Frame) -> Option<Frame> {
    let raw = frame.encoding == Encoding::Raw && more.encoding == Encoding::Raw;
    let adjacent = frame.step == more.step
        && frame.stream == more.stream
        && frame.offset + u64::from(frame.length) == more.offset;
    let fits = frame.data.len() < FULL_BYTES && frame.data.len() + more.data.len() <= FRAME_BYTES;
    if !raw || !adjacent || !fits {
        return Some(more);
    }
    frame.data.extend_from_slice(&more.data);
    frame.length += more.length;
    frame.lines += more.lines;
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use pikoci_plan::event::Stream;

    #[test]
    fn a_large_frame_gets_smaller_and_reads_back() {
        let bytes = b"the same line again and again\n".repeat(100);
        let frame = Compress::default().frame(Frame::raw(0, Stream::Output, 7, bytes.clone()));
        assert_eq!((frame.encoding, frame.lines, frame.length as usize), (Encoding::Zstd, 100, bytes.len()));
        assert!(frame.data.len() < bytes.len() / 10);
        assert_eq!(zstd::bulk::decompress(&frame.data, bytes.len()).unwrap(), bytes);
    }

    #[test]
    fn only_one_run_of_bytes_is_joined() {
        let mut frame = Frame::raw(0, Stream::Output, 0, b"a\n".to_vec());
        assert!(join(&mut frame, Frame::raw(0, Stream::Output, 2, b"b\n".to_vec())).is_none());
        assert_eq!((frame.length, frame.lines, frame.data.as_slice()), (4, 2, &b"a\nb\n"[..]));
        for other in [
            Frame::raw(1, Stream::Output, 4, b"c".to_vec()),
            Frame::raw(0, Stream::Note, 4, b"c".to_vec()),
            Frame::raw(0, Stream::Output, 9, b"c".to_vec()),
            Frame::raw(0, Stream::Output, 4, vec![0; FRAME_BYTES]),
        ] {
            assert_eq!(join(&mut frame, other.clone()), Some(other));
        }
    }
}
