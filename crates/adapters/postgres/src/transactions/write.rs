//! Changes as statements: every identifier the catalogue's, every value bound, the owner in each of them.

use atelier_domain::dataservice::catalogue::{Catalogue, ColumnId, Ownership, Table, Value};
use atelier_domain::dataservice::transactions::{Assignment, SqlChange, SqlWrite};
use sea_query::{Alias, Cond, Condition, Expr, ExprTrait, OnConflict, PostgresQueryBuilder, Query, SimpleExpr};
use sea_query_sqlx::{SqlxBinder, SqlxValues};
use uuid::Uuid;

use crate::rows::{condition, own};
use crate::values::bound;

fn name(table: &Table, id: ColumnId) -> Alias {
    Alias::new(table.at(id).name)
}

fn value(table: &Table, id: ColumnId, value: &Value) -> SimpleExpr {
    bound(value, table.at(id).kind)
}

/// The statement of a change. Inserts and upserts answer the key and, where the table has one, `created_at`.
pub(super) fn statement(catalogue: &Catalogue, write: &SqlWrite) -> (String, SqlxValues) {
    let table = write.table.as_ref();
    match &write.change {
        SqlChange::Insert { values } => insert(catalogue, write, values, None),
        SqlChange::Upsert { values, replaced } => insert(catalogue, write, values, Some(replaced)),
        SqlChange::Update { values, filter } => {
            let mut update = Query::update();
            update.table(Alias::new(table.name)).cond_where(condition(table, filter));
            for (id, assignment) in values {
                let new = match assignment {
                    Assignment::Set(given) => value(table, *id, given),
                    Assignment::Add(by) => Expr::col((Alias::new(table.name), name(table, *id))).add(value(table, *id, by)),
                };
                update.value(name(table, *id), new);
            }
            if let Some(owner) = write.confined_to {
                update.cond_where(own(catalogue, table, owner));
            }
            update.build_sqlx(PostgresQueryBuilder)
        }
        SqlChange::Delete { filter } => {
            let mut delete = Query::delete();
            delete.from_table(Alias::new(table.name)).cond_where(condition(table, filter));
            if let Some(owner) = write.confined_to {
                delete.cond_where(own(catalogue, table, owner));
            }
            delete.build_sqlx(PostgresQueryBuilder)
        }
    }
}

fn insert(catalogue: &Catalogue, write: &SqlWrite, values: &[(ColumnId, Value)], replaced: Option<&[ColumnId]>) -> (String, SqlxValues) {
    let table = write.table.as_ref();
    let mut row = Query::select();
    row.exprs(values.iter().map(|(id, given)| value(table, *id, given)));
    if let Some(owner) = write.confined_to {
        row.cond_where(would_be_own(catalogue, table, values, owner));
    }
    let mut insert = Query::insert();
    insert.into_table(Alias::new(table.name)).columns(values.iter().map(|(id, _)| name(table, *id)));
    // As many values as columns: both are of the same list.
    let _same_number = insert.select_from(row.take());
    if let Some(replaced) = replaced {
        let mut conflict = OnConflict::column(name(table, table.key));
        conflict.update_columns(replaced.iter().map(|id| name(table, *id)));
        if let Some(owner) = write.confined_to {
            conflict.action_cond_where(own(catalogue, table, owner));
        }
        insert.on_conflict(conflict);
    }
    let returned = [Some(table.key), table.column("created_at")];
    insert.returning(Query::returning().columns(returned.into_iter().flatten().map(|id| name(table, id))));
    insert.build_sqlx(PostgresQueryBuilder)
}

/// That a row of these values would be this owner's.
fn would_be_own(catalogue: &Catalogue, table: &Table, values: &[(ColumnId, Value)], owner: Uuid) -> Condition {
    let given = |wanted: ColumnId| values.iter().find(|(id, _)| *id == wanted).map(|(_, value)| value);
    let holds = match table.ownership {
        Ownership::Column(id) => Expr::val(given(id) == Some(&Value::Uuid(owner))),
        Ownership::Through { column, parent } => match (catalogue.table(table.database, parent), given(column)) {
            (Some(parent), Some(key)) => Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(Alias::new(parent.name))
                    .and_where(Expr::col((Alias::new(parent.name), name(&parent, parent.key))).eq(value(&parent, parent.key, key)))
                    .cond_where(own(catalogue, &parent, owner))
                    .take(),
            ),
            _ => Expr::val(false),
        },
    };
    Cond::all().add(holds)
}
