//! A Lambda that does what it is told to by the `body` of its event, for the tests of the pool.
//!
//! | body | what it does |
//! |---|---|
//! | `crash` | writes to stderr and exits with status 3 |
//! | `abort` | aborts |
//! | `panic` | panics in the handler |
//! | `sleep:MS` | answers after that time |
//! | `block:MS` | as `sleep`, holding the only thread |
//! | `hold` | writes `holding PID` to stdout and never answers |
//! | `error:TYPE:MESSAGE` | fails with that error |
//! | `big:BYTES` | answers with a body of that size |
//! | `stdout:TEXT`, `stderr:TEXT` | writes the text, then answers with it |
//! | `flood:LINES` | writes that many lines of 1,000 bytes to stdout and to stderr, then answers |
//! | `pid` | answers with its process id |
//! | `env:NAME` | answers with that variable, `(unset)` if there is none |
//! | `names` | answers with the names of all its variables, sorted, by spaces |
//! | `context` | answers with request id, deadline, ARN and trace id, by spaces |
//! | `api:METHOD PATH` | calls its own Runtime API and answers with `STATUS BODY` |
//! | `chunked:A:B` | posts its own response in two chunks, then tries to answer a second time |
//! | `raw:JSON` | answers with that JSON, which need not be a proxy answer |
//! | `event` | writes the event, less its body, to stdout, then answers with it |
//! | `batch` | writes `batch` and the bodies of the event's SQS messages to stdout; exits if one is `crash`, fails if one is `error`, and answers that those come again that begin with `fail` |
//! | anything else | answers with it |
//!
//! An event without a body, as `$connect`, `$disconnect` and an authorizer get it, is told what to do by the variable
//! `MISBEHAVE_BODY`. The variable `MISBEHAVE_INIT` may be `exit`, `hang` or `error`: what happens instead of the first `/next`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    body: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Reply {
    Proxy {
        #[serde(rename = "statusCode")]
        status_code: u16,
        body: String,
    },
    Raw(Value),
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is what this binary reports on"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is what this binary reports on"
)]
fn variable_names() -> String {
    let mut names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    names.sort();
    names.join(" ")
}

/// One request to the own Runtime API, past the client of `lambda_runtime`; the answer is `STATUS BODY`.
fn call_api(head: &str, body: &str) -> std::io::Result<String> {
    let api = variable("AWS_LAMBDA_RUNTIME_API").unwrap_or_default();
    let mut stream = TcpStream::connect(&api)?;
    write!(
        stream,
        "{head}\r\nHost: {api}\r\nConnection: close\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body)
        .unwrap_or_default();
    Ok(format!("{status} {body}"))
}

fn failure(error_type: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic {
        error_type: error_type.to_owned(),
        error_message: message.into(),
    }
}

#[expect(clippy::panic, reason = "a panicking handler is one of the cases")]
async fn misbehave(event: LambdaEvent<Event>) -> Result<Reply, Diagnostic> {
    let (event, context) = event.into_parts();
    let command = event
        .body
        .or_else(|| variable("MISBEHAVE_BODY"))
        .unwrap_or_default();
    let (word, rest) = command.split_once(':').unwrap_or((&command, ""));
    let number = || {
        rest.parse::<u64>()
            .map_err(|_| failure("BadRequest", "not a number"))
    };
    let body = match word {
        "crash" => {
            eprintln!("about to crash");
            std::process::exit(3);
        }
        "abort" => std::process::abort(),
        "panic" => panic!("told to panic"),
        "sleep" => {
            tokio::time::sleep(Duration::from_millis(number()?)).await;
            "slept".to_owned()
        }
        "block" => {
            std::thread::sleep(Duration::from_millis(number()?));
            "blocked".to_owned()
        }
        "hold" => {
            println!("holding {}", std::process::id());
            std::future::pending().await
        }
        "flood" => {
            let line = "x".repeat(1_000);
            for _ in 0..number()? {
                println!("{line}");
                eprintln!("{line}");
            }
            "flooded".to_owned()
        }
        "error" => {
            let (error_type, message) = rest.split_once(':').unwrap_or((rest, ""));
            return Err(failure(error_type, message));
        }
        "big" => "x".repeat(usize::try_from(number()?).unwrap_or_default()),
        "stdout" => {
            println!("{rest}");
            rest.to_owned()
        }
        "stderr" => {
            eprintln!("{rest}");
            rest.to_owned()
        }
        "pid" => std::process::id().to_string(),
        "env" => variable(rest).unwrap_or_else(|| "(unset)".to_owned()),
        "names" => variable_names(),
        "context" => describe(&context),
        "api" => call_api(&format!("{rest} HTTP/1.1"), "")
            .map_err(|error| failure("Io", error.to_string()))?,
        "chunked" => {
            let (first, second) = rest.split_once(':').unwrap_or((rest, ""));
            respond_in_chunks(&context.request_id, first, second)
                .map_err(|error| failure("Io", error.to_string()))?
        }
        "raw" => {
            let answer = serde_json::from_str(rest);
            return answer
                .map(Reply::Raw)
                .map_err(|error| failure("BadRequest", error.to_string()));
        }
        "event" => {
            let event = Value::Object(event.rest).to_string();
            println!("{event}");
            event
        }
        "batch" => return batch(&event.rest),
        _ => command,
    };
    Ok(Reply::Proxy {
        status_code: 200,
        body,
    })
}

fn batch(event: &Map<String, Value>) -> Result<Reply, Diagnostic> {
    let records = event.get("Records").and_then(Value::as_array);
    let records = records.ok_or_else(|| failure("BadRequest", "no records"))?;
    let text = |record: &Value, name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let bodies: Vec<_> = records.iter().map(|record| text(record, "body")).collect();
    println!("batch {}", bodies.join(","));
    if bodies.iter().any(|body| body == "crash") {
        std::process::exit(3);
    }
    if bodies.iter().any(|body| body == "error") {
        return Err(failure("Batch", "told to fail"));
    }
    let again = records
        .iter()
        .filter(|record| text(record, "body").starts_with("fail"));
    let again: Vec<_> = again
        .map(|record| json!({"itemIdentifier": text(record, "messageId")}))
        .collect();
    Ok(Reply::Raw(json!({ "batchItemFailures": again })))
}

fn describe(context: &Context) -> String {
    let trace = context.xray_trace_id.as_deref().unwrap_or("-");
    format!(
        "{} {} {} {trace}",
        context.request_id, context.deadline, context.invoked_function_arn
    )
}

fn respond_in_chunks(request_id: &str, first: &str, second: &str) -> std::io::Result<String> {
    let head = format!(
        "POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1\r\n\
         Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked"
    );
    let body = format!(
        "{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    call_api(&head, &body)
}

fn main() -> Result<(), Error> {
    match variable("MISBEHAVE_INIT").as_deref() {
        Some("exit") => {
            eprintln!("no configuration found");
            std::process::exit(1);
        }
        Some("hang") => loop {
            std::thread::park();
        },
        Some("error") => {
            let body =
                r#"{"errorMessage":"no table","errorType":"Config.Missing","stackTrace":[]}"#;
            let length = body.len();
            call_api(
                &format!(
                    "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: {length}"
                ),
                body,
            )?;
            std::process::exit(1);
        }
        _ => {}
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(Runtime::new(service_fn(misbehave)).run())
}
