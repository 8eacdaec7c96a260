//! What is deprecated, since when, and until when it is served: the headers `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link` with
//! the relations `deprecation` and `successor-version` (RFC 5829).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web;
use chrono::{Months, NaiveDate, NaiveTime};

use super::gate;
use super::version::{ApiVersion, V2_RELEASED, successor};
use crate::settings::HttpSettings;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// A version is served so long after its successor's release...
const AFTER_RELEASE: Months = Months::new(12);
/// ...and so long after the notice, whichever is later.
const AFTER_NOTICE: Months = Months::new(6);

/// Which routes of the Core Database Service are deprecated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deprecations(Vec<Deprecation>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Deprecation {
    /// The path, with everything below it.
    route: String,
    since: NaiveDate,
    sunset: Option<NaiveDate>,
}

/// The setting cannot be read, or breaks the promise to clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidDeprecation(String);

impl Deprecations {
    /// Reads `route=since;sunset`, several with commas between, e.g. `/api/v1/data/query=2026-12-01;2027-12-01`. A route stands for what is
    /// below it too; of several that fit the longest counts. The days are of UTC; without a sunset no end is announced.
    ///
    /// # Errors
    /// [`InvalidDeprecation`] when it cannot be read, for a route that has no successor, and for a sunset earlier than 12 months after the
    /// successor's release or 6 months after `since`.
    pub fn parse(setting: &str) -> Result<Self, InvalidDeprecation> {
        let entries = setting.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        Ok(Self(entries.map(Deprecation::parse).collect::<Result<_, _>>()?))
    }

    fn of(&self, path: &str) -> Option<&Deprecation> {
        let fits = |one: &&Deprecation| path.strip_prefix(one.route.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.0.iter().filter(fits).max_by_key(|one| one.route.len())
    }

    /// The first day on which something of a version is not served any more.
    pub(super) fn deadline(&self) -> Option<NaiveDate> {
        self.0.iter().filter_map(|one| one.sunset).min()
    }
}

impl Deprecation {
    fn parse(entry: &str) -> Result<Self, InvalidDeprecation> {
        let wrong = |message: String| InvalidDeprecation(format!("API_DEPRECATIONS: {message}"));
        let (route, dates) = entry
            .split_once('=')
            .ok_or_else(|| wrong(format!("{entry:?} is not of the form route=since;sunset, with dates as 2026-12-01")))?;
        let (since, sunset) = dates.split_once(';').map_or((dates, None), |(since, sunset)| (since, Some(sunset)));
        let date = |text: &str| {
            text.trim().parse::<NaiveDate>().map_err(|_no_date| wrong(format!("{route}: {text:?} is no date such as 2026-12-01")))
        };
        let route = route.trim().trim_end_matches('/');
        if !gate::is_data_path(route) {
            return Err(wrong(format!("{route} is no route of the Core Database Service, such as /api/v1/data/query")));
        }
        if successor(route).is_none() {
            return Err(wrong(format!("{route} has no successor: a version is deprecated only when the next one is there")));
        }
        let one = Self { route: route.to_owned(), since: date(since)?, sunset: sunset.map(date).transpose()? };
        match (one.sunset, one.earliest_sunset()) {
            (Some(sunset), Some(earliest)) if sunset < earliest => Err(wrong(format!(
                "{route} must not be switched off on {sunset}: {earliest} is the first day that is 12 months after the release of its \
                 successor ({}) and 6 months after the notice ({})",
                V2_RELEASED.unwrap_or_default(),
                one.since
            ))),
            _ => Ok(one),
        }
    }

    fn earliest_sunset(&self) -> Option<NaiveDate> {
        Some(V2_RELEASED?.checked_add_months(AFTER_RELEASE)?.max(self.since.checked_add_months(AFTER_NOTICE)?))
    }

    fn announce(&self, path: &str, headers: &mut HeaderMap) {
        let text = |text: String| HeaderValue::from_str(&text).ok();
        // A structured field's date: seconds behind an @.
        let since = text(format!("@{}", self.since.and_time(NaiveTime::MIN).and_utc().timestamp()));
        let sunset = self.sunset.and_then(|day| text(day.format("%a, %d %b %Y 00:00:00 GMT").to_string()));
        let guide = text(format!("<{}>; rel=\"deprecation\"; type=\"application/json\"", super::changes::PATH));
        let next = successor(path).and_then(|next| text(format!("<{next}>; rel=\"successor-version\"")));
        for (name, value) in [(DEPRECATION, since), (SUNSET, sunset), (header::LINK, guide), (header::LINK, next)] {
            if let Some(value) = value {
                headers.append(name, value);
            }
        }
    }
}

/// The middleware: tells what is deprecated, and answers in the media type of the version that was asked for.
pub(crate) async fn announce<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let Some((version, _)) = ApiVersion::of(request.path()) else { return next.call(request).await };
    let settings = request.app_data::<web::Data<HttpSettings>>().cloned();
    let deprecated = settings.as_ref().and_then(|settings| Some((settings.deprecations.of(request.path())?, request.path().to_owned())));
    let wants_own_type = gate::is_data_path(request.path()) && gate::accepts(request.headers(), version.media_type());
    let mut answer = next.call(request).await?;
    if let Some((deprecation, path)) = deprecated {
        deprecation.announce(&path, answer.headers_mut());
    }
    let is_json = answer.headers().get(header::CONTENT_TYPE).is_some_and(|sent| sent == "application/json");
    if wants_own_type && is_json {
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(version.media_type()));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(setting: &str) -> String {
        Deprecations::parse(setting).map_err(|error| error.to_string()).err().unwrap_or_default()
    }

    #[test]
    fn an_early_sunset_is_refused_and_the_first_good_day_is_told() {
        let early = refusal("/api/v1/data/query=2026-11-22;2027-11-21");
        assert!(early.contains("API_DEPRECATIONS: /api/v1/data/query") && early.contains("2027-11-22 is the first day"), "{early}");
        assert_eq!(refusal("/api/v1/data/query=2026-11-22;2027-11-22"), "");
        // The notice came late: six months count from it.
        assert!(refusal("/api/v1/data=2027-08-31;2028-02-28").contains("2028-02-29 is the first day"), "months have ends");
        assert_eq!(refusal("/api/v1/data=2027-08-31;2028-02-29"), "");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (setting, why) in [
            ("/api/v1/data/query", "route=since;sunset"),
            ("/api/v1/data/query=soon", "no date"),
            ("/api/v1/data/query=2026-12-01;", "no date"),
            ("/api/v1/clothing=2026-12-01", "no route of the Core Database Service"),
            ("/api/v1=2026-12-01", "no route of the Core Database Service"),
            ("/api/v2/data/search=2026-12-01", "no successor"),
        ] {
            let refused = refusal(setting);
            assert!(refused.contains(why), "{setting}: {refused}");
        }
        assert_eq!(Deprecations::parse(" , "), Ok(Deprecations::default()));
    }

    #[test]
    fn the_longest_route_that_fits_counts_and_ends_where_a_part_of_the_path_ends() {
        let setting = "/api/v1/data=2026-12-01, /api/v1/data/query=2027-01-01;2028-01-01";
        let deprecations = Deprecations::parse(setting).unwrap_or_default();
        let since = |path: &str| deprecations.of(path).map(|one| one.since.to_string());
        assert_eq!(since("/api/v1/data/query").as_deref(), Some("2027-01-01"));
        assert_eq!(since("/api/v1/data/transaction/tx_1").as_deref(), Some("2026-12-01"));
        assert_eq!((since("/api/v1/database"), since("/api/v2/data/search")), (None, None));
        assert_eq!(deprecations.deadline().map(|day| day.to_string()).as_deref(), Some("2028-01-01"));
    }
}
