//! Accounts with a wardrobe and a body, made over the same HTTP routes that are measured.

use bytes::Bytes;
use futures_util::future::try_join_all;
use hyper::Method;
use serde_json::{Value, json};

use crate::picture;
use atelier_bench::client::{Call, Connection, Failure};

/// Every account's password.
pub(crate) const PASSWORD: &str = "securepassword123";
/// Prefix of all routes.
pub(crate) const API: &str = "/api/v1";

/// One account that is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Its address.
    pub email: String,
    /// Its access token.
    pub token: String,
    /// A garment of it.
    pub clothing_id: String,
}

/// How many accounts, and what each of them has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Accounts.
    pub accounts: usize,
    /// Garments of each.
    pub garments: usize,
    /// Whether the accounts are there from an earlier run.
    pub reuse: bool,
}

/// Signs the accounts up and fills their wardrobes.
pub(crate) async fn prepare(hosts: &[String], plan: Plan) -> Result<Vec<Account>, Failure> {
    let small = picture::jpeg(400, 300)?;
    try_join_all((0..plan.accounts).map(|number| prepare_one(&hosts[number % hosts.len()], number, plan, small.clone()))).await
}

async fn prepare_one(host: &str, number: usize, plan: Plan, small: Bytes) -> Result<Account, Failure> {
    let mut connection = Connection::new(host);
    let email = format!("load{number}@example.com");
    let route = if plan.reuse { "login" } else { "signup" };
    let who = json!({ "email": email, "password": PASSWORD, "name": "John Doe" });
    let who = if plan.reuse { json!({ "email": email, "password": PASSWORD }) } else { who };
    let tokens = connection.json(&Call::post(format!("{API}/auth/{route}"), &who), &[200, 201]).await?;
    let token = text(&tokens, "/access_token")?;
    if plan.reuse {
        let list = connection.json(&Call::get(format!("{API}/clothing?limit=1")).bearer(&token), &[200]).await?;
        return Ok(Account { email, token, clothing_id: text(&list, "/data/clothing/0/id")? });
    }
    let mut clothing_id = String::new();
    for garment in 0..plan.garments {
        let name = format!("T-shirt {garment}");
        let fields = [("name", name.as_str()), ("category", "tops"), ("brand", "Nike")];
        let answer = connection.json(&upload(&fields, &small, &token), &[201]).await?;
        clothing_id = text(&answer, "/data/clothing/id")?;
    }
    let body = picture::form(&[("height", "175"), ("weight", "70"), ("chest", "95")], &small);
    let call = Call { method: Method::PUT, path: format!("{API}/body"), authorization: None, headers: Vec::new(), body: Some(body) };
    connection.json(&call.bearer(&token), &[200, 201]).await?;
    Ok(Account { email, token, clothing_id })
}

/// Adds a garment.
pub(crate) fn upload(fields: &[(&str, &str)], image: &[u8], token: &str) -> Call {
    let body = picture::form(fields, image);
    Call { method: Method::POST, path: format!("{API}/clothing"), authorization: None, headers: Vec::new(), body: Some(body) }.bearer(token)
}

/// The text at this place of an answer.
pub(crate) fn text(answer: &Value, pointer: &str) -> Result<String, Failure> {
    let found = answer.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
    found.ok_or_else(|| format!("the answer has no {pointer}: {answer}").into())
}
