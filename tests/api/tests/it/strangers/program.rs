//! Random programs of two persons over the routes of WearIT and of accounts, with ids of their own and of each other.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::BoxedStrategy;

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who {
    Amber,
    Birch,
}

/// What has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Person,
    Session,
    Clothing,
    Body,
    TryOn,
    Favorite,
    Upload,
    Endpoint,
    Delivery,
}

/// An id: of the one who acts, or of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) own: bool,
    pub(super) kind: Kind,
    pub(super) slot: u8,
}

/// A route with an id in its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route(pub(super) &'static str, pub(super) &'static str, pub(super) Kind);

const SHOWN: [Route; 5] = [
    Route("GET", "/clothing/{id}", Kind::Clothing),
    Route("GET", "/tryon/{id}", Kind::TryOn),
    Route("GET", "/webhooks/endpoints/{id}", Kind::Endpoint),
    Route("GET", "/webhooks/deliveries/{id}", Kind::Delivery),
    Route("POST", "/webhooks/deliveries/{id}/redeliver", Kind::Delivery),
];

const CHANGED: [Route; 9] = [
    Route("PATCH", "/clothing/{id}", Kind::Clothing),
    Route("POST", "/tryon/{id}/cancel", Kind::TryOn),
    Route("POST", "/tryon/{id}/retry", Kind::TryOn),
    Route("DELETE", "/favorites/{id}", Kind::TryOn),
    Route("PATCH", "/webhooks/endpoints/{id}", Kind::Endpoint),
    Route("POST", "/webhooks/endpoints/{id}/secret", Kind::Endpoint),
    Route("POST", "/webhooks/endpoints/{id}/test", Kind::Endpoint),
    Route("PATCH", "/users/{id}", Kind::Person),
    Route("DELETE", "/users/{id}", Kind::Person),
];

const REMOVED: [Route; 4] = [
    Route("DELETE", "/clothing/{id}", Kind::Clothing),
    Route("DELETE", "/tryon/{id}", Kind::TryOn),
    Route("DELETE", "/webhooks/endpoints/{id}", Kind::Endpoint),
    Route("DELETE", "/auth/sessions/{id}", Kind::Session),
];

/// Routes about the caller.
const PLAIN: [(&str, &str); 12] = [
    ("GET", "/users/me"),
    ("GET", "/users/me/export"),
    ("GET", "/auth/sessions"),
    ("GET", "/clothing/stats"),
    ("GET", "/body"),
    ("DELETE", "/body"),
    ("DELETE", "/users/me/avatar"),
    ("GET", "/webhooks/endpoints"),
    ("GET", "/tryon/capabilities"),
    ("POST", "/auth/ws-ticket"),
    ("GET", "/users"),
    ("GET", "/audit"),
];

/// A list, and what it may be narrowed down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct List(pub(super) &'static str, pub(super) &'static [(&'static str, Kind)]);

const LISTS: [List; 4] = [
    List("/clothing", &[]),
    List("/tryon", &[("clothing_id", Kind::Clothing), ("body_id", Kind::Body)]),
    List("/favorites", &[]),
    List("/webhooks/deliveries", &[("endpoint_id", Kind::Endpoint)]),
];

/// What the query of a guessed link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    /// None.
    Missing,
    /// One of the caller's own for reading.
    Read,
    /// One of the caller's own for writing.
    Write,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// `photo`: of an upload, or sent with the form. `says`: the person whose it is said to be, a field nobody asked for.
    AddClothing {
        slot: u8,
        photo: Option<Id>,
        key: Option<u8>,
        says: Option<Id>,
    },
    ChangePhoto {
        garment: Id,
        photo: Option<Id>,
    },
    PutBody {
        photo: Option<Id>,
        height: u16,
    },
    ChangeBody {
        height: u16,
        says: Option<Id>,
    },
    Announce {
        key: Option<u8>,
    },
    /// Puts a file to one of the caller's own uploads.
    PutFile {
        slot: u8,
    },
    TryOn {
        garments: Vec<Id>,
        body: Option<Id>,
        key: Option<u8>,
    },
    Favor {
        tryon: Id,
        key: Option<u8>,
    },
    AddEndpoint {
        slot: u8,
        key: Option<u8>,
    },
    Item(Route, Id),
    Plain(&'static str, &'static str),
    /// `after`: a cursor that was given out, to the caller or to the other. `wants`: whose mark is looked for.
    List {
        list: List,
        narrowed: Option<(u8, Id)>,
        after: Option<(bool, u8)>,
        wants: Option<bool>,
        limit: u8,
    },
    /// A file whose key follows from the ids of somebody and something.
    Link {
        person: Id,
        thing: Id,
        part: u8,
        signature: Signature,
        writes: bool,
    },
    Avatar {
        slot: u8,
    },
    Rename {
        slot: u8,
    },
    LogIn,
    Refresh,
    Live {
        streamed: bool,
        after: Option<u8>,
    },
    /// Every job there is runs.
    Work,
}

pub(super) type Program = Vec<(Who, Step)>;

fn id(kind: Kind) -> BoxedStrategy<Id> {
    let any_kind = select(vec![Kind::Person, Kind::Session, Kind::Clothing, Kind::Body, Kind::TryOn, Kind::Favorite, Kind::Upload]);
    let kind = prop_oneof![12 => Just(kind), 1 => any_kind];
    (any::<bool>(), kind, 0..3_u8).prop_map(|(own, kind, slot)| Id { own, kind, slot }).boxed()
}

fn key() -> impl Strategy<Value = Option<u8>> {
    weighted(0.4, 0..3_u8)
}

fn photo() -> impl Strategy<Value = Option<Id>> {
    weighted(0.5, id(Kind::Upload))
}

fn says() -> impl Strategy<Value = Option<Id>> {
    weighted(0.15, id(Kind::Person))
}

fn item(routes: &[Route]) -> BoxedStrategy<Step> {
    select(routes.to_vec()).prop_flat_map(|route| id(route.2).prop_map(move |id| Step::Item(route, id))).boxed()
}

fn list() -> BoxedStrategy<Step> {
    let narrowed = |list: List| match list.1 {
        [] => Just(None).boxed(),
        fields => {
            let choice = (0..fields.len()).prop_flat_map(|field| (Just(field), id(fields[field].1)));
            weighted(0.6, choice.prop_map(|(field, id)| (u8::try_from(field).unwrap(), id))).boxed()
        }
    };
    let list = select(LISTS.to_vec()).prop_flat_map(move |list| (Just(list), narrowed(list)));
    (list, weighted(0.4, (any::<bool>(), 0..4_u8)), weighted(0.3, any::<bool>()), 1..4_u8)
        .prop_map(|((list, narrowed), after, wants, limit)| Step::List { list, narrowed, after, wants, limit })
        .boxed()
}

fn link() -> BoxedStrategy<Step> {
    let thing = select(vec![Kind::Clothing, Kind::Body, Kind::TryOn, Kind::Upload, Kind::Person]).prop_flat_map(id);
    let signature = select(vec![Signature::Missing, Signature::Read, Signature::Write]);
    (id(Kind::Person), thing, 0..4_u8, signature, any::<bool>())
        .prop_map(|(person, thing, part, signature, writes)| Step::Link { person, thing, part, signature, writes })
        .boxed()
}

fn step() -> BoxedStrategy<Step> {
    prop_oneof![
        4 => (0..4_u8, photo(), key(), says()).prop_map(|(slot, photo, key, says)| Step::AddClothing { slot, photo, key, says }),
        2 => (id(Kind::Clothing), photo()).prop_map(|(garment, photo)| Step::ChangePhoto { garment, photo }),
        2 => (photo(), 150..200_u16).prop_map(|(photo, height)| Step::PutBody { photo, height }),
        1 => (150..200_u16, says()).prop_map(|(height, says)| Step::ChangeBody { height, says }),
        2 => key().prop_map(|key| Step::Announce { key }),
        2 => (0..3_u8).prop_map(|slot| Step::PutFile { slot }),
        4 => (vec(id(Kind::Clothing), 1..3), weighted(0.4, id(Kind::Body)), key())
            .prop_map(|(garments, body, key)| Step::TryOn { garments, body, key }),
        2 => (id(Kind::TryOn), key()).prop_map(|(tryon, key)| Step::Favor { tryon, key }),
        1 => (0..4_u8, key()).prop_map(|(slot, key)| Step::AddEndpoint { slot, key }),
        4 => item(&SHOWN),
        5 => item(&CHANGED),
        2 => item(&REMOVED),
        4 => select(PLAIN.to_vec()).prop_map(|(method, path)| Step::Plain(method, path)),
        5 => list(),
        4 => link(),
        1 => (0..3_u8).prop_map(|slot| Step::Avatar { slot }),
        1 => (0..3_u8).prop_map(|slot| Step::Rename { slot }),
        1 => Just(Step::LogIn),
        1 => Just(Step::Refresh),
        1 => (any::<bool>(), weighted(0.5, select(vec![0, 200]))).prop_map(|(streamed, after)| Step::Live { streamed, after }),
        2 => Just(Step::Work),
    ]
    .boxed()
}

/// Both begin with something of everything, so that there is something to find.
pub(super) fn program() -> BoxedStrategy<Program> {
    let own = |kind| Id { own: true, kind, slot: 0 };
    let begin = vec![
        Step::AddEndpoint { slot: 0, key: None },
        Step::AddClothing { slot: 0, photo: None, key: None, says: None },
        Step::PutBody { photo: None, height: 170 },
        Step::TryOn { garments: vec![own(Kind::Clothing)], body: None, key: None },
        Step::Favor { tryon: own(Kind::TryOn), key: None },
        Step::Announce { key: None },
        Step::PutFile { slot: 0 },
        Step::Avatar { slot: 0 },
        Step::Work,
        Step::TryOn { garments: vec![own(Kind::Clothing)], body: None, key: None },
        Step::Plain("GET", "/auth/sessions"),
        Step::List { list: LISTS[3], narrowed: None, after: None, wants: None, limit: 3 },
    ];
    let who = prop_oneof![Just(Who::Amber), Just(Who::Birch)];
    vec((who, step()), 6..24)
        .prop_map(move |steps| {
            let both = begin.iter().flat_map(|step| [(Who::Amber, step.clone()), (Who::Birch, step.clone())]);
            both.chain(steps).collect()
        })
        .boxed()
}
