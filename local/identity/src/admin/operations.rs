//! The operations. Each takes what of its request is emulated, and refuses all else by name.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tidegate_local_cloud::system::UserPool;

use super::{AdminError, passwords};
use crate::directory::{Group, Status, User};
use crate::issue::{is_group, is_user};
use crate::{Identity, People};

/// The most users of one answer, and what it is where the request names no number.
const PAGE: usize = 60;

/// The attributes of OpenID Connect that every pool has, but for `sub`, which is nobody's to set.
const ATTRIBUTES: [&str; 19] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateUser {
    user_pool_id: String,
    username: String,
    temporary_password: Option<String>,
    message_action: Option<String>,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SetPassword {
    user_pool_id: String,
    username: String,
    password: String,
    #[serde(default)]
    permanent: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OneUser {
    user_pool_id: String,
    username: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListUsers {
    user_pool_id: String,
    limit: Option<usize>,
    pagination_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct JoinGroup {
    user_pool_id: String,
    username: String,
    group_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateGroup {
    user_pool_id: String,
    group_name: String,
    description: Option<String>,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        if text.starts_with("unknown field") {
            return AdminError::parameter(format!("not emulated by the local user pool: {text}"));
        }
        AdminError::new("SerializationException", text)
    })
}

impl Identity {
    pub(super) fn operate(&self, operation: &str, body: &[u8]) -> Result<Value, AdminError> {
        match operation {
            "AdminCreateUser" => self.create_user(read(body)?),
            "AdminSetUserPassword" => self.set_password(&read(body)?),
            "AdminGetUser" => self.with_user(&read(body)?, |_, user| {
                let mut shown = shown(user);
                shown["UserAttributes"] = shown["Attributes"].take();
                if let Some(fields) = shown.as_object_mut() {
                    fields.remove("Attributes");
                }
                shown
            }),
            "ListUsers" => self.list_users(&read(body)?),
            "AdminDisableUser" => self.change_user(&read(body)?, |people, name, now_ms| {
                people.grants.sign_out(name);
                people.directory.change(name, now_ms)?.enabled = false;
                Ok(())
            }),
            "AdminEnableUser" => self.change_user(&read(body)?, |people, name, now_ms| {
                people.directory.change(name, now_ms)?.enabled = true;
                Ok(())
            }),
            "AdminDeleteUser" => self.change_user(&read(body)?, |people, name, _| {
                people.directory.remove(name)?;
                people.grants.sign_out(name);
                Ok(())
            }),
            "AdminUserGlobalSignOut" => self.change_user(&read(body)?, |people, name, _| {
                people.directory.user(name)?;
                people.grants.sign_out(name);
                Ok(())
            }),
            "AdminListGroupsForUser" => {
                let request: OneUser = read(body)?;
                let pool = request.user_pool_id.clone();
                self.with_user(&request, |people, user| groups(people, user, &pool))
            }
            "AdminAddUserToGroup" => {
                let request: JoinGroup = read(body)?;
                self.in_pool(&request.user_pool_id, |people, _| {
                    let joined = people
                        .directory
                        .join(&request.username, &request.group_name);
                    Ok(joined.map(|()| json!({}))?)
                })
            }
            "CreateGroup" => self.create_group(read(body)?),
            other => Err(AdminError::new(
                "UnknownOperationException",
                format!("`{other}` is not emulated by the local user pool"),
            )),
        }
    }

    fn in_pool<T>(
        &self,
        id: &str,
        act: impl FnOnce(&mut People, &UserPool) -> Result<T, AdminError>,
    ) -> Result<T, AdminError> {
        let pool = self.pool(id).ok_or_else(|| {
            let message = format!("User pool {id} does not exist.");
            AdminError::new("ResourceNotFoundException", message)
        })?;
        self.people(id, |people| act(people, &pool))
    }

    fn create_user(&self, request: CreateUser) -> Result<Value, AdminError> {
        let CreateUser {
            user_pool_id,
            username: name,
            temporary_password,
            message_action,
            user_attributes,
        } = request;
        if message_action.as_deref() != Some("SUPPRESS") {
            return Err(AdminError::parameter(
                "the local user pool sends no invitations: MessageAction must be SUPPRESS",
            ));
        }
        if !is_user(&name) {
            return Err(AdminError::parameter(crate::IssueError::User.to_string()));
        }
        let attributes = attributes(user_attributes)?;
        let now_ms = self.clock.now_ms();
        self.in_pool(&user_pool_id, |people, pool| {
            if let Some(password) = &temporary_password {
                passwords::check(&pool.password_policy, password)?;
            }
            let user = people.directory.add(User {
                name,
                attributes,
                groups: BTreeSet::new(),
                enabled: true,
                status: Status::ForceChangePassword,
                created_ms: now_ms,
                modified_ms: now_ms,
            })?;
            Ok(json!({ "User": shown(user) }))
        })
    }

    fn set_password(&self, request: &SetPassword) -> Result<Value, AdminError> {
        let now_ms = self.clock.now_ms();
        self.in_pool(&request.user_pool_id, |people, pool| {
            people.directory.user(&request.username)?;
            passwords::check(&pool.password_policy, &request.password)?;
            let user = people.directory.change(&request.username, now_ms)?;
            user.status = if request.permanent {
                Status::Confirmed
            } else {
                Status::ForceChangePassword
            };
            Ok(json!({}))
        })
    }

    fn list_users(&self, request: &ListUsers) -> Result<Value, AdminError> {
        let limit = request.limit.unwrap_or(PAGE);
        if !(1..=PAGE).contains(&limit) {
            let message = format!("Limit must be from 1 to {PAGE}");
            return Err(AdminError::parameter(message));
        }
        let token = request.pagination_token.as_deref();
        let after = token
            .map(|token| {
                let name = URL_SAFE_NO_PAD.decode(token).ok();
                let name = name.and_then(|name| String::from_utf8(name).ok());
                name.ok_or_else(|| AdminError::parameter("Invalid pagination token"))
            })
            .transpose()?;
        self.in_pool(&request.user_pool_id, |people, _| {
            let mut rest = people.directory.users_after(after.as_deref()).peekable();
            let page: Vec<&User> = rest.by_ref().take(limit).collect();
            let mut answer =
                json!({ "Users": page.iter().map(|user| shown(user)).collect::<Vec<_>>() });
            if let (Some(_), Some(last)) = (rest.peek(), page.last()) {
                answer["PaginationToken"] = json!(URL_SAFE_NO_PAD.encode(&last.name));
            }
            Ok(answer)
        })
    }

    fn create_group(&self, request: CreateGroup) -> Result<Value, AdminError> {
        let CreateGroup {
            user_pool_id,
            group_name,
            description,
        } = request;
        if !is_group(&group_name) {
            return Err(AdminError::parameter(crate::IssueError::Groups.to_string()));
        }
        let group = Group {
            description,
            created_ms: self.clock.now_ms(),
        };
        self.in_pool(&user_pool_id, |people, _| {
            let answer = json!({ "Group": shown_group(&group_name, &group, &user_pool_id) });
            people.directory.add_group(&group_name, group)?;
            Ok(answer)
        })
    }

    fn with_user(
        &self,
        request: &OneUser,
        show: impl FnOnce(&People, &User) -> Value,
    ) -> Result<Value, AdminError> {
        self.in_pool(&request.user_pool_id, |people, _| {
            let user = people.directory.user(&request.username)?;
            Ok(show(people, user))
        })
    }

    fn change_user(
        &self,
        request: &OneUser,
        change: impl FnOnce(&mut People, &str, u64) -> Result<(), AdminError>,
    ) -> Result<Value, AdminError> {
        let now_ms = self.clock.now_ms();
        self.in_pool(&request.user_pool_id, |people, _| {
            change(people, &request.username, now_ms)?;
            Ok(json!({}))
        })
    }
}

fn attributes(given: Vec<Attribute>) -> Result<BTreeMap<String, String>, AdminError> {
    let known = |attribute: &Attribute| ATTRIBUTES.contains(&attribute.name.as_str());
    if let Some(other) = given.iter().find(|attribute| !known(attribute)) {
        return Err(AdminError::parameter(format!(
            "Attributes did not conform to the schema: Type for attribute {{{}}} could not be determined",
            other.name
        )));
    }
    let pairs = given.into_iter().map(|it| (it.name, it.value));
    Ok(pairs.collect())
}

/// Times are seconds with a fraction.
fn seconds(ms: u64) -> Value {
    // Good until 2106, as a number of 32 bits is taken without loss.
    let whole = u32::try_from(ms / 1000).map_or(f64::MAX, f64::from);
    let rest = u32::try_from(ms % 1000).map_or(0.0, f64::from);
    json!(whole + rest / 1000.0)
}

fn shown(user: &User) -> Value {
    let mut attributes = vec![json!({ "Name": "sub", "Value": user.name })];
    let others = user.attributes.iter();
    attributes.extend(others.map(|(name, value)| json!({ "Name": name, "Value": value })));
    json!({
        "Username": user.name,
        "Attributes": attributes,
        "UserCreateDate": seconds(user.created_ms),
        "UserLastModifiedDate": seconds(user.modified_ms),
        "Enabled": user.enabled,
        "UserStatus": user.status.name(),
    })
}

fn groups(people: &People, user: &User, pool: &str) -> Value {
    let groups = user.groups.iter().filter_map(|name| {
        let group = people.directory.group(name)?;
        Some(shown_group(name, group, pool))
    });
    json!({ "Groups": groups.collect::<Vec<_>>() })
}

fn shown_group(name: &str, group: &Group, pool: &str) -> Value {
    let mut shown = json!({
        "GroupName": name,
        "UserPoolId": pool,
        "CreationDate": seconds(group.created_ms),
        "LastModifiedDate": seconds(group.created_ms),
    });
    if let Some(description) = &group.description {
        shown["Description"] = json!(description);
    }
    shown
}
