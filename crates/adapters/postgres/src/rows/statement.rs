//! One statement for a page and its total, so that both are of one snapshot in one round trip.

use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::queries::{Direction, Select};
use sea_query::{Alias, Asterisk, Cond, Expr, Func, JoinType, NullOrdering, Order, PostgresQueryBuilder, Query, SelectStatement};
use sea_query_sqlx::{SqlxBinder, SqlxValues};

use super::predicate::{condition, own};

const COUNTED: &str = "counted";
const PAGE: &str = "page";
/// Columns before those of the row: the total, the version, and whether there is a row.
pub(super) const BEFORE: usize = 3;

/// The statement of a plan. Without `rewrite` row-level security alone keeps owners apart.
pub(super) fn statement(catalogue: &Catalogue, plan: &Select, rewrite: bool) -> (String, SqlxValues) {
    let table = plan.table.as_ref();
    let mut wanted = Cond::all().add(condition(table, &plan.filter));
    if let (Some(owner), true) = (plan.confined_to, rewrite) {
        wanted = wanted.add(own(catalogue, table, owner));
    }
    let count = Query::select()
        .expr_as(Func::count(Expr::col(Asterisk)), Alias::new("total"))
        .from(Alias::new(table.name))
        .cond_where(wanted.clone())
        .take();
    let mut all = Query::select();
    all.column((Alias::new(COUNTED), Alias::new("total")));
    match plan.confined_to {
        // Asked once, not for every row of the page.
        Some(_) => all.expr(Expr::cust_with_values("(SELECT dataservice.data_version($1))", [table.name])),
        None => all.expr(Expr::cust("NULL::bigint")),
    };
    all.from_subquery(count, Alias::new(COUNTED));
    if plan.counts_only() {
        all.expr(Expr::val(false));
        return all.build_sqlx(PostgresQueryBuilder);
    }
    let mut page = Query::select();
    page.expr_as(Expr::val(true), Alias::new("there")).from(Alias::new(table.name)).cond_where(wanted);
    for id in &plan.columns {
        page.column((Alias::new(table.name), Alias::new(table.at(*id).name)));
    }
    if let Some(after) = &plan.after {
        page.cond_where(condition(table, after));
    }
    sorted(&mut page, plan, table.name);
    page.limit(u64::from(plan.limit) + 1);
    if plan.offset > 0 {
        page.offset(plan.offset);
    }
    all.column((Alias::new(PAGE), Alias::new("there")));
    for id in &plan.columns {
        all.column((Alias::new(PAGE), Alias::new(table.at(*id).name)));
    }
    all.join_subquery(JoinType::LeftJoin, page.take(), Alias::new(PAGE), Expr::val(true));
    sorted(&mut all, plan, PAGE);
    all.build_sqlx(PostgresQueryBuilder)
}

fn sorted(query: &mut SelectStatement, plan: &Select, of: &'static str) {
    for key in &plan.order {
        let column = plan.table.at(key.column);
        let by = (Alias::new(of), Alias::new(column.name));
        match (key.direction, column.nullable) {
            (Direction::Ascending, _) => query.order_by(by, Order::Asc),
            (Direction::Descending, false) => query.order_by(by, Order::Desc),
            (Direction::Descending, true) => query.order_by_with_nulls(by, Order::Desc, NullOrdering::Last),
        };
    }
}
