//! Queries within a partition.

use std::num::NonZeroU32;

use azure_data_cosmos::feed::ContinuationToken;
use azure_data_cosmos::options::{MaxItemCountHint, QueryOptions};
use azure_data_cosmos::{FeedScope, Query};
use futures_util::StreamExt;
use serde_json::Value;

use crate::{CosmosError, CosmosStore};

/// A value for a name in a query's text, such as `@age`. Values are never written into the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// With the `@`.
    pub name: String,
    /// Any JSON value.
    pub value: Value,
}

impl Parameter {
    /// A value for this name.
    pub fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// A part of a query's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Documents, or what the query selects of them.
    pub items: Vec<Value>,
    /// Where the next page begins, unless this is the last. It is for the same query in the same partition.
    pub continuation: Option<String>,
}

impl CosmosStore {
    /// A page of what a query in [Cosmos DB's SQL] selects in a partition: `max_items` at most, from the beginning or from where an earlier
    /// page says.
    ///
    /// [Cosmos DB's SQL]: https://learn.microsoft.com/en-us/azure/cosmos-db/nosql/query/
    ///
    /// # Errors
    /// [`CosmosError::Rejected`] for a query or a continuation that Cosmos DB cannot read; any other.
    pub async fn query(
        &self,
        container: &str,
        partition: &str,
        sql: &str,
        parameters: &[Parameter],
        max_items: NonZeroU32,
        continuation: Option<&str>,
    ) -> Result<Page, CosmosError> {
        let container = self.container(container).await?;
        let mut options = QueryOptions::default().with_max_item_count(MaxItemCountHint::Limit(max_items));
        if let Some(token) = continuation {
            options = options.with_continuation_token(ContinuationToken::from_string(token.to_owned()));
        }
        let mut query = Query::from(sql);
        for parameter in parameters {
            query = query.with_parameter(&*parameter.name, &parameter.value)?;
        }
        let read = if continuation.is_some() { CosmosError::of_continuation } else { CosmosError::from };
        self.within(async {
            let scope = FeedScope::partition(partition.to_owned());
            let mut pages = container.query_items::<Value>(query, scope, Some(options)).await.map_err(read)?.into_pages();
            // Pages may be empty though more follow.
            while let Some(page) = pages.next().await {
                let page = page?;
                let more = page.headers().continuation().is_some();
                let items = page.into_items();
                if more && items.is_empty() {
                    continue;
                }
                let continuation = if more { Some(pages.to_continuation_token()?.as_str().to_owned()) } else { None };
                return Ok(Page { items, continuation });
            }
            Ok(Page { items: Vec::new(), continuation: None })
        })
        .await
    }

    /// How many documents of a partition satisfy a condition in Cosmos DB's SQL, in which a document is `c`, such as `c.age > @age`; without
    /// one, how many there are.
    ///
    /// # Errors
    /// [`CosmosError::Rejected`] for a condition that Cosmos DB cannot read; any other.
    pub async fn count(
        &self,
        container: &str,
        partition: &str,
        condition: Option<&str>,
        parameters: &[Parameter],
    ) -> Result<u64, CosmosError> {
        let sql = match condition {
            Some(condition) => format!("SELECT VALUE COUNT(1) FROM c WHERE {condition}"),
            None => "SELECT VALUE COUNT(1) FROM c".to_owned(),
        };
        let page = self.query(container, partition, &sql, parameters, NonZeroU32::MIN, None).await?;
        page.items.first().and_then(Value::as_u64).ok_or_else(|| CosmosError::Rejected { status: 400, reason: "no number".to_owned() })
    }
}
