//! The two versions of this product's routes, side by side.
//!
//! The path says which one is meant; `Accept` and `Content-Type` may say it too, and then MUST agree with the path.

use chrono::NaiveDate;

/// A version of the routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ApiVersion {
    /// The source document's.
    V1,
    /// Queries are asked for at `/data/search`; everything else is as before.
    V2,
}

impl ApiVersion {
    const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// What its paths begin with.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::V1 => "/api/v1",
            Self::V2 => "/api/v2",
        }
    }

    /// How it is named in documents.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// The media type of its bodies, beside `application/json`.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::V1 => "application/vnd.visiobook.v1+json",
            Self::V2 => "application/vnd.visiobook.v2+json",
        }
    }

    /// The version and the path below its prefix, without a slash before it.
    pub(super) fn of(path: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|version| Some((version, path.strip_prefix(version.prefix())?.strip_prefix('/')?)))
    }
}

/// When v2 was released: v1 is served for twelve months from this day at least.
pub(super) const V2_RELEASED: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 11, 22);

/// Routes of v1 that have another name in v2.
pub(super) const RENAMED: [(&str, &str); 1] = [("/api/v1/data/query", "/api/v2/data/search")];

/// What takes the place of a path of v1.
pub(super) fn successor(path: &str) -> Option<String> {
    if let Some((_, renamed)) = RENAMED.iter().find(|(old, _)| *old == path) {
        return Some((*renamed).to_owned());
    }
    match ApiVersion::of(path)? {
        (ApiVersion::V1, rest) => Some(format!("{}/{rest}", ApiVersion::V2.prefix())),
        (ApiVersion::V2, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_says_the_version() {
        assert_eq!(ApiVersion::of("/api/v1/data/query"), Some((ApiVersion::V1, "data/query")));
        assert_eq!(ApiVersion::of("/api/v2/data/search"), Some((ApiVersion::V2, "data/search")));
        for other in ["/api/v1", "/api/v10/data", "/api/v3/data", "/health"] {
            assert_eq!(ApiVersion::of(other), None, "{other}");
        }
    }

    #[test]
    fn every_path_of_v1_has_a_successor_and_none_of_v2() {
        assert_eq!(successor("/api/v1/data/query").as_deref(), Some("/api/v2/data/search"));
        assert_eq!(successor("/api/v1/data/transaction/tx_1").as_deref(), Some("/api/v2/data/transaction/tx_1"));
        assert_eq!(successor("/api/v2/data/search"), None);
    }
}
