//! The two ways to write frames into the messages of a WebSocket, and who wants which.

use axum::http::{HeaderMap, HeaderValue, header};
use parlor_proto::limits::{SUBPROTOCOL, SUBPROTOCOL_JSON};

/// What a client has chosen by its subprotocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flavor {
    /// Frames as they are.
    Binary,
    /// Frames as JSON.
    Json,
}

impl Flavor {
    pub(crate) const ALL: [Self; 2] = [Self::Binary, Self::Json];

    /// The first that a client offers and we have.
    pub(crate) fn offered(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(header::SEC_WEBSOCKET_PROTOCOL)
            .iter()
            .filter_map(|offer| offer.to_str().ok())
            .flat_map(|offer| offer.split(','))
            .find_map(|offer| Self::ALL.into_iter().find(|ours| ours.name() == offer.trim()))
    }

    pub(crate) fn subprotocol(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    /// What figures call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Json => "json",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Binary => SUBPROTOCOL,
            Self::Json => SUBPROTOCOL_JSON,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(offers: &[&str], expect: Option<Flavor>) {
        let mut headers = HeaderMap::new();
        for offer in offers {
            headers.append(header::SEC_WEBSOCKET_PROTOCOL, offer.parse().unwrap());
        }
        assert_eq!(Flavor::offered(&headers), expect, "{offers:?}");
    }

    #[test]
    fn the_first_that_is_ours_is_taken() {
        check(&["parlor.v1"], Some(Flavor::Binary));
        check(&["parlor.v1.json"], Some(Flavor::Json));
        check(&["v9, parlor.v1.json, parlor.v1"], Some(Flavor::Json));
        check(&["v9", "parlor.v1,parlor.v1.json"], Some(Flavor::Binary));
        check(&["parlor.v1.jso", "Parlor.v1", "parlor"], None);
        check(&[], None);
    }
}
