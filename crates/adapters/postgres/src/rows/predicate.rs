//! Predicates as SQL: every identifier the catalogue's, every value bound.

use atelier_domain::dataservice::catalogue::{Catalogue, ColumnId, Ownership, Table, Value};
use atelier_domain::dataservice::queries::{Comparison, Predicate};
use sea_query::extension::postgres::PgExpr;
use sea_query::{Alias, Cond, Condition, Expr, ExprTrait, Query, SimpleExpr};
use uuid::Uuid;

use crate::values::bound;

fn column(table: &Table, id: ColumnId) -> SimpleExpr {
    Expr::col((Alias::new(table.name), Alias::new(table.at(id).name)))
}

/// The predicate as a condition.
pub(crate) fn condition(table: &Table, predicate: &Predicate) -> Condition {
    match predicate {
        Predicate::All(all) => all.iter().fold(Cond::all(), |all, one| all.add(condition(table, one))),
        // An empty `Any` is false; sea-query would leave the condition out.
        Predicate::Any(any) if any.is_empty() => Cond::all().add(Expr::val(false)),
        Predicate::Any(any) => any.iter().fold(Cond::any(), |any, one| any.add(condition(table, one))),
        Predicate::Not(one) => match one.as_ref() {
            Predicate::All(all) if all.is_empty() => Cond::all().add(Expr::val(false)),
            one => Cond::all().add(condition(table, one).not()),
        },
        leaf => Cond::all().add(expression(table, leaf)),
    }
}

fn expression(table: &Table, leaf: &Predicate) -> SimpleExpr {
    let value = |id: &ColumnId, value: &Value| bound(value, table.at(*id).kind);
    match leaf {
        Predicate::Compare { column: id, how, value: against } => {
            let (left, right) = (column(table, *id), value(id, against));
            match how {
                Comparison::Eq => left.eq(right),
                Comparison::Ne => left.ne(right),
                Comparison::Gt => left.gt(right),
                Comparison::Gte => left.gte(right),
                Comparison::Lt => left.lt(right),
                Comparison::Lte => left.lte(right),
            }
        }
        Predicate::In { values, negated, .. } if values.is_empty() => Expr::val(*negated),
        Predicate::In { column: id, values, negated } => {
            let values: Vec<_> = values.iter().map(|one| value(id, one)).collect();
            if *negated { column(table, *id).is_not_in(values) } else { column(table, *id).is_in(values) }
        }
        Predicate::Like { column: id, pattern, insensitive: false } => column(table, *id).like(pattern.clone()),
        Predicate::Like { column: id, pattern, insensitive: true } => column(table, *id).ilike(pattern.clone()),
        Predicate::IsNull { column: id, is: true } => column(table, *id).is_null(),
        Predicate::IsNull { column: id, is: false } => column(table, *id).is_not_null(),
        Predicate::Contains { column: id, json } => PgExpr::contains(column(table, *id), Expr::val(json.clone())),
        Predicate::All(_) | Predicate::Any(_) | Predicate::Not(_) => Expr::val(true),
    }
}

/// That the row is this owner's.
pub(crate) fn own(catalogue: &Catalogue, table: &Table, owner: Uuid) -> Condition {
    match table.ownership {
        Ownership::Column(id) => Cond::all().add(column(table, id).eq(owner)),
        Ownership::Through { column: id, parent } => match catalogue.table(table.database, parent) {
            Some(parent) => {
                let owned = Query::select()
                    .expr(Expr::val(1))
                    .from(Alias::new(parent.name))
                    .and_where(column(&parent, parent.key).eq(column(table, id)))
                    .cond_where(own(catalogue, &parent, owner))
                    .take();
                Cond::all().add(Expr::exists(owned))
            }
            None => Cond::all().add(Expr::val(false)),
        },
    }
}
