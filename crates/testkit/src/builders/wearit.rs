//! WearIT's entities.

use atelier_domain::kernel::{BodyId, ClothingId, UserId};
use atelier_domain::wearit::body::{Body, Length, Measurements, Weight};
use atelier_domain::wearit::favorites::Favorite;
use atelier_domain::wearit::tryon::{TryOn, TryOnOptions};
use atelier_domain::wearit::uploads::{Upload, UploadType};
use atelier_domain::wearit::wardrobe::{Brand, Category, Clothing, ClothingName};
use atelier_domain::wearit::webhooks::{Delivery, Endpoint, EndpointSecret, Event};

use super::identity::fresh;
use crate::builders::noon;

/// A top without special properties, added at [`noon`].
pub fn clothing(user_id: UserId) -> Clothing {
    Clothing {
        id: fresh(),
        user_id,
        name: ClothingName::parse("White T-shirt").unwrap(),
        category: Category::Tops,
        brand: Some(Brand::parse("Plain").unwrap()),
        size_chart: None,
        created_at: noon(),
        updated_at: noon(),
    }
}

/// A body with a photo and some measurements, made at [`noon`].
pub fn body(user_id: UserId) -> Body {
    Body {
        id: fresh(),
        user_id,
        measurements: Measurements {
            height: Some(Length::height(172.5).unwrap()),
            weight: Some(Weight::kilograms(68.0).unwrap()),
            chest: Some(Length::measure("chest", 92.0).unwrap()),
            ..Measurements::default()
        },
        has_photo: true,
        photo_findings: Vec::new(),
        created_at: noon(),
        updated_at: noon(),
    }
}

/// A pending try-on of one garment, asked for at [`noon`].
pub fn tryon(user_id: UserId, body_id: BodyId, clothing_id: ClothingId) -> TryOn {
    TryOn::requested(fresh(), user_id, body_id, vec![clothing_id], TryOnOptions::default(), noon())
}

/// A favourite of the try-on, marked at [`noon`].
pub fn favorite(tryon: &TryOn) -> Favorite {
    Favorite { id: fresh(), user_id: tryon.user_id, tryon_id: tryon.id, created_at: noon() }
}

/// An upload of a JPEG of 1000 bytes, made at [`noon`].
pub fn upload(user_id: UserId) -> Upload {
    Upload { id: fresh(), user_id, content_type: UploadType::Jpeg, size: 1_000, created_at: noon(), expires_at: noon() + Upload::LIFETIME }
}

/// An endpoint that listens to everything, made at [`noon`].
pub fn endpoint(user_id: UserId) -> Endpoint {
    Endpoint {
        id: fresh(),
        user_id,
        url: "https://hooks.example.org/atelier?key=s3cr3t".to_owned(),
        description: String::new(),
        events: Event::SELECTABLE.to_vec(),
        secret: EndpointSecret::from_salt("salt"),
        earlier_secret: None,
        disabled: None,
        failing_since: None,
        created_at: noon(),
        updated_at: noon(),
    }
}

/// A message to the endpoint that is still to be sent, made at [`noon`].
pub fn delivery(to: &Endpoint) -> Delivery {
    Delivery::due(fresh(), to.user_id, to.id, Event::TryOnCompleted, r#"{"type":"tryon.completed"}"#.to_owned(), noon())
}
