//! TLS on both listeners, as an operator configures it: real clients, and a certificate that is replaced.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use pagegate::proto::{CheckPageRequest, Page, TextContent, check_service_client::CheckServiceClient, page::Content};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

/// A certificate that vouches for itself, written with its key as an operator would put them.
fn write_certificate(directory: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(directory.join("certificate.pem"), made.cert.pem()).expect("written");
    fs::write(directory.join("key.pem"), made.signing_key.serialize_pem()).expect("written");
    made.cert.pem()
}

/// A running server; it is ended with the test, however that ends.
struct Server {
    child: Child,
    grpc: u16,
    http: u16,
    log: mpsc::Receiver<serde_json::Value>,
}

impl Server {
    fn start(directory: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log-format", "json"])
            .env("PAGEGATE__TLS__CERTIFICATE", directory.join("certificate.pem"))
            .env("PAGEGATE__TLS__KEY", directory.join("key.pem"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let (lines, log) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // The test may have ended.
                drop(lines.send(serde_json::from_str(&line).unwrap_or_default()));
            }
        });
        let mut server = Self { child, grpc: 0, http: 0, log };
        let port = |line: &serde_json::Value| {
            let address = line["address"].as_str().expect("an address");
            address.rsplit_once(':').and_then(|it| it.1.parse().ok()).expect("a port")
        };
        server.grpc = port(&server.wait_for("listening"));
        server.http = port(&server.wait_for("listening"));
        server
    }

    /// Waits for a log line with this message.
    fn wait_for(&self, message: &str) -> serde_json::Value {
        loop {
            let line = self.log.recv_timeout(Duration::from_mins(2)).expect("the line comes");
            if line["message"] == message {
                return line;
            }
        }
    }

    fn reload(&self, message: &str) -> serde_json::Value {
        let sent = Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        self.wait_for(message)
    }

    /// Checks a page over gRPC, trusting one certificate.
    async fn check(&self, trusted: &str) -> Result<(), String> {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trusted)).domain_name("localhost");
        let endpoint = Channel::from_shared(format!("https://127.0.0.1:{}", self.grpc)).expect("an address");
        let channel =
            endpoint.tls_config(tls).expect("a certificate").connect().await.map_err(|it| format!("{it:?}"))?;
        let content = Content::Text(TextContent { title: "A title".into(), body: "A line.".into() });
        let page = Page { content: Some(content), ..Page::default() };
        let request = CheckPageRequest { page: Some(page), ..CheckPageRequest::default() };
        CheckServiceClient::new(channel).check_page(request).await.map(drop).map_err(|it| it.to_string())
    }

    /// Asks for health over HTTP, trusting one certificate.
    fn health(&self, trusted: &str) -> Result<String, String> {
        let roots = vec![ureq::tls::Certificate::from_pem(trusted.as_bytes()).expect("a certificate")];
        let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::new_with_certs(&roots)).build();
        let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(tls).build().into();
        let answer = agent.get(format!("https://localhost:{}/healthz", self.http)).call();
        answer.and_then(|mut it| it.body_mut().read_to_string()).map_err(|it| it.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn both_listeners_speak_tls_and_take_a_new_certificate_at_sighup() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = write_certificate(directory.path());
    let server = Server::start(directory.path());
    assert_eq!(server.check(&first).await, Ok(()));
    assert_eq!(server.health(&first).as_deref(), Ok("ok\n"));
    let plain = ureq::get(format!("http://127.0.0.1:{}/healthz", server.http)).call();
    assert!(plain.is_err(), "no answer without TLS");

    let second = write_certificate(directory.path());
    assert_eq!(server.check(&first).await, Ok(()), "the first one holds until it is told");
    server.reload("reloaded the certificate");
    assert_eq!(server.check(&second).await, Ok(()));
    assert_eq!(server.health(&second).as_deref(), Ok("ok\n"));
    assert!(server.check(&first).await.is_err() && server.health(&first).is_err(), "the first one is gone");

    fs::write(directory.path().join("key.pem"), "no key").expect("written");
    let line = server.reload("reload the certificate; the one in force stays");
    assert!(line["error"].as_str().is_some_and(|it| it.contains("key.pem holds no private key")), "{line}");
    assert_eq!(server.health(&second).as_deref(), Ok("ok\n"));
}

#[test]
fn certificate_that_cannot_be_served_is_refused_at_the_start() {
    let directory = tempfile::tempdir().expect("a directory");
    write_certificate(directory.path());
    let key = fs::read(directory.path().join("key.pem")).expect("readable");
    let started = |certificate: &str, key: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pagegate"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--http-listen", ""]);
        for (name, file) in [("PAGEGATE__TLS__CERTIFICATE", certificate), ("PAGEGATE__TLS__KEY", key)] {
            if !file.is_empty() {
                command.env(name, directory.path().join(file));
            }
        }
        let output = command.output().expect("the program runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    write_certificate(directory.path());
    fs::write(directory.path().join("other.pem"), key).expect("written");
    fs::write(directory.path().join("empty.pem"), "").expect("written");
    for (certificate, key, told) in [
        ("certificate.pem", "", "tls.certificate is set and tls.key is not"),
        ("", "key.pem", "tls.key is set and tls.certificate is not"),
        ("nothing.pem", "key.pem", "nothing.pem"),
        ("empty.pem", "key.pem", "empty.pem holds no certificate in PEM"),
        ("certificate.pem", "empty.pem", "empty.pem holds no private key in PEM"),
        ("certificate.pem", "other.pem", "other.pem"),
    ] {
        let (code, text) = started(certificate, key);
        assert_eq!(code, Some(2), "{certificate} {key}: {text}");
        assert!(
            text.lines().any(|it| it.starts_with("pagegate: ") && it.contains(told)),
            "{certificate} {key}: {text}"
        );
    }
}

#[test]
fn server_refuses_to_let_everyone_in_from_elsewhere() {
    let output = Command::new(env!("CARGO_BIN_EXE_pagegate"))
        .args(["serve", "--listen", "0.0.0.0:0", "--http-listen", ""])
        .output()
        .expect("the program runs");
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("pagegate keys create") && told.contains("--insecure"), "{told}");
}
