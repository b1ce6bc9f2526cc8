//! Connections of clients that take nothing any more come to an end.
//!
//! What waits for a slow client is little: the pieces of an answer are made as it takes them. But a client that hangs would
//! keep its connection, and what listens for it, for ever.

use axum::serve::Listener;
use std::io;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_io_timeout::TimeoutStream;

/// For how long a client may take nothing of what is there for it.
const PATIENCE: Duration = Duration::from_secs(300);

/// A listener whose connections end when their client takes nothing.
pub(super) struct Patient<L>(pub(super) L);

impl<L: Listener> Listener for Patient<L> {
    type Io = Pin<Box<TimeoutStream<L::Io>>>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, L::Addr) {
        let (stream, address) = self.0.accept().await;
        (patient(stream), address)
    }

    fn local_addr(&self) -> io::Result<L::Addr> {
        self.0.local_addr()
    }
}

fn patient<S: AsyncRead + AsyncWrite>(stream: S) -> Pin<Box<TimeoutStream<S>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(PATIENCE));
    Box::pin(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_left_and_one_that_is_slow_is_not() {
        let (near, mut far) = tokio::io::duplex(4);
        let mut near = patient(near);
        let slow = async {
            let mut taken = [0; 2];
            for _ in 0..4 {
                tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
                far.read_exact(&mut taken).await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(near.write_all(&[1; 12]), slow);
        assert!(written.is_ok(), "{written:?}");
        let before = tokio::time::Instant::now();
        let stalled = near.write_all(&[1; 1]).await.unwrap_err();
        assert_eq!((stalled.kind(), before.elapsed()), (io::ErrorKind::TimedOut, PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_no_reason_to_leave() {
        let (near, mut far) = tokio::io::duplex(4);
        let mut near = patient(near);
        tokio::time::sleep(PATIENCE * 3).await;
        near.write_all(&[1]).await.unwrap();
        far.write_all(&[2]).await.unwrap();
        assert_eq!((near.read_u8().await.unwrap(), far.read_u8().await.unwrap()), (2, 1));
    }
}
