//! The page of figures and the state of health, where only this machine can connect. The public
//! listeners know nothing of it.

pub(crate) mod calls;
pub(crate) mod deliveries;
pub(crate) mod figures;
mod place;
pub(crate) mod traffic;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use self::place::Listener;
pub(crate) use self::place::Place;
use crate::http;
use crate::server::Bridge;

/// Connections at once; more wait in the kernel.
const CONNECTIONS_MAX: usize = 8;

/// For all that one connection does: one request and its answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// How soon a task must have had its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(3);

/// Head of a request, and the fields in it.
const HEAD_BYTES_MAX: usize = 8 * 1024;
const HEAD_FIELDS_MAX: usize = 64;

/// After a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The page while it can be had.
pub(crate) struct Page {
    task: JoinSet<()>,
}

/// Its place is taken; nobody is answered yet.
pub(crate) struct Bound(Listener);

pub(crate) fn bind(place: &Place) -> io::Result<Bound> {
    place.bind().map(Bound)
}

impl Bound {
    pub(crate) fn open(self, bridge: Arc<Bridge>) -> io::Result<Page> {
        info!(place = %self.0.place()?, "figures");
        let mut task = JoinSet::new();
        task.spawn(accept(self.0, router(bridge)));
        Ok(Page { task })
    }
}

impl Page {
    pub(crate) async fn close(mut self) {
        self.task.shutdown().await;
    }
}

fn router(bridge: Arc<Bridge>) -> Router {
    Router::new()
        .route("/metrics", get(figures))
        .route("/livez", get(livez))
        .route("/readyz", get(http::readyz))
        .with_state(bridge)
}

async fn figures(State(bridge): State<Arc<Bridge>>) -> Response {
    match bridge.figures.page() {
        Ok(page) => {
            let headers =
                [(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, "no-store")];
            (headers, page).into_response()
        }
        Err(error) => {
            warn!(%error, "the page of figures cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What the watchdog asks as well: a round trip through the runtime.
async fn livez() -> (StatusCode, &'static str) {
    match timeout(TURN_TIMEOUT, tokio::spawn(async {})).await {
        Ok(Ok(())) => (StatusCode::OK, "ok\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the runtime does not turn\n"),
    }
}

/// For as long as it is polled.
async fn accept(listener: Listener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        let router = router.clone();
        let accepted = match &listener {
            Listener::Unix(unix, _) => {
                unix.accept().await.map(|(stream, _)| connections.spawn(serve(stream, router)))
            }
            Listener::Tcp(tcp) => {
                tcp.accept().await.map(|(stream, _)| connections.spawn(serve(stream, router)))
            }
        };
        if let Err(error) = accepted {
            warn!(%error, "the page of figures cannot be had now");
            sleep(ACCEPT_PAUSE).await;
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve<S>(stream: S, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.keep_alive(false).max_header_size(HEAD_BYTES_MAX).max_headers(HEAD_FIELDS_MAX);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let request: Request = request.map(Body::new);
        TowerToHyperService::new(router.clone()).call(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    match timeout(CONNECTION_TIMEOUT, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "a reader of figures"),
        Err(_) => debug!("a reader of figures took too long"),
    }
}
