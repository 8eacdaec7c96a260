//! Names of backups.

use atelier_domain::kernel::Timestamp;
use chrono::{NaiveDate, NaiveDateTime};

use crate::Layout;
use crate::manifest::Kind;

/// Day and second, as the source's script writes them (checklist W109).
const SECOND: &str = "%Y%m%d_%H%M%S";
const DAY: &str = "%Y%m%d";
const ENDING: &str = ".tar.gz";

/// The name of a new backup. `collection` is given for a single one.
pub(crate) fn of(taken_at: Timestamp, kind: Kind, collection: Option<&str>, layout: Layout) -> String {
    let plain = |name: &str| name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect::<String>();
    match (kind, layout) {
        (Kind::Full, Layout::Archive) => format!("{}{ENDING}", taken_at.format(SECOND)),
        (Kind::Full, Layout::DailyFolder) => taken_at.format(DAY).to_string(),
        (Kind::Incremental, _) => format!("{}.incr{ENDING}", taken_at.format(SECOND)),
        (Kind::Collection, _) => {
            format!("{}.collection-{}{ENDING}", taken_at.format(SECOND), plain(collection.unwrap_or_default()))
        }
    }
}

/// The time in the name of a backup; none for a file that is none.
pub(crate) fn time(name: &str) -> Option<Timestamp> {
    if let Some(stem) = name.strip_suffix(ENDING) {
        let (stamp, suffix) = stem.split_once('.').map_or((stem, None), |(stamp, suffix)| (stamp, Some(suffix)));
        let known = suffix.is_none_or(|suffix| suffix == "incr" || suffix.starts_with("collection-"));
        return known.then(|| second(stamp)).flatten();
    }
    let day = (name.len() == 8).then(|| NaiveDate::parse_from_str(name, DAY).ok()).flatten()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// The name of what is under way, which no listing shows.
pub(crate) fn under_way(now: Timestamp) -> String {
    format!(".{}.", now.format(SECOND))
}

/// When what has this name was begun; none for anything else.
pub(crate) fn begun(name: &str) -> Option<Timestamp> {
    second(name.strip_prefix('.')?.get(..15)?)
}

fn second(stamp: &str) -> Option<Timestamp> {
    (stamp.len() == 15).then(|| NaiveDateTime::parse_from_str(stamp, SECOND).ok()).flatten().map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_source_documents() {
        let at = NaiveDate::from_ymd_opt(2026, 1, 31).and_then(|day| day.and_hms_opt(2, 3, 4)).map(|time| time.and_utc()).unwrap();
        let name = |kind, layout| of(at, kind, Some("users"), layout);
        assert_eq!(name(Kind::Full, Layout::Archive), "20260131_020304.tar.gz");
        assert_eq!(name(Kind::Full, Layout::DailyFolder), "20260131");
        assert_eq!(name(Kind::Incremental, Layout::Archive), "20260131_020304.incr.tar.gz");
        assert_eq!(name(Kind::Collection, Layout::Archive), "20260131_020304.collection-users.tar.gz");
        for kind in [Kind::Full, Kind::Incremental, Kind::Collection] {
            assert_eq!(time(&name(kind, Layout::Archive)), Some(at));
        }
        for foreign in ["20260131_020304.sql.tar.gz", "notes.tar.gz", "20260131_020304.zip", ".20260131_020304.tar.gz", "20261341"] {
            assert_eq!(time(foreign), None, "{foreign}");
        }
    }
}
