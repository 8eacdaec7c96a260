//! The tables of the source document, their columns in its order, and the additions its user journeys need.

use super::super::{Database, Tier};
use super::{Catalogue, Column, ColumnId, ColumnType, Ownership, Table};

const UUID: ColumnType = ColumnType::Uuid;
const TEXT: ColumnType = ColumnType::Text { max: None };
const JSON: ColumnType = ColumnType::Json;
const TIME: ColumnType = ColumnType::Timestamp;

const fn varchar(max: usize) -> ColumnType {
    ColumnType::Text { max: Some(max) }
}

/// Read by everybody, set and changed by everybody.
fn open(name: &'static str, kind: ColumnType) -> Column {
    let everybody = Some(Tier::User);
    Column { name, kind, nullable: true, readable_from: everybody, insertable_from: everybody, updatable_from: everybody }
}

/// As [`open`], never empty.
fn required(name: &'static str, kind: ColumnType) -> Column {
    Column { nullable: false, ..open(name, kind) }
}

/// Set when the row is made, then fixed.
fn fixed(name: &'static str, kind: ColumnType) -> Column {
    Column { updatable_from: None, ..open(name, kind) }
}

/// Set by the store, read by everybody.
fn made(name: &'static str, kind: ColumnType) -> Column {
    Column { insertable_from: None, updatable_from: None, ..open(name, kind) }
}

fn table(name: &'static str, ownership: Ownership, columns: Vec<Column>) -> Table {
    Table { database: Database::PostgreSql, name, columns, key: ColumnId(0), ownership }
}

/// Owned through `projects` by the second column.
fn of_project(name: &'static str, columns: Vec<Column>) -> Table {
    table(name, Ownership::Through { column: ColumnId(1), parent: "projects" }, columns)
}

impl Catalogue {
    /// The source's tables `users`, `projects`, `content_analysis`, `media_assets`, and `user_preferences`, `generation_jobs`,
    /// `project_versions`, which its journeys use; `documents` of Cosmos DB. `embeddings` of so many dimensions is there when vectors are
    /// configured.
    pub fn visiobook(vector_dimensions: Option<usize>) -> Self {
        let relational = [
            table("users", Ownership::Column(ColumnId(0)), users()),
            table(
                "projects",
                Ownership::Column(ColumnId(1)),
                vec![
                    fixed("id", UUID),
                    fixed("user_id", UUID),
                    required("title", varchar(255)),
                    open("description", TEXT),
                    required("status", varchar(50)),
                    open("content_path", varchar(500)),
                    made("created_at", TIME),
                    made("updated_at", TIME),
                ],
            ),
            of_project(
                "content_analysis",
                vec![
                    fixed("id", UUID),
                    fixed("project_id", UUID),
                    required("analysis_type", varchar(100)),
                    required("result", JSON),
                    open("confidence_score", ColumnType::Decimal { precision: 3, scale: 2 }),
                    made("created_at", TIME),
                ],
            ),
            of_project(
                "media_assets",
                vec![
                    fixed("id", UUID),
                    fixed("project_id", UUID),
                    required("asset_type", varchar(50)),
                    required("file_path", varchar(500)),
                    open("metadata", JSON),
                    open("size_bytes", ColumnType::BigInt),
                    made("created_at", TIME),
                ],
            ),
            table(
                "user_preferences",
                Ownership::Column(ColumnId(1)),
                vec![
                    fixed("id", UUID),
                    fixed("user_id", UUID),
                    required("preferences", JSON),
                    made("created_at", TIME),
                    made("updated_at", TIME),
                ],
            ),
            of_project(
                "generation_jobs",
                vec![
                    fixed("id", UUID),
                    fixed("project_id", UUID),
                    required("status", varchar(50)),
                    open("parameters", JSON),
                    open("result", JSON),
                    made("created_at", TIME),
                    made("updated_at", TIME),
                ],
            ),
            of_project(
                "project_versions",
                vec![
                    fixed("id", UUID),
                    fixed("project_id", UUID),
                    required("version", ColumnType::Integer),
                    required("content", JSON),
                    made("created_at", TIME),
                ],
            ),
        ];
        Self::of(relational.into_iter().chain([documents()]).chain(vector_dimensions.map(embeddings)))
    }
}

/// Nobody promotes themselves: `role`, `email` and the key are the accounts' business, and a password's hash is nobody's to read.
fn users() -> Vec<Column> {
    let never = Column { readable_from: None, insertable_from: None, updatable_from: None, ..required("password_hash", varchar(255)) };
    let project_count = Column { insertable_from: None, ..required("project_count", ColumnType::Integer) };
    vec![
        made("id", UUID),
        made("email", varchar(255)),
        never,
        made("role", varchar(50)),
        made("created_at", TIME),
        made("updated_at", TIME),
        project_count,
    ]
}

/// Documents, each in its owner's partition. What a client keeps in one freely is under `data`.
fn documents() -> Table {
    Table {
        database: Database::CosmosDb,
        name: "documents",
        columns: vec![
            Column { nullable: false, ..fixed("id", varchar(255)) },
            Column { nullable: false, ..fixed("user_id", UUID) },
            required("kind", varchar(100)),
            open("title", varchar(255)),
            open("version", ColumnType::Integer),
            open("is_public", ColumnType::Boolean),
            open("data", JSON),
            made("_etag", TEXT),
        ],
        key: ColumnId(0),
        ownership: Ownership::Column(ColumnId(1)),
    }
}

fn embeddings(dimensions: usize) -> Table {
    Table {
        database: Database::Vector,
        name: "embeddings",
        columns: vec![
            fixed("id", UUID),
            fixed("user_id", UUID),
            required("kind", varchar(100)),
            open("metadata", JSON),
            required("embedding", ColumnType::Vector { dimensions }),
            made("created_at", TIME),
        ],
        key: ColumnId(0),
        ownership: Ownership::Column(ColumnId(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_columns_are_there_in_their_order() {
        let catalogue = Catalogue::visiobook(None);
        let names = |table: &str| {
            let table = catalogue.table(Database::PostgreSql, table);
            table.map(|table| table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",")).unwrap_or_default()
        };
        assert_eq!(names("users"), "id,email,password_hash,role,created_at,updated_at,project_count");
        assert_eq!(names("projects"), "id,user_id,title,description,status,content_path,created_at,updated_at");
        assert_eq!(names("content_analysis"), "id,project_id,analysis_type,result,confidence_score,created_at");
        assert_eq!(names("media_assets"), "id,project_id,asset_type,file_path,metadata,size_bytes,created_at");
        assert!(catalogue.table(Database::Vector, "embeddings").is_none());
    }

    #[test]
    fn no_level_reads_a_password_hash() {
        let users = Catalogue::visiobook(None).table(Database::PostgreSql, "users");
        let seen = |tier| users.as_ref().map(|users| users.readable_by(tier).len());
        assert!(Tier::ALL.into_iter().all(|tier| seen(tier) == Some(6)));
    }

    #[test]
    fn every_parent_is_a_table_whose_key_is_a_uuid() {
        let catalogue = Catalogue::visiobook(Some(3));
        for table in Database::ALL.into_iter().flat_map(|database| catalogue.tables(database)) {
            if let Ownership::Through { column, parent } = table.ownership {
                let parent = catalogue.table(table.database, parent).unwrap_or_else(|| unreachable!("{parent} is missing"));
                assert_eq!((table.at(column).kind, parent.at(parent.key).kind), (UUID, UUID), "{}", table.name);
            }
        }
    }
}
