//! For the functions' own tests: the captured events, and a run of a function's real binary for one of them.

#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longer than any run takes, even on a busy machine: reached only by a test that fails.
const BOUND: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(50);

/// The event in `fixtures/{name}.json`, in the shape that AWS sends.
#[must_use]
pub fn fixture(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let text = std::fs::read_to_string(folder.join(name).with_extension("json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The same, read as a function reads it.
#[must_use]
pub fn event<T: DeserializeOwned>(name: &str) -> T {
    parsed(fixture(name))
}

/// An event that a test has changed, read as a function reads it.
#[must_use]
pub fn parsed<T: DeserializeOwned>(event: Value) -> T {
    serde_json::from_value(event).unwrap()
}

/// What a function did with one event.
#[derive(Debug)]
pub struct Ran {
    /// `response` or `error`; `nothing` when it ended without either.
    pub kind: String,
    /// What it handed to the Runtime API.
    pub body: Value,
    /// Everything that it wrote to its output, in no particular order.
    pub output: String,
}

impl Ran {
    /// The one line that the invocation ends with.
    #[must_use]
    pub fn report(&self) -> Value {
        let mut lines = self.output.lines();
        let line = lines.find(|line| line.contains("\"outcome\"")).unwrap();
        serde_json::from_str(line).unwrap()
    }
}

/// A request that the function made of something other than the Runtime API.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The path, with the query.
    pub path: String,
    /// The headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

/// Runs `binary` until it has answered `event` and asks for another: all that it does for this one is done by then.
///
/// One server is its Runtime API and everything else that it asks: those requests go to `answer`, which gives a status
/// and a body. In the values of `environment`, `{address}` stands for the server's.
#[must_use]
pub fn run_once(
    binary: &str,
    environment: &[(&str, &str)],
    event: &Value,
    answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static,
) -> Ran {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let environment = environment
        .iter()
        .map(|(name, value)| (name, value.replace("{address}", &address)));
    let mut child = Command::new(binary)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", &address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
        .env("TIDEGATE_STACK", "tidegate/test")
        .env("TIDEGATE_LOG_LEVEL", "info")
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ((done, answered), (more, asked_for_more)) = (mpsc::channel(), mpsc::channel());
    let api = Arc::new(Api {
        event: event.to_string(),
        delivered: AtomicBool::new(false),
        answer,
        done,
        more,
    });
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let api = Arc::clone(&api);
            thread::spawn(move || api.serve(&stream));
        }
    });
    let outputs = [
        drain(child.stdout.take().unwrap()),
        drain(child.stderr.take().unwrap()),
    ];
    let answered = told(&answered, &mut child);
    let _ended_instead = told(&asked_for_more, &mut child);
    let _ended_already = child.kill();
    child.wait().unwrap();
    let output = outputs.map(|output| output.join().unwrap()).concat();
    let (kind, body) = answered.unwrap_or_else(|| ("nothing".to_owned(), "null".to_owned()));
    Ran {
        kind,
        body: serde_json::from_str(&body).unwrap(),
        output,
    }
}

/// What the function is waited for, unless it ends before.
fn told<T>(what: &mpsc::Receiver<T>, child: &mut Child) -> Option<T> {
    let mut waited = Duration::ZERO;
    loop {
        match what.recv_timeout(STEP) {
            Ok(told) => return Some(told),
            Err(_) if waited > BOUND || child.try_wait().unwrap().is_some() => return None,
            Err(_) => waited += STEP,
        }
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    })
}

struct Api<A> {
    event: String,
    delivered: AtomicBool,
    answer: A,
    done: mpsc::Sender<(String, String)>,
    more: mpsc::Sender<()>,
}

impl<A: Fn(&Asked) -> (u16, String)> Api<A> {
    fn serve(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(asked) = read(&mut reader) {
            let invocation = asked.path.strip_prefix("/2018-06-01/runtime/invocation/");
            let (status, headers, body) = match invocation {
                // The one event there is; for the second the function waits until it is ended.
                Some("next") if self.delivered.swap(true, Ordering::Relaxed) => {
                    let _tested = self.more.send(());
                    return thread::sleep(BOUND);
                }
                Some("next") => {
                    let headers = "Lambda-Runtime-Aws-Request-Id: request-1\r\n\
                                   Lambda-Runtime-Deadline-Ms: 4102444800000\r\n\
                                   Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1\r\n\
                                   Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:r:1:function:f\r\n";
                    (200, headers, self.event.clone())
                }
                Some(done) => {
                    let kind = done.rsplit('/').next().unwrap_or_default();
                    let _tested = self.done.send((kind.to_owned(), asked.body));
                    (202, "", "{}".to_owned())
                }
                None => {
                    let (status, body) = (self.answer)(&asked);
                    (status, "", body)
                }
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n"
            );
            if stream
                .write_all(format!("{head}{body}").as_bytes())
                .is_err()
            {
                return;
            }
        }
    }
}

/// One HTTP/1.1 request, as the functions' clients write them.
fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        let read = reader.read_line(&mut line);
        (read.is_ok_and(|bytes| bytes > 0)).then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = Vec::new();
    if headers
        .get("transfer-encoding")
        .is_some_and(|encoding| encoding.contains("chunked"))
    {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else {
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.parse().unwrap_or(0));
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
    }
    Some(Asked {
        path,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
