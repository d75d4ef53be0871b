//! Who is in a user pool.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

/// Whether a user has a password of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Confirmed,
    ForceChangePassword,
}

impl Status {
    /// As Cognito writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
        }
    }
}

/// A user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) enabled: bool,
    pub(crate) status: Status,
    pub(crate) created_ms: u64,
    pub(crate) modified_ms: u64,
}

/// A group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) description: Option<String>,
    pub(crate) created_ms: u64,
}

/// The users and groups of a pool.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, Group>,
}

/// What Cognito says when it does not find something, or finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum DirectoryError {
    #[error("User does not exist.")]
    NoUser,
    #[error("User account already exists")]
    UserExists,
    #[error("Group not found.")]
    NoGroup,
    #[error("A group with the name already exists.")]
    GroupExists,
}

impl Directory {
    pub(crate) fn add(&mut self, user: User) -> Result<&User, DirectoryError> {
        if self.users.contains_key(&user.name) {
            return Err(DirectoryError::UserExists);
        }
        Ok(self.users.entry(user.name.clone()).or_insert(user))
    }

    pub(crate) fn user(&self, name: &str) -> Result<&User, DirectoryError> {
        self.users.get(name).ok_or(DirectoryError::NoUser)
    }

    /// The user, who is changed now.
    pub(crate) fn change(&mut self, name: &str, now_ms: u64) -> Result<&mut User, DirectoryError> {
        let user = self.users.get_mut(name).ok_or(DirectoryError::NoUser)?;
        user.modified_ms = now_ms;
        Ok(user)
    }

    pub(crate) fn remove(&mut self, name: &str) -> Result<(), DirectoryError> {
        let removed = self.users.remove(name);
        removed.map(drop).ok_or(DirectoryError::NoUser)
    }

    /// The users whose names come after `after`.
    pub(crate) fn users_after(&self, after: Option<&str>) -> impl Iterator<Item = &User> {
        self.users
            .values()
            .filter(move |user| after.is_none_or(|after| user.name.as_str() > after))
    }

    pub(crate) fn add_group(&mut self, name: &str, group: Group) -> Result<(), DirectoryError> {
        if self.groups.contains_key(name) {
            return Err(DirectoryError::GroupExists);
        }
        self.groups.insert(name.to_owned(), group);
        Ok(())
    }

    pub(crate) fn join(&mut self, user: &str, group: &str) -> Result<(), DirectoryError> {
        self.user(user)?;
        if !self.groups.contains_key(group) {
            return Err(DirectoryError::NoGroup);
        }
        if let Some(user) = self.users.get_mut(user) {
            user.groups.insert(group.to_owned());
        }
        Ok(())
    }

    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }
}
