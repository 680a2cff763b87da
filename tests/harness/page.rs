//! A page of figures and health, asked for as any program would: plain HTTP, one request for
//! each connection.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use crate::figures::Figures;
use crate::within;

/// Where the page is.
#[derive(Clone, Debug)]
pub enum Page {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A port.
    Tcp(SocketAddr),
}

/// What came back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The status; 0 if the connection was closed without a word.
    pub status: u16,
    /// Status line and fields.
    pub head: String,
    /// What follows them.
    pub body: String,
}

/// A stream that need not be named.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Page {
    /// As it stands in a configuration.
    #[must_use]
    pub fn setting(&self) -> String {
        match self {
            Self::Unix(path) => format!("unix:{}", path.display()),
            Self::Tcp(address) => address.to_string(),
        }
    }

    /// Asks for one page.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    /// The same, by any method.
    pub async fn ask(&self, method: &str, path: &str) -> Answer {
        self.say(&format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await
    }

    /// Sends this and waits for the connection's end.
    pub async fn say(&self, request: &str) -> Answer {
        let mut stream = self.connect().await;
        // That the other side has closed before all was said is no fault here.
        drop(stream.write_all(request.as_bytes()).await);
        let mut all = Vec::new();
        drop(within("the end of an answer", stream.read_to_end(&mut all)).await);
        let all = String::from_utf8(all).unwrap();
        let (head, body) = all.split_once("\r\n\r\n").unwrap_or((&all, ""));
        let status = head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// The figures, which must be well formed.
    pub async fn figures(&self) -> Figures {
        let answer = self.get("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Figures::parse(&answer.body)
    }

    /// Looks at the figures until they are as they are to become.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Figures) -> bool) -> Figures {
        let looking = async {
            loop {
                let figures = self.figures().await;
                if is_so(&figures) {
                    return figures;
                }
            }
        };
        within(what, looking).await
    }

    /// Waits until `path` is answered with this status; with what body.
    pub async fn until_answered(&self, path: &str, status: u16) -> String {
        let asking = async {
            loop {
                let answer = self.get(path).await;
                if answer.status == status {
                    return answer.body;
                }
            }
        };
        within(&format!("{status} from {path}"), asking).await
    }

    async fn connect(&self) -> Box<dyn Stream> {
        match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).await.unwrap()),
            Self::Tcp(address) => Box::new(TcpStream::connect(address).await.unwrap()),
        }
    }
}
