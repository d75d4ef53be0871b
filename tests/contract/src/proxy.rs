//! A proxy before DynamoDB that writes down what is asked, and lets through only what the store may ask.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::{http, table};

/// One call of DynamoDB.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GetItem`, `Query` and the like.
    pub operation: String,
    /// What was asked.
    pub input: Value,
}

impl Call {
    /// Nothing scans, nothing needs an index or a filter, every read is consistent but those of subscriptions that do not
    /// ask for it, and every call is told what it cost.
    fn assert_allowed(&self) {
        let Self { operation, input } = self;
        let is_read = match operation.as_str() {
            "GetItem" | "Query" => true,
            "PutItem" | "UpdateItem" | "DeleteItem" => false,
            other => panic!("{other} is no operation of the store: {input}"),
        };
        let is_consistent = input["ConsistentRead"] == json!(true);
        let may_be_stale = self.partition().starts_with("CH#");
        assert!(
            !is_read || is_consistent || may_be_stale,
            "{operation} {input}"
        );
        for forbidden in ["IndexName", "FilterExpression"] {
            assert_eq!(input.get(forbidden), None, "{operation} {input}");
        }
        assert_eq!(
            input["ReturnConsumedCapacity"], "TOTAL",
            "{operation} {input}"
        );
        assert_eq!(input["TableName"], table::TABLE, "{operation} {input}");
    }

    /// The partition key that a read asks for; empty for a write.
    fn partition(&self) -> &str {
        let of_get = &self.input["Key"]["pk"]["S"];
        let of_query = &self.input["ExpressionAttributeValues"][":pk"]["S"];
        of_get
            .as_str()
            .or_else(|| of_query.as_str())
            .unwrap_or_default()
    }
}

/// A proxy. A call that it does not let through fails the test: its connection ends without an answer.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Where it listens.
    pub endpoint: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Proxy {
    /// A proxy before the server at `upstream`.
    pub async fn before(upstream: SocketAddr) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&calls);
        let address = http::serve(move |request| {
            let target = request.headers()["x-amz-target"].to_str().unwrap();
            let (_version, operation) = target.split_once('.').unwrap();
            let call = Call {
                operation: operation.to_owned(),
                input: serde_json::from_slice(request.body()).unwrap(),
            };
            call.assert_allowed();
            record.lock().unwrap().push(call);
            http::forward(upstream, request)
        })
        .await;
        Self {
            endpoint: format!("http://{address}"),
            calls,
        }
    }

    /// What was asked since the last call of this.
    #[must_use]
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}
