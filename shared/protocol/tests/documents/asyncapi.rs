//! The AsyncAPI document, from the service's side: it receives what clients ask, and sends what nobody asked for.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tidegate_protocol::{
    BEARER_PREFIX, ClientFrame, GatewayFrame, MAX_FRAME_BYTES, ROOM_NAMESPACE, ROOM_PARAMETER,
    SESSION_PARAMETER, SUBPROTOCOL, ServerFrame, SessionId, TICKET_PARAMETER,
};

use crate::frames::{self, Direction};
use crate::schemas::NOTE;

/// What answers each action, beside an error: the type of the reply.
const REPLIES: [(&str, &str); 8] = [
    ("ping", "pong"),
    ("subscribe", "subscribed"),
    ("unsubscribe", "unsubscribed"),
    ("publish", "ack"),
    ("presence", "presence"),
    ("history", "history"),
    ("refresh", "refreshed"),
    ("heads", "heads"),
];
/// What the service sends without being asked, by the name of the operation.
const SENT: [(&str, &str); 3] = [
    ("deliver", "publication"),
    ("announcePresence", "presenceChange"),
    ("sayGoodbye", "goodbye"),
];
const GATEWAY: &str = "gateway.frame";

/// The whole document, in the order that the specification uses.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    #[serde(rename = "x-generated")]
    note: &'static str,
    asyncapi: &'static str,
    info: Value,
    default_content_type: &'static str,
    servers: Value,
    channels: Value,
    operations: Map<String, Value>,
    components: Value,
}

/// A frame of one kind.
struct Message {
    /// `client.subscribe`, …
    id: String,
    kind: String,
    summary: String,
    schema: Value,
}

pub(crate) fn document() -> Document {
    let mut settings = SchemaSettings::draft07().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    let mut messages = variants::<ClientFrame>(&mut generator, "client", "action");
    messages.extend(variants::<ServerFrame>(&mut generator, "server", "type"));
    messages.push(Message {
        id: GATEWAY.into(),
        kind: "frame".into(),
        summary: "What API Gateway sends by itself. The connection stays.".into(),
        schema: generator.subschema_for::<GatewayFrame>().to_value(),
    });
    let session = generator.subschema_for::<SessionId>().to_value();
    let mut schemas = generator.take_definitions(true);
    for message in &messages {
        schemas.insert(message.id.clone(), message.schema.clone());
    }
    Document {
        note: NOTE,
        asyncapi: "3.0.0",
        info: info(),
        default_content_type: "application/json",
        servers: servers(),
        channels: json!({ "connection": connection(&messages, &session) }),
        operations: operations(&messages),
        components: json!({
            "messages": messages.iter().map(described).collect::<BTreeMap<_, _>>(),
            "schemas": schemas,
            "securitySchemes": security_schemes(),
        }),
    }
}

/// The variants of an enum of frames, each with its tag.
fn variants<T: JsonSchema>(
    generator: &mut SchemaGenerator,
    direction: &str,
    tag: &str,
) -> Vec<Message> {
    let schema = T::json_schema(generator).to_value();
    let variants = schema["oneOf"].as_array().cloned().unwrap_or_default();
    let message = |schema: Value| {
        let kind = schema["properties"][tag]["const"]
            .as_str()
            .unwrap()
            .to_owned();
        Message {
            id: format!("{direction}.{kind}"),
            kind,
            summary: schema["description"].as_str().unwrap().to_owned(),
            schema,
        }
    };
    variants.into_iter().map(message).collect()
}

fn info() -> Value {
    json!({
        "title": SUBPROTOCOL,
        "version": "1.0.0",
        "description": format!(
            "JSON text frames, each at most {MAX_FRAME_BYTES} bytes. A frame from a client names its `action`, a frame to a \
             client its `type`. A reply echoes the `id` of its request; errors are replies too. Fields, types and codes that \
             a reader does not know are ignored. Frames of API Gateway itself have a `message` and a `connectionId` and no \
             `type`. What is promised stands in docs/semantics.md."
        ),
        "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
    })
}

fn servers() -> Value {
    let schemes = ["subprotocol", "header", "ticket"];
    let security: Vec<_> = schemes
        .iter()
        .map(|scheme| reference(&["components", "securitySchemes", scheme]))
        .collect();
    json!({
        "deployed": {
            "host": "{host}",
            "pathname": "/{stage}",
            "protocol": "wss",
            "description": "API Gateway's own address, or the distribution before it. `pulumi stack output` says it.",
            "variables": {
                "host": { "description": "The API's host." },
                "stage": { "description": "The API's stage; none with a domain of your own." },
            },
            "security": security,
        },
        "local": {
            "host": "127.0.0.1:4000",
            "pathname": "/dev",
            "protocol": "ws",
            "description": "`tidegate dev`.",
            "security": security,
        },
    })
}

fn security_schemes() -> Value {
    json!({
        "subprotocol": {
            "type": "httpApiKey",
            "in": "header",
            "name": "Sec-WebSocket-Protocol",
            "description": format!(
                "`{SUBPROTOCOL}, {BEARER_PREFIX}<access token>`: what a browser can do. Only `{SUBPROTOCOL}` is echoed."
            ),
        },
        "header": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`Authorization: Bearer <access token>`.",
        },
        "ticket": {
            "type": "httpApiKey",
            "in": "query",
            "name": TICKET_PARAMETER,
            "description": "A one-time ticket of `POST /ticket`, for clients that can set neither of the others.",
        },
    })
}

fn connection(messages: &[Message], session: &Value) -> Value {
    let ids = messages.iter().map(|message| &message.id);
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "address": "/",
        "title": "A connection",
        "description": "One WebSocket. A handshake that may not be is refused before there is a socket: 401 without a valid \
                        token, 403 where the user may not, 429 where there are too many.",
        "messages": ids
            .map(|id| (id.clone(), reference(&["components", "messages", id])))
            .collect::<BTreeMap<_, _>>(),
        "bindings": { "ws": {
            "method": "GET",
            "query": {
                "type": "object",
                "properties": {
                    (SESSION_PARAMETER): session,
                    (ROOM_PARAMETER): text(&format!(
                        "The name of a channel of the namespace `{ROOM_NAMESPACE}`, which the connection joins in the \
                         handshake."
                    )),
                    (TICKET_PARAMETER): text("A one-time ticket instead of a token."),
                },
            },
            "headers": {
                "type": "object",
                "properties": {
                    "Sec-WebSocket-Protocol": text(&format!(
                        "`{SUBPROTOCOL}`, and `{BEARER_PREFIX}` with the access token."
                    )),
                    "Authorization": text("`Bearer` and the access token."),
                },
            },
            "bindingVersion": "0.1.0",
        } },
    })
}

fn operations(messages: &[Message]) -> Map<String, Value> {
    let channel = reference(&["channels", "connection"]);
    let here = |id: &str| reference(&["channels", "connection", "messages", id]);
    let mut operations = Map::new();
    for (action, reply) in REPLIES {
        let request = of(messages, "client", action);
        let mut replies = vec![here(&of(messages, "server", reply).id)];
        // The gateway answers a ping by itself, and never with an error of the service.
        if action != "ping" {
            replies.push(here(&of(messages, "server", "error").id));
            replies.push(here(GATEWAY));
        }
        let operation = json!({
            "action": "receive",
            "channel": channel,
            "summary": request.summary,
            "messages": [here(&request.id)],
            "reply": { "channel": channel, "messages": replies },
        });
        operations.insert(action.to_owned(), operation);
    }
    for (name, kind) in SENT {
        let message = of(messages, "server", kind);
        let operation = json!({
            "action": "send",
            "channel": channel,
            "summary": message.summary,
            "messages": [here(&message.id)],
        });
        operations.insert(name.to_owned(), operation);
    }
    operations
}

fn of<'a>(messages: &'a [Message], direction: &str, kind: &str) -> &'a Message {
    let id = format!("{direction}.{kind}");
    let message = messages.iter().find(|message| message.id == id);
    message.unwrap_or_else(|| panic!("there is no frame {id}"))
}

/// A message of the components, with the golden frames as its examples.
fn described(message: &Message) -> (String, Value) {
    let files = frames::all();
    let file = files.iter().find(|file| {
        let direction = match file.direction {
            Direction::Client => "client",
            Direction::Server => "server",
            Direction::Gateway => "gateway",
        };
        message.id == format!("{direction}.{}", message.kind) && file.kind == message.kind
    });
    let valid = file.map_or(&[][..], |file| &file.valid);
    let examples: Vec<_> = valid
        .iter()
        .map(|example| {
            let payload: Value = serde_json::from_str(&example.text).unwrap();
            json!({
                "name": example.name,
                "summary": example.comment.as_ref().unwrap_or(&example.name),
                "payload": payload,
            })
        })
        .collect();
    let mut described = json!({
        "name": message.kind,
        "title": message.id,
        "summary": message.summary,
        "description": file.map_or("", |file| &file.about),
        "payload": reference(&["components", "schemas", &message.id]),
        "examples": examples,
    });
    let has_id = message.schema.to_string().contains(r##""#/components"##)
        && !["publication", "presenceChange", "goodbye", "frame"].contains(&&*message.kind);
    if has_id {
        described["correlationId"] = json!({
            "description": "The client's own; a reply echoes it.",
            "location": "$message.payload#/id",
        });
    }
    (message.id.clone(), described)
}

fn reference(path: &[&str]) -> Value {
    json!({ "$ref": format!("#/{}", path.join("/")) })
}

#[test]
fn every_kind_of_frame_is_of_one_operation() {
    let document = serde_json::to_value(document()).unwrap();
    let operations = document["operations"].to_string();
    let messages = document["components"]["messages"].as_object().unwrap();
    for id in messages.keys() {
        let named = format!("/messages/{id}\"");
        assert!(
            operations.contains(&named),
            "{id} is of no operation: name it in REPLIES or SENT"
        );
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = serde_json::to_value(document()).unwrap();
    let mut open = vec![&document];
    let mut found = 0;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(to) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = to.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{to} leads nowhere");
                    found += 1;
                }
                open.extend(fields.values());
            }
            Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    assert!(found > 50, "{found}");
}
