//! Data keys that a KMS wraps: against a KMS on this machine, and with signatures as botocore makes them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use runner_sops::kms::{AwsCredentials, Kms};
use runner_sops::{DataKey, Shape, WrappedKey, decrypt, encrypt, new_data_key, wrapped_keys};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NOW: &str = "2026-02-03T04:05:06Z";

struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    told: Value,
}

impl Server {
    fn start() -> Self {
        let python = std::env::var("SOPS_PEER_PYTHON")
            .expect("SOPS_PEER_PYTHON names an interpreter with kms.py's libraries");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kms.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server =
            Self { lines: BufReader::new(child.stdout.take().unwrap()), child, told: Value::Null };
        server.told = server.read();
        server
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.child.stdin.as_mut().unwrap(), "{question}").unwrap();
        self.read()
    }

    fn kms(&self) -> Kms {
        client(self.told["endpoint"].as_str().unwrap())
    }

    fn arn(&self) -> &str {
        self.told["arn"].as_str().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn client(endpoint: &str) -> Kms {
    let credentials = AwsCredentials {
        access_key_id: "id".into(),
        secret_access_key: "secret".to_owned().into(),
        session_token: None,
    };
    Kms { client: reqwest::Client::new(), credentials, endpoint: Some(endpoint.to_owned()) }
}

#[tokio::test]
async fn a_data_key_goes_to_a_kms_and_comes_back_with_its_context_only() {
    let server = Server::start();
    let kms = server.kms();
    let context = serde_json::from_value(server.told["context"].clone()).unwrap();
    let ciphertext = server.told["ciphertext"].as_str().unwrap().to_owned();
    let by_another = WrappedKey::Kms { arn: server.arn().into(), ciphertext: ciphertext.clone(), context };
    let opened = kms.open(&by_another, NOW).await.unwrap().unwrap();
    assert_eq!(opened.as_slice(), (0..32).collect::<Vec<u8>>());

    let key: DataKey = new_data_key().unwrap();
    let wrapped = kms.wrap(&key, server.arn(), &std::collections::BTreeMap::new(), NOW).await.unwrap();
    let file = encrypt("github_app:\n    id: 1\n", &key, &[wrapped], NOW).unwrap();
    let [read] = wrapped_keys(&file).unwrap().try_into().unwrap();
    let opened = kms.open(&read, NOW).await.unwrap().unwrap();
    assert_eq!(decrypt(&file, &opened, Shape::SameLines).unwrap().trim(), "github_app:\n    id: 1");

    let without_context =
        WrappedKey::Kms { arn: server.arn().into(), ciphertext, context: std::collections::BTreeMap::new() };
    let said = kms.open(&without_context, NOW).await.expect_err("another context").to_string();
    assert!(said.contains(server.arn()) && said.contains("InvalidCiphertextException"), "{said}");
}

#[tokio::test]
async fn a_request_is_signed_as_botocore_signs_it() {
    let mut server = Server::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut kms = client(&format!("http://{}", listener.local_addr().unwrap()));
    kms.credentials.session_token = Some("a token that ends".to_owned().into());
    let wrapped = WrappedKey::Kms {
        arn: "arn:aws:kms:eu-west-1:111122223333:key/x".into(),
        ciphertext: "AAAA".into(),
        context: std::iter::once(("a".to_owned(), "b c".to_owned())).collect(),
    };
    let heard = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"}") {
            stream.read_buf(&mut heard).await.unwrap();
        }
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            .await
            .unwrap();
        String::from_utf8(heard).unwrap()
    };
    let (answer, request) = tokio::join!(kms.open(&wrapped, NOW), heard);
    assert!(answer.expect_err("refused").to_string().contains("AWS answered 400"));
    let (first_lines, body) = request.split_once("\r\n\r\n").unwrap();
    let headers: serde_json::Map<String, Value> = first_lines
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.into()))
        .collect();
    let signed = server.ask(&json!({ "headers": headers, "body": body }));
    let ours = headers["authorization"].as_str().unwrap();
    assert!(ours.ends_with(&format!("Signature={}", signed["signature"].as_str().unwrap())), "{ours}");
}
