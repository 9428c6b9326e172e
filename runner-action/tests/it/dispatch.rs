//! The command `dispatch`, against a server of a few lines.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Output;
use std::thread;

use crate::world::World;

/// Answers one request with `answer` and returns what was asked.
fn dispatch(answer: &'static str) -> (Output, String, String) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
        // The body is one JSON object with another in it, so it ends with two braces or with `true}`.
        while !request.ends_with(b"}") {
            let count = stream.read(&mut chunk).unwrap();
            request.extend_from_slice(&chunk[..count]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    let mut world = World::of("tiny-success");
    for (name, value) in [
        ("command", "dispatch"),
        ("workflow", "run-recipe.yaml"),
        ("workflow_repository", "owner/name"),
        ("workflow_ref", "main"),
        ("workflow_inputs", r#"{"dispatch_id": "a-1"}"#),
        ("token", "canary-token"),
    ] {
        world.input(name, value);
    }
    world.variables.insert("GITHUB_API_URL".into(), address.into());
    let output = world.output();
    let outputs = std::fs::read_to_string(world.path().join("outputs")).unwrap_or_default();
    (output, outputs, asked.join().unwrap())
}

#[test]
fn a_workflow_is_started_once_and_its_run_is_told() {
    let (output, outputs, asked) = dispatch(
        "HTTP/1.1 200 OK\r\ncontent-length: 95\r\nconnection: close\r\n\r\n\
         {\"workflow_run_id\": 42, \"run_url\": \"https://a.example/42\", \"html_url\": \"https://b.example/42\"}   ",
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        asked.starts_with("POST /repos/owner/name/actions/workflows/run-recipe.yaml/dispatches "),
        "{asked}"
    );
    assert!(asked.contains("authorization: Bearer canary-token"));
    let body: serde_json::Value = serde_json::from_str(asked.rsplit("\r\n\r\n").next().unwrap()).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"ref": "main", "inputs": {"dispatch_id": "a-1"}, "return_run_details": true})
    );
    assert!(outputs.contains("\n42\n") && outputs.contains("https://b.example/42"), "{outputs}");
}

#[test]
fn an_older_server_may_not_say_which_run_it_is() {
    let (output, outputs, _) = dispatch("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    assert!(output.status.success());
    assert!(!outputs.contains("run_id"));
}

#[test]
fn a_refusal_says_what_to_look_at_and_keeps_the_token() {
    let (output, _, _) = dispatch(
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 50\r\nconnection: close\r\n\r\n\
         {\"message\": \"Resource not accessible: canary-token\"}",
    );
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success());
    let shown = text.lines().find(|line| line.starts_with("::error::")).unwrap();
    assert!(
        shown.contains("403") && shown.contains("actions: write") && !shown.contains("canary"),
        "{shown}"
    );
}
