//! `PutEvents`, in the words of the API (2015-10-07) over AWS JSON 1.1.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::EventsError;
use crate::event::{NewEvent, read_time};
use crate::events::Events;

/// The bus that there is, as it may be named.
const BUS: &str = "default";
/// What the size of an entry counts for its time ("Calculating PutEvents event entry size").
const TIME_BYTES: usize = 14;
/// What only AWS's own services may say that they are.
const RESERVED: &str = "aws.";
/// The longest source and type of a detail.
const MOST_CHARACTERS: usize = 128;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
    endpoint_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    time: Option<Value>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    detail_type: String,
    #[serde(default)]
    detail: String,
    event_bus_name: Option<String>,
}

/// Why one entry is not taken: the code, and what is wrong.
type Refused = (&'static str, String);

impl Events {
    /// Answers one call.
    pub(crate) fn call(&self, operation: &str, input: &[u8]) -> Result<Value, EventsError> {
        match operation {
            "PutEvents" => self.put_events(read(input)?),
            other => Err(EventsError::not_emulated(&format!(
                "the operation {other} (only PutEvents is)"
            ))),
        }
    }

    /// Each entry succeeds or fails by itself.
    fn put_events(&self, input: PutEvents) -> Result<Value, EventsError> {
        if input.endpoint_id.is_some() {
            return Err(EventsError::not_emulated("a global endpoint"));
        }
        let limits = &self.shared.limits;
        let number = u64::try_from(input.entries.len()).unwrap_or(u64::MAX);
        if !(1..=limits.event_entries).contains(&number) {
            return Err(EventsError::new(
                "ValidationException",
                format!(
                    "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length \
                     between 1 and {}",
                    limits.event_entries
                ),
            ));
        }
        let bytes: usize = input.entries.iter().map(Entry::bytes).sum();
        if u64::try_from(bytes).unwrap_or(u64::MAX) > limits.event_entries_bytes {
            return Err(EventsError::new(
                "ValidationException",
                format!(
                    "Total size of the entries in the request is over the limit: {bytes} bytes of {}.",
                    limits.event_entries_bytes
                ),
            ));
        }
        let bus_arn = self.bus_arn();
        let entries = input.entries.into_iter();
        let taken: Vec<_> = entries.map(|entry| entry.read(&bus_arn)).collect();
        let failed = taken.iter().filter(|it| it.is_err()).count();
        let answers = taken.into_iter().map(|taken| match taken {
            Ok(event) => json!({ "EventId": self.say(event) }),
            Err((code, problem)) => json!({ "ErrorCode": code, "ErrorMessage": problem }),
        });
        Ok(json!({ "FailedEntryCount": failed, "Entries": answers.collect::<Vec<_>>() }))
    }

    fn bus_arn(&self) -> String {
        let place = &self.shared.place;
        let (region, account) = (&place.region, &place.account);
        format!("arn:aws:events:{region}:{account}:event-bus/{BUS}")
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        let time = self.time.as_ref().map_or(0, |_| TIME_BYTES);
        let resources: usize = self.resources.iter().map(String::len).sum();
        time + self.source.len() + self.detail_type.len() + self.detail.len() + resources
    }

    fn read(self, bus_arn: &str) -> Result<NewEvent, Refused> {
        for (name, text) in [
            ("Source", &self.source),
            ("DetailType", &self.detail_type),
            ("Detail", &self.detail),
        ] {
            if text.is_empty() {
                let problem = format!(
                    "Parameter {name} is not valid. Reason: {name} is a required argument."
                );
                return Err(("InvalidArgument", problem));
            }
        }
        for (name, text) in [("Source", &self.source), ("DetailType", &self.detail_type)] {
            if text.chars().count() > MOST_CHARACTERS {
                let problem = format!(
                    "Parameter {name} is not valid. Reason: it has more than {MOST_CHARACTERS} characters."
                );
                return Err(("InvalidArgument", problem));
            }
        }
        if self.source.starts_with(RESERVED) {
            let problem = "Not authorized for the source.".to_owned();
            return Err(("NotAuthorizedForSourceException", problem));
        }
        let bus = self.event_bus_name.as_deref();
        if bus.is_some_and(|bus| bus != BUS && bus != bus_arn) {
            let problem = "Event bus not found: only the default one is emulated.".to_owned();
            return Err(("ResourceNotFoundException", problem));
        }
        let detail: Map<String, Value> = serde_json::from_str(&self.detail)
            .map_err(|_| ("MalformedDetail", "Detail is malformed.".to_owned()))?;
        let at_s = self.time.as_ref().map(|time| {
            let problem = "Parameter Time is not valid. Reason: it is no time.".to_owned();
            read_time(time).ok_or(("InvalidArgument", problem))
        });
        Ok(NewEvent {
            source: self.source,
            detail_type: self.detail_type,
            detail,
            resources: self.resources,
            at_s: at_s.transpose()?,
        })
    }
}

fn read(input: &[u8]) -> Result<PutEvents, EventsError> {
    serde_json::from_slice(input).map_err(|error| {
        // The rest of the text could hold a part of an event.
        let (line, column) = (error.line(), error.column());
        let problem =
            format!("the request is not what PutEvents takes (line {line}, column {column})");
        EventsError::new("SerializationException", problem)
    })
}
