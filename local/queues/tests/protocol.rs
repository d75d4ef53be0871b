//! SQS over the wire, call by call.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{NOW_MS, served};

#[tokio::test]
async fn a_message_is_received_as_it_was_sent_and_deleted_by_its_receipt() {
    let served = served().await;
    let attributes = json!({"kind": {"DataType": "String", "StringValue": "greeting"}});
    let trace = json!({"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-a"}});
    let sent = served
        .work(
            "SendMessage",
            json!({
                "MessageBody": "hello", "MessageAttributes": attributes, "MessageSystemAttributes": trace,
            }),
        )
        .await;
    assert_eq!(sent.status, 200, "{sent:?}");
    assert_eq!(
        sent.body["MD5OfMessageBody"],
        "5d41402abc4b2a76b9719d911017c592"
    );
    served.clock.advance(Duration::from_secs(1));
    let received = served.receive("work").await;
    let [message] = received.as_slice() else {
        panic!("{received:?}")
    };
    assert_eq!(message["MessageId"], sent.body["MessageId"]);
    assert_eq!(message["Body"], "hello");
    assert_eq!(message["MessageAttributes"], attributes);
    assert_eq!(
        message["MD5OfMessageAttributes"],
        sent.body["MD5OfMessageAttributes"]
    );
    let system = &message["Attributes"];
    assert_eq!(system["AWSTraceHeader"], "Root=1-a");
    assert_eq!(system["SentTimestamp"], NOW_MS.to_string());
    assert_eq!(
        system["ApproximateFirstReceiveTimestamp"],
        (NOW_MS + 1_000).to_string()
    );
    assert_eq!(system["ApproximateReceiveCount"], "1");

    let receipt = json!({"ReceiptHandle": message["ReceiptHandle"]});
    assert_eq!(served.work("DeleteMessage", receipt).await.status, 200);
    served.clock.advance(Duration::from_secs(60));
    assert!(served.receive("work").await.is_empty());
}

#[tokio::test]
async fn what_nobody_asks_for_is_not_shown() {
    let served = served().await;
    let attributes = json!({
        "kind.a": {"DataType": "Number", "StringValue": "1"}, "other": {"DataType": "Binary", "BinaryValue": "aGk="},
    });
    let input = json!({"MessageBody": "hello", "MessageAttributes": attributes});
    served.work("SendMessage", input).await;
    let asked = json!({"MessageAttributeNames": ["kind.*"], "VisibilityTimeout": 0});
    let answer = served.work("ReceiveMessage", asked).await;
    let message = &answer.body["Messages"][0];
    assert_eq!(
        message["MessageAttributes"],
        json!({"kind.a": {"DataType": "Number", "StringValue": "1"}})
    );
    assert_eq!(message["Attributes"], Value::Null);
}

#[tokio::test]
async fn a_call_waits_for_a_message_as_long_as_it_says() {
    let served = served().await;
    let waiting = served.work("ReceiveMessage", json!({"WaitTimeSeconds": 20}));
    let sending = async {
        let input = json!({"MessageBody": "late", "DelaySeconds": 5});
        served.work("SendMessage", input).await;
        // Whether it is held back yet or not: it comes when its time has come.
        served.clock.advance(Duration::from_secs(5));
    };
    let (answer, ()) = tokio::join!(waiting, sending);
    assert_eq!(answer.body["Messages"][0]["Body"], "late");

    let waiting = served.work("ReceiveMessage", json!({"WaitTimeSeconds": 20}));
    let passing = async {
        // Time passes until the call has given up, whenever it began.
        loop {
            served.clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    let answer = tokio::select! {
        answer = waiting => answer,
        () = passing => unreachable!("it never ends"),
    };
    assert_eq!((answer.status, answer.body), (200, json!({})));
}

#[tokio::test]
async fn what_is_received_too_often_is_in_the_dead_letter_queue() {
    let served = served().await;
    let sent = served
        .work("SendMessage", json!({"MessageBody": "poison"}))
        .await;
    for count in ["1", "2"] {
        let received = served.receive("work").await;
        assert_eq!(received[0]["Attributes"]["ApproximateReceiveCount"], count);
        served.clock.advance(Duration::from_secs(30));
    }
    assert!(served.receive("work").await.is_empty());
    let dead = served.receive("dead").await;
    assert_eq!(dead[0]["MessageId"], sent.body["MessageId"]);
    let attributes = &dead[0]["Attributes"];
    assert_eq!(attributes["SentTimestamp"], NOW_MS.to_string());
    assert_eq!(
        attributes["DeadLetterQueueSourceArn"],
        "arn:aws:sqs:us-east-1:000000000000:work"
    );
}

#[tokio::test]
async fn the_entries_of_a_batch_succeed_and_fail_one_by_one() {
    let served = served().await;
    let entries = json!([
        {"Id": "good", "MessageBody": "a"},
        {"Id": "late", "MessageBody": "b", "DelaySeconds": 901},
        {"Id": "empty", "MessageBody": ""},
    ]);
    let answer = served
        .work("SendMessageBatch", json!({ "Entries": entries }))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["Successful"][0]["Id"], "good");
    let failed = answer.body["Failed"].as_array().unwrap();
    let ids: Vec<_> = failed.iter().map(|failed| &failed["Id"]).collect();
    assert_eq!(ids, ["late", "empty"]);
    assert!(failed.iter().all(|failed| failed["SenderFault"] == true));

    let receipt = &served.receive("work").await[0]["ReceiptHandle"];
    let entries = json!([{"Id": "1", "ReceiptHandle": receipt}, {"Id": "2", "ReceiptHandle": "x"}]);
    let answer = served
        .work("DeleteMessageBatch", json!({ "Entries": entries }))
        .await;
    assert_eq!(answer.body["Successful"], json!([{"Id": "1"}]));
    assert_eq!(answer.body["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn a_batch_that_cannot_be_right_is_refused_as_a_whole() {
    let served = served().await;
    let entry = |id: &str| json!({"Id": id, "MessageBody": "a"});
    let many: Vec<_> = (0..11).map(|number| entry(&number.to_string())).collect();
    let half = "x".repeat(600_000);
    let long = json!([{"Id": "1", "MessageBody": half}, {"Id": "2", "MessageBody": half}]);
    for (entries, code) in [
        (json!([]), "EmptyBatchRequest"),
        (json!(many), "TooManyEntriesInBatchRequest"),
        (json!([entry("a"), entry("a")]), "BatchEntryIdsNotDistinct"),
        (json!([entry("a b")]), "InvalidBatchEntryId"),
        (long, "BatchRequestTooLong"),
    ] {
        let answer = served
            .work("SendMessageBatch", json!({ "Entries": entries }))
            .await;
        answer.assert_refused(400, code);
    }
    assert!(served.receive("work").await.is_empty());
}

#[tokio::test]
async fn what_sqs_would_refuse_is_refused_by_its_code() {
    let served = served().await;
    let long = "x".repeat(1_048_577);
    for (operation, input, code) in [
        ("SendMessage", json!({}), "MissingParameter"),
        (
            "SendMessage",
            json!({"MessageBody": long}),
            "InvalidParameterValue",
        ),
        (
            "SendMessage",
            json!({"MessageBody": "a", "DelaySeconds": -1}),
            "InvalidParameterValue",
        ),
        (
            "SendMessage",
            json!({"MessageBody": "a", "MessageAttributes": {"a": {"DataType": "String"}}}),
            "InvalidParameterValue",
        ),
        (
            "SendMessage",
            json!({"MessageBody": "a", "MessageDeduplicationId": "a"}),
            "InvalidParameterValue",
        ),
        (
            "ReceiveMessage",
            json!({"MaxNumberOfMessages": 11}),
            "InvalidParameterValue",
        ),
        (
            "ReceiveMessage",
            json!({"WaitTimeSeconds": 21}),
            "InvalidParameterValue",
        ),
        (
            "ReceiveMessage",
            json!({"VisibilityTimeout": 43_201}),
            "InvalidParameterValue",
        ),
        (
            "DeleteMessage",
            json!({"ReceiptHandle": "x"}),
            "ReceiptHandleIsInvalid",
        ),
        (
            "GetQueueAttributes",
            json!({"AttributeNames": ["Colour"]}),
            "InvalidAttributeName",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "more"}),
            "UnsupportedOperation",
        ),
        ("TagQueue", json!({}), "UnsupportedOperation"),
        ("Dance", json!({}), "UnknownOperationException"),
    ] {
        let answer = served.work(operation, input).await;
        answer.assert_refused(400, code);
    }
    for url in [
        "",
        "work",
        "http://localhost/1/work",
        "http://x/000000000000/more",
    ] {
        let input = json!({"QueueUrl": url, "MessageBody": "a"});
        let answer = served.call("SendMessage", input).await;
        answer.assert_refused(400, "QueueDoesNotExist");
        let old = "AWS.SimpleQueueService.NonExistentQueue;Sender";
        assert_eq!(answer.query_error.as_deref(), Some(old));
    }
}

#[tokio::test]
async fn who_does_not_sign_for_the_account_is_refused() {
    let served = served().await;
    let answer = served
        .call_as("AKIASOMEBODYELSE", "ListQueues", json!({}))
        .await;
    answer.assert_refused(403, "InvalidClientTokenId");
    let plain = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n\
                 Content-Length: 2\r\n\r\n{}";
    let answer = served.send(plain).await;
    answer.assert_refused(403, "MissingAuthenticationToken");
}

#[tokio::test]
async fn the_query_protocol_of_old_sdks_is_refused_by_name() {
    let served = served().await;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: AWS4-HMAC-SHA256 Credential={}/\r\n\
         Content-Length: 17\r\n\r\nAction=ListQueues",
        support::KEY
    );
    let answer = served.send(&request).await;
    answer.assert_refused(400, "UnsupportedOperation");
    let message = answer.body["message"].as_str().unwrap();
    assert!(message.contains("AWS JSON 1.0"), "{message}");
}

#[tokio::test]
async fn queues_are_found_counted_and_purged() {
    let served = served().await;
    let answer = served
        .call("ListQueues", json!({"QueueNamePrefix": "wo"}))
        .await;
    assert_eq!(answer.body["QueueUrls"], json!([served.queue_url("work")]));
    let answer = served
        .call("GetQueueUrl", json!({"QueueName": "dead"}))
        .await;
    assert_eq!(answer.body["QueueUrl"], served.queue_url("dead"));
    let answer = served
        .call("GetQueueUrl", json!({"QueueName": "more"}))
        .await;
    answer.assert_refused(400, "QueueDoesNotExist");

    for delay in [0, 0, 60] {
        let input = json!({"MessageBody": "a", "DelaySeconds": delay});
        served.work("SendMessage", input).await;
    }
    served.work("ReceiveMessage", json!({})).await;
    let asked = json!({"AttributeNames": ["All"]});
    let attributes = served.work("GetQueueAttributes", asked).await.body["Attributes"].take();
    assert_eq!(attributes["ApproximateNumberOfMessages"], "1");
    assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "1");
    assert_eq!(attributes["ApproximateNumberOfMessagesDelayed"], "1");
    assert_eq!(attributes["VisibilityTimeout"], "30");
    let redrive: Value =
        serde_json::from_str(attributes["RedrivePolicy"].as_str().unwrap()).unwrap();
    assert_eq!(
        redrive["deadLetterTargetArn"],
        "arn:aws:sqs:us-east-1:000000000000:dead"
    );

    assert_eq!(served.work("PurgeQueue", json!({})).await.status, 200);
    let answer = served.work("PurgeQueue", json!({})).await;
    answer.assert_refused(403, "PurgeQueueInProgress");
    served.clock.advance(Duration::from_secs(60));
    assert!(served.receive("work").await.is_empty());
    assert_eq!(served.work("PurgeQueue", json!({})).await.status, 200);
}

#[tokio::test]
async fn characters_that_xml_cannot_have_are_replaced() {
    let served = served().await;
    let input = json!({"MessageBody": "a\u{1}b\u{FFFF}c\u{1F30A}\n"});
    served.work("SendMessage", input).await;
    let received = served.receive("work").await;
    assert_eq!(received[0]["Body"], "a\u{FFFD}b\u{FFFD}c\u{1F30A}\n");
}

#[tokio::test]
async fn a_call_that_waits_does_not_hold_up_the_end() {
    let served = served().await;
    let waiting = served.work("ListQueues", json!({}));
    waiting.await;
    let url = served.url.clone();
    let mut idle = tokio::net::TcpStream::connect(url.trim_start_matches("http://"))
        .await
        .unwrap();
    served.shutdown.cancel();
    let mut rest = Vec::new();
    let ended = tokio::io::AsyncReadExt::read_to_end(&mut idle, &mut rest);
    let ended = tokio::time::timeout(Duration::from_secs(30), ended).await;
    assert!(ended.is_ok(), "the connection is closed");
}
