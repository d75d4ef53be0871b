//! What happens in a stack, told as those tell it to whom it happens.

use std::time::Duration;

use tidegate_aws::{Troubles, Units};
use tidegate_contract::metrics::Metric;
use tidegate_core::delivery::Delivered;
use tidegate_lambda::{Handshake, Invocation, Report};
use tidegate_local_cloud::clock::Clock;

use crate::planned::STACK;
use crate::stack::Stack;

const FUNCTION: &str = "aws:lambda/function:Function";
const QUEUE: &str = "aws:sqs/queue:Queue";
const TABLE: &str = "aws:dynamodb/table:Table";

/// How long a function takes over a frame when all is well, in milliseconds.
const USUAL_MS: f64 = 20.0;

impl Stack {
    /// A function ends an invocation with this report.
    pub fn report(&self, report: &Report) {
        let invocation = Invocation {
            stack: STACK,
            request_id: "request-1",
            trace: None,
            problem: None,
            units: Units::default(),
            troubles: Troubles::new(),
            ended_ms: self.clock.now_ms(),
        };
        self.metrics.ingest(&invocation.line(report)).unwrap();
    }

    /// So many frames, of which so many fail.
    pub fn frames(&self, frames: u32, failed: u32) {
        for frame in 0..frames {
            self.frame(frame < failed, USUAL_MS);
        }
    }

    /// So many frames that are well, and two that take so many milliseconds.
    pub fn slow_frames(&self, frames: u32, slow_ms: f64) {
        self.frames(frames, 0);
        for _ in 0..2 {
            self.frame(false, slow_ms);
        }
    }

    /// A frame as the function `message` reports it.
    pub fn frame(&self, failed: bool, took_ms: f64) {
        self.report(&Report {
            route: "publish".to_owned(),
            outcome: if failed { "unavailable" } else { "ok" },
            metrics: vec![
                (Metric::Frames, 1.0),
                (Metric::FrameRefusals, 0.0),
                (Metric::FrameErrors, f64::from(u8::from(failed))),
                (Metric::FrameLatency, took_ms),
            ],
            ..Report::default()
        });
    }

    /// So many handshakes, of which so many fail.
    pub fn handshakes(&self, handshakes: u32, failed: u32) {
        for handshake in 0..handshakes {
            let end = match handshake < failed {
                true => Handshake::Failed,
                false => Handshake::Accepted,
            };
            self.report(&Report::default().handshake(end));
        }
    }

    /// Handshakes with tokens that are none: Lambda takes each `Unauthorized` for an error of the authorizer, and the
    /// gateway for one of the client.
    pub fn bad_tokens(&self, handshakes: u32) {
        for _ in 0..handshakes {
            let end = Handshake::Refused("unauthorized");
            self.report(&Report::default().handshake(end));
            self.function("authorizer", "Invocations", 1);
            self.function("authorizer", "Errors", 1);
            for api in self.apis() {
                self.gateway(api, "ClientError", 1);
            }
        }
    }

    /// So many connections end, of which so many without a close frame.
    pub fn disconnects(&self, disconnects: u32, abnormal: u32) {
        for number in 0..disconnects {
            let abnormal = f64::from(u8::from(number < abnormal));
            self.report(&Report {
                route: "$disconnect".to_owned(),
                outcome: "ok",
                metrics: vec![
                    (Metric::Disconnects, 1.0),
                    (Metric::AbnormalDisconnects, abnormal),
                ],
                ..Report::default()
            });
        }
    }

    /// A publication to so many receivers, of whom so many cannot be reached.
    pub fn delivery(&self, receivers: usize, failed: usize) {
        let delivered = Delivered {
            sent: receivers - failed,
            failed,
            ..Delivered::default()
        };
        let took = Some(Duration::from_millis(50));
        self.report(&Report::default().delivery(delivered, took));
    }

    /// What Lambda counts of a function.
    pub fn function(&self, function: &str, metric: &str, count: u32) {
        let name = self.planned.name(FUNCTION, function);
        let dimensions = [("FunctionName", name)];
        self.metrics
            .put("AWS/Lambda", metric, &dimensions, f64::from(count));
    }

    /// What SQS says of a queue once a minute.
    pub fn queue(&self, queue: &str, metric: &str, value: u32) {
        let dimensions = [("QueueName", self.planned.name(QUEUE, queue))];
        self.metrics
            .put("AWS/SQS", metric, &dimensions, f64::from(value));
    }

    /// What DynamoDB counts of the table.
    pub fn table(&self, metric: &str, count: u32) {
        let dimensions = [("TableName", self.planned.name(TABLE, "registry"))];
        self.metrics
            .put("AWS/DynamoDB", metric, &dimensions, f64::from(count));
    }

    /// What API Gateway counts of an API's stage.
    pub fn gateway(&self, api: &str, metric: &str, count: u32) {
        let found = self.planned.system.apis.iter().find(|it| it.id == api);
        let stage = found.and_then(|api| api.stages.keys().next()).unwrap();
        let dimensions = [("ApiId", api), ("Stage", stage.as_str())];
        self.metrics
            .put("AWS/ApiGateway", metric, &dimensions, f64::from(count));
    }

    /// The WebSocket APIs.
    pub fn apis(&self) -> impl Iterator<Item = &str> {
        let apis = self.planned.system.apis.iter();
        apis.map(|api| api.id.as_str())
    }

    /// The functions, by their names in the program.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.planned.all(FUNCTION)
    }
}
