//! Garments.

use atelier_domain::kernel::{ClothingId, Cursor, EntityId, Page};
use atelier_domain::wearit::sizing::SizeChart;
use atelier_domain::wearit::wardrobe::{Brand, Category, CategoryStats, Clothing, ClothingFilter, ClothingName, ClothingSort};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::paging::{check_paging, out_of_order};
use crate::{clothing, noon, user};

fn named(name: &str) -> ClothingName {
    ClothingName::parse(name).unwrap()
}

fn branded(brand: &str) -> Option<Brand> {
    Some(Brand::parse(brand).unwrap())
}

async fn found(store: &StoreUnderTest, owner: atelier_domain::kernel::UserId, filter: &ClothingFilter) -> Vec<String> {
    let page = Page { limit: 100, ..Page::default() };
    let listed = store.wearit.clothing().list(owner, filter, &page).await.unwrap();
    assert_eq!(listed.total, listed.items.len() as u64, "the total counts what the filter lets through");
    let mut names: Vec<String> = listed.items.iter().map(|garment| garment.name.as_str().to_owned()).collect();
    names.sort();
    names
}

/// Every field of a garment survives the store, with and without a brand, inside and outside a unit of work.
pub async fn a_garment_is_read_as_it_was_written(store: &StoreUnderTest) {
    let owner = user();
    for category in Category::ALL {
        let written = Clothing {
            name: named("Pull “marin” ü 李 '; --"),
            category,
            brand: if category == Category::Tops { None } else { branded("Saint James & Söhne") },
            size_chart: (category != Category::Shoes)
                .then(|| SizeChart::parse(r#"[{"size": "Ü", "chest": [86.5, 94], "height": [150, 190]}]"#).unwrap()),
            updated_at: noon() + TimeDelta::milliseconds(1),
            ..clothing(owner)
        };
        store.add_clothing(std::slice::from_ref(&written)).await;
        assert_eq!(store.wearit.clothing().find(owner, written.id).await.unwrap(), Some(written.clone()));
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.clothing().find(owner, written.id).await.unwrap(), Some(written));
    }
}

/// Another person's garments are not found, listed, counted, changed or deleted.
pub async fn another_persons_garments_are_out_of_reach(store: &StoreUnderTest) {
    let (owner, stranger) = (user(), user());
    let garment = clothing(owner);
    store.add_clothing(std::slice::from_ref(&garment)).await;
    let queries = store.wearit.clothing();
    assert_eq!(queries.find(stranger, garment.id).await.unwrap(), None);
    assert!(queries.find_many(stranger, &[garment.id]).await.unwrap().is_empty());
    assert_eq!(queries.list(stranger, &ClothingFilter::default(), &Page::default()).await.unwrap().total, 0);
    assert!(queries.stats(stranger).await.unwrap().is_empty());
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.clothing().find(stranger, garment.id).await.unwrap(), None);
    assert!(!uow.clothing().update(&Clothing { user_id: stranger, name: named("Mine"), ..garment.clone() }).await.unwrap());
    assert!(!uow.clothing().delete(stranger, garment.id).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(queries.find(owner, garment.id).await.unwrap(), Some(garment));
}

/// Of many ids those of the owner's garments are answered, each once.
pub async fn the_owners_garments_among_ids_are_found(store: &StoreUnderTest) {
    let (owner, stranger) = (user(), user());
    let (mine, foreign) = ([clothing(owner), clothing(owner), clothing(owner)], clothing(stranger));
    store.add_clothing(&mine).await;
    store.add_clothing(std::slice::from_ref(&foreign)).await;
    let unknown = ClothingId::from_bytes([0xee; 12]);
    let ids = [mine[2].id, foreign.id, unknown, mine[0].id, mine[2].id];
    let mut found = store.wearit.clothing().find_many(owner, &ids).await.unwrap();
    found.sort_by_key(|garment| garment.id);
    assert_eq!(found, [mine[0].clone(), mine[2].clone()]);
    assert!(store.wearit.clothing().find_many(owner, &[]).await.unwrap().is_empty());
}

/// An update replaces name, category, brand and time of change; id, owner and time of creation stay.
pub async fn an_update_keeps_what_never_changes(store: &StoreUnderTest) {
    let garment = clothing(user());
    store.add_clothing(std::slice::from_ref(&garment)).await;
    let later = noon() + TimeDelta::hours(1);
    let changed =
        Clothing { name: named("New"), category: Category::Shoes, brand: None, created_at: later, updated_at: later, ..garment.clone() };
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.clothing().update(&changed).await.unwrap());
    assert!(!uow.clothing().update(&clothing(garment.user_id)).await.unwrap(), "an unknown garment is not inserted");
    uow.commit().await.unwrap();
    let expected = Clothing { created_at: garment.created_at, ..changed };
    assert_eq!(store.wearit.clothing().find(garment.user_id, garment.id).await.unwrap(), Some(expected));
    assert_eq!(found(store, garment.user_id, &ClothingFilter::default()).await, ["New"]);
    let of = |category| ClothingFilter { category: Some(category), ..ClothingFilter::default() };
    assert!(found(store, garment.user_id, &of(garment.category)).await.is_empty(), "it counts in its new category only");
    assert_eq!(found(store, garment.user_id, &of(Category::Shoes)).await, ["New"]);
}

/// A deleted garment is gone; deleting it again says so.
pub async fn a_deleted_garment_is_gone(store: &StoreUnderTest) {
    let (garment, kept) = (clothing(user()), clothing(user()));
    store.add_clothing(&[garment.clone(), kept.clone()]).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.clothing().delete(garment.user_id, garment.id).await.unwrap());
    assert!(!uow.clothing().delete(garment.user_id, garment.id).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(store.wearit.clothing().find(garment.user_id, garment.id).await.unwrap(), None);
    assert!(store.wearit.clothing().find(kept.user_id, kept.id).await.unwrap().is_some());
    assert!(found(store, garment.user_id, &ClothingFilter::default()).await.is_empty(), "it is counted no more");
    assert!(store.wearit.clothing().stats(garment.user_id).await.unwrap().is_empty());
    assert_eq!(found(store, kept.user_id, &ClothingFilter::default()).await, [kept.name.as_str()]);
}

/// Every order is total, ties broken by id in the same direction, and cursor and skip give the same pages.
pub async fn every_order_is_total_and_pages_agree(store: &StoreUnderTest) {
    let owner = user();
    let mut garments = Vec::new();
    // Names and times with ties; the byte order of names is that of ASCII, then of UTF-8.
    for (name, minutes) in [("b", 2), ("b", 2), ("a", 1), ("a", 3), ("B", 2), ("é", 3), ("a b", 1), ("b", 2), ("a-b", 0)] {
        garments.push(Clothing { name: named(name), created_at: noon() + TimeDelta::minutes(minutes), ..clothing(owner) });
    }
    store.add_clothing(&out_of_order(&garments)).await;
    store.add_clothing(&[clothing(user()), clothing(user())]).await;
    for sort in [ClothingSort::Newest, ClothingSort::Oldest, ClothingSort::Name] {
        match sort {
            ClothingSort::Newest => garments.sort_by_key(|garment| std::cmp::Reverse((garment.created_at, garment.id))),
            ClothingSort::Oldest => garments.sort_by_key(|garment| (garment.created_at, garment.id)),
            ClothingSort::Name => garments.sort_by_key(|garment| (garment.name.as_str().to_owned(), garment.id)),
        }
        let expected: Vec<ClothingId> = garments.iter().map(|garment| garment.id).collect();
        let filter = ClothingFilter { sort, ..ClothingFilter::default() };
        let list = |page: Page| {
            let filter = &filter;
            async move { store.wearit.clothing().list(owner, filter, &page).await }
        };
        check_paging(&expected, |garment: &Clothing| garment.id, list).await;
    }
}

/// A cursor continues at its place even when the item it points to is gone and newer ones came.
pub async fn a_cursor_survives_changes_before_it(store: &StoreUnderTest) {
    let owner = user();
    let garments: Vec<Clothing> =
        (0..6).map(|minutes| Clothing { created_at: noon() + TimeDelta::minutes(minutes), ..clothing(owner) }).collect();
    store.add_clothing(&garments).await;
    let list = async |after: Option<Cursor>| {
        let page = Page { skip: 0, limit: 2, after };
        store.wearit.clothing().list(owner, &ClothingFilter::default(), &page).await.unwrap()
    };
    let first = list(None).await;
    assert_eq!(first.items, [garments[5].clone(), garments[4].clone()]);
    let mut uow = store.wearit.begin().await.unwrap();
    uow.clothing().delete(owner, garments[4].id).await.unwrap();
    uow.clothing().insert(&Clothing { created_at: noon() + TimeDelta::hours(1), ..clothing(owner) }).await.unwrap();
    uow.commit().await.unwrap();
    let second = list(first.next).await;
    assert_eq!(second.items, [garments[3].clone(), garments[2].clone()], "nothing is repeated or left out");
}

/// The filter's conditions all apply: category and brand exactly, text within name or brand whatever its ASCII case.
pub async fn a_filter_applies_every_condition(store: &StoreUnderTest) {
    let owner = user();
    let garments = [
        ("Blue Jeans", Category::Bottoms, Some("Levi's")),
        ("blue shirt", Category::Tops, Some("Muji")),
        ("Shirt 100%_new", Category::Tops, None),
        ("Coat", Category::Outerwear, Some("Blue Star")),
        ("Été ÜBER", Category::Tops, Some("muji")),
    ]
    .map(|(name, category, brand)| Clothing { name: named(name), category, brand: brand.and_then(branded), ..clothing(owner) });
    store.add_clothing(&garments).await;
    store.add_clothing(&[Clothing { name: named("blue foreign shirt"), ..clothing(user()) }]).await;
    let by = |category: Option<Category>, brand: Option<&str>, q: Option<&str>| ClothingFilter {
        category,
        brand: brand.map(str::to_owned),
        q: q.map(str::to_owned),
        sort: ClothingSort::Newest,
    };
    let cases: &[(ClothingFilter, &[&str])] = &[
        (by(Some(Category::Tops), None, None), &["Shirt 100%_new", "blue shirt", "Été ÜBER"]),
        (by(Some(Category::Shoes), None, None), &[]),
        (by(None, Some("Muji"), None), &["blue shirt"]),
        (by(None, Some("Muj"), None), &[]),
        (by(None, Some("Levi's"), None), &["Blue Jeans"]),
        (by(None, None, Some("BLUE")), &["Blue Jeans", "Coat", "blue shirt"]),
        (by(None, None, Some("muji")), &["blue shirt", "Été ÜBER"]),
        (by(None, None, Some("t 100%_")), &["Shirt 100%_new"]),
        (by(None, None, Some("%")), &["Shirt 100%_new"]),
        (by(None, None, Some("_")), &["Shirt 100%_new"]),
        (by(None, None, Some("\\")), &[]),
        (by(None, None, Some("*")), &[]),
        (by(None, None, Some(".")), &[]),
        (by(None, None, Some("Été")), &["Été ÜBER"]),
        (by(Some(Category::Tops), Some("Muji"), Some("blue")), &["blue shirt"]),
        (by(Some(Category::Bottoms), Some("Muji"), Some("blue")), &[]),
    ];
    for (filter, names) in cases {
        assert_eq!(found(store, owner, filter).await, *names, "{filter:?}");
    }
}

/// A filtered list is paged as the whole one is.
pub async fn a_filtered_list_is_paged(store: &StoreUnderTest) {
    let owner = user();
    let mut shirts: Vec<Clothing> = (0..5)
        .map(|number| Clothing { name: named("Shirt"), created_at: noon() + TimeDelta::minutes(number / 2), ..clothing(owner) })
        .collect();
    store.add_clothing(&out_of_order(&shirts)).await;
    store.add_clothing(&[Clothing { name: named("Shirt"), category: Category::Shoes, ..clothing(owner) }]).await;
    shirts.sort_by_key(|garment| std::cmp::Reverse((garment.created_at, garment.id)));
    let expected: Vec<ClothingId> = shirts.iter().map(|garment| garment.id).collect();
    let filter = ClothingFilter { category: Some(Category::Tops), q: Some("shirt".to_owned()), ..ClothingFilter::default() };
    let list = |page: Page| {
        let filter = &filter;
        async move { store.wearit.clothing().list(owner, filter, &page).await }
    };
    check_paging(&expected, |garment: &Clothing| garment.id, list).await;
}

/// Statistics: each category that has garments, highest count first, ties by name, with its newest twenty garments.
pub async fn categories_are_counted_highest_first(store: &StoreUnderTest) {
    let owner = user();
    let mut garments = Vec::new();
    for (category, count) in
        [(Category::Tops, 23), (Category::Shoes, 2), (Category::Bottoms, 2), (Category::Accessories, 2), (Category::Outerwear, 3)]
    {
        for minutes in 0..count {
            garments.push(Clothing { category, created_at: noon() + TimeDelta::minutes(minutes), ..clothing(owner) });
        }
    }
    store.add_clothing(&out_of_order(&garments)).await;
    store.add_clothing(&[Clothing { category: Category::Dresses, ..clothing(user()) }]).await;
    let stats = store.wearit.clothing().stats(owner).await.unwrap();
    let counts: Vec<(Category, u64)> = stats.iter().map(|category| (category.category, category.count)).collect();
    assert_eq!(
        counts,
        [(Category::Tops, 23), (Category::Outerwear, 3), (Category::Accessories, 2), (Category::Bottoms, 2), (Category::Shoes, 2)]
    );
    for category in &stats {
        let mut newest: Vec<Clothing> = garments.iter().filter(|garment| garment.category == category.category).cloned().collect();
        newest.sort_by_key(|garment| std::cmp::Reverse((garment.created_at, garment.id)));
        newest.truncate(CategoryStats::MAX_ITEMS);
        assert_eq!(category.items, newest);
    }
}

/// Erasing a person's rows takes every garment, body, try-on, favourite and upload of that person and of nobody else, and may be repeated.
pub async fn rows_of_one_person_are_erased(store: &StoreUnderTest) {
    let (erased, other) = (user(), user());
    let mut uploads = Vec::new();
    for owner in [erased, other] {
        let (garment, figure, upload) = (clothing(owner), crate::body(owner), crate::upload(owner));
        let wish = crate::tryon(owner, figure.id, garment.id);
        store.add_clothing(&[garment]).await;
        store.add_body(&figure).await;
        store.add_tryons(std::slice::from_ref(&wish)).await;
        store.add_favorites(&[crate::favorite(&wish)]).await;
        let mut uow = store.wearit.begin().await.unwrap();
        uow.uploads().insert(&upload).await.unwrap();
        uow.commit().await.unwrap();
        uploads.push(upload);
    }
    for _ in 0..2 {
        store.wearit.erase_rows(erased).await.unwrap();
        for (owner, left) in [(erased, 0), (other, 1)] {
            let page = Page::default();
            assert_eq!(store.wearit.clothing().list(owner, &ClothingFilter::default(), &page).await.unwrap().total, left);
            assert_eq!(u64::from(store.wearit.bodies().find(owner).await.unwrap().is_some()), left);
            assert_eq!(store.wearit.tryons().list(owner, &Default::default(), &page).await.unwrap().total, left);
            assert_eq!(store.wearit.favorites().list(owner, &page).await.unwrap().total, left);
        }
        let mut uow = store.wearit.begin().await.unwrap();
        assert!(uow.uploads().find(erased, uploads[0].id).await.unwrap().is_none());
        assert!(uow.uploads().find(other, uploads[1].id).await.unwrap().is_some());
    }
}
