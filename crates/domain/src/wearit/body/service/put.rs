//! Creating the body, or replacing it in place.

use crate::identity::Actor;
use crate::kernel::{FieldError, Invalid, StoreError, retry_on_contention};
use crate::wearit::quotas::{self, StoredItem};

use super::super::{Body, BodyError, Measurements, PutBody, PutBodyOutcome};
use super::BodyService;
use super::photo::Photo;

/// The unique key on the person, as stores report a clash.
const ONE_PER_PERSON: &str = "body.user_id";

/// How often a body may appear or vanish under one request before it gives up.
const TURNS: u32 = 4;

fn image_required() -> FieldError {
    FieldError { field: "image".to_owned(), message: "is required the first time".to_owned() }
}

impl BodyService {
    /// Creates the body, or lays photo and measurements over the one there is; the id stays (W48, CW3). Of two concurrent first calls one
    /// creates and the other replaces.
    ///
    /// # Errors
    /// [`BodyError::Invalid`] with every field at fault, the photo included when it is missing the first time; [`BodyError::Image`] when
    /// the photo is not taken; [`BodyError::UploadNotReady`]; or the stores' errors.
    #[tracing::instrument(name = "wearit.body.put", skip_all, fields(user_id = %actor.user_id))]
    pub async fn put(&self, actor: Actor, command: PutBody) -> Result<PutBodyOutcome, BodyError> {
        let present = self.store.bodies().find(actor.user_id).await?;
        let mut problems = Measurements::default().patched(&command.measurements).err().map(|e| e.0).unwrap_or_default();
        if present.is_none() && command.image.is_none() {
            problems.push(image_required());
        }
        Invalid::check(problems)?;
        let photo = match command.image.clone() {
            Some(source) => Some(self.take_photo(actor, source).await?),
            None => None,
        };
        for _ in 0..TURNS {
            let settled = match self.store.bodies().find(actor.user_id).await? {
                Some(body) => self.replace(actor, &body, &command, photo.as_ref()).await.map(|body| body.map(PutBodyOutcome::Replaced)),
                None => self.create(actor, &command, photo.as_ref()).await.map(|body| body.map(PutBodyOutcome::Created)),
            };
            if let Some(outcome) = settled? {
                return Ok(outcome);
            }
        }
        Err(StoreError::Contention("the body kept appearing and vanishing".into()).into())
    }

    /// Stores a new body; `None` when the person has one by now.
    async fn create(&self, actor: Actor, command: &PutBody, photo: Option<&Photo>) -> Result<Option<Body>, BodyError> {
        let Some(photo) = photo else { return Err(Invalid(vec![image_required()]).into()) };
        let now = self.clock.now();
        let body = Body {
            id: self.ids.generate(),
            user_id: actor.user_id,
            measurements: Measurements::default().patched(&command.measurements)?,
            has_photo: true,
            photo_findings: photo.findings.clone(),
            created_at: now,
            updated_at: now,
        };
        let stored = match self.write_photo(actor.user_id, body.id, photo).await {
            Ok(()) => retry_on_contention(|| self.insert(actor, &body, photo), BodyError::store).await,
            Err(error) => Err(error.into()),
        };
        let Err(error) = stored else { return Ok(Some(body)) };
        // A commit whose answer was lost may have happened all the same: then the files belong to a body.
        let kept = matches!(self.store.bodies().find(actor.user_id).await, Ok(Some(found)) if found.id == body.id);
        if !kept {
            self.discard_photo(actor.user_id, body.id).await;
        }
        match error {
            BodyError::Store(clash) if clash.is_conflict_on(ONE_PER_PERSON) => Ok(None),
            error => Err(error),
        }
    }

    async fn insert(&self, actor: Actor, body: &Body, photo: &Photo) -> Result<(), BodyError> {
        let mut uow = self.store.begin().await?;
        let item = StoredItem::body(body.id);
        quotas::reserve_space::<BodyError>(uow.as_mut(), actor, &self.quotas, (&item, photo.bytes()), body.created_at).await?;
        uow.bodies().insert(body).await?;
        self.uploads.spend(uow.as_mut(), photo.upload.as_ref()).await?;
        Ok(uow.commit().await?)
    }

    /// Changes the body in place; `None` when it is gone, or another, by now.
    async fn replace(&self, actor: Actor, present: &Body, command: &PutBody, photo: Option<&Photo>) -> Result<Option<Body>, BodyError> {
        if let Some(photo) = photo {
            self.write_photo(actor.user_id, present.id, photo).await?;
        }
        let replaced = retry_on_contention(|| self.write_replacement(present, command, photo), BodyError::store).await?;
        if replaced.is_none() && photo.is_some() {
            // Deleted meanwhile: the job that removes its files may have run before these were written.
            self.discard_photo(actor.user_id, present.id).await;
        }
        Ok(replaced)
    }

    async fn write_replacement(&self, present: &Body, command: &PutBody, photo: Option<&Photo>) -> Result<Option<Body>, BodyError> {
        let mut uow = self.store.begin().await?;
        let Some(mut body) = uow.bodies().find(present.user_id).await?.filter(|body| body.id == present.id) else { return Ok(None) };
        body.measurements = body.measurements.patched(&command.measurements)?;
        if let Some(photo) = photo {
            body.has_photo = true;
            body.photo_findings.clone_from(&photo.findings);
            self.uploads.spend(uow.as_mut(), photo.upload.as_ref()).await?;
            let item = StoredItem::body(body.id);
            quotas::store(uow.as_mut(), body.user_id, (&item, photo.bytes()), self.clock.now()).await?;
        }
        body.updated_at = self.clock.now().max(body.created_at);
        if !uow.bodies().update(&body).await? {
            return Ok(None);
        }
        uow.commit().await?;
        Ok(Some(body))
    }
}
