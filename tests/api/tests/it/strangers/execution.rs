//! Does what a program says, over HTTP, for both persons together or for one of them alone.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use atelier_testkit::PassthroughImages;
use futures_util::StreamExt;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::ask::Ask;
use super::belongings::{Belongings, text};
use super::ear::{Ear, Marks, Names, nobody};
use super::person::{Person, Told, links, uploaded};
use super::program::{Id, Kind, List, Route, Signature, Step, Who};
use crate::app::{PASSWORD, TestApp, User};
use crate::live::{bearer, connect, next};

/// What was the other's, for the run without the other.
#[derive(Clone, Default)]
pub(super) struct Borrowed {
    /// Numbers of the other's ids, by step and by which id of it.
    pub(super) ids: BTreeMap<(usize, usize), u32>,
    /// At which instant of the run cursors of the other stood, by step. None is the end of time.
    pub(super) cursors: BTreeMap<usize, Option<i64>>,
}

/// Everybody, and the application they use.
pub(super) struct Execution<'a> {
    app: &'a TestApp,
    marks: Marks,
    ear: Ear,
    pub(super) people: BTreeMap<Who, Person>,
    /// Which step it is.
    place: usize,
    /// How often the step asked for an id.
    calls: Cell<usize>,
    /// What stands for what is the other's where the other is not there.
    pub(super) borrowed: Borrowed,
    /// The same for a run to come.
    pub(super) lent: RefCell<BTreeMap<(usize, usize), u32>>,
    numbers: RefCell<HashMap<String, u32>>,
    /// Exports that were read before somebody went.
    pub(super) last_export: BTreeMap<Who, Told>,
}

impl<'a> Execution<'a> {
    /// These sign up.
    pub(super) async fn begin(app: &'a TestApp, marks: Marks, present: &[Who], borrowed: Borrowed) -> Result<Self, String> {
        let mut execution = Self {
            app,
            marks,
            ear: Ear::new(marks),
            people: BTreeMap::new(),
            place: 0,
            calls: Cell::default(),
            borrowed,
            lent: RefCell::default(),
            numbers: RefCell::default(),
            last_export: BTreeMap::new(),
        };
        for who in present {
            execution.sign_up(*who).await?;
        }
        Ok(execution)
    }

    async fn sign_up(&mut self, who: Who) -> Result<(), String> {
        let address = if who == Who::Amber { [127, 0, 0, 2] } else { [127, 0, 0, 3] };
        let mark = self.marks.of(who);
        let client =
            reqwest::Client::builder().no_proxy().tls_certs_only([]).user_agent(&mark).local_address(Some(address.into())).build().unwrap();
        let (email, name) = (format!("{mark}@example.com"), format!("{mark} first"));
        let body = json!({"email": email, "password": PASSWORD, "name": name});
        let request = client.post(self.app.url("/api/v1/auth/signup")).json(&body);
        let answer = self.app.send(request).await.expect(201).body;
        let user = User {
            id: text(&answer["data"]["user"]["id"]),
            email,
            token: text(&answer["access_token"]),
            refresh_token: text(&answer["refresh_token"]),
        };
        self.ear.belongs(who, &text(&answer["data"]["user"]["data_user_id"]));
        self.ear.hear(who, "", &answer.to_string())?;
        let mut socket = connect(self.app, "", &bearer(&user)).await;
        self.ear.hear(who, "", &next(&mut socket).await.to_string())?;
        let person = Person {
            who,
            marks: self.marks,
            client,
            ids: [(Kind::Person, vec![user.id.clone()])].into(),
            user,
            puts: BTreeMap::new(),
            signatures: Vec::new(),
            cursors: Vec::new(),
            names: Names::new(self.marks),
            should_have: Belongings { name, sessions: 1, ..Belongings::default() },
            made: BTreeSet::new(),
            socket: Some(socket),
            spent: BTreeSet::new(),
        };
        self.people.insert(who, person);
        Ok(())
    }

    /// The id meant; one of nothing when there is none. Alone the other's are ids of nothing too, the same where they were the same.
    fn id(&self, who: Who, id: Id) -> String {
        let call = (self.place, self.calls.replace(self.calls.get() + 1));
        if !id.own && self.people.len() == 1 {
            return nobody(self.borrowed.ids[&call]);
        }
        let owner = if id.own { who } else { who.other() };
        let ids = self.people[&owner].ids.get(&id.kind).filter(|ids| !ids.is_empty());
        let Some(found) = ids.map(|ids| ids[usize::from(id.slot) % ids.len()].clone()) else {
            self.lent.borrow_mut().insert(call, u32::MAX);
            return nobody(u32::MAX);
        };
        if !id.own {
            let mut lent = self.lent.borrow_mut();
            let mut numbers = self.numbers.borrow_mut();
            let next = u32::try_from(numbers.len()).unwrap();
            lent.insert(call, *numbers.entry(found.clone()).or_insert(next));
        }
        found
    }

    async fn ask(&mut self, who: Who, ask: Ask) -> Result<Told, String> {
        let person = &self.people[&who];
        let path = if ask.path.starts_with("/files") || ask.path.starts_with("http") { ask.path } else { format!("/api/v1{}", ask.path) };
        let mut sent = path.clone();
        let mut request = person.client.request(ask.method, self.app.url(&path)).bearer_auth(&person.user.token);
        if let Some(key) = ask.key {
            request = request.header("idempotency-key", format!("key-{key}"));
        }
        if let Some(body) = ask.json {
            sent += &body.to_string();
            request = request.json(&body);
        } else if let Some(mark) = ask.photo {
            let photo = Part::bytes(PassthroughImages::jpeg(&mark).to_vec()).file_name("photo.jpg").mime_str("image/jpeg").unwrap();
            let form = ask.fields.into_iter().fold(Form::new().part("image", photo), |form, (name, value)| form.text(name, value));
            request = request.multipart(form);
        }
        self.send(who, request, &sent).await
    }

    async fn send(&mut self, who: Who, request: reqwest::RequestBuilder, sent: &str) -> Result<Told, String> {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), format!("{:?}", response.headers()));
        let bytes = response.bytes().await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.ear.hear(who, sent, &headers)?;
        self.ear.hear(who, sent, &text)?;
        if status >= 500 {
            return Err(format!("{sent}: {status} {text}"));
        }
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        self.people.get_mut(&who).unwrap().learn(&body);
        Ok(Told { status, body, text })
    }

    /// Does a step; answers what the person was told, comparable between runs.
    pub(super) async fn run(&mut self, place: usize, who: Who, step: &Step) -> Result<String, String> {
        self.place = place;
        self.calls.set(0);
        let told = self.step(who, step).await?;
        let person = self.people.get_mut(&who).unwrap();
        person.note(step, &told);
        Ok(person.plain(&told, &self.app.base))
    }

    /// Runs every job there is, whoever's.
    pub(super) async fn work(&mut self) {
        self.app.work().await;
        for person in self.people.values_mut() {
            for upload in std::mem::take(&mut person.spent) {
                person.should_have.uploads.remove(&upload);
            }
        }
    }

    async fn step(&mut self, who: Who, step: &Step) -> Result<Told, String> {
        let (mark, upload) = (self.marks.of(who), uploaded(&self.marks.of(who)));
        let ask = match step {
            Step::AddClothing { slot, photo, key, says } => {
                let photo = photo.map(|id| self.id(who, id));
                let categories = ["tops", "bottoms", "dresses", "shoes"];
                let mut fields = vec![
                    ("name", json!(format!("{mark} garment {slot}"))),
                    ("category", json!(categories[usize::from(*slot) % categories.len()])),
                    ("brand", json!(format!("{mark} brand"))),
                ];
                fields.extend(says.map(|id| ("user_id", json!(self.id(who, id)))));
                Ask::of("POST", "/clothing", photo.as_deref(), &format!("{mark} photo {slot}"), fields).key(*key)
            }
            Step::ChangePhoto { garment, photo } => {
                let path = format!("/clothing/{}/image", self.id(who, *garment));
                let photo = photo.map(|id| self.id(who, id));
                Ask::of("PUT", &path, photo.as_deref(), &format!("{mark} other photo"), Vec::new())
            }
            Step::PutBody { photo, height } => {
                let photo = photo.map(|id| self.id(who, id));
                Ask::of("PUT", "/body", photo.as_deref(), &format!("{mark} body"), vec![("height", json!(height))])
            }
            Step::ChangeBody { height, says } => {
                let mut body = json!({ "height": height });
                if let Some(id) = says {
                    body["user_id"] = json!(self.id(who, *id));
                }
                Ask::new("PATCH", "/body").json(body)
            }
            Step::Announce { key } => {
                let size = PassthroughImages::jpeg(&upload).len();
                Ask::new("POST", "/uploads").json(json!({"content_type": "image/jpeg", "size": size})).key(*key)
            }
            Step::PutFile { slot } => {
                let person = &self.people[&who];
                let url = person.puts.values().nth(usize::from(*slot) % person.puts.len().max(1)).cloned();
                return self.put(who, &url.unwrap_or_else(|| self.app.url("/files/temp/none.tmp"))).await;
            }
            Step::TryOn { garments, body, key } => {
                let garments: Vec<_> = garments.iter().map(|id| self.id(who, *id)).collect();
                let mut wish = json!({ "clothing_ids": garments });
                if let Some(body) = body {
                    wish["body_id"] = json!(self.id(who, *body));
                }
                Ask::new("POST", "/tryon").json(wish).key(*key)
            }
            Step::Favor { tryon, key } => Ask::new("POST", "/favorites").json(json!({"tryon_id": self.id(who, *tryon)})).key(*key),
            Step::AddEndpoint { slot, key } => {
                let url = format!("https://{mark}.example.org/{slot}");
                Ask::new("POST", "/webhooks/endpoints").json(json!({"url": url, "description": mark})).key(*key)
            }
            Step::Item(Route(method, path, _), id) => {
                let ask = Ask::new(method, path.replace("{id}", &self.id(who, *id)));
                match (*method, *path) {
                    ("PATCH", "/clothing/{id}") => ask.json(json!({"name": format!("{mark} renamed")})),
                    ("PATCH", "/webhooks/endpoints/{id}") => ask.json(json!({"url": format!("https://{mark}.example.org/moved")})),
                    ("PATCH", "/users/{id}") => ask.json(json!({"role": "premium"})),
                    _ => ask,
                }
            }
            Step::Plain(method, path) => Ask::new(method, *path),
            Step::List { list: List(path, fields), narrowed, after, wants, limit } => {
                let mut query = format!("{path}?limit={limit}");
                if let Some((field, id)) = narrowed {
                    query += &format!("&{}={}", fields[usize::from(*field)].0, self.id(who, *id));
                }
                if let Some((own, slot)) = after {
                    query += &format!("&after={}", self.cursor(who, (*own, *slot), path));
                }
                if let Some(own) = wants {
                    query += &format!("&q={}", if *own { mark } else { self.marks.of(who.other()) });
                }
                Ask::new("GET", query)
            }
            Step::Link { person, thing, part, signature, writes } => {
                let url = self.link(who, (*person, *thing), *part, *signature);
                if *writes {
                    return self.put(who, &url).await;
                }
                Ask::new("GET", url)
            }
            Step::Avatar { slot } => Ask::of("PUT", "/users/me/avatar", None, &format!("{mark} avatar {slot}"), Vec::new()),
            Step::Rename { slot } => Ask::new("PATCH", "/users/me").json(json!({"name": format!("{mark} named {slot}")})),
            Step::LogIn => Ask::new("POST", "/auth/login").json(json!({"email": self.people[&who].user.email, "password": PASSWORD})),
            Step::Refresh => Ask::new("POST", "/auth/refresh").json(json!({"refresh_token": self.people[&who].user.refresh_token})),
            Step::Live { streamed, after } => return self.first_message(who, *streamed, *after).await,
            Step::Work => unreachable!("jobs are everybody's"),
        };
        self.ask(who, ask).await
    }

    async fn put(&mut self, who: Who, url: &str) -> Result<Told, String> {
        let file = PassthroughImages::jpeg(&uploaded(&self.marks.of(who))).to_vec();
        let size = file.len();
        let request = self.people[&who].client.put(self.app.url(url)).header("content-type", "image/jpeg").body(file);
        let told = self.send(who, request, url).await?;
        if told.status == 200 {
            let person = self.people.get_mut(&who).unwrap();
            let put = person.puts.keys().find(|id| url.contains(&format!("/{}/{id}.tmp", person.user.id))).cloned();
            let put = put.ok_or_else(|| format!("a file was put to {url}"))?;
            person.should_have.uploads.insert(put, size);
        }
        Ok(told)
    }

    /// A cursor that was given out. Alone, in place of the other's, one of nobody's at the same place in time.
    fn cursor(&mut self, who: Who, (own, slot): (bool, u8), list: &str) -> String {
        let owner = if own { who } else { who.other() };
        let alone = !self.people.contains_key(&owner);
        if alone && let Some(since) = self.borrowed.cursors.get(&self.place) {
            let time = since.map_or(i64::MAX, |since| self.marks.dawn().timestamp_millis() + since);
            return format!("{}~{time}", nobody(u32::MAX));
        }
        let cursors = self.people.get(&owner).map(|person| &person.cursors).filter(|cursors| !cursors.is_empty());
        let Some(cursor) = cursors.map(|cursors| cursors[usize::from(slot) % cursors.len()].clone()) else {
            return format!("{}~{}", nobody(u32::MAX), i64::MAX);
        };
        if own {
            return cursor;
        }
        // Messages of both may be made in one instant: which of them come after the cursor's is then decided by its id.
        let (id, time) = cursor.split_once('~').unwrap();
        let since =
            if list == "/webhooks/deliveries" { None } else { Some(time.parse::<i64>().unwrap() - self.marks.dawn().timestamp_millis()) };
        self.borrowed.cursors.insert(self.place, since);
        format!("{id}~{}", if since.is_none() { i64::MAX.to_string() } else { time.to_owned() })
    }

    /// A guess at where a file is.
    fn link(&self, who: Who, (person, thing): (Id, Id), part: u8, signature: Signature) -> String {
        let (owner, id) = (self.id(who, person), self.id(who, thing));
        let part = usize::from(part);
        let key = match thing.kind {
            Kind::Clothing => format!("clothing/{owner}/{id}{}", [".jpg", "_thumb.jpg", "_source.jpg", "%2f..%2fx.jpg"][part]),
            Kind::Body => format!("body/{owner}/{id}{}", [".jpg", "_source.jpg", ".jpg", "_source.jpg"][part]),
            Kind::TryOn => format!("tryon/{owner}/{id}{}", [".jpg", "_thumb.jpg", "_heard.json", "%2e%2e"][part]),
            Kind::Upload => format!("temp/{owner}/{id}.tmp"),
            _ => format!("avatars/{owner}/avatar.jpg"),
        };
        let me = &self.people[&who];
        let query = match signature {
            Signature::Missing => None,
            Signature::Read => me.signatures.get(part % me.signatures.len().max(1)).cloned(),
            Signature::Write => me.puts.values().nth(part % me.puts.len().max(1)).and_then(|url| url.split('?').nth(1)).map(str::to_owned),
        };
        query.map_or_else(|| format!("/files/{key}"), |query| format!("/files/{key}?{query}"))
    }

    /// What a live connection begins with.
    async fn first_message(&mut self, who: Who, streamed: bool, after: Option<u8>) -> Result<Told, String> {
        let query = after.map_or_else(String::new, |after| format!("?after={after}"));
        let person = &self.people[&who];
        let text = if streamed {
            let url = self.app.url(&format!("/api/v1/tryon/events{query}"));
            let answer = person.client.get(url).bearer_auth(&person.user.token).send().await.unwrap();
            let mut pieces = answer.bytes_stream();
            let mut text = String::new();
            while !text.contains("}\n") {
                let piece = tokio::time::timeout(Duration::from_secs(10), pieces.next()).await.unwrap().unwrap().unwrap();
                text += &String::from_utf8_lossy(&piece);
            }
            // How many messages come at once is chance.
            let first = text.lines().find(|line| line.starts_with("data:")).unwrap_or_default().to_owned();
            self.ear.hear(who, "", &text)?;
            first
        } else {
            let mut socket = connect(self.app, &query, &bearer(&person.user)).await;
            next(&mut socket).await.to_string()
        };
        self.ear.hear(who, "", &text)?;
        let message = text.strip_prefix("data:").unwrap_or(&text).trim();
        Ok(Told { status: 200, body: serde_json::from_str(message).unwrap(), text: String::new() })
    }

    /// Everything held on the person.
    pub(super) async fn export(&mut self, who: Who) -> Result<Told, String> {
        self.ask(who, Ask::new("GET", "/users/me/export")).await
    }

    /// The export, and the texts behind its links.
    pub(super) async fn export_with_pictures(&mut self, who: Who) -> Result<(Told, BTreeMap<String, String>), String> {
        let export = self.export(who).await?;
        let mut urls = Vec::new();
        links(&export.body, &mut urls);
        let mut pictures = BTreeMap::new();
        for url in urls {
            let told = self.ask(who, Ask::new("GET", url.clone())).await?;
            if told.status != 200 || !told.text.contains(&self.marks.of(who)) {
                return Err(format!("{who:?}'s {url}: {} {}", told.status, told.text));
            }
            pictures.insert(url, told.text.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).to_owned());
        }
        Ok((export, pictures))
    }

    /// What the live connection has said meanwhile, and everything it can say again, up to this number.
    pub(super) async fn listen(&mut self, who: Who, last: u64) -> Result<(), String> {
        let Some(mut socket) = self.people.get_mut(&who).and_then(|person| person.socket.take()) else { return Ok(()) };
        while let Ok(message) = tokio::time::timeout(Duration::from_millis(1), next(&mut socket)).await {
            self.ear.hear(who, "", &message.to_string())?;
        }
        let mut socket = connect(self.app, "?after=0", &bearer(&self.people[&who].user)).await;
        let mut heard = 0;
        while heard < last {
            let message = next(&mut socket).await;
            self.ear.hear(who, "", &message.to_string())?;
            heard = message["seq"].as_u64().unwrap();
        }
        Ok(())
    }

    /// What was mailed, and what endpoints were told, each to its own.
    pub(super) fn letters(&self) -> Result<(), String> {
        for who in self.people.keys() {
            let mark = self.marks.of(*who);
            let mails = self.app.mailer.sent().into_iter().filter(|mail| mail.to.as_str().contains(&mark));
            let mails = mails.map(|mail| format!("{} {}", mail.subject, mail.text));
            let messages = self.app.webhooks.sent().into_iter().filter(|sent| sent.url.contains(&mark)).map(|sent| sent.payload);
            if let Some(wrong) = mails.chain(messages).find(|text| !self.ear.is_of(*who, text)) {
                return Err(format!("{who:?} is sent {wrong}"));
            }
        }
        Ok(())
    }

    /// One of them goes, with everything.
    pub(super) async fn erase(&mut self, who: Who) -> Result<(), String> {
        let told = self.ask(who, Ask::new("DELETE", "/users/me").json(json!({ "password": PASSWORD }))).await?;
        if told.status != 202 {
            return Err(format!("{who:?} cannot go: {}", told.body));
        }
        let id = self.people[&who].user.id.clone();
        let left = || self.app.objects.keys().into_iter().find(|key| key.as_str().contains(&id));
        // What is left in the queue then is the erasure's second pass, ten minutes later.
        self.app.work_until(async || left().is_none() && self.app.jobs_left().await == 1).await;
        self.app.clock.advance(Duration::from_secs(601));
        self.app.work().await;
        left().map_or(Ok(()), |key| Err(format!("{who:?} left {key} behind")))
    }
}
