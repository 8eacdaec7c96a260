//! The phases: which requests, how many at once, what answer is right.

use bytes::Bytes;
use serde_json::json;

use crate::session::{API, Account, PASSWORD, text, upload};
use atelier_bench::client::{Call, Connection, Failure};

/// Garments on a page.
pub(crate) const PAGE: usize = 20;

/// One kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Phase {
    /// GET /users/me
    Profiles,
    /// GET /clothing, a page of 20
    Lists,
    /// POST /clothing with a JPEG of 1600×1200
    Uploads,
    /// POST /tryon
    Tryons,
    /// POST /auth/login
    Logins,
}

impl Phase {
    /// All, in the order they run.
    pub(crate) const ALL: [Self; 5] = [Self::Profiles, Self::Lists, Self::Uploads, Self::Tryons, Self::Logins];

    /// Name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Profiles => "profile reads",
            Self::Lists => "list reads",
            Self::Uploads => "uploads",
            Self::Tryons => "try-on submissions",
            Self::Logins => "logins",
        }
    }

    /// Requests under way at the same time.
    pub(crate) fn concurrency(self) -> usize {
        match self {
            Self::Profiles | Self::Lists => 32,
            Self::Tryons => 16,
            Self::Uploads | Self::Logins => 8,
        }
    }

    /// The status of a right answer.
    pub(crate) fn expected(self) -> u16 {
        match self {
            Self::Profiles | Self::Lists | Self::Logins => 200,
            Self::Uploads => 201,
            Self::Tryons => 202,
        }
    }

    /// How many times the peer's throughput is hoped for.
    pub(crate) fn goal(self) -> Option<f64> {
        match self {
            Self::Profiles | Self::Lists => Some(20.0),
            Self::Uploads => Some(4.0),
            Self::Tryons | Self::Logins => None,
        }
    }

    /// The requests one connection sends in turn, made beforehand.
    pub(crate) fn calls(self, account: &Account, pages: usize, picture: &Bytes) -> Vec<Call> {
        let one = |call: Call| vec![call.bearer(&account.token)];
        match self {
            Self::Profiles => one(Call::get(format!("{API}/users/me"))),
            Self::Lists => {
                let page = |page| Call::get(format!("{API}/clothing?skip={}&limit={PAGE}", page * PAGE)).bearer(&account.token);
                (0..pages).map(page).collect()
            }
            Self::Uploads => vec![upload(&[("name", "T-shirt"), ("category", "tops"), ("brand", "Nike")], picture, &account.token)],
            Self::Tryons => one(Call::post(format!("{API}/tryon"), &json!({ "clothing_id": account.clothing_id }))),
            Self::Logins => vec![Call::post(format!("{API}/auth/login"), &json!({ "email": account.email, "password": PASSWORD }))],
        }
    }
}

/// Checks once that a page is a page, and that an uploaded picture can be fetched as the contract says; returns both pictures' bytes.
pub(crate) async fn check(host: &str, account: &Account, picture: &[u8]) -> Result<[usize; 2], Failure> {
    let mut connection = Connection::new(host);
    let page = connection.json(&Call::get(format!("{API}/clothing?limit={PAGE}")).bearer(&account.token), &[200]).await?;
    let items = page.pointer("/data/clothing").and_then(|items| items.as_array()).map_or(0, Vec::len);
    if items != PAGE || page.pointer("/pagination/total").and_then(serde_json::Value::as_u64).is_none_or(|total| total < PAGE as u64) {
        return Err(format!("a page of {PAGE} garments was expected: {page}").into());
    }
    let made = connection.json(&upload(&[("name", "Checked"), ("category", "tops")], picture, &account.token), &[201]).await?;
    let mut sizes = [0; 2];
    for (size, field, edges) in [(0, "image_url", (800, 600)), (1, "thumbnail_url", (200, 200))] {
        let url = text(&made, &format!("/data/clothing/{field}"))?;
        let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).ok_or("a signed URL begins with http://")?;
        let (status, bytes) = Connection::new(host).send(&Call::get(format!("/{path}"))).await?;
        let bytes = bytes.concat();
        let found = image::load_from_memory(&bytes)?;
        if (found.width(), found.height()) != edges {
            return Err(format!("{field}: {status}, {} × {} pixels", found.width(), found.height()).into());
        }
        sizes[size] = bytes.len();
    }
    Ok(sizes)
}
