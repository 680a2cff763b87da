//! How a connection is made: TCP, then TLS if there is any, then WebSocket if it is one.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self};

use super::{Connection, Connector, Duplex, READ_BYTES};
use crate::client::trust::untrusted;
use crate::client::{Error, Options, ServerUrl, Transport};
use crate::limits::{ALPN, FRAME_BYTES_MAX, SUBPROTOCOL};

const ALPN_HTTP: &[u8] = b"http/1.1";

/// The longest message of a bridge: many frames may share one.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Makes connections to one server, as often as it is asked to.
#[derive(Clone)]
pub(in crate::client) struct Dialer {
    server: ServerUrl,
    connector: Option<Connector>,
    /// `None`: in clear.
    tls: Option<TlsConnector>,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dialer({})", self.server.authority())
    }
}

impl Dialer {
    /// Looks at the rules once, so that files are read once.
    pub(in crate::client) fn new(options: &Options) -> Result<Self, Error> {
        let server = options.server.clone();
        let connector = options.connector.clone();
        let tls = match server.transport {
            _ if connector.is_some() => None,
            Transport::Tcp => Some(options.trust.tls_config(&server, ALPN)?),
            Transport::Wss | Transport::Https => {
                Some(options.trust.tls_config(&server, ALPN_HTTP)?)
            }
            Transport::Ws | Transport::Http
                if server.is_loopback() || options.allow_insecure_ws =>
            {
                None
            }
            Transport::Ws | Transport::Http => {
                let why = "ws:// and http:// beyond this machine can be read by everybody; use \
                           wss:// or https://";
                return Err(Error::Insecure(why.to_owned()));
            }
        };
        Ok(Self { server, connector, tls: tls.map(|config| TlsConnector::from(Arc::new(config))) })
    }

    /// Connects. Has no deadline of its own: drop the future.
    pub(in crate::client) async fn dial(self) -> Result<Connection, Error> {
        if let Some(connector) = &self.connector {
            let stream = connector.connect().await.map_err(|error| self.failed(&error))?;
            return Ok(Connection::Stream(stream));
        }
        let tcp = self.tcp().await?;
        match (&self.tls, self.server.transport) {
            (Some(tls), Transport::Tcp) => {
                let stream = self.encrypt(tls, tcp).await?;
                if stream.get_ref().1.alpn_protocol() != Some(ALPN) {
                    return Err(
                        self.failed(&"this is no Parlor daemon: it did not choose parlor/1")
                    );
                }
                Ok(Connection::Stream(Box::new(stream)))
            }
            (Some(tls), _) => {
                let stream = self.encrypt(tls, tcp).await?;
                self.upgrade(Box::new(stream)).await
            }
            (None, _) => self.upgrade(Box::new(tcp)).await,
        }
    }

    /// The stream on which HTTP is spoken.
    #[cfg(feature = "http")]
    pub(in crate::client) async fn dial_http(self) -> Result<Box<dyn Duplex>, Error> {
        if let Some(connector) = &self.connector {
            return connector.connect().await.map_err(|error| self.failed(&error));
        }
        let tcp = self.tcp().await?;
        match &self.tls {
            Some(tls) => Ok(Box::new(self.encrypt(tls, tcp).await?)),
            None => Ok(Box::new(tcp)),
        }
    }

    async fn tcp(&self) -> Result<TcpStream, Error> {
        let (host, port) = (self.server.host.as_str(), self.server.port);
        let tcp = TcpStream::connect((host, port)).await.map_err(|error| self.failed(&error))?;
        // A frame waits for nothing.
        tcp.set_nodelay(true).map_err(|error| self.failed(&error))?;
        Ok(tcp)
    }

    async fn encrypt(
        &self,
        tls: &TlsConnector,
        tcp: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Error> {
        let name = ServerName::try_from(self.server.host.clone())
            .map_err(|error| Error::BadUrl(format!("{:?}: {error}", self.server.host)))?;
        tls.connect(name, tcp).await.map_err(|error| self.refused(&error))
    }

    async fn upgrade(&self, stream: Box<dyn Duplex>) -> Result<Connection, Error> {
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        let url = format!("{scheme}://{}{}", self.server.authority(), self.server.path);
        let mut request = url.into_client_request().map_err(|error| self.failed(&error))?;
        let subprotocol = HeaderValue::from_static(SUBPROTOCOL);
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(MESSAGE_BYTES_MAX + FRAME_BYTES_MAX)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        match client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Connection::Messages(Box::new(socket))),
            Err(tungstenite::Error::Http(answer)) => Err(self.failed(&said(answer.status()))),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn refused(&self, error: &io::Error) -> Error {
        untrusted(error).unwrap_or_else(|| self.failed(&format!("TLS: {error}")))
    }

    fn failed(&self, why: &dyn fmt::Display) -> Error {
        Error::Unreachable(format!("{}: {why}", self.server.authority()))
    }
}

fn said(status: StatusCode) -> String {
    match status {
        StatusCode::NOT_FOUND => "this is no Parlor bridge: it answered HTTP 404".to_owned(),
        status => format!("the bridge answered HTTP {}", status.as_u16()),
    }
}
