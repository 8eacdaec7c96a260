//! What FASHN has alone.

use atelier_domain::wearit::tryon::{Control, Cost, FailureCode, Submission, TryOnProvider};
use atelier_domain::wearit::wardrobe::Category;
use atelier_testkit::laboratory::{Ending, TryOnVendor, VendorKind};

use super::backend::{fashn, fashn_settings, fashn_with};
use crate::tryon::wanted::{Sink, done, failure, inputs};

#[tokio::test]
async fn each_model_gets_its_own_names_and_tells_its_own_price() {
    let under = fashn().await.unwrap();
    for (model, garment, credits) in [("tryon-v1.6", "garment_image", 1_000_000), ("tryon-max", "product_image", 4_000_000)] {
        let mut wanted = inputs(None);
        wanted.options.model = Some(model.to_owned());
        let answer = under.provider.submit(wanted, &Sink(Control::Continue)).await;
        let Ok(Submission::Accepted { external_id, made_with }) = answer else { panic!("{answer:?}") };
        assert!(under.vendor.ledger().last().unwrap().input[garment].is_string());
        assert_eq!(made_with.cost, Some(Cost { millionths: credits, unit: "credits".to_owned() }));
        tokio::time::sleep(std::time::Duration::from_millis(80)).await;
        let result = done(under.provider.poll(&external_id, None, Some(&made_with)).await);
        assert_eq!((result.model_used.as_str(), result.made_with.cost), (model, made_with.cost));
        assert!(!result.worked_for.is_zero());
    }
}

#[tokio::test]
async fn shoes_go_to_the_model_that_has_them() {
    let under = fashn().await.unwrap();
    let mut wanted = inputs(None);
    wanted.garments[0].0 = Category::Shoes;
    under.provider.submit(wanted, &Sink(Control::Continue)).await.unwrap();
    assert_eq!(under.vendor.requests()[0].json()["model_name"], "tryon-max");
}

#[tokio::test]
async fn the_errors_of_its_page_are_all_known() {
    let vendor = TryOnVendor::start(VendorKind::Fashn).await;
    let provider = fashn_with(&fashn_settings(&vendor.url()));
    for (name, code) in [
        ("ImageLoadError", FailureCode::InputUnreadable),
        ("ContentModerationError", FailureCode::ContentRejected),
        ("NSFWError", FailureCode::ContentRejected),
        ("PhotoTypeError", FailureCode::InputRejected),
        ("PoseError", FailureCode::PoseNotFound),
        ("InputValidationError", FailureCode::InputRejected),
        ("LoRALoadError", FailureCode::ProviderError),
        ("PipelineError", FailureCode::ProviderError),
        ("ThirdPartyError", FailureCode::ProviderError),
        ("3rdPartyProviderError", FailureCode::ProviderError),
        ("InternalServerError", FailureCode::ProviderError),
        ("SomethingNewError", FailureCode::ProviderError),
    ] {
        vendor.script().plan(atelier_testkit::laboratory::Plan {
            work: std::time::Duration::ZERO,
            ending: Ending::Fails(format!("{name}: see above")),
        });
        let answer = provider.submit(inputs(None), &Sink(Control::Continue)).await;
        let Ok(Submission::Accepted { external_id, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(failure(provider.poll(&external_id, None, None).await).code, code, "{name}");
    }
}
