//! The description of the API, OpenAPI 3.1, made from the endpoints as they are added.

use super::code::Code;
use super::problem;
use super::rights::Right;
use std::collections::BTreeMap;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, ResponseBuilder};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "PikoCI",
        description = "The HTTP API of a PikoCI server. Unknown fields are to be passed over: a newer server may say more.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        version = env!("CARGO_PKG_VERSION"),
    ),
    components(schemas(problem::View)),
    tags(
        (name = "pipelines", description = "Pipelines and their revisions"),
        (name = "jobs", description = "Jobs"),
        (name = "builds", description = "Builds, their logs and what happens to them"),
        (name = "resources", description = "Resources, their versions and checks"),
        (name = "server", description = "The server itself"),
    ),
)]
struct Base;

/// The name of the way to show who one is.
const TOKEN: &str = "token";

/// The description of no endpoint.
pub(super) fn base() -> OpenApi {
    let mut description = Base::openapi();
    let mut token = Http::new(HttpAuthScheme::Bearer);
    token.description = Some("The token that the first start of the server printed".into());
    let components = description.components.get_or_insert_default();
    components.add_security_scheme(TOKEN, SecurityScheme::Http(token));
    description
}

/// Adds an endpoint.
pub(super) fn add(
    description: &mut OpenApi,
    right: Right,
    codes: &[Code],
    schemas: Vec<(String, RefOr<Schema>)>,
    paths: Paths,
) {
    description.components.get_or_insert_default().schemas.extend(schemas);
    for (path, mut item) in paths.paths {
        operations(&mut item).for_each(|operation| complete(operation, right, codes));
        match description.paths.paths.get_mut(&path) {
            Some(there) => there.merge_operations(item),
            None => drop(description.paths.paths.insert(path, item)),
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
}

/// Adds what follows from the right and from what the endpoint takes.
fn complete(operation: &mut Operation, right: Right, codes: &[Code]) {
    let open = right == Right::None;
    operation.security =
        Some(if open { Vec::new() } else { vec![SecurityRequirement::new(TOKEN, Vec::<String>::new())] });
    let needs = format!("Needs the right {}.", right.words());
    if !open {
        operation.description = Some(match operation.description.take().filter(|text| !text.is_empty()) {
            Some(text) => format!("{text}\n\n{needs}"),
            None => needs,
        });
    }
    for (status, codes) in by_status(&all_codes(operation, open, codes)) {
        operation.responses.responses.insert(status, problem_response(&codes).into());
    }
}

fn all_codes(operation: &Operation, open: bool, own: &[Code]) -> Vec<Code> {
    let takes = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let mut codes = own.to_vec();
    codes.extend(takes.then_some(Code::InvalidRequest));
    if operation.request_body.is_some() {
        codes.extend([Code::MalformedJson, Code::BodyTooLarge]);
    }
    if !open {
        codes.extend([Code::NotAuthenticated, Code::Unavailable]);
    }
    codes.sort();
    codes.dedup();
    codes
}

fn by_status(codes: &[Code]) -> BTreeMap<String, Vec<Code>> {
    let mut statuses: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for code in codes {
        statuses.entry(code.status().as_str().to_owned()).or_default().push(*code);
    }
    statuses
}

fn problem_response(codes: &[Code]) -> utoipa::openapi::Response {
    let words: Vec<_> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(words.join(", ")).content("application/problem+json", content).build()
}
