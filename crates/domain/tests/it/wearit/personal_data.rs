//! What WearIT holds on a person.

use std::sync::Arc;

use atelier_domain::kernel::{ObjectKey, ObjectStore, PersonalData};
use atelier_domain::wearit::WearitPersonalData;
use atelier_testkit::{PassthroughImages, tryon};

use super::world::{World, completed};

fn duty(world: &World) -> WearitPersonalData {
    WearitPersonalData::new(Arc::new(world.memory.clone()), Arc::new(world.kept.clone()))
}

#[tokio::test]
async fn the_export_holds_everything_of_one_person_with_links_to_every_file() {
    let world = World::new();
    let (actor, stranger) = (world.person(), world.person());
    world.added(stranger).await;
    for _ in 0..101 {
        world.added(actor).await;
    }
    let body = world.body.put(actor, world.first_body()).await.unwrap().body().clone();
    let tryon = completed(tryon(actor.user_id, body.id, world.added(actor).await.id));
    world.store_tryon(&tryon).await;
    world.favorites.add(actor, tryon.id, None).await.unwrap();
    let upload = world.put_upload(actor, "direct").await.upload;

    let section = duty(&world).export(actor.user_id).await.unwrap();

    assert_eq!(section.context, "wearit");
    let data = &section.data;
    assert_eq!(data["clothing"].as_array().unwrap().len(), 102, "every page is read");
    assert!(data["clothing"][0]["image_url"].as_str().unwrap().contains("clothing/"));
    assert_eq!(data["body"]["id"], body.id.to_string());
    assert_eq!(data["body"]["height"], 175.0);
    assert!(data["body"]["image_url"].as_str().unwrap().contains("body/"));
    assert_eq!(data["tryons"][0]["id"], tryon.id.to_string());
    assert!(data["tryons"][0]["result_image_url"].as_str().unwrap().contains("tryon/"));
    assert_eq!(data["favorites"][0]["tryon_id"], tryon.id.to_string());
    assert!(data["uploads"][0]["url"].as_str().unwrap().contains(&upload.id.to_string()));
    assert!(!data.to_string().contains(&stranger.user_id.to_string()));
}

#[tokio::test]
async fn somebody_without_data_has_an_empty_export() {
    let world = World::new();
    let data = duty(&world).export(world.person().user_id).await.unwrap().data;
    assert!(data["body"].is_null());
    for list in ["clothing", "tryons", "favorites", "uploads"] {
        assert_eq!(data[list], serde_json::json!([]), "{list}");
    }
}

#[tokio::test]
async fn erasing_leaves_no_row_and_no_file_of_the_person_and_can_be_repeated() {
    let world = World::new();
    let (actor, stranger) = (world.person(), world.person());
    let theirs = world.added(stranger).await;
    let clothing = world.added(actor).await;
    let body = world.body.put(actor, world.first_body()).await.unwrap().body().clone();
    let tryon = completed(tryon(actor.user_id, body.id, clothing.id));
    world.store_tryon(&tryon).await;
    world.favorites.add(actor, tryon.id, None).await.unwrap();
    world.put_upload(actor, "direct").await;
    let by_builder = ObjectKey::clothing_path(actor.user_id, clothing.id, "old.jpg").unwrap();
    for key in [ObjectKey::tryon(actor.user_id, tryon.id), ObjectKey::avatar(actor.user_id), by_builder] {
        world.kept.put(&key, PassthroughImages::jpeg("file"), "image/jpeg").await.unwrap();
    }

    for _ in 0..2 {
        duty(&world).erase(actor.user_id).await.unwrap();
        assert_eq!(world.files(), super::world::files_of(&theirs));
        let data = duty(&world).export(actor.user_id).await.unwrap().data;
        assert!(data["body"].is_null());
        for list in ["clothing", "tryons", "favorites", "uploads"] {
            assert_eq!(data[list], serde_json::json!([]), "{list}");
        }
    }
    assert_eq!(world.wardrobe.get(stranger, theirs.id).await.unwrap(), theirs);
}
