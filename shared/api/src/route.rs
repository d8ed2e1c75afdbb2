//! Every route with the roles that may ask it: what the code, `infra/openapi.yaml` and the tests share.

use crate::Role;
use std::fmt;

/// A method of HTTP that a route has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Starts something.
    Post,
    /// Says how something is; again is the same.
    Put,
}

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, with placeholders: `/v1/reports/{id}`.
    pub path: &'static str,
    /// The `operationId` in `infra/openapi.yaml`.
    pub operation: &'static str,
    /// Who may ask it.
    pub roles: &'static [Role],
}

const READERS: &[Role] = &[Role::Admin, Role::Engineer, Role::Approver, Role::Auditor];
const REPORTERS: &[Role] = &[Role::Admin, Role::Engineer, Role::Approver];
const DECIDERS: &[Role] = &[Role::Admin, Role::Approver];
const COLLECTORS: &[Role] = &[Role::Admin, Role::Engineer];

/// Every route of the API. What is not in it is not served.
pub const ROUTES: [Route; 15] = [
    Route { method: Method::Post, path: "/v1/reports", operation: "requestReport", roles: REPORTERS },
    Route { method: Method::Get, path: "/v1/reports", operation: "listReports", roles: READERS },
    Route { method: Method::Get, path: "/v1/reports/{id}", operation: "getReport", roles: READERS },
    Route { method: Method::Get, path: "/v1/controls", operation: "listControls", roles: READERS },
    Route { method: Method::Post, path: "/v1/controls/{id}/collect", operation: "collectControl", roles: COLLECTORS },
    Route { method: Method::Get, path: "/v1/evidence", operation: "listEvidence", roles: READERS },
    Route { method: Method::Put, path: "/v1/evidence/uploads", operation: "handInDocument", roles: COLLECTORS },
    Route { method: Method::Get, path: "/v1/evidence/uploads", operation: "listDocuments", roles: READERS },
    Route { method: Method::Get, path: "/v1/evidence/{id}", operation: "getEvidence", roles: READERS },
    Route { method: Method::Put, path: "/v1/evidence/parts/{sha256}/{part}", operation: "sendPart", roles: COLLECTORS },
    Route {
        method: Method::Get,
        path: "/v1/evidence/uploads/{source}/{document}/{version}",
        operation: "getDocument",
        roles: READERS,
    },
    Route {
        method: Method::Put,
        path: "/v1/evidence/uploads/{source}/{document}/{version}/decision",
        operation: "decideAboutDocument",
        roles: DECIDERS,
    },
    Route { method: Method::Get, path: "/v1/log/checkpoint", operation: "getCheckpoint", roles: READERS },
    Route { method: Method::Get, path: "/v1/log/tile/{path}", operation: "getTile", roles: READERS },
    Route { method: Method::Get, path: "/v1/log/key", operation: "getLogKey", roles: READERS },
];

/// The route of `method`, as HTTP spells it, at `path`, which is a route's own with its placeholders. One that takes slashes too may be marked as
/// the router marks it: `{*path}`.
pub fn route(method: &str, path: &str) -> Option<&'static Route> {
    let path = path.replace("{*", "{");
    ROUTES.iter().find(|route| route.path == path && route.method.to_string() == method)
}

impl fmt::Display for Method {
    /// As HTTP spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        })
    }
}
