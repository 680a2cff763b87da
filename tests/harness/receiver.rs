//! Somebody whom webhooks deliver to: takes what is posted and answers what a test wants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::pki::Certificate;
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
        Self::listen(None).await
    }

    /// The same by TLS in this version, with this certificate.
    pub async fn with_tls(
        certificate: &Certificate,
        version: &'static SupportedProtocolVersion,
    ) -> Self {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let key = PrivateKeyDer::from_pem_file(&certificate.key).unwrap();
        let config = ServerConfig::builder_with_provider(provider.into())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der.clone()], key)
            .unwrap();
        Self::listen(Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn listen(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}/in?x=1", listener.local_addr().unwrap());
        let (sender, deliveries) = mpsc::channel(DELIVERIES_MAX);
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let desk = Desk { sender, answers: Arc::clone(&answers) };
        let task = tokio::spawn(serve(listener, tls, desk));
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

struct Desk {
    sender: mpsc::Sender<Delivery>,
    answers: Arc<Mutex<VecDeque<String>>>,
}

/// One after the other: whoever delivers has one connection.
async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, desk: Desk) {
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        match &tls {
            None => desk.talk(tcp).await,
            Some(tls) => {
                if let Ok(tls) = tls.accept(tcp).await {
                    desk.talk(tls).await;
                }
            }
        }
    }
}

impl Desk {
    async fn talk(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        while let Some(delivery) = read(&mut stream).await {
            let status = self.answers.lock().unwrap().pop_front();
            let status = status.unwrap_or_else(|| "204 No Content".to_owned());
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            if self.sender.send(delivery).await.is_err()
                || stream.write_all(answer.as_bytes()).await.is_err()
            {
                return;
            }
        }
    }
}

/// `None` if the peer is gone.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Delivery> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers.get("content-length")?.parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    Some(Delivery { path, headers, body: String::from_utf8(body).unwrap() })
}
