//! The upload API: machines with tokens, people with sessions, nobody else.

use app::{error::ApiError, ports::Clock as _};
use axum::{
    body::Body,
    http::{Request, header, request::Builder},
};
use domain::permission::{ActorKind, Grant, Role};
use jiff::SignedDuration;
use leptos::server_fn::axum::server_fn_paths;
use server::{
    auth::token::{self, NewToken},
    config::Secret,
    db::{self, api_tokens::TokenRow},
    http::api::routes,
};

use super::world::{Answer, PUBLIC_URL, World};

const PATH: &str = "/api/applications/shop/releases";

fn upload() -> Builder {
    Request::post(PATH).header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
}

fn body(size: usize) -> Body {
    let head = "--x\r\nContent-Disposition: form-data; name=\"archive\"; filename=\"a.zip\"\r\n\r\n";
    Body::from(format!("{head}{}\r\n--x--\r\n", "z".repeat(size)))
}

async fn send(world: &World, secret: &str, size: usize) -> Answer {
    let request = upload().header(header::AUTHORIZATION, format!("Bearer {secret}")).body(body(size));
    world.browser().send(request.unwrap()).await
}

async fn token(world: &World) -> (TokenRow, Secret) {
    let new = NewToken {
        name: "ci".to_owned(),
        grants: vec![Grant { role: Role::Engineer, applications: Some(vec!["shop".to_owned()]), environments: None }],
        created_by: "test".to_owned(),
        expires_at: world.clock.now() + SignedDuration::from_hours(1),
    };
    let mut transaction = world.db().write().await.unwrap();
    let made = token::create(&mut transaction, world.clock.as_ref(), new).await.unwrap();
    transaction.commit().await.unwrap();
    made
}

#[tokio::test]
async fn a_machine_uploads_with_its_token_and_is_known_by_it() {
    let world = World::new().await;
    let (row, secret) = token(&world).await;
    assert!(secret.expose().starts_with("lk_") && secret.expose().len() > 40);
    // Larger than axum's own default of two megabytes.
    let answer = send(&world, secret.expose(), 3 << 20).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let uploads = world.uploads.0.lock().unwrap();
    let (caller, size) = &uploads[0];
    assert_eq!((caller.actor.id.clone(), caller.actor.kind), (row.id.to_string(), ActorKind::Token));
    assert_eq!(caller.actor.grants, row.grants);
    assert_eq!(*size, 3 << 20);
    assert!(!caller.request_id.is_empty());
}

#[tokio::test]
async fn tokens_that_do_not_count_are_all_refused_alike() {
    let world = World::new().await;
    let (row, secret) = token(&world).await;
    for wrong in ["lk_wrong", "", "wrong", &format!("{}x", secret.expose())] {
        let answer = send(&world, wrong, 1).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (401, Some("denied")), "{wrong}");
    }
    let mut connection = world.db().read().await.unwrap();
    assert!(db::api_tokens::revoke(&mut connection, row.id, world.clock.now()).await.unwrap());
    assert_eq!(send(&world, secret.expose(), 1).await.status, 401, "revoked");
    let (_, secret) = token(&world).await;
    world.clock.advance_secs(3601);
    assert_eq!(send(&world, secret.expose(), 1).await.status, 401, "expired");
    assert!(world.uploads.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_person_uploads_from_our_pages_and_nobody_else_does() {
    let world = World::new().await;
    let mut person = world.logged_in(Role::Engineer).await;
    let from = |site: &'static str| upload().header("sec-fetch-site", site).body(body(1)).unwrap();
    assert_eq!(person.send(from("same-origin")).await.status, 201);
    assert_eq!(person.send(from("cross-site")).await.status, 403, "from another site");
    let foreign_origin = upload().header(header::ORIGIN, "https://evil.example").body(body(1)).unwrap();
    assert_eq!(person.send(foreign_origin).await.status, 403);
    let own_origin = upload().header(header::ORIGIN, PUBLIC_URL).body(body(1)).unwrap();
    assert_eq!(person.send(own_origin).await.status, 201);
    assert_eq!(world.browser().send(from("same-origin")).await.status, 401, "nobody is logged in");
}

#[tokio::test]
async fn a_session_does_not_help_a_wrong_token_past_the_origin_check() {
    let world = World::new().await;
    let mut person = world.logged_in(Role::Engineer).await;
    let request =
        upload().header("sec-fetch-site", "cross-site").header(header::AUTHORIZATION, "Bearer lk_x").body(body(1));
    assert_eq!(person.send(request.unwrap()).await.status, 401);
}

#[tokio::test]
async fn what_is_too_large_is_refused_whether_it_says_so_or_not() {
    let world = World::with(&[("SERVER__UPLOAD_LIMIT_BYTES", "100000")]).await;
    let (_, secret) = token(&world).await;
    assert_eq!(send(&world, secret.expose(), 200_000).await.status, 422, "cut off while reading");
    let request = upload()
        .header(header::AUTHORIZATION, format!("Bearer {}", secret.expose()))
        .header(header::CONTENT_LENGTH, "200000")
        .body(body(0));
    assert_eq!(world.browser().send(request.unwrap()).await.status, 413);
}

#[tokio::test]
async fn a_bug_answers_with_a_reference_and_nothing_else() {
    let world = World::new().await;
    let (_, secret) = token(&world).await;
    let request = Request::post("/api/applications/broken/releases")
        .header(header::AUTHORIZATION, format!("Bearer {}", secret.expose()))
        .header("x-request-id", "reference-1234")
        .body(Body::empty());
    let answer = world.browser().send(request.unwrap()).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.json()["reference"], "reference-1234");
    assert!(!answer.text.contains("a bug"));
    assert_eq!(world.browser().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn the_description_covers_every_route_of_the_api_and_every_error() {
    let world = World::new().await;
    let mut lead = world.logged_in(Role::Lead).await;
    let document = lead.fetch("/api/openapi.json").await.json();
    let mut expected: Vec<(String, String)> =
        server_fn_paths().map(|(path, method)| (path.to_owned(), method.to_string().to_lowercase())).collect();
    expected.extend(routes().into_iter().map(|route| (route.path.to_owned(), route.method.as_str().to_lowercase())));
    assert!(expected.len() >= 12, "{expected:?}");
    for (path, method) in &expected {
        let operation = &document["paths"][path][method];
        assert!(operation["summary"].is_string(), "{method} {path} is not described");
        for status in ApiError::STATUSES {
            let schema = &operation["responses"][status.to_string()]["content"]["application/json"]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/ApiError", "{method} {path} {status}");
        }
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let is_open = !path.starts_with("/api/");
            assert!(is_open || expected.contains(&(path.clone(), method.clone())), "{method} {path} does not exist");
        }
    }
    let fields = &document["paths"]["/api/approve_plan"]["post"]["requestBody"]["content"];
    let fields = &fields["application/x-www-form-urlencoded"]["schema"]["properties"];
    assert_eq!(fields["phrase"]["type"], "string", "{fields}");
    let errors = &document["components"]["schemas"]["ApiError"]["oneOf"];
    assert_eq!(errors.as_array().unwrap().len(), ApiError::STATUSES.len(), "{errors}");
}

/// A route that is added past the list would be in no description.
#[test]
fn no_route_of_the_api_is_made_beside_the_list() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![folder.join("http.rs")];
    files.extend(std::fs::read_dir(folder.join("http")).unwrap().map(|entry| entry.unwrap().path()));
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains(".route(\"/api/"), "{}: add it to http::api::routes", file.display());
    }
}

#[tokio::test]
async fn the_description_is_for_people_and_machines_we_know() {
    let world = World::new().await;
    let (_, secret) = token(&world).await;
    let ask = |secret: &str| {
        let request = Request::get("/api/openapi.json").header(header::AUTHORIZATION, format!("Bearer {secret}"));
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(world.browser().fetch("/api/openapi.json").await.status, 401);
    assert_eq!(world.browser().send(ask("lk_wrong")).await.status, 401);
    let answer = world.browser().send(ask(secret.expose())).await;
    assert_eq!((answer.status.as_u16(), answer.json()["openapi"].as_str()), (200, Some("3.1.0")));
}
