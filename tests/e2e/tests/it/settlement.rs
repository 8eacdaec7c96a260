//! `kill -9` at every point of an answer's settlement. Whatever the point: once the answers of dead processes are swept, nothing is held,
//! used and remaining come to the quota, messages and ledger tell the same tokens, and the conversation goes on.

use std::time::Duration;

use atelier_testkit::laboratory::chat::{ChatLab, ChatVendor, Said, Turn};
use atelier_testkit::laboratory::{Answer, Gate, Step};
use mongodb::bson::{Bson, Document, doc, oid::ObjectId};
use serde_json::Value;

use crate::challenge::{Student, open_hackathon};
use crate::commits::{CommitProxy, Side};
use crate::process::Api;
use crate::servers::Database;

const WORDS: [&str; 80] = ["mot "; 80];
/// Written in the unit of work that reserves and in the one that settles, by nobody else.
const LEDGERS: &str = "enrolments";

/// Where the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    /// Reserving was asked for and never committed.
    NotReserved,
    /// Reserved, in the unit of work that stores the prompt; the call was not sent.
    Reserved,
    /// The call was sent and nothing came back.
    Called,
    /// Some of the answer was saved.
    PartlyAnswered,
    /// The answer was complete, and its settlement was never committed.
    NotSettled,
    /// Settled, and the client did not hear of it.
    Settled,
    /// A stop was asked for, and what settles it was never committed.
    Stopped,
}

impl Point {
    const ALL: [Self; 7] =
        [Self::NotReserved, Self::Reserved, Self::Called, Self::PartlyAnswered, Self::NotSettled, Self::Settled, Self::Stopped];

    /// What the provider does with the call.
    fn turn(self, gate: &Gate) -> Option<Turn> {
        match self {
            Self::NotReserved | Self::Reserved => None,
            Self::Called => Some(Answer::status(200).before(Step::Forever).into()),
            Self::PartlyAnswered | Self::Stopped => Some(Said::of(&WORDS).every(Duration::from_millis(250)).into()),
            Self::NotSettled | Self::Settled => Some(Said::of(&["oui ", "voilà"]).before(0, Step::Gate(gate.clone())).into()),
        }
    }

    /// Looks at the answer and the ledger when everything is settled.
    fn judge(self, messages: &[Value], quota: &Value) {
        let told = |field: &str| messages.iter().filter_map(|message| message[field].as_u64()).sum::<u64>();
        let used = (quota["prompts"]["used"].as_u64().unwrap(), quota["tokens"]["used"].as_u64().unwrap());
        if self == Self::NotReserved {
            assert_eq!((messages.len(), used), (0, (0, 0)), "nothing of it is left");
            return;
        }
        assert_eq!(used, (1, told("tokenCount")), "{self:?}: {messages:?}");
        let [prompt, answer] = messages else { panic!("{self:?}: {messages:?}") };
        assert_eq!((&prompt["role"], &prompt["content"]), (&"student".into(), &"Bonjour".into()));
        assert!(prompt["tokenCount"].as_u64().unwrap() > 0, "what was or may have been sent is paid for");
        let (content, state) = (answer["content"].as_str().unwrap(), answer["state"].as_str().unwrap());
        match self {
            Self::NotReserved => {}
            Self::Reserved | Self::Called => assert_eq!((state, content, answer["tokenCount"].as_u64()), ("interrupted", "", Some(0))),
            Self::PartlyAnswered => assert!(state == "interrupted" && is_part(content), "{answer}"),
            Self::NotSettled => assert!(state == "interrupted" && "oui voilà".starts_with(content), "{answer}"),
            Self::Settled => {
                assert_eq!((state, content, &answer["estimated"], used), ("complete", "oui voilà", &false.into(), (1, 13)));
            }
            // A stop that its own process settled in the instant before it died is as good.
            Self::Stopped => assert!(["interrupted", "stopped"].contains(&state) && is_part(content), "{answer}"),
        }
        assert!(self == Self::Settled || answer["estimated"] == true, "{answer}");
    }
}

fn is_part(content: &str) -> bool {
    !content.is_empty() && content.len() < WORDS.concat().len() && WORDS.concat().starts_with(content)
}

/// The provider and what points a process to it.
async fn laboratory(points: &[Point], gate: &Gate) -> ChatLab {
    let script = points.iter().filter_map(|point| point.turn(gate)).collect();
    ChatLab::start(ChatVendor::OpenAi, "key", script).await
}

/// What was sent is settled once more by nobody; the conversation goes on.
async fn goes_on(api: &mut Api, student: &Student, used: u64) {
    let next = student.prompt(api, "next", "Encore un mot").await;
    assert_eq!((&next["message"]["content"], &next["message"]["state"]), (&"Encore un mot".into(), &"complete".into()), "{next}");
    assert_eq!(next["quota"]["prompts"]["used"], used + 1);
    assert_eq!(student.quota(api).await["prompts"]["reserved"], 0);
    let (work, quota) = (student.work(api).await, student.quota(api).await);
    assert_eq!(work["statistiquesIA"]["tokensTotal"], quota["tokens"]["used"], "{work}");
}

/// On several threads: the proxy has to go on while the operator's command is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_point_of_its_settlement_an_answer_leaves_a_ledger_that_balances_on_mongodb() {
    let Some(database) = Database::create().await else { return };
    let proxy = CommitProxy::start(&database.uri).await;
    let gate = Gate::closed();
    let lab = laboratory(&Point::ALL, &gate).await;
    let (url, uri) = (lab.base_url(), proxy.uri());
    let settings = [
        ("OPENAI_API_KEY", "key"),
        ("OPENAI_BASE_URL", url.as_str()),
        ("MONGODB_URI", uri.as_str()),
        ("MONGODB_DATABASE", database.name.as_str()),
        ("JWT_SECRET_KEY", "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d"),
        ("HOST", "127.0.0.1"),
        ("RATE_LIMIT_ADDRESS_PER_MINUTE", "100000"),
    ];
    let data = tempfile::tempdir().unwrap();
    // The processes that die do not sweep: the commit that is waited for is their own.
    let dying = [&settings[..], &[("EMBEDDED_WORKER", "false")]].concat();
    let mut api = Api::start(data.path(), &dying).await;
    let hackathon = open_hackathon(&mut api, data.path(), &settings).await;
    let mut students = Vec::new();
    for point in Point::ALL {
        let student = Student::join(&mut api, &hackathon, &format!("{point:?}@example.com").to_lowercase()).await;
        die(&mut api, &student, point, &proxy, &lab, &gate).await;
        api = Api::start(data.path(), &dying).await;
        let held = student.quota(&mut api).await["prompts"]["reserved"].clone();
        let nothing = [Point::NotReserved, Point::Settled].contains(&point);
        assert_eq!(held, u64::from(!nothing), "{point:?}: what was held stays held");
        students.push((point, student));
    }
    api.process.kill();

    let mut api = Api::start(data.path(), &[&settings[..], &[("EMBEDDED_WORKER", "true")]].concat()).await;
    // The last one first: what the first transactions wrote is held until the server gives transactions of the dead up.
    for (point, student) in students.iter().rev() {
        let quota = student.settled(&mut api).await;
        point.judge(&student.messages(&mut api).await, &quota);
        stored(&database, student, &quota).await;
        if *point == Point::Settled {
            let again = student.prompt(&mut api, "first", "Bonjour").await;
            assert_eq!(again["message"]["content"], "oui voilà", "who asks again under the same key gets the answer, for nothing");
        }
        goes_on(&mut api, student, quota["prompts"]["used"].as_u64().unwrap()).await;
    }
    let total = lab.server().requests().len();
    assert_eq!(total, 5 + Point::ALL.len(), "no call was made twice");
    database.drop().await;
}

/// Brings an answer to the point and kills the process there.
async fn die(api: &mut Api, student: &Student, point: Point, proxy: &CommitProxy, lab: &ChatLab, gate: &Gate) {
    let called = async |lab: &ChatLab, before: usize| lab.server().until(|tally| tally.requests > before).await;
    let before = lab.server().requests().len();
    match point {
        Point::NotReserved | Point::Reserved => {
            proxy.stop_at(LEDGERS, if point == Point::Reserved { Side::BeforeItsReply } else { Side::BeforeIt });
            student.send(api);
            proxy.reached().await;
            assert_eq!(lab.server().requests().len(), before, "the model was not asked");
        }
        Point::Called => {
            student.send(api);
            called(lab, before).await;
        }
        Point::PartlyAnswered => {
            student.send(api);
            student.partly_answered(api).await;
        }
        Point::NotSettled | Point::Settled => {
            student.send(api);
            called(lab, before).await;
            proxy.stop_at(LEDGERS, if point == Point::Settled { Side::BeforeItsReply } else { Side::BeforeIt });
            gate.open();
            proxy.reached().await;
        }
        Point::Stopped => {
            student.send(api);
            let answer = student.partly_answered(api).await;
            proxy.stop_at(LEDGERS, Side::BeforeIt);
            student.stop(api, &answer).await;
            proxy.reached().await;
        }
    }
    api.process.kill();
}

/// The documents say what the API says: no reservation, no answer on its way, and the account's own budget holds nothing.
async fn stored(database: &Database, student: &Student, quota: &Value) {
    let documents = database.client.database(&database.name);
    let one =
        async |collection: &str, filter: Document| documents.collection::<Document>(collection).find_one(filter).await.unwrap().unwrap();
    let id = ObjectId::parse_str(&student.conversation).unwrap();
    let conversation = one("conversations", doc! { "_id": id }).await;
    assert!(matches!(conversation.get("inFlight"), None | Some(Bson::Null)), "{conversation}");
    let person = conversation.get_str("studentId").unwrap();
    let ledger = one(LEDGERS, doc! { "studentId": person }).await;
    assert!(ledger.get_array("reservations").unwrap().is_empty(), "{ledger}");
    let used = |field: &str| Some(u64::try_from(ledger.get_i64(field).unwrap()).unwrap());
    assert_eq!((used("promptsUsed"), used("tokensUsed")), (quota["prompts"]["used"].as_u64(), quota["tokens"]["used"].as_u64()));
    let account = one("participants", doc! { "_id": ObjectId::parse_str(person).unwrap() }).await;
    let tokens = (account.get_i64("tokensReserved").unwrap(), account.get_i64("tokensUsed").unwrap());
    assert_eq!(tokens, (0, ledger.get_i64("tokensUsed").unwrap()));
}

#[tokio::test]
async fn killed_on_the_way_answers_leave_ledgers_that_balance_on_sqlite() {
    let points = [Point::Called, Point::PartlyAnswered, Point::Stopped];
    let lab = laboratory(&points, &Gate::closed()).await;
    let url = lab.base_url();
    let settings = [("OPENAI_API_KEY", "key"), ("OPENAI_BASE_URL", url.as_str())];
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &settings).await;
    let hackathon = open_hackathon(&mut api, data.path(), &[]).await;
    let mut students = Vec::new();
    for (number, point) in points.into_iter().enumerate() {
        let student = Student::join(&mut api, &hackathon, &format!("{point:?}@example.com").to_lowercase()).await;
        student.send(&api);
        lab.server().until(|tally| tally.requests > number).await;
        students.push((point, student));
    }
    students[1].1.partly_answered(&mut api).await;
    let answer = students[2].1.partly_answered(&mut api).await;
    for (_, student) in &students {
        assert_eq!(student.quota(&mut api).await["prompts"]["reserved"], 1);
    }
    students[2].1.stop(&mut api, &answer).await;
    api.process.kill();

    let mut api = Api::start(data.path(), &settings).await;
    assert_eq!(students[0].1.quota(&mut api).await["prompts"]["reserved"], 1, "what was held stays held");
    for (point, student) in &students {
        let quota = student.settled(&mut api).await;
        point.judge(&student.messages(&mut api).await, &quota);
        goes_on(&mut api, student, 1).await;
    }
}
