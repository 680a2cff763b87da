//! The page of figures and the state of health, over HTTP, where only this machine can connect.
//! Reads what others count and changes nothing. The only HTTP that the daemon knows.

mod figures;
mod process;
mod tallies;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub(crate) use self::figures::figure_names;
pub(super) use self::tallies::Tallies;
use super::listen::local::{LocalListener, LocalPlace};

/// Connections at once; more wait in the kernel.
const CONNECTIONS_MAX: usize = 8;

/// For all that one connection does: one request and its answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// How soon the engine must have turned once: it takes milliseconds, under load too.
const TURN_TIMEOUT: Duration = Duration::from_secs(3);

/// Head of a request, and the fields in it.
const HEAD_BYTES_MAX: usize = 8 * 1024;
const HEAD_FIELDS_MAX: usize = 64;

/// After a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The page while it can be had.
#[derive(Debug)]
pub(super) struct Page {
    place: LocalPlace,
    draining: Arc<AtomicBool>,
    task: JoinSet<()>,
}

/// What the page is made from.
#[derive(Debug)]
struct Source {
    registry: Registry,
    tallies: Tallies,
    draining: Arc<AtomicBool>,
}

impl Page {
    pub(super) fn open(listener: LocalListener, tallies: Tallies) -> Result<Self, super::Failure> {
        let place = listener.place()?;
        let draining = Arc::<AtomicBool>::default();
        let mut registry = Registry::default();
        registry.register_collector(Box::new(tallies.clone()));
        let source = Source { registry, tallies, draining: Arc::clone(&draining) };
        let mut task = JoinSet::new();
        task.spawn(accept(listener, Arc::new(source)));
        Ok(Self { place, draining, task })
    }

    pub(super) fn place(&self) -> &LocalPlace {
        &self.place
    }

    /// From here on the daemon is not ready. The page can still be had.
    pub(super) fn begin_drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(super) async fn close(mut self) {
        self.task.shutdown().await;
    }
}

/// For as long as it is polled.
async fn accept(listener: LocalListener, source: Arc<Source>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        let source = Arc::clone(&source);
        let accepted = match &listener {
            LocalListener::Unix(unix, _) => {
                unix.accept().await.map(|(stream, _)| connections.spawn(serve(stream, source)))
            }
            LocalListener::Tcp(tcp) => {
                tcp.accept().await.map(|(stream, _)| connections.spawn(serve(stream, source)))
            }
        };
        if let Err(error) = accepted {
            tracing::warn!(%error, "the page of figures cannot be had now");
            sleep(ACCEPT_PAUSE).await;
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve<S>(stream: S, source: Arc<Source>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.keep_alive(false).max_header_size(HEAD_BYTES_MAX).max_headers(HEAD_FIELDS_MAX);
    let service = service_fn(|request: Request<Incoming>| {
        let source = Arc::clone(&source);
        async move { Ok::<_, Infallible>(answer(&source, &request).await) }
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    match timeout(CONNECTION_TIMEOUT, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a reader of figures"),
        Err(_) => tracing::debug!("a reader of figures took too long"),
    }
}

async fn answer(source: &Source, request: &Request<Incoming>) -> Response<String> {
    let page = match request.uri().path() {
        "/metrics" | "/livez" | "/readyz" if !is_read(request.method()) => {
            let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
            refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            refusal
        }
        "/metrics" => source.figures(),
        "/livez" => source.is_alive().await,
        "/readyz" => source.is_ready(),
        _ => plain(StatusCode::NOT_FOUND, "there are /metrics, /livez and /readyz"),
    };
    with_headers(page)
}

fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

impl Source {
    fn figures(&self) -> Response<String> {
        let mut page = String::new();
        if let Err(error) = text::encode(&mut page, &self.registry) {
            tracing::error!(%error, "the page of figures");
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be written");
        }
        let mut response = Response::new(page);
        response.headers_mut().insert(CONTENT_TYPE, OPEN_METRICS);
        response
    }

    /// What the watchdog asks as well.
    async fn is_alive(&self) -> Response<String> {
        match timeout(TURN_TIMEOUT, self.tallies.inbox.alive()).await {
            Ok(true) => plain(StatusCode::OK, "ok"),
            Ok(false) => plain(StatusCode::SERVICE_UNAVAILABLE, "the engine has ended"),
            Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "the engine does not turn"),
        }
    }

    /// The page is opened after the listeners, so what is left to ask is short.
    fn is_ready(&self) -> Response<String> {
        if self.draining.load(Ordering::Relaxed) {
            plain(StatusCode::SERVICE_UNAVAILABLE, "the daemon is stopping")
        } else if self.tallies.engine.storage_full.get() > 0 {
            plain(StatusCode::SERVICE_UNAVAILABLE, "the disk is full: nothing can be written")
        } else {
            plain(StatusCode::OK, "ok")
        }
    }
}

fn plain(status: StatusCode, line: &str) -> Response<String> {
    let mut response = Response::new(format!("{line}\n"));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, PLAIN);
    response
}

fn with_headers(mut response: Response<String>) -> Response<String> {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
