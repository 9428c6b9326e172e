//! A path that differs from a route by its last slash only leads there, in both directions, as in the old service: pages rely on it.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::{Shared, cors};

/// Answers a path that is no route. Pages of other sites are led to where they may read.
pub(super) async fn redirect(State(shared): State<Shared>, uri: Uri) -> Response {
    let path = uri.path();
    let other = match path.strip_suffix('/') {
        Some(without) => without.to_owned(),
        None => format!("{path}/"),
    };
    // A location that begins with two slashes would name another host.
    let is_ours = !other.starts_with("//") && !other.is_empty();
    if !is_ours || !shared.paths.iter().any(|route| is_of(route, &other)) {
        return Problem::NotFound.into_response();
    }
    let location = match uri.query() {
        Some(query) => format!("{other}?{query}"),
        None => other,
    };
    let mut response = (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response();
    cors::show_to_all(&mut response);
    response
}

/// Whether a path is of a route: the same segments, where a parameter stands for any that is not empty.
fn is_of(route: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for part in route.split('/') {
        match segments.next() {
            // The rest of the path, whatever it is.
            Some(_) if part.starts_with("{*") => return true,
            Some(segment) if part.starts_with('{') && !segment.is_empty() => {}
            Some(segment) if part == segment => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_parameter_is_one_segment_and_not_empty() {
        assert!(is_of("/feedstocks/{id}", "/feedstocks/1"));
        assert!(is_of("/feedstocks/", "/feedstocks/"));
        assert!(!is_of("/feedstocks/{id}", "/feedstocks/"));
        assert!(!is_of("/feedstocks/{id}", "/feedstocks/1/2"));
        assert!(!is_of("/feedstocks/{id}/datasets", "/feedstocks/1"));
    }
}
