//! What a queue's policy lets EventBridge do: only the part of IAM that such policies are written in.

use serde_json::{Map, Value};

use crate::resources::permission::arn_like;

const SERVICE: &str = "events.amazonaws.com";
const ACTION: &str = "sqs:sendmessage";

/// A policy that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueuePolicy(Vec<Statement>);

#[derive(Debug, Clone, PartialEq)]
struct Statement {
    allows: bool,
    /// Whether it speaks of EventBridge, and of sending.
    concerns: bool,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

/// All of what a condition names: one of the texts has to fit.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    key: Key,
    like: bool,
    negated: bool,
    texts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    SourceArn,
    SourceAccount,
    SecureTransport,
}

/// Who sends: a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) rule_arn: &'a str,
    pub(crate) account: &'a str,
}

impl QueuePolicy {
    /// Reads a policy. A condition that cannot be judged here is refused where the statement concerns EventBridge.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text)
            .map_err(|error| format!("MalformedPolicyDocument: {error}"))?;
        let statements = list(document.get("Statement"));
        if statements.is_empty() {
            return Err("MalformedPolicyDocument: the policy has no statement".to_owned());
        }
        let read: Result<Vec<_>, _> = statements.into_iter().map(Statement::read).collect();
        read.map(Self)
    }

    /// Whether a rule may send to the queue with this ARN.
    pub(crate) fn lets(&self, queue_arn: &str, sender: Sender<'_>) -> bool {
        let applies = |statement: &&Statement| statement.applies(queue_arn, sender);
        let mut applying = self.0.iter().filter(applies).peekable();
        applying.peek().is_some() && applying.all(|statement| statement.allows)
    }
}

impl Statement {
    fn read(statement: &Value) -> Result<Self, String> {
        for unread in ["NotAction", "NotPrincipal", "NotResource"] {
            if statement.get(unread).is_some() {
                return Err(format!("`{unread}` is not emulated in a queue's policy"));
            }
        }
        let allows = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("MalformedPolicyDocument: Effect must be Allow or Deny".to_owned()),
        };
        let principals = match statement.get("Principal") {
            Some(Value::Object(kinds)) => kinds
                .iter()
                .flat_map(|(kind, named)| {
                    let of_a_service = kind == "Service" || kind == "AWS";
                    texts(Some(named)).into_iter().filter(move |_| of_a_service)
                })
                .collect(),
            principal => texts(principal),
        };
        let actions = texts(statement.get("Action"));
        let is_meant = principals.iter().any(|it| it == "*" || it == SERVICE);
        let may_send = actions
            .iter()
            .any(|it| arn_like(&it.to_lowercase(), ACTION));
        let concerns = is_meant && may_send;
        let conditions = match statement.get("Condition") {
            Some(Value::Object(conditions)) if concerns => conditions_of(conditions)?,
            _ => Vec::new(),
        };
        Ok(Self {
            allows,
            concerns,
            resources: texts(statement.get("Resource")),
            conditions,
        })
    }

    fn applies(&self, queue_arn: &str, sender: Sender<'_>) -> bool {
        let named = self.resources.iter().any(|it| arn_like(it, queue_arn));
        self.concerns && named && self.conditions.iter().all(|it| it.holds(sender))
    }
}

fn conditions_of(conditions: &Map<String, Value>) -> Result<Vec<Condition>, String> {
    let mut read = Vec::new();
    for (operator, keys) in conditions {
        let (like, negated) = match operator.as_str() {
            "ArnEquals" | "ArnLike" | "StringLike" => (true, false),
            "ArnNotEquals" | "ArnNotLike" | "StringNotLike" => (true, true),
            "StringEquals" | "Bool" => (false, false),
            "StringNotEquals" => (false, true),
            other => {
                return Err(format!(
                    "the condition `{other}` is not emulated in a queue's policy"
                ));
            }
        };
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            let key = match key.to_lowercase().as_str() {
                "aws:sourcearn" => Key::SourceArn,
                "aws:sourceaccount" => Key::SourceAccount,
                "aws:securetransport" => Key::SecureTransport,
                _ => {
                    return Err(format!(
                        "the condition key `{key}` is not emulated in a queue's policy"
                    ));
                }
            };
            read.push(Condition {
                key,
                like,
                negated,
                texts: texts(Some(wanted)),
            });
        }
    }
    Ok(read)
}

impl Condition {
    fn holds(&self, sender: Sender<'_>) -> bool {
        let actual = match self.key {
            Key::SourceArn => sender.rule_arn,
            Key::SourceAccount => sender.account,
            // AWS's services call each other over TLS.
            Key::SecureTransport => "true",
        };
        let fits = |text: &String| match self.like {
            true => arn_like(text, actual),
            false => text == actual,
        };
        self.texts.iter().any(fits) != self.negated
    }
}

/// A list, or the one thing that stands for a list of one.
fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(single) => vec![single],
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let texts = list(value).into_iter().map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::needless_pass_by_value,
        reason = "these are values that are written where they are passed"
    )]

    use serde_json::json;

    use super::*;

    const QUEUE: &str = "arn:aws:sqs:eu-central-1:000000000000:inlet";
    const RULE: &str = "arn:aws:events:eu-central-1:000000000000:rule/sold";

    fn statement(more: Value) -> Value {
        let mut statement = json!({
            "Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sqs:SendMessage", "Resource": QUEUE,
        });
        let more = more.as_object().unwrap().clone();
        statement.as_object_mut().unwrap().extend(more);
        statement
    }

    fn lets(statements: Value) -> bool {
        let policy = QueuePolicy::read(&json!({"Statement": statements}).to_string()).unwrap();
        let sender = Sender {
            rule_arn: RULE,
            account: "000000000000",
        };
        policy.lets(QUEUE, sender)
    }

    #[test]
    fn a_statement_lets_send_what_it_names() {
        let other = "arn:aws:events:eu-central-1:000000000000:rule/other";
        for (more, allowed) in [
            (json!({}), true),
            (json!({"Action": ["sqs:*"]}), true),
            (json!({"Action": "sqs:ReceiveMessage"}), false),
            (json!({"Principal": "*"}), true),
            (
                json!({"Principal": {"Service": "sns.amazonaws.com"}}),
                false,
            ),
            (json!({"Resource": "arn:aws:sqs:*:*:other"}), false),
            (
                json!({"Condition": {"ArnEquals": {"aws:SourceArn": RULE}}}),
                true,
            ),
            (
                json!({"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:*:*:rule/*"}}}),
                true,
            ),
            (
                json!({"Condition": {"ArnEquals": {"aws:SourceArn": other}}}),
                false,
            ),
            (
                json!({"Condition": {"StringEquals": {"aws:SourceAccount": ["1", "000000000000"]}}}),
                true,
            ),
            (
                json!({"Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}),
                false,
            ),
        ] {
            assert_eq!(lets(json!([statement(more.clone())])), allowed, "{more}");
        }
    }

    #[test]
    fn a_denial_is_stronger() {
        let insecure = json!({"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
        assert!(lets(json!([statement(json!({})), statement(insecure)])));
        let all = json!({"Effect": "Deny", "Principal": "*"});
        assert!(!lets(json!([statement(json!({})), statement(all)])));
    }

    #[test]
    fn what_cannot_be_judged_is_refused_by_name() {
        for (more, named) in [
            (
                json!({"Condition": {"DateLessThan": {"aws:CurrentTime": "x"}}}),
                "DateLessThan",
            ),
            (
                json!({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o"}}}),
                "aws:PrincipalOrgID",
            ),
            (json!({"NotAction": "sqs:SendMessage"}), "NotAction"),
            (json!({"Effect": "Maybe"}), "Effect"),
        ] {
            let text = json!({"Statement": statement(more)}).to_string();
            let refused = QueuePolicy::read(&text).unwrap_err();
            assert!(refused.contains(named), "{refused}");
        }
        assert!(QueuePolicy::read("{}").is_err());
    }
}
