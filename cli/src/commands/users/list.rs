//! `tidegate users list`.

use anstream::eprintln;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::arguments::ListUsersArguments;
use crate::cognito::Cognito;
use crate::commands::block_on;
use crate::output::{line, plain, table};
use crate::place::Place;

/// The most that one answer of Cognito's has.
const PAGE: usize = 60;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    users: Vec<CognitoUser>,
    pagination_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CognitoUser {
    username: String,
    user_status: String,
    enabled: bool,
    user_create_date: f64,
    #[serde(default)]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Groups {
    #[serde(default)]
    groups: Vec<Group>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Group {
    group_name: String,
}

/// A user, as `--json` prints it.
#[derive(Serialize)]
struct User {
    user: String,
    status: String,
    enabled: bool,
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
    created: String,
}

pub(super) fn run(arguments: &ListUsersArguments) -> anyhow::Result<()> {
    let place = Place::find(&arguments.place)?;
    let cognito = Cognito::of(&place)?;
    let users = block_on(users(&cognito, arguments.groups))?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&users)?;
        return Ok(line(format_args!("{text}"))?);
    }
    if users.is_empty() {
        eprintln!("There are no users: `tidegate users create` makes one.");
        return Ok(());
    }
    print(&users, arguments.groups)?;
    Ok(())
}

async fn users(cognito: &Cognito, with_groups: bool) -> anyhow::Result<Vec<User>> {
    let mut users = Vec::new();
    let mut request = json!({ "Limit": PAGE });
    loop {
        let page: Page = cognito.call("ListUsers", request.clone()).await?;
        for user in page.users {
            let groups = if with_groups {
                Some(groups(cognito, &user.username).await?)
            } else {
                None
            };
            users.push(shown(user, groups));
        }
        match page.pagination_token {
            Some(token) => request["PaginationToken"] = json!(token),
            None => return Ok(users),
        }
    }
}

async fn groups(cognito: &Cognito, user: &str) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut request = json!({ "Username": user });
    loop {
        let page: Groups = cognito
            .call("AdminListGroupsForUser", request.clone())
            .await?;
        names.extend(page.groups.into_iter().map(|group| group.group_name));
        match page.next_token {
            Some(token) => request["NextToken"] = json!(token),
            None => return Ok(names),
        }
    }
}

fn shown(user: CognitoUser, groups: Option<Vec<String>>) -> User {
    let mut attributes = user.attributes.into_iter();
    let email = attributes.find(|attribute| attribute.name == "email");
    // To the second; a date that cannot be written is not worth a failure.
    let created = DateTime::from_secs_f64(user.user_create_date.trunc()).fmt(Format::DateTime);
    User {
        user: user.username,
        status: user.user_status,
        enabled: user.enabled,
        email: email.map(|attribute| attribute.value),
        groups,
        created: created.unwrap_or_default(),
    }
}

/// Users choose their own attributes.
fn print(users: &[User], with_groups: bool) -> std::io::Result<()> {
    let mut rows = table();
    let mut head = vec!["user", "status", "enabled", "email", "created"];
    if with_groups {
        head.push("groups");
    }
    rows.set_header(head);
    for user in users {
        let mut row = vec![
            plain(&user.user),
            plain(&user.status),
            if user.enabled { "yes" } else { "no" }.to_owned(),
            user.email.as_deref().map(plain).unwrap_or_default(),
            user.created.clone(),
        ];
        row.extend(user.groups.as_ref().map(|groups| plain(&groups.join(", "))));
        rows.add_row(row);
    }
    line(format_args!("{rows}"))
}
