//! Random programs of two owners: queries, transactions over every table and Redis, statements of leased logins.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::BoxedStrategy;

/// The tables, and the one they are owned through.
pub(super) const TABLES: [Table; 7] = [
    Table { name: "users", parent: Parent::Itself, shown: &["id", "role", "project_count"] },
    Table { name: "projects", parent: Parent::Owner, shown: &["id", "user_id", "title", "description", "status"] },
    Table { name: "user_preferences", parent: Parent::Owner, shown: &["id", "user_id", "preferences"] },
    Table { name: "content_analysis", parent: Parent::Project, shown: &["id", "project_id", "analysis_type", "result"] },
    Table { name: "media_assets", parent: Parent::Project, shown: &["id", "project_id", "asset_type", "size_bytes"] },
    Table { name: "generation_jobs", parent: Parent::Project, shown: &["id", "project_id", "status", "parameters"] },
    Table { name: "project_versions", parent: Parent::Project, shown: &["id", "project_id", "version", "content"] },
];

/// What makes a row somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    Itself,
    Owner,
    Project,
}

pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) parent: Parent,
    /// Columns whose content a program decides.
    pub(super) shown: &'static [&'static str],
}

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who {
    Alice,
    Bob,
}

/// A row's id: of the one who acts, or of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) own: bool,
    pub(super) slot: u8,
}

#[derive(Debug, Clone)]
pub(super) enum Filter {
    Key(Id),
    Keys(Vec<Id>),
    OfParent(Id),
    /// Every row that there is.
    Every,
    Small,
    Not(Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
}

#[derive(Debug, Clone)]
pub(super) enum Operation {
    Insert { table: usize, slot: u8, parent: Id, says_owner: Option<bool> },
    Upsert { table: usize, slot: u8, parent: Id },
    Update { table: usize, filter: Filter, mark: u8 },
    Delete { table: usize, filter: Filter },
    Set { key: u8, value: u8 },
    Count { key: u8 },
    Remove { key: u8 },
}

/// What a leased login tries, with the number of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Statement {
    CountAll,
    ReadKey(Id),
    UpdateAll,
    UpdateKey(Id),
    DeleteKey(Id),
    InsertUnder(u8, Id),
    Join,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Select { table: usize, filter: Filter },
    Count { table: usize, filter: Filter },
    Transact(Vec<Operation>),
    Lease { writes: bool, statements: Vec<(usize, Statement)> },
}

pub(super) type Program = Vec<(Who, Step)>;

fn table() -> impl Strategy<Value = usize> + Clone {
    0..TABLES.len()
}

fn id() -> impl Strategy<Value = Id> + Clone {
    (any::<bool>(), 0..3_u8).prop_map(|(own, slot)| Id { own, slot })
}

fn filter() -> BoxedStrategy<Filter> {
    let leaf = prop_oneof![
        3 => id().prop_map(Filter::Key),
        1 => vec(id(), 1..4).prop_map(Filter::Keys),
        2 => id().prop_map(Filter::OfParent),
        2 => Just(Filter::Every),
        1 => Just(Filter::Small),
    ]
    .boxed();
    prop_oneof![
        4 => leaf.clone(),
        1 => leaf.clone().prop_map(|one| Filter::Not(Box::new(one))),
        1 => (leaf.clone(), leaf).prop_map(|(one, other)| Filter::Or(Box::new(one), Box::new(other))),
    ]
    .boxed()
}

fn operation() -> BoxedStrategy<Operation> {
    let owner = prop_oneof![6 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    prop_oneof![
        6 => (table(), 0..3_u8, id(), owner).prop_map(|(table, slot, parent, says_owner)| Operation::Insert { table, slot, parent, says_owner }),
        2 => (table(), 0..3_u8, id()).prop_map(|(table, slot, parent)| Operation::Upsert { table, slot, parent }),
        3 => (table(), filter(), 0..5_u8).prop_map(|(table, filter, mark)| Operation::Update { table, filter, mark }),
        2 => (table(), filter()).prop_map(|(table, filter)| Operation::Delete { table, filter }),
        1 => (0..2_u8, 0..5_u8).prop_map(|(key, value)| Operation::Set { key, value }),
        1 => (0..2_u8).prop_map(|key| Operation::Count { key }),
        1 => (0..2_u8).prop_map(|key| Operation::Remove { key }),
    ]
    .boxed()
}

fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        Just(Statement::CountAll),
        id().prop_map(Statement::ReadKey),
        Just(Statement::UpdateAll),
        id().prop_map(Statement::UpdateKey),
        id().prop_map(Statement::DeleteKey),
        (0..3_u8, id()).prop_map(|(slot, parent)| Statement::InsertUnder(slot, parent)),
        Just(Statement::Join),
    ]
}

fn step(with_leases: bool) -> BoxedStrategy<Step> {
    let lease = (any::<bool>(), vec((table(), statement()), 1..5)).prop_map(|(writes, statements)| Step::Lease { writes, statements });
    prop_oneof![
        6 => (table(), filter()).prop_map(|(table, filter)| Step::Select { table, filter }),
        2 => (table(), filter()).prop_map(|(table, filter)| Step::Count { table, filter }),
        8 => vec(operation(), 1..4).prop_map(Step::Transact),
        u32::from(with_leases) => lease,
    ]
    .boxed()
}

/// Both begin with a project each, so that there is something to find.
pub(super) fn program(with_leases: bool) -> BoxedStrategy<Program> {
    let who = prop_oneof![Just(Who::Alice), Just(Who::Bob)];
    vec((who, step(with_leases)), 4..10)
        .prop_map(|steps| {
            let project = |slot| Operation::Insert { table: 1, slot, parent: Id { own: true, slot: 0 }, says_owner: None };
            let asset = |slot| Operation::Insert { table: 4, slot, parent: Id { own: true, slot: 0 }, says_owner: None };
            let begin = Step::Transact(vec![project(0), project(1), asset(0)]);
            [(Who::Alice, begin.clone()), (Who::Bob, begin)].into_iter().chain(steps).collect()
        })
        .boxed()
}
