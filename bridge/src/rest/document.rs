//! What the OpenAPI document says of all calls: how to show who one is, and what may be told
//! instead of an answer.

use std::collections::BTreeMap;

use parlor_proto::rest::problem::PROBLEM_JSON;
use parlor_proto::rest::{MarkerMoved, Problem, Ready, RoomRemoved, Uninvited};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, ToSchema as _};

/// How the document names the way to show who one is.
const BEARER: &str = "bearer";

/// The head of the document; the router adds each route.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Parlor",
        description = "Every action of a user, as REST. `bridge/REST.md` tells the rest.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(
        Problem,
        Ready,
        RoomRemoved,
        Uninvited,
        MarkerMoved
    )),
    modifiers(&Bearer)
)]
pub(super) struct Head;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.description = Some("The token of a session, or the API token of a bot.".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(BEARER, SecurityScheme::Http(http));
        for (status, description, _) in PROBLEMS {
            let name = format!("Problem{status}");
            components.responses.insert(name, problem(description).into());
        }
    }
}

/// What a call with a token may be told instead of its answer.
pub(super) struct Problems;

/// The same for one without.
pub(super) struct OpenProblems;

/// Every problem by its status, and whether also those are told it who need no token.
const PROBLEMS: [(&str, &str, bool); 15] = [
    ("400", "Something in the request cannot be right", true),
    ("401", "Who asks is not known, or no longer", true),
    ("403", "Not allowed, or the page's origin is not", true),
    ("404", "There is no such thing, or it may not be seen", false),
    ("406", "The answer has none of the media types wanted", true),
    ("408", "The body did not come in time", true),
    ("409", "It cannot be done as things stand", true),
    ("413", "The body is too large", true),
    ("415", "The body is not JSON", true),
    ("429", "Too much, or too often", true),
    ("500", "The server failed", true),
    ("501", "This bridge cannot do it", false),
    ("502", "The server did not speak the protocol", true),
    ("503", "Not now: the server cannot be reached, or has no room", true),
    ("504", "The server did not answer in time", true),
];

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        PROBLEMS.iter().map(|(status, ..)| reference(status)).collect()
    }
}

impl IntoResponses for OpenProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let told = PROBLEMS.iter().filter(|(.., is_open)| *is_open);
        told.map(|(status, ..)| reference(status)).collect()
    }
}

fn reference(status: &str) -> (String, RefOr<Response>) {
    (status.to_owned(), Ref::from_response_name(format!("Problem{status}")).into())
}

fn problem(description: &str) -> Response {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build()
}

/// What the generator leaves out and OpenAPI 3.1 wants.
pub(super) fn complete(mut document: OpenApi) -> OpenApi {
    let items = document.paths.paths.values_mut();
    for operation in items.flat_map(operations) {
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response
                && response.description.is_empty()
            {
                "Done".clone_into(&mut response.description);
            }
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}
