//! Random programs of two owners: queries, transactions over every table and Redis, statements of leased logins.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::BoxedStrategy;

/// The tables, and the one they are owned through. The last is there only on a server with pgvector.
pub(super) const TABLES: [Table; 8] = [
    Table { name: "users", parent: Parent::Itself, shown: &["id", "role", "project_count"] },
    Table { name: "projects", parent: Parent::Owner, shown: &["id", "user_id", "title", "description", "status"] },
    Table { name: "user_preferences", parent: Parent::Owner, shown: &["id", "user_id", "preferences"] },
    Table { name: "content_analysis", parent: Parent::Project, shown: &["id", "project_id", "analysis_type", "result"] },
    Table { name: "media_assets", parent: Parent::Project, shown: &["id", "project_id", "asset_type", "size_bytes"] },
    Table { name: "generation_jobs", parent: Parent::Project, shown: &["id", "project_id", "status", "parameters"] },
    Table { name: "project_versions", parent: Parent::Project, shown: &["id", "project_id", "version", "content"] },
    Table { name: "embeddings", parent: Parent::Owner, shown: &["id", "user_id", "kind", "metadata", "embedding"] },
];

/// The number of the table of embeddings, and of those before it.
pub(super) const EMBEDDINGS: usize = 7;

/// What is embedded: in no two directions that are equally near to anything asked for, and one without a direction.
pub(super) const VECTORS: [[f32; 3]; 6] =
    [[1.0, 0.0, 0.0], [0.5, 0.75, 0.0], [0.0, 1.0, 0.5], [-1.0, 0.25, 2.0], [3.0, -1.0, 1.0], [0.0, 0.0, 0.0]];

/// What the nearest are asked for of.
pub(super) const ASKED: [[f32; 3]; 3] = [[1.0, 2.0, 3.0], [-2.0, 1.0, 0.5], [0.25, -0.75, 1.25]];

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
    Embed { slot: u8, value: usize, says_owner: Option<bool> },
    Unembed { id: Id },
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
    Select {
        table: usize,
        filter: Filter,
    },
    Count {
        table: usize,
        filter: Filter,
    },
    /// The nearest to one of a few vectors.
    Search {
        to: usize,
        top_k: u64,
        min_score: Option<f64>,
        filter: Filter,
    },
    Transact(Vec<Operation>),
    Lease {
        writes: bool,
        statements: Vec<(usize, Statement)>,
    },
}

pub(super) type Program = Vec<(Who, Step)>;

/// What programs are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// Statements of leased logins, which have nothing but row-level security.
    pub(super) leases: bool,
    /// The table of embeddings, which only a server with pgvector has.
    pub(super) embeddings: bool,
    /// Every other table.
    pub(super) relational: bool,
}

impl Scope {
    /// Tables that are read, and that leased logins try.
    fn tables(self) -> BoxedStrategy<usize> {
        let last = EMBEDDINGS + usize::from(self.embeddings);
        (if self.relational { 0..last } else { EMBEDDINGS..last }).boxed()
    }
}

fn relational() -> impl Strategy<Value = usize> + Clone {
    0..EMBEDDINGS
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

fn operation(scope: Scope) -> BoxedStrategy<Operation> {
    let owner = prop_oneof![6 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    let rows = u32::from(scope.relational);
    let vectors = u32::from(scope.embeddings);
    let insert = (relational(), 0..3_u8, id(), owner.clone());
    prop_oneof![
        6 * rows => insert.prop_map(|(table, slot, parent, says_owner)| Operation::Insert { table, slot, parent, says_owner }),
        2 * rows => (relational(), 0..3_u8, id()).prop_map(|(table, slot, parent)| Operation::Upsert { table, slot, parent }),
        3 * rows => (relational(), filter(), 0..5_u8).prop_map(|(table, filter, mark)| Operation::Update { table, filter, mark }),
        2 * rows => (relational(), filter()).prop_map(|(table, filter)| Operation::Delete { table, filter }),
        4 * vectors => (0..3_u8, 0..VECTORS.len(), owner).prop_map(|(slot, value, says_owner)| Operation::Embed { slot, value, says_owner }),
        2 * vectors => id().prop_map(|id| Operation::Unembed { id }),
        rows => (0..2_u8, 0..5_u8).prop_map(|(key, value)| Operation::Set { key, value }),
        rows => (0..2_u8).prop_map(|key| Operation::Count { key }),
        rows => (0..2_u8).prop_map(|key| Operation::Remove { key }),
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

fn search() -> impl Strategy<Value = Step> {
    let least = prop_oneof![2 => Just(None), 1 => Just(Some(0.25))];
    (0..ASKED.len(), 1..5_u64, least, filter()).prop_map(|(to, top_k, min_score, filter)| Step::Search { to, top_k, min_score, filter })
}

fn step(scope: Scope) -> BoxedStrategy<Step> {
    let tries = vec((scope.tables(), statement()), 1..5);
    let lease = (any::<bool>(), tries).prop_map(|(writes, statements)| Step::Lease { writes, statements });
    prop_oneof![
        6 => (scope.tables(), filter()).prop_map(|(table, filter)| Step::Select { table, filter }),
        2 => (scope.tables(), filter()).prop_map(|(table, filter)| Step::Count { table, filter }),
        3 * u32::from(scope.embeddings) => search(),
        8 => vec(operation(scope), 1..4).prop_map(Step::Transact),
        u32::from(scope.leases) => lease,
    ]
    .boxed()
}

/// Both begin with something each, so that there is something to find.
pub(super) fn program(scope: Scope) -> BoxedStrategy<Program> {
    let who = prop_oneof![Just(Who::Alice), Just(Who::Bob)];
    vec((who, step(scope)), 4..10)
        .prop_map(move |steps| {
            let insert = |table, slot| Operation::Insert { table, slot, parent: Id { own: true, slot: 0 }, says_owner: None };
            let mut first = Vec::new();
            if scope.relational {
                first.extend([insert(1, 0), insert(1, 1), insert(4, 0)]);
            }
            if scope.embeddings {
                first.extend([0, 1].map(|slot| Operation::Embed { slot, value: usize::from(slot), says_owner: None }));
            }
            let begin = Step::Transact(first);
            [(Who::Alice, begin.clone()), (Who::Bob, begin)].into_iter().chain(steps).collect()
        })
        .boxed()
}
