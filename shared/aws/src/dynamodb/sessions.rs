//! Sessions in DynamoDB.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValue;
use tidegate_contract::table::{PARTITION_KEY, TIME_TO_LIVE};
use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, NewConnection, Place, Session, SessionKey};
use tidegate_core::rights::Rights;
use tidegate_core::store::{
    CONNECTION_S, JoinError, MOST_FORGOTTEN, OpenError, RightsError, SLACK_S, Sessions, StoreError,
    Taken, USER_BUCKETS_S,
};

use super::attributes::{
    COUNT, EXPIRES, GROUPS, ISSUED, Item, list, number, one, read_number, text,
};
use super::errors::corrupt;
use super::keys;
use super::session_item::{
    bucket as bucket_name, connected, gone, is_live, live, places, present as present_in, to_key,
    to_session,
};
use super::store::{DynamoStore, Written};

/// From when on a session may be removed whose connection is opened or closed now, in epoch seconds.
const fn ttl(now_ms: u64) -> u64 {
    now_ms / 1000 + CONNECTION_S + SLACK_S
}

/// The session that was there before a write.
fn before(
    operation: &'static str,
    key: &SessionKey,
    item: &Item,
) -> Result<Option<Session>, StoreError> {
    to_session(&key.user, item).map_err(corrupt(operation))
}

/// The same, where the write's condition was that there is one.
fn there_was(
    operation: &'static str,
    key: &SessionKey,
    item: &Item,
) -> Result<Session, StoreError> {
    let session = before(operation, key, item)?;
    session.ok_or_else(|| corrupt(operation)("a session without rights".to_owned()))
}

/// Whether the bucket `name` was moved.
fn taken(operation: &'static str, name: &str, written: &Written) -> Result<Taken, StoreError> {
    match written {
        Written::Done(_) => Ok(Taken::Moved),
        Written::Refused(item) if !item.contains_key(name) => Ok(Taken::Elsewhere(None)),
        Written::Refused(item) => {
            let held = read_number(item, name).map_err(corrupt(operation))?;
            Ok(Taken::Elsewhere(Some(held)))
        }
    }
}

#[async_trait]
impl Sessions for DynamoStore {
    async fn open(
        &self,
        new: &NewConnection,
        keep_rights: bool,
        now_ms: u64,
    ) -> Result<Option<Session>, OpenError> {
        let operation = "open";
        let mut condition = "attribute_not_exists(#gone)".to_owned();
        let mut expression = "SET #live = :live, #ttl = :ttl, ".to_owned();
        if keep_rights {
            expression.push_str(
                "#exp = if_not_exists(#exp, :exp), #iat = if_not_exists(#iat, :iat), \
                 #groups = if_not_exists(#groups, :groups)",
            );
        } else {
            expression.push_str("#exp = :exp, #iat = :iat, #groups = :groups");
            condition.push_str(" AND (attribute_not_exists(#iat) OR #iat <= :iat)");
        }
        let mut update = self
            .update(keys::session(&new.key))
            .expression_attribute_names("#live", live(&new.connection))
            .expression_attribute_names("#gone", gone(&new.connection))
            .expression_attribute_names("#ttl", TIME_TO_LIVE)
            .expression_attribute_names("#exp", EXPIRES)
            .expression_attribute_names("#iat", ISSUED)
            .expression_attribute_names("#groups", GROUPS)
            .expression_attribute_values(":live", connected(&new.endpoint, now_ms))
            .expression_attribute_values(":ttl", number(ttl(now_ms)))
            .expression_attribute_values(":exp", number(new.rights.expires_at))
            .expression_attribute_values(":iat", number(new.rights.issued_at))
            .expression_attribute_values(":groups", list(&new.rights.groups));
        if let Some(join) = &new.joins {
            expression.push_str(" ADD #places :place");
            update = update
                .expression_attribute_names("#places", places(&new.connection))
                .expression_attribute_values(":place", one(join.place.to_string()));
            if join.present {
                expression.push_str(", #present :channel");
                update = update
                    .expression_attribute_names("#present", present_in(&new.connection))
                    .expression_attribute_values(":channel", one(join.place.channel.as_str()));
            }
        }
        let update = update
            .update_expression(expression)
            .condition_expression(condition);
        match self.write(operation, update).await? {
            Written::Done(item) => Ok(before(operation, &new.key, &item)?),
            Written::Refused(item) if item.contains_key(&gone(&new.connection)) => {
                Err(OpenError::Gone)
            }
            Written::Refused(_) => Err(OpenError::OlderToken),
        }
    }

    async fn close(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        now_ms: u64,
    ) -> Result<Option<Session>, StoreError> {
        let operation = "close";
        let update = self
            .update(keys::session(key))
            .update_expression("SET #gone = if_not_exists(#gone, :now), #ttl = :ttl REMOVE #live")
            .expression_attribute_names("#live", live(connection))
            .expression_attribute_names("#gone", gone(connection))
            .expression_attribute_names("#ttl", TIME_TO_LIVE)
            .expression_attribute_values(":now", number(now_ms))
            .expression_attribute_values(":ttl", number(ttl(now_ms)));
        match self.write(operation, update).await? {
            Written::Done(item) | Written::Refused(item) => before(operation, key, &item),
        }
    }

    async fn session(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        let operation = "session";
        let item = self.get_item(operation, keys::session(key), true).await?;
        item.map_or(Ok(None), |item| before(operation, key, &item))
    }

    async fn sessions_of(&self, user: &str) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        let operation = "sessions_of";
        let mut sessions = Vec::new();
        let mut start = None;
        loop {
            let of = ("begins_with(#sk, :sk)", keys::SESSIONS.to_owned());
            let query = self.query(keys::user(user), Some(of));
            let query = query.set_exclusive_start_key(start);
            let page = self.read(operation, query).await?;
            for item in page.items() {
                let key = to_key(user, item).map_err(corrupt(operation))?;
                if let Some(session) = before(operation, &key, item)? {
                    sessions.push((key, session));
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(sessions);
            }
        }
    }

    async fn join(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        place: &Place,
        present: bool,
        most: usize,
    ) -> Result<Session, JoinError> {
        let operation = "join";
        let room = if most == 0 {
            "contains(#places, :name) OR size(#places) < :most"
        } else {
            "attribute_not_exists(#places) OR contains(#places, :name) OR size(#places) < :most"
        };
        let mut expression = "ADD #places :place".to_owned();
        let mut update = self
            .update(keys::session(key))
            .condition_expression(format!(
                "attribute_exists(#exp) AND attribute_exists(#live) AND attribute_not_exists(#gone) AND ({room})"
            ))
            .expression_attribute_names("#exp", EXPIRES)
            .expression_attribute_names("#live", live(connection))
            .expression_attribute_names("#gone", gone(connection))
            .expression_attribute_names("#places", places(connection))
            .expression_attribute_values(":place", one(place.to_string()))
            .expression_attribute_values(":name", text(place.to_string()))
            .expression_attribute_values(":most", number(most as u64));
        if present {
            expression.push_str(", #present :channel");
            update = update
                .expression_attribute_names("#present", present_in(connection))
                .expression_attribute_values(":channel", one(place.channel.as_str()));
        }
        let update = update.update_expression(expression);
        match self.write(operation, update).await? {
            Written::Done(item) => Ok(there_was(operation, key, &item)?),
            Written::Refused(item) if is_live(&item, connection) => Err(JoinError::TooMany(most)),
            Written::Refused(_) => Err(JoinError::NotConnected),
        }
    }

    async fn leave(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        place: &Place,
    ) -> Result<Option<Session>, StoreError> {
        let operation = "leave";
        let update = self
            .update(keys::session(key))
            .update_expression("DELETE #places :place, #present :channel")
            // Without it, an item would be made where there is none.
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_names("#places", places(connection))
            .expression_attribute_names("#present", present_in(connection))
            .expression_attribute_values(":place", one(place.to_string()))
            .expression_attribute_values(":channel", one(place.channel.as_str()));
        match self.write(operation, update).await? {
            Written::Done(item) | Written::Refused(item) => before(operation, key, &item),
        }
    }

    async fn part(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> Result<Option<Session>, StoreError> {
        let operation = "part";
        let update = self
            .update(keys::session(key))
            .update_expression("DELETE #present :channel")
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_names("#present", present_in(connection))
            .expression_attribute_values(":channel", one(channel.as_str()));
        match self.write(operation, update).await? {
            Written::Done(item) | Written::Refused(item) => before(operation, key, &item),
        }
    }

    async fn set_rights(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        rights: &Rights,
    ) -> Result<Session, RightsError> {
        let operation = "set_rights";
        let update = self
            .update(keys::session(key))
            .update_expression("SET #exp = :exp, #iat = :iat, #groups = :groups")
            .condition_expression(
                "attribute_exists(#live) AND attribute_not_exists(#gone) AND attribute_exists(#exp) AND \
                 #iat <= :iat",
            )
            .expression_attribute_names("#live", live(connection))
            .expression_attribute_names("#gone", gone(connection))
            .expression_attribute_names("#exp", EXPIRES)
            .expression_attribute_names("#iat", ISSUED)
            .expression_attribute_names("#groups", GROUPS)
            .expression_attribute_values(":exp", number(rights.expires_at))
            .expression_attribute_values(":iat", number(rights.issued_at))
            .expression_attribute_values(":groups", list(&rights.groups));
        match self.write(operation, update).await? {
            Written::Done(item) => Ok(there_was(operation, key, &item)?),
            Written::Refused(item) if is_live(&item, connection) => Err(RightsError::OlderToken),
            Written::Refused(_) => Err(RightsError::NotConnected),
        }
    }

    async fn take(
        &self,
        key: &SessionKey,
        bucket: &str,
        seen: Option<u64>,
        next: u64,
    ) -> Result<Taken, StoreError> {
        let operation = "take";
        let name = bucket_name(bucket);
        let mut update = self
            .update(keys::session(key))
            .update_expression("SET #bucket = :next")
            .expression_attribute_names("#exp", EXPIRES)
            .expression_attribute_names("#bucket", &name)
            .expression_attribute_values(":next", number(next));
        update = match seen {
            None => update
                .condition_expression("attribute_exists(#exp) AND attribute_not_exists(#bucket)"),
            Some(seen) => update
                .condition_expression("attribute_exists(#exp) AND #bucket = :seen")
                .expression_attribute_values(":seen", number(seen)),
        };
        match self.write(operation, update).await? {
            Written::Refused(item) if !item.contains_key(EXPIRES) => Ok(Taken::NoSession),
            written => taken(operation, &name, &written),
        }
    }

    async fn take_of_user(
        &self,
        user: &str,
        bucket: &str,
        seen: Option<u64>,
        next: u64,
        now_ms: u64,
    ) -> Result<Taken, StoreError> {
        let operation = "take_of_user";
        let name = bucket_name(bucket);
        let mut update = self
            .update(keys::buckets(user))
            .update_expression("SET #bucket = :next, #ttl = :ttl")
            .expression_attribute_names("#bucket", &name)
            .expression_attribute_names("#ttl", TIME_TO_LIVE)
            .expression_attribute_values(":next", number(next))
            .expression_attribute_values(":ttl", number(now_ms / 1000 + USER_BUCKETS_S));
        update = match seen {
            None => update.condition_expression("attribute_not_exists(#bucket)"),
            Some(seen) => update
                .condition_expression("#bucket = :seen")
                .expression_attribute_values(":seen", number(seen)),
        };
        taken(operation, &name, &self.write(operation, update).await?)
    }

    /// In an item of its own: one that is small whatever the session is, and that goes by itself.
    async fn strike(&self, key: &SessionKey, window_ms: u64) -> Result<u32, StoreError> {
        let operation = "strike";
        let update = self
            .update(keys::strikes(key, window_ms))
            .update_expression("ADD #count :one SET #ttl = :ttl")
            .expression_attribute_names("#count", COUNT)
            .expression_attribute_names("#ttl", TIME_TO_LIVE)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":ttl", number(window_ms / 1000 + SLACK_S))
            .return_values(ReturnValue::UpdatedNew);
        match self.write(operation, update).await? {
            Written::Done(item) | Written::Refused(item) => {
                let count = read_number(&item, COUNT).map_err(corrupt(operation))?;
                Ok(u32::try_from(count).unwrap_or(u32::MAX))
            }
        }
    }

    async fn vacate(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        present: bool,
    ) -> Result<(), StoreError> {
        let update = self
            .update(keys::session(key))
            .return_values(ReturnValue::None)
            .condition_expression("attribute_exists(#gone) AND attribute_not_exists(#live)")
            .expression_attribute_names("#live", live(connection))
            .expression_attribute_names("#gone", gone(connection))
            .expression_attribute_names("#places", places(connection));
        let update = if present {
            update
                .update_expression("REMOVE #places, #present")
                .expression_attribute_names("#present", present_in(connection))
        } else {
            update.update_expression("REMOVE #places")
        };
        self.write("vacate", update).await.map(drop)
    }

    async fn forget(
        &self,
        key: &SessionKey,
        connections: &[ConnectionId],
    ) -> Result<(), StoreError> {
        // An update may name each attribute once.
        let connections: BTreeSet<_> = connections.iter().take(MOST_FORGOTTEN).collect();
        if connections.is_empty() {
            return Ok(());
        }
        let mut condition = "attribute_exists(#pk)".to_owned();
        let mut removed = Vec::new();
        let mut update = self
            .update(keys::session(key))
            .return_values(ReturnValue::None)
            .expression_attribute_names("#pk", PARTITION_KEY);
        for (n, connection) in connections.into_iter().enumerate() {
            condition.push_str(&format!(" AND attribute_not_exists(#live{n})"));
            removed.push(format!("#gone{n}, #places{n}, #present{n}"));
            update = update
                .expression_attribute_names(format!("#live{n}"), live(connection))
                .expression_attribute_names(format!("#gone{n}"), gone(connection))
                .expression_attribute_names(format!("#places{n}"), places(connection))
                .expression_attribute_names(format!("#present{n}"), present_in(connection));
        }
        let update = update
            .update_expression(format!("REMOVE {}", removed.join(", ")))
            .condition_expression(condition);
        self.write("forget", update).await.map(drop)
    }
}
