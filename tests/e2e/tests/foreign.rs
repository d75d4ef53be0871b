//! Clients that nobody here wrote.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tidegate_e2e::{PATIENCE, Stack, StackOptions, missing, tool};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// The client's version; the latest when this was written.
const WSCAT: &str = "wscat@6.1.0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wscat_joins_with_a_header_token_and_a_query_string_and_gets_what_is_published() {
    let Some(npx) = tool("node", "npx", "wscat as a client") else {
        return;
    };
    let fetched = Command::new(&npx)
        .args(["--yes", WSCAT, "--version"])
        .output()
        .await;
    if !fetched.is_ok_and(|output| output.status.success()) {
        return missing("node", "wscat as a client: npx cannot fetch it");
    }
    let stack = Stack::start(StackOptions::default()).await;
    let token = stack.token("carol").await;
    let mut wscat = Command::new(npx)
        .args([
            "--yes",
            WSCAT,
            "--no-color",
            "-c",
            &format!("{}?room_id=lobby", stack.url()),
        ])
        .args(["-H", &format!("Authorization: Bearer {token}")])
        .args([
            "-w",
            "60",
            "-x",
            r#"{"action":"publish","id":"1","channel":"room:lobby","data":"from wscat"}"#,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(wscat.stdout.take().unwrap()).lines();
    let heard = tokio::time::timeout(PATIENCE + Duration::from_secs(90), async {
        let mut heard = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            heard.push(line);
            let all = heard.join("\n");
            if all.contains(r#""type":"ack""#) && all.contains(r#""data":"from wscat""#) {
                return true;
            }
        }
        panic!("wscat ended: {heard:?}")
    });
    assert!(heard.await.unwrap());
    stack.stop().await;
}

/// A client in the standard library's terms only: Python, a socket and the handshake by hand.
const PYTHON: &str = r#"
import base64, json, os, socket, struct, sys
host, port, path, token = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
s = socket.create_connection((host, port))
key = base64.b64encode(os.urandom(16)).decode()
s.sendall((f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
           f"Sec-WebSocket-Protocol: tidegate.v1,bearer.{token}\r\n\r\n").encode())
f = s.makefile("rb")
status = f.readline().decode().split()[1]
headers = {}
while (line := f.readline().strip()):
    name, value = line.decode().split(":", 1)
    headers[name.lower()] = value.strip()
assert status == "101", status
assert headers["sec-websocket-protocol"] == "tidegate.v1", headers
def send(frame):
    data, mask = json.dumps(frame).encode(), os.urandom(4)
    head = bytes([0x81, 0x80 | len(data)]) if len(data) < 126 else bytes([0x81, 0xfe]) + struct.pack(">H", len(data))
    s.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
def receive():
    head = f.read(2)
    size = head[1] & 127
    if size == 126: size = struct.unpack(">H", f.read(2))[0]
    return json.loads(f.read(size))
send({"action": "subscribe", "id": "1", "channel": "room:lobby"})
assert receive()["type"] == "subscribed"
print("joined", flush=True)
print(json.dumps(receive()["data"]), flush=True)
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_made_python_client_joins_with_its_token_as_a_sub_protocol() {
    let Some(python) = tool("python3", "python3", "a Python client") else {
        return;
    };
    let stack = Stack::start(StackOptions::default()).await;
    let token = stack.token("dave").await;
    let address = stack.url().trim_start_matches("ws://");
    let (authority, path) = address.split_once('/').unwrap();
    let (host, port) = authority.split_once(':').unwrap();
    let mut client = Command::new(python)
        .args(["-", host, port, &format!("/{path}"), &token])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(PYTHON.as_bytes()).await.unwrap();
    drop(stdin);
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    let joined = tokio::time::timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(joined.as_deref(), Some("joined"));
    let mut alice = stack.client("alice").await;
    let reply = alice
        .request(
            "publish",
            json!({ "channel": "room:lobby", "data": { "hello": "python" } }),
        )
        .await;
    assert_eq!(reply["type"], "ack", "{reply}");
    let heard = tokio::time::timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(heard.as_deref(), Some(r#"{"hello": "python"}"#));
    assert!(client.wait().await.unwrap().success());
    stack.stop().await;
}
