//! Reading rows: a small typed grammar of filters, one page with its exact total, owners kept apart.
//!
//! `filter` is the grammar and its meaning, `request` what a client sends, `plan` what a store is asked for, `search` the same for the
//! nearest embeddings, `ports` the stores, `service` the use case, `answer` what it says.

mod answer;
mod cache;
mod cursor;
mod filter;
mod parse;
mod plan;
mod ports;
mod publishing;
mod request;
mod search;
mod service;

pub use answer::{CacheState, Freshness, LARGEST_ANSWER, PageInfo, QueryAnswer};
pub use cache::{AnswerCache, CACHED_FOR};
pub use cursor::{after, write_cursor};
pub use filter::{Comparison, Predicate};
pub use parse::{FilterLimits, parse_filters};
pub use plan::{Direction, Rows, Select, SortKey};
pub use ports::RowStore;
pub use publishing::{RaisedVersion, VersionFeed, VersionPublisher};
pub use request::{Pagination, QueryRequest, QueryType};
pub use search::{Neighbour, Neighbours, Search, SearchRequest};
pub use service::QueryService;
