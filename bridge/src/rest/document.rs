//! What the OpenAPI document says of all calls: how to show who one is, and what may be told
//! instead of an answer.

mod complete;

use std::collections::{BTreeMap, BTreeSet};

use parlor_proto::codes::Reason;
use parlor_proto::rest::problem::PROBLEM_JSON;
use parlor_proto::rest::{MarkerMoved, Problem, Ready, RoomRemoved, Uninvited};
use parlor_proto::v1;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, ToSchema as _};

pub(super) use self::complete::{complete, tagged};
use super::problem::Own;

/// How the document names the way to show who one is.
const BEARER: &str = "bearer";

/// How the document names the header that every answer has.
const REQUEST_ID: &str = "RequestId";

/// The head of the document; the router adds each route.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Parlor",
        description = "Every action of a user, as REST. `bridge/REST.md` tells the rest. What has \
                       `GET` has `HEAD` too. Limits of length are bytes of UTF-8: a text that is \
                       not ASCII may be too long although it has few enough characters.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(
        Problem,
        Ready,
        RoomRemoved,
        Uninvited,
        MarkerMoved
    )),
    tags(
        (name = "sessions", description = "Accounts to be, and sessions"),
        (name = "account", description = "Oneself, other people, invites to the server"),
        (name = "rooms", description = "Rooms: found, made, joined, changed"),
        (name = "members", description = "Who is in a room"),
        (name = "messages", description = "What is said"),
        (name = "files", description = "What goes with messages"),
        (name = "reading", description = "What happens, what was read, missed, found"),
        (name = "admin", description = "Bots, and what administrators do"),
        (name = "webhooks", description = "Programs that say something, or are told"),
    ),
    modifiers(&Shared)
)]
pub(super) struct Head;

/// What calls refer to.
struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut OpenApi) {
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.description = Some("The token of a session, or the API token of a bot.".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(BEARER, SecurityScheme::Http(http));
        let text = ObjectBuilder::new().schema_type(Type::String);
        let id = text.pattern(Some("^[A-Za-z0-9._-]{1,64}$")).build();
        let id = header("The request, as it is called in logs", id);
        components.headers.insert(REQUEST_ID.to_owned(), id.into());
        add_problems(components);
    }
}

fn header(description: &str, schema: Object) -> Header {
    HeaderBuilder::new().description(Some(description)).schema(Some(schema)).build()
}

/// What a call with a token may be told instead of its answer.
pub(super) struct Problems;

/// The same for one without.
pub(super) struct OpenProblems;

/// Every problem by its status, and whether also those are told it who need no token.
const PROBLEMS: [(u16, &str, bool); 15] = [
    (400, "Something in the request cannot be right", true),
    (401, "Who asks is not known, or no longer", true),
    (403, "Not allowed, or the page's origin is not", true),
    (404, "There is no such thing, or it may not be seen", false),
    (406, "The answer has none of the media types wanted", true),
    (408, "The body did not come in time", true),
    (409, "It cannot be done as things stand", true),
    (413, "The body is too large", true),
    (415, "The body is not JSON", true),
    (429, "Too much, or too often", true),
    (500, "The server failed", true),
    (501, "This bridge cannot do it", false),
    (502, "The server did not speak the protocol", true),
    (503, "Not now: the server cannot be reached, or has no room", true),
    (504, "The server did not answer in time", true),
];

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        PROBLEMS.iter().map(|(status, ..)| reference(*status)).collect()
    }
}

impl IntoResponses for OpenProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let told = PROBLEMS.iter().filter(|(.., is_open)| *is_open);
        told.map(|(status, ..)| reference(*status)).collect()
    }
}

fn reference(status: u16) -> (String, RefOr<Response>) {
    (status.to_string(), Ref::from_response_name(format!("Problem{status}")).into())
}

fn add_problems(components: &mut Components) {
    for (status, description, _) in PROBLEMS {
        let description = format!("{description}. Reasons: {}.", reasons(status).join(", "));
        let schema = Ref::from_schema_name(Problem::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let mut problem =
            ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build();
        if matches!(status, 429 | 503) {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
            let after = header("Seconds to wait", seconds.build());
            problem.headers.insert("retry-after".to_owned(), after.into());
        }
        if status == 401 {
            let text = ObjectBuilder::new().schema_type(Type::String).build();
            let challenge = header("How to show who one is (RFC 6750)", text);
            problem.headers.insert("www-authenticate".to_owned(), challenge.into());
        }
        components.responses.insert(format!("Problem{status}"), problem.into());
    }
}

/// What is told under a status.
fn reasons(status: u16) -> Vec<String> {
    let daemons = Reason::ALL.iter().filter(|reason| status_of(**reason) == status);
    let ours = Own::ALL.iter().filter(|own| own.status() == status);
    let all = daemons.map(|reason| reason.as_str()).chain(ours.map(|own| own.reason()));
    // Some are told by both.
    let all: BTreeSet<_> = all.collect();
    all.into_iter().map(|reason| format!("`{reason}`")).collect()
}

fn status_of(reason: Reason) -> u16 {
    let (code, reason) = (reason.code().into(), reason.as_str().to_owned());
    Problem::of(v1::Error { code, reason, ..v1::Error::default() }).status
}
