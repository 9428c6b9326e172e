//! Who is asking, and may they: App tokens, installation tokens, personal tokens.
//!
//! As strict as GitHub, so that a permission which the App does not ask for fails in a test and not in production. The key pair is
//! made for these tests and opens nothing.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{Answer, Reply, Request};
use super::records::{Access, Permissions, Role, TokenGrant};
use super::render::{permissions, time};
use super::world::World;

/// The App's private key, PEM.
pub const PRIVATE_KEY: &str = include_str!("test-app.private-key.pem");
const PUBLIC_KEY: &str = include_str!("test-app.public-key.pem");

/// How long an installation token works.
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);
/// How far ahead an App token may expire.
const JWT_LIFE: TimeDelta = TimeDelta::minutes(10);
/// How far the clocks of GitHub and of the App may differ.
const JWT_SKEW: TimeDelta = TimeDelta::minutes(1);

/// Who sent a request.
#[derive(Debug, Clone)]
pub(super) enum Actor {
    Nobody,
    App,
    Installation(TokenGrant),
    User(String),
}

impl Actor {
    /// Short, for the request log.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::App => "app".to_owned(),
            Self::Installation(grant) => format!("installation {}", grant.installation),
            Self::User(login) => format!("user {login}"),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: Value,
    iat: i64,
    exp: i64,
}

/// Finds out who sent the request, or refuses it with 401.
pub(super) fn identify(world: &World, request: &Request) -> Result<Actor, Answer> {
    let Some(header) = request.header("authorization") else { return Ok(Actor::Nobody) };
    let token = header.split_once(' ').map_or("", |(_, token)| token.trim());
    if token.matches('.').count() == 2 {
        return app_token(world, token).map_err(|message| Answer::refusal(401, &message));
    }
    if let Some(login) = world.user_tokens.get(token) {
        return Ok(Actor::User(login.clone()));
    }
    match world.tokens.get(token) {
        // The tokens of a deleted installation are gone with it.
        Some(grant)
            if grant.expires_at > world.now() && world.installations.contains_key(&grant.installation) =>
        {
            Ok(Actor::Installation(grant.clone()))
        }
        _ => Err(Answer::refusal(401, "Bad credentials")),
    }
}

fn app_token(world: &World, token: &str) -> Result<Actor, String> {
    let key = DecodingKey::from_rsa_pem(PUBLIC_KEY.as_bytes()).map_err(|error| error.to_string())?;
    let mut rules = Validation::new(Algorithm::RS256);
    // The times are judged below, by the world's clock.
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules)
        .map_err(|_| "A JSON web token could not be decoded")?
        .claims;
    let issuer = claims.iss.as_str().map_or_else(|| claims.iss.to_string(), str::to_owned);
    if issuer != world.app.id.to_string() && issuer != world.app.client_id {
        return Err(format!("'Issuer' claim ('iss') must be the App's id or client id, not {issuer}"));
    }
    let now = world.jwt_clock.unwrap_or(world.clock).now().timestamp();
    if claims.iat > now + JWT_SKEW.num_seconds() {
        return Err("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued".to_owned());
    }
    if claims.exp <= now {
        return Err("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires".to_owned());
    }
    if claims.exp > now + JWT_LIFE.num_seconds() {
        return Err("'Expiration time' claim ('exp') is too far in the future".to_owned());
    }
    Ok(Actor::App)
}

#[derive(Deserialize)]
struct TokenRequest {
    repositories: Option<Vec<String>>,
    repository_ids: Option<Vec<u64>>,
    permissions: Option<BTreeMap<String, String>>,
}

/// Makes an installation token, narrowed to what was asked for.
pub(super) fn create_token(world: &mut World, request: &Request, installation: u64) -> Reply {
    let wanted: TokenRequest = request.fields()?;
    let installation = world.installations.get(&installation).ok_or_else(Answer::not_found)?;
    if installation.suspended_at.is_some() {
        return Err(suspended());
    }
    let mut repositories = installation.repositories.clone();
    let is_whole = wanted.repositories.is_none() && wanted.repository_ids.is_none();
    if wanted.repositories.is_some() || wanted.repository_ids.is_some() {
        repositories.clear();
        let no_repository = || {
            Answer::refusal(
                422,
                "There is at least one repository that does not exist or is not accessible to the parent installation.",
            )
        };
        let by_name = wanted.repositories.unwrap_or_default();
        let by_name = by_name.into_iter().map(|name| format!("{}/{name}", installation.account));
        let by_id = wanted.repository_ids.unwrap_or_default();
        let by_id = by_id.into_iter().map(|id| {
            let repo = world.repositories.values().find(|repo| repo.id == id);
            repo.map(super::records::Repository::full_name).unwrap_or_default()
        });
        for name in by_name.chain(by_id) {
            let known = installation.repositories.iter().find(|known| known.eq_ignore_ascii_case(&name));
            repositories.insert(known.ok_or_else(no_repository)?.clone());
        }
    }
    let granted = match wanted.permissions {
        None => world.permissions_of(installation).clone(),
        Some(wanted) => narrowed(world.permissions_of(installation), wanted)?,
    };

    let expires_at = world.now() + TOKEN_LIFE;
    let names: Vec<_> = repositories.iter().filter_map(|name| world.repositories.get(name)).collect();
    let body = json!({
        "expires_at": time(expires_at),
        "permissions": permissions(&granted),
        "repository_selection": "selected",
        "repositories": names.into_iter().map(|repo| world.repository_json(repo)).collect::<Vec<_>>(),
    });
    let grant = TokenGrant {
        installation: installation.id,
        repositories,
        is_whole,
        permissions: granted,
        expires_at,
    };
    let token = format!("ghs_test{:032}", world.ids.next("token"));
    world.tokens.insert(token.clone(), grant);
    let mut body = body;
    body["token"] = json!(token);
    Ok(Answer::json(201, body))
}

fn suspended() -> Answer {
    Answer::refusal(403, "This installation has been suspended")
}

/// The permissions that were asked for, unless the App lacks one.
fn narrowed(has: &Permissions, wanted: BTreeMap<String, String>) -> Result<Permissions, Answer> {
    let mut granted = Permissions::new();
    for (name, word) in wanted {
        match (Access::parse(&word), has.get(&name)) {
            (Some(access), Some(most)) if access <= *most => _ = granted.insert(name, access),
            _ => {
                let message = "The permissions requested are not granted to this installation.";
                return Err(Answer::refusal(422, message));
            }
        }
    }
    // GitHub gives this one to every token.
    granted.entry("metadata".to_owned()).or_insert(Access::Read);
    Ok(granted)
}

/// The full name of a repository, if the actor may do one of `any` there.
///
/// A repository that a token does not reach is 404, a permission that it lacks is 403, as on GitHub.
pub(super) fn authorize(
    world: &World,
    actor: &Actor,
    owner: &str,
    name: &str,
    any: &[(&str, Access)],
) -> Result<String, Answer> {
    let wanted = format!("{owner}/{name}");
    let repo = world.repositories.values().find(|repo| repo.full_name().eq_ignore_ascii_case(&wanted));
    let repo = repo.ok_or_else(Answer::not_found)?;
    let full_name = repo.full_name();
    let write = any.iter().all(|(_, access)| *access == Access::Write);
    match actor {
        // Any token reads what everybody may see of a public repository.
        Actor::Installation(_) if !repo.private && any == [("metadata", Access::Read)] => {}
        Actor::Installation(grant) => {
            let covering = world.installations.get(&grant.installation);
            if covering.is_some_and(|installation| installation.suspended_at.is_some()) {
                return Err(suspended());
            }
            let covered = covering.is_some_and(|one| one.repositories.contains(&full_name));
            if !covered || !grant.repositories.contains(&full_name) {
                return Err(Answer::not_found());
            }
            let allowed = any.iter().any(|(permission, access)| {
                grant.permissions.get(*permission).is_some_and(|has| has >= access)
            });
            if !allowed {
                let accepted: Vec<_> = any
                    .iter()
                    .map(|(permission, access)| format!("{permission}={}", access.as_str()))
                    .collect();
                return Err(Answer::refusal(403, "Resource not accessible by integration")
                    .header("x-accepted-github-permissions", accepted.join("; ")));
            }
        }
        Actor::User(login) => {
            let role = repo.role(login);
            if role == Role::None {
                return Err(Answer::not_found());
            }
            if write && role < Role::Write {
                return Err(Answer::refusal(403, "Must have write access to the repository."));
            }
        }
        Actor::App => {
            return Err(Answer::refusal(
                401,
                "A JSON web token cannot be used here; use an installation token",
            ));
        }
        Actor::Nobody if write => return Err(Answer::refusal(401, "Requires authentication")),
        Actor::Nobody if repo.private => return Err(Answer::not_found()),
        Actor::Nobody => {}
    }
    Ok(full_name)
}
