//! Servers that do not do what HTTP wants of them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One such server. It is there for as long as the test's runtime lives.
#[derive(Debug)]
pub struct Misbehaving {
    /// Where it is.
    pub url: String,
}

impl Misbehaving {
    /// Nobody listens there any more.
    #[must_use]
    pub fn gone() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        Self {
            url: format!("http://{address}"),
        }
    }

    /// Takes connections and ends them at once.
    pub async fn resetting() -> Self {
        Self::serving(|stream| async move { drop(stream) }).await
    }

    /// Promises more than it says.
    pub async fn cutting_short() -> Self {
        Self::serving(|mut stream| async move {
            read(&mut stream).await;
            let start = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
            // The client may have gone.
            let _sent = stream.write_all(start).await;
        })
        .await
    }

    /// Says that it will answer, and then nothing more.
    pub async fn trickling() -> Self {
        Self::serving(|mut stream| async move {
            read(&mut stream).await;
            let start = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
            let _sent = stream.write_all(start).await;
            std::future::pending::<()>().await;
        })
        .await
    }

    /// Answers each connection once, with this and 200.
    pub async fn answering(body: &'static str) -> Self {
        Self::serving(move |mut stream| async move {
            read(&mut stream).await;
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
            let _sent = stream.write_all(answer.as_bytes()).await;
        })
        .await
    }

    async fn serving<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        Self {
            url: format!("http://{address}"),
        }
    }
}

/// Reads the start of a request: all of these are small.
async fn read(stream: &mut TcpStream) {
    let _read = stream.read(&mut [0; 16 * 1024]).await;
}
