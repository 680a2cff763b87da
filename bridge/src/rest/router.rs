//! Which paths there are. A route and its line in the OpenAPI document are one.

use std::sync::Arc;

use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Router, middleware};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::{Head, complete, tagged};
use super::guard::guard;
use super::problem::{Own, Refused};
use super::{account, admin, events, file, member, message, reading, room, session, webhook};
use crate::server::Bridge;

/// Where the document of all this is.
const DOCUMENT_PATH: &str = "/v1/openapi.json";

pub(crate) fn router(bridge: &Arc<Bridge>) -> Router<Arc<Bridge>> {
    let (router, document) = areas().split_for_parts();
    // Made of constants, it always has a form.
    let json: Arc<str> = complete(document).to_json().unwrap_or_default().into();
    router
        .route(DOCUMENT_PATH, get(move || async move { serve(&json) }))
        .method_not_allowed_fallback(no_such_method)
        .fallback(no_such_path)
        .layer(middleware::from_fn_with_state(Arc::clone(bridge), guard))
}

fn areas() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::with_openapi(Head::openapi())
        .merge(tagged("sessions", session_routes()))
        .merge(tagged("account", account_routes()))
        .merge(tagged("rooms", room_routes()))
        .merge(tagged("members", member_routes()))
        .merge(tagged("messages", message_routes()))
        .merge(tagged("files", file_routes()))
        .merge(tagged("reading", reading_routes()))
        .merge(tagged("admin", admin_routes()))
        .merge(tagged("webhooks", webhook_routes()))
}

fn session_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(session::server))
        .routes(routes!(session::register))
        .routes(routes!(session::sign_in, session::list, session::end_others))
        .routes(routes!(session::reset_password))
        .routes(routes!(session::current, session::log_out))
        .routes(routes!(session::end))
}

fn account_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(account::me, account::set_profile))
        .routes(routes!(account::set_status))
        .routes(routes!(account::change_password))
        .routes(routes!(account::list_devices))
        .routes(routes!(account::rename_device, account::remove_device))
        .routes(routes!(account::find_users))
        .routes(routes!(account::get_user))
        .routes(routes!(account::get_presences))
        .routes(routes!(account::get_presence))
        .routes(routes!(account::create_invite, account::list_invites))
        .routes(routes!(account::revoke_invite))
}

fn room_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(room::list_own))
        .routes(routes!(room::find))
        .routes(routes!(room::create))
        .routes(routes!(room::join_by_name))
        .routes(routes!(room::get, room::change, room::archive))
        .routes(routes!(room::transfer))
        .routes(routes!(room::set_preferences))
        .routes(routes!(room::join, room::leave))
        .routes(routes!(room::get_direct))
}

fn member_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(member::list))
        .routes(routes!(member::remove))
        .routes(routes!(member::set_role))
        .routes(routes!(member::mute, member::unmute))
        .routes(routes!(member::invite, member::uninvite))
        .routes(routes!(member::decline))
        .routes(routes!(member::list_bans))
        .routes(routes!(member::ban, member::unban))
}

fn message_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(message::list))
        .routes(routes!(message::send))
        .routes(routes!(message::send_direct))
        .routes(routes!(message::get, message::edit, message::delete))
        .routes(routes!(message::list_thread))
        .routes(routes!(message::list_reactions))
        .routes(routes!(message::react, message::unreact))
}

fn file_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(file::upload::begin, file::upload::list))
        .routes(routes!(file::upload::get, file::upload::send, file::upload::cancel))
        .routes(routes!(file::content::content))
}

fn reading_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(events::follow))
        .routes(routes!(reading::mark_read))
        .routes(routes!(reading::list_unread))
        .routes(routes!(reading::list_mentions))
        .routes(routes!(reading::search))
        .routes(routes!(reading::list_cursors))
        .routes(routes!(reading::set_cursor))
        .routes(routes!(reading::remove_cursor))
}

fn admin_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(admin::claim))
        .routes(routes!(admin::list_users))
        .routes(routes!(admin::suspend, admin::restore))
        .routes(routes!(admin::set_role))
        .routes(routes!(admin::create_reset_code))
        .routes(routes!(admin::end_sessions))
        .routes(routes!(admin::list_audit))
        .routes(routes!(admin::create_bot, admin::list_bots))
        .routes(routes!(admin::create_api_token))
        .routes(routes!(admin::revoke_api_token))
}

fn webhook_routes() -> OpenApiRouter<Arc<Bridge>> {
    OpenApiRouter::new()
        .routes(routes!(webhook::create, webhook::list))
        .routes(routes!(webhook::remove))
        .routes(routes!(webhook::pause, webhook::resume))
        .routes(routes!(webhook::say))
}

fn serve(json: &str) -> impl IntoResponse + use<> {
    ([(header::CONTENT_TYPE, "application/json")], json.to_owned())
}

async fn no_such_path() -> Refused {
    Refused::own(Own::NoSuchPath, "there is nothing at this path; /v1/openapi.json lists what is")
}

async fn no_such_method() -> Refused {
    Refused::own(Own::NoSuchMethod, "this path does not have that method")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_call_has_a_name_and_a_place_of_its_own() {
        let (_, document) = areas().split_for_parts();
        let tags = document.tags.iter().flatten().map(|tag| tag.name.as_str());
        let tags: Vec<_> = tags.collect();
        let document = serde_json::to_value(complete(document.clone())).unwrap();
        let mut names = HashSet::new();
        let paths = document["paths"].as_object().unwrap();
        for (path, call) in paths.iter().flat_map(|(path, item)| {
            item.as_object().unwrap().values().map(move |call| (path, call))
        }) {
            let name = call["operationId"].as_str().unwrap();
            assert!(name.contains('_'), "{path}: a name says what is done to what: {name}");
            assert!(names.insert(name.to_owned()), "{path}: {name} is another call's name");
            let its: Vec<_> = call["tags"].as_array().unwrap().iter().collect();
            assert!(matches!(its[..], [tag] if tags.contains(&tag.as_str().unwrap())), "{path}");
            assert!(call["summary"].is_string(), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_missing_in_answers() {
        let (_, document) = areas().split_for_parts();
        let document = serde_json::to_value(complete(document)).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for (name, schema) in schemas {
            let is_input = schema["additionalProperties"] == false;
            let properties = schema["properties"].as_object().into_iter().flatten();
            for (property, schema) in properties.filter(|_| !is_input) {
                assert!(!schema.to_string().contains("\"null\""), "{name}.{property}: {schema}");
            }
        }
    }

    #[test]
    fn the_document_is_the_one_that_is_kept() {
        let (_, document) = areas().split_for_parts();
        let json = complete(document).to_pretty_json().unwrap() + "\n";
        let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(kept, json).unwrap();
        } else {
            let is_kept = std::fs::read_to_string(kept).is_ok_and(|kept| kept == json);
            assert!(is_kept, "the document has changed; UPDATE_EXPECT=1 writes openapi.json anew");
        }
    }
}
