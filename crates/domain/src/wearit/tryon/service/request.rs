//! Asking for a try-on: checks, then the try-on, its job, its event and the idempotency record in one unit of work.

use crate::identity::Actor;
use crate::kernel::{BodyId, ClothingId, Idempotency, IdempotentRequest, Invalid, JobId, NewJob, TryOnId, retry_on_contention};
use crate::wearit::WearitUnitOfWork;
use crate::wearit::body::Body;
use crate::wearit::quotas;
use crate::wearit::tryon::preflight::{self, Wish};
use crate::wearit::tryon::{ConsentState, RunTryOn, TryOn, TryOnError, TryOnOptions, Unserved};

use super::{TryOnService, TryOnView, store_error};

/// Most garments in one request, whatever the providers could do.
const MAX_GARMENTS: usize = 2;

/// A wish to see garments on oneself.
#[derive(Debug, Clone)]
pub struct RequestTryOn {
    /// One or two garments of the actor, in the order they are put on.
    pub clothing_ids: Vec<ClothingId>,
    /// The actor's body; the only one when left out.
    pub body_id: Option<BodyId>,
    /// What the actor chose.
    pub options: TryOnOptions,
    /// Makes the request repeatable.
    pub idempotency: Option<IdempotentRequest>,
}

impl TryOnService {
    /// Asks for a try-on: it is pending, and a job will make the picture. A repeat with the same idempotency key answers the first one.
    ///
    /// # Errors
    /// [`TryOnError::Invalid`] unless one or two different garments are given; [`TryOnError::NotFound`] for a garment or body of somebody
    /// else; [`TryOnError::ConsentRequired`], [`TryOnError::BodyPhotoRequired`], [`TryOnError::CategoryNotSupported`],
    /// [`TryOnError::OptionNotSupported`], [`TryOnError::IdempotencyMismatch`], [`TryOnError::Quota`]; where a provider charges, [`TryOnError::PhotoNotUsable`] and
    /// [`TryOnError::Duplicate`].
    #[tracing::instrument(name = "wearit.tryon.request", skip_all, fields(user_id = %actor.user_id, garments = command.clothing_ids.len()), err)]
    pub async fn request(&self, actor: Actor, command: RequestTryOn) -> Result<TryOnView, TryOnError> {
        let tryon = self.ask(actor, "wearit.tryon.request", &command).await?;
        let mut view = self.view(tryon).await?;
        if view.tryon.outcome.is_none() {
            let body = self.store.bodies().find(actor.user_id).await?;
            view.warnings = body.map(|body| body.photo_findings).unwrap_or_default();
        }
        Ok(view)
    }

    pub(super) async fn ask(&self, actor: Actor, operation: &'static str, command: &RequestTryOn) -> Result<TryOn, TryOnError> {
        check_garments(&command.clothing_ids)?;
        let consent = self.consent.of(actor.user_id).await?;
        retry_on_contention(|| self.ask_once(actor, operation, command, &consent), store_error).await
    }

    async fn ask_once(
        &self,
        actor: Actor,
        operation: &'static str,
        command: &RequestTryOn,
        consent: &ConsentState,
    ) -> Result<TryOn, TryOnError> {
        let now = self.clock.now();
        let idempotency = Idempotency { operation, user_id: actor.user_id, request: command.idempotency.as_ref(), now };
        let mut uow = self.store.begin().await?;
        // First of all: the answer to a repeat is the first answer, whatever has changed since.
        if let Some(earlier) = idempotency.earlier::<TryOnId>(uow.idempotency()).await? {
            return uow.tryons().find(actor.user_id, earlier).await?.ok_or(TryOnError::NotFound);
        }
        let consent = match consent {
            ConsentState::Missing => return Err(TryOnError::ConsentRequired),
            ConsentState::NotAsked => None,
            ConsentState::Given(consent) => Some(consent.clone()),
        };
        let body = self.check_inputs(uow.as_mut(), actor, command).await?;

        let id = self.ids.generate::<TryOnId>();
        let mut tryon = TryOn::requested(id, actor.user_id, body.id, command.clothing_ids.clone(), command.options.clone(), now);
        tryon.consent = consent;
        if let Some(earlier) = idempotency.claim(uow.idempotency(), id).await? {
            return uow.tryons().find(actor.user_id, earlier).await?.ok_or(TryOnError::NotFound);
        }
        quotas::reserve_tryon::<TryOnError>(uow.as_mut(), actor, &self.quotas, now).await?;
        let payload = RunTryOn { user_id: actor.user_id, tryon_id: id };
        let job = NewJob::of(self.ids.generate::<JobId>(), &payload, now)?.unique(RunTryOn::unique_key(id)).for_user(actor.user_id);
        uow.tryons().insert(&tryon).await?;
        uow.jobs().enqueue(&job).await?;
        uow.events().append(&tryon.updated_event(now)).await?;
        uow.commit().await?;
        Ok(tryon)
    }

    /// Read in the unit of work that stores the try-on: a garment or body deleted meanwhile must not leave a try-on that waits for it.
    async fn check_inputs(&self, uow: &mut dyn WearitUnitOfWork, actor: Actor, command: &RequestTryOn) -> Result<Body, TryOnError> {
        let mut categories = Vec::with_capacity(command.clothing_ids.len());
        for id in &command.clothing_ids {
            let garment = uow.clothing().find(actor.user_id, *id).await?.ok_or(TryOnError::NotFound)?;
            categories.push(garment.category);
        }
        let body = uow.bodies().find(actor.user_id).await?;
        let body = match (body, command.body_id) {
            (Some(body), Some(wanted)) if body.id != wanted => return Err(TryOnError::NotFound),
            (None, Some(_)) => return Err(TryOnError::NotFound),
            (body, _) => body.filter(|body| body.has_photo).ok_or(TryOnError::BodyPhotoRequired)?,
        };
        let provider = self.providers.choose(&categories, &command.options, &[]).map_err(|unserved| match unserved {
            Unserved::Category => TryOnError::CategoryNotSupported,
            Unserved::Options => TryOnError::OptionNotSupported,
        })?;
        let unfinished = match command.clothing_ids.first() {
            Some(first) if provider.is_charged() => uow.tryons().unfinished_with_clothing(actor.user_id, *first).await?,
            _ => Vec::new(),
        };
        let wish = Wish { body: &body, clothing_ids: &command.clothing_ids, options: &command.options };
        preflight::check(&wish, provider.as_ref(), &unfinished)?;
        Ok(body)
    }
}

fn check_garments(ids: &[ClothingId]) -> Result<(), Invalid> {
    if ids.is_empty() || ids.len() > MAX_GARMENTS {
        return Err(Invalid::field("clothing_ids", format!("must name 1 to {MAX_GARMENTS} garments")));
    }
    if ids.len() == 2 && ids[0] == ids[1] {
        return Err(Invalid::field("clothing_ids", "must not name a garment twice"));
    }
    Ok(())
}
