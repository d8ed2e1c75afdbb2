//! The routes of the API are those that `infra/openapi.yaml` describes, and nobody comes in without a token.

use crate::{none, one, template};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// `GET /v1/reports/{id}` of everything described.
fn described(openapi: &Value) -> BTreeSet<String> {
    let paths = openapi["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = METHODS.into_iter().filter(|method| item.get(method).is_some());
        methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

fn complaints(app: &Value, openapi: &Value) -> Vec<String> {
    let described = described(openapi);
    let routes: Vec<&Value> = template::resources(app, "AWS::ApiGatewayV2::Route").map(|(_, route)| route).collect();
    // API Gateway marks what takes slashes too, `{path+}`; OpenAPI has no word for it.
    let key = |route: &Value| route["Properties"]["RouteKey"].as_str().unwrap_or_default().replace("{path+}", "{path}");
    let routed: BTreeSet<String> = routes.iter().map(|route| key(route)).collect();
    let missing = described.difference(&routed).map(|key| format!("infra/app.yaml has no route {key}"));
    let foreign = routed.difference(&described).map(|key| format!("infra/openapi.yaml does not describe {key}"));
    let mut complaints: Vec<String> = missing.chain(foreign).collect();
    for route in routes {
        let (properties, key) = (&route["Properties"], key(route));
        let integration = if key.starts_with("GET ") { "ApiReadIntegration" } else { "ApiWriteIntegration" };
        if properties["Target"] != json!({"Fn::Sub": format!("integrations/${{{integration}}}")}) {
            complaints.push(format!("{key} does not lead to {integration}"));
        }
        if properties["AuthorizationType"] != "JWT" || properties["AuthorizerId"] != json!({"Ref": "ApiAuthorizer"}) {
            complaints.push(format!("{key} asks for no token"));
        }
    }
    complaints
}

#[test]
fn the_routes_are_those_of_the_description_and_each_asks_for_a_token() {
    let openapi = template::read("infra/openapi.yaml");
    assert!(described(&openapi).len() >= 10);
    none(complaints(&template::app(), &openapi));
}

#[test]
fn a_route_that_only_one_of_both_has_or_that_is_open_is_seen() {
    let (app, openapi) = (template::app(), template::read("infra/openapi.yaml"));
    let mut fewer = openapi.clone();
    fewer["paths"].as_object_mut().unwrap().remove("/v1/evidence/{id}");
    one(complaints(&app, &fewer), "does not describe GET /v1/evidence/{id}");
    let mut more = openapi.clone();
    more["paths"]["/v1/holds"] = json!({"post": {}});
    one(complaints(&app, &more), "no route POST /v1/holds");
    let mut narrow = app.clone();
    narrow["Resources"]["LogTileRoute"]["Properties"]["RouteKey"] = json!("GET /v1/log/tile");
    assert_eq!(complaints(&narrow, &openapi).len(), 2);
    let planted = |plant: fn(&mut Value)| {
        let mut app = app.clone();
        plant(&mut app["Resources"]["CollectRoute"]["Properties"]);
        complaints(&app, &openapi)
    };
    one(planted(|route| route["AuthorizationType"] = json!("NONE")), "collect asks for no token");
    one(
        planted(|route| route["Target"] = json!({"Fn::Sub": "integrations/${ApiReadIntegration}"})),
        "ApiWriteIntegration",
    );
}
