//! A provider whose pictures hold what they were made of, so that a wrong picture is seen.

use std::time::Duration;

use atelier_domain::wearit::tryon::{
    Capability, Heard, MadeWith, Progress, ProgressSink, ProviderFailure, ProviderResult, Submission, TryOnInputs, TryOnProvider,
};
use atelier_domain::wearit::wardrobe::Category;

/// Puts the garments' bytes behind the person's, at once.
pub(super) struct Collage;

#[async_trait::async_trait]
impl TryOnProvider for Collage {
    fn name(&self) -> &'static str {
        "collage"
    }

    fn capabilities(&self) -> Vec<Capability> {
        let categories = vec![Category::Tops, Category::Bottoms, Category::Dresses];
        vec![Capability { model: "collage-1".to_owned(), categories, max_garments: 2, seed: false, preview: false }]
    }

    async fn submit(&self, inputs: TryOnInputs, _progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let pieces = std::iter::once(&inputs.person).chain(inputs.garments.iter().map(|(_, picture)| picture));
        let image = pieces.map(|picture| picture.jpeg.as_ref()).collect::<Vec<_>>().concat().into();
        Ok(Submission::Done(ProviderResult {
            image,
            model_used: "collage-1".to_owned(),
            worked_for: Duration::from_millis(250),
            warnings: Vec::new(),
            confidence: None,
            preview: false,
            made_with: MadeWith::default(),
        }))
    }

    async fn poll(&self, _id: &str, _heard: Option<&Heard>, _made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure> {
        Ok(Submission::Running(Progress { percent: 50, stage: "waiting".to_owned() }))
    }

    async fn cancel(&self, _id: &str) -> Result<(), ProviderFailure> {
        Ok(())
    }
}
