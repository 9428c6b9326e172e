//! A route cannot exist without a word about who may use it: `Routes` is the only way to add one, and what it keeps is the table of
//! `docs/api.md` and the OpenAPI document.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use utoipa::openapi::{Components, OpenApi, PathItem};
use utoipa_axum::router::UtoipaMethodRouter;

use super::Shared;
use super::access::{self, Access};
use super::operating;
use super::problem::Problem;
use super::{conditional, cors, slash};

/// Where a recipe's id stands in a path of the document. OpenAPI knows no parameter that spans segments.
const RECIPE_ID: &str = "{recipe_id}";
/// The same for the router, with whatever stands behind it.
const BEHIND: &str = "{*recipe_path}";

/// One line of the table of routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method; HEAD goes with GET.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: String,
    /// Who may use it.
    pub access: Access,
}

/// What turns a route's methods into guarded ones, once there is an application to ask.
type Guard = Box<dyn FnOnce(Router<Shared>, &Shared) -> Router<Shared>>;

/// The routes as they are put together.
pub(super) struct Routes {
    guards: Vec<Guard>,
    openapi: OpenApi,
    table: Vec<Route>,
}

/// What the routes became. The document and the table need no application.
pub(super) struct Built {
    guards: Vec<Guard>,
    pub(super) openapi: OpenApi,
    pub(super) table: Vec<Route>,
}

impl Routes {
    pub(super) fn new(openapi: OpenApi) -> Self {
        Self { guards: Vec::new(), openapi, table: Vec::new() }
    }

    /// Adds one operation of the public API: `routes!(handler)`, whose path and method stand at the handler.
    pub(super) fn api(
        mut self,
        access: Access,
        (schemas, paths, methods): UtoipaMethodRouter<Shared>,
    ) -> Self {
        self.openapi.components.get_or_insert_with(Components::new).schemas.extend(schemas);
        for (path, item) in paths.paths {
            for method in methods_of(&item) {
                self.table.push(Route { method, path: path.clone(), access });
                self.guard(access, path.clone(), methods.clone());
            }
            match self.openapi.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => {
                    self.openapi.paths.paths.insert(path, item);
                }
            }
        }
        self
    }

    /// Adds operations whose paths end in a recipe's id and a word more, `…/{recipe_id}/logs`: the id may hold slashes, so that what
    /// stands behind it is told apart here and not by the router. Of two that fit, the first is meant.
    pub(super) fn behind_recipe(mut self, operations: Vec<(Access, UtoipaMethodRouter<Shared>)>) -> Self {
        let mut endings: Vec<(String, Access, MethodRouter<Shared>)> = Vec::new();
        let mut place = String::new();
        for (access, (schemas, paths, methods)) in operations {
            self.openapi.components.get_or_insert_with(Components::new).schemas.extend(schemas);
            for (path, item) in paths.paths {
                for method in methods_of(&item) {
                    self.table.push(Route { method, path: path.clone(), access });
                }
                if let Some((before, ending)) = path.split_once(RECIPE_ID) {
                    before.clone_into(&mut place);
                    endings.push((ending.to_owned(), access, methods.clone()));
                }
                self.openapi.paths.paths.insert(path, item);
            }
        }
        self.guards.push(Box::new(move |router, shared| {
            let endings: Arc<[Ending]> = endings
                .into_iter()
                .map(|(text, access, methods)| Ending {
                    text,
                    methods: guarded(access, methods, shared)
                        .fallback(|| async { Problem::MethodNotAllowed }),
                })
                .collect();
            let choose = move |State(shared): State<Shared>, request: Request| {
                let path = request.uri().path();
                let meant = endings.iter().find(|ending| path.ends_with(&ending.text));
                let methods = meant.map(|ending| ending.methods.clone());
                async move {
                    match methods {
                        Some(methods) => methods.call(request, shared).await,
                        None => slash::redirect(State(shared), request.uri().clone()).await,
                    }
                }
            };
            router.route(&format!("{place}{BEHIND}"), any(choose))
        }));
        self
    }

    /// Adds a route that is not of the public API: doors for GitHub and Google, and what operators look at.
    pub(super) fn other(
        mut self,
        access: Access,
        method: Method,
        path: &str,
        methods: MethodRouter<Shared>,
    ) -> Self {
        self.table.push(Route { method, path: path.to_owned(), access });
        self.guard(access, path.to_owned(), methods);
        self
    }

    pub(super) fn build(mut self) -> Built {
        super::openapi::finish(&mut self.openapi, &self.table);
        Built { guards: self.guards, openapi: self.openapi, table: self.table }
    }

    fn guard(&mut self, access: Access, path: String, methods: MethodRouter<Shared>) {
        self.guards
            .push(Box::new(move |router, shared| router.route(&path, guarded(access, methods, shared))));
    }
}

impl Built {
    /// The router of the routes.
    pub(super) fn router(self, shared: &Shared) -> Router<Shared> {
        self.guards.into_iter().fold(Router::new(), |router, guard| guard(router, shared))
    }
}

/// Whoever may not is answered before a parameter or a body is looked at. What is public and can be read is tagged, and open to other sites.
fn guarded(access: Access, methods: MethodRouter<Shared>, shared: &Shared) -> MethodRouter<Shared> {
    match access {
        Access::Key(scopes) => methods
            .route_layer(from_fn_with_state((shared.clone(), scopes), check_key))
            .route_layer(from_fn_with_state(shared.clone(), cors::listed)),
        Access::Public => methods.route_layer(from_fn(conditional::answer)).route_layer(from_fn(cors::open)),
        Access::Signature | Access::Token | Access::Operator => methods,
    }
}

/// What a path ends in, and what is done then.
struct Ending {
    text: String,
    methods: MethodRouter<Shared>,
}

async fn check_key(
    State((shared, scopes)): State<(Shared, &'static [access::Scope])>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let caller = match access::identify(&shared.app, request.headers(), scopes).await {
        Ok(caller) => caller,
        // A bad key counts against the address that it came from, as a request of any stranger does.
        Err(refused) => {
            return Err(operating::admit_stranger(&shared.app, &request).err().unwrap_or(refused));
        }
    };
    operating::admit_key(&shared.app, &caller.name)?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn methods_of(item: &PathItem) -> Vec<Method> {
    let all = [
        (&item.get, Method::GET),
        (&item.post, Method::POST),
        (&item.patch, Method::PATCH),
        (&item.put, Method::PUT),
        (&item.delete, Method::DELETE),
    ];
    all.into_iter().filter(|(operation, _)| operation.is_some()).map(|(_, method)| method).collect()
}

/// The path by which the router knows a route.
pub(super) fn router_path(path: &str) -> String {
    match path.split_once(RECIPE_ID) {
        Some((before, _)) => format!("{before}{BEHIND}"),
        None => path.to_owned(),
    }
}
