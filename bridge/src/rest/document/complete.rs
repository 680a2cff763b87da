//! What the generator leaves out, or says more loosely than it is.

use std::sync::Arc;

use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{AdditionalProperties, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, PathItem, Ref, RefOr, Response};
use utoipa_axum::router::OpenApiRouter;

use super::REQUEST_ID;
use crate::server::Bridge;

/// Routes of one area.
pub(in crate::rest) fn tagged(
    tag: &str,
    mut router: OpenApiRouter<Arc<Bridge>>,
) -> OpenApiRouter<Arc<Bridge>> {
    for operation in operations(router.get_openapi_mut()) {
        operation.tags = Some(vec![tag.to_owned()]);
    }
    router
}

/// The document as it is served.
pub(in crate::rest) fn complete(mut document: OpenApi) -> OpenApi {
    for operation in operations(&mut document) {
        operation.parameters.iter_mut().flatten().for_each(complete_parameter);
        complete_body(&mut operation.request_body);
        operation.responses.responses.values_mut().for_each(complete_response);
    }
    if let Some(components) = &mut document.components {
        components.responses.values_mut().for_each(complete_response);
        components.schemas.values_mut().for_each(complete_schema);
    }
    document
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|item| {
        let PathItem { get, put, post, delete, patch, head, .. } = item;
        [get, put, post, delete, patch, head].into_iter().flatten()
    })
}

/// A parameter that is missing is not there.
fn complete_parameter(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(parameter) = parameter {
        parameter.schema.iter_mut().for_each(never_null);
    }
}

/// So is a body.
fn complete_body(body: &mut Option<RefOr<RequestBody>>) {
    let Some(RefOr::T(body)) = body else { return };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content {
            content.schema.iter_mut().for_each(never_null);
        }
    }
}

fn complete_response(response: &mut RefOr<Response>) {
    if let RefOr::T(response) = response {
        if response.description.is_empty() {
            "Done".clone_into(&mut response.description);
        }
        let id = Ref::new(format!("#/components/headers/{REQUEST_ID}"));
        response.headers.insert("x-request-id".to_owned(), RefOr::Ref(id));
    }
}

/// In an answer what is not there is missing. Requests may say null, as many libraries do.
fn complete_schema(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(object)) = schema else { return };
    let closed = AdditionalProperties::FreeForm(false);
    let is_input = object.additional_properties.as_deref() == Some(&closed);
    for property in object.properties.values_mut() {
        if let RefOr::T(Schema::Object(property)) = property
            && property.default.as_ref().is_some_and(serde_json::Value::is_null)
        {
            property.default = None;
        }
        if !is_input {
            never_null(property);
        }
    }
}

fn never_null(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::OneOf(one)) => {
            one.items.retain(|item| !is_null(item));
            if let [only] = one.items.as_slice() {
                let only = only.clone();
                *schema = only;
            }
        }
        RefOr::T(Schema::Object(object)) => never_null_type(&mut object.schema_type),
        RefOr::T(Schema::Array(array)) => never_null_type(&mut array.schema_type),
        RefOr::T(_) | RefOr::Ref(_) => {}
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(Schema::Object(object)) = schema else { return false };
    object.schema_type == SchemaType::Type(Type::Null)
}

fn never_null_type(schema_type: &mut SchemaType) {
    if let SchemaType::Array(types) = schema_type {
        types.retain(|one| *one != Type::Null);
        if let [only] = types.as_slice() {
            *schema_type = SchemaType::Type(only.clone());
        }
    }
}
