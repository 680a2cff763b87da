//! Somebody whom webhooks deliver to: takes what is posted and answers what a test wants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::within;

/// Deliveries that wait to be looked at.
const DELIVERIES_MAX: usize = 256;

/// A delivery as it came.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The path that it came to.
    pub path: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

/// See the module.
#[derive(Debug)]
pub struct Receiver {
    url: String,
    deliveries: mpsc::Receiver<Delivery>,
    answers: Arc<Mutex<VecDeque<String>>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Listens on loopback and answers 204.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in?x=1", listener.local_addr().unwrap());
        let (sender, deliveries) = mpsc::channel(DELIVERIES_MAX);
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let task = tokio::spawn(serve(listener, sender, Arc::clone(&answers)));
        Self { url, deliveries, answers, task }
    }

    /// Where to deliver to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next delivery is answered so, each in its turn; then 204 again.
    pub fn answer(&self, status: &str) {
        self.answers.lock().unwrap().push_back(status.to_owned());
    }

    /// The next delivery.
    pub async fn next(&mut self) -> Delivery {
        within("a delivery", self.deliveries.recv()).await.unwrap()
    }

    /// Whether there is none that has not been looked at.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.deliveries.is_empty()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Delivery {
    /// A header, which must be there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn serve(
    listener: TcpListener,
    sender: mpsc::Sender<Delivery>,
    answers: Arc<Mutex<VecDeque<String>>>,
) {
    loop {
        let (mut tcp, _) = listener.accept().await.unwrap();
        // One after the other: whoever delivers has one connection.
        while let Some(delivery) = read(&mut tcp).await {
            let status = answers.lock().unwrap().pop_front();
            let status = status.unwrap_or_else(|| "204 No Content".to_owned());
            if sender.send(delivery).await.is_err() {
                return;
            }
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            if tcp.write_all(answer.as_bytes()).await.is_err() {
                break;
            }
        }
    }
}

/// `None` if the peer is gone.
async fn read(tcp: &mut TcpStream) -> Option<Delivery> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tcp.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers.get("content-length")?.parse().unwrap()];
    tcp.read_exact(&mut body).await.ok()?;
    Some(Delivery { path, headers, body: String::from_utf8(body).unwrap() })
}
