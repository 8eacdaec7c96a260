//! Favourites.

use atelier_domain::kernel::{Page, Paged, StoreError, TryOnId, UserId};
use atelier_domain::wearit::favorites::{Favorite, FavoriteQueries, FavoriteRepository, FavoriteTryOn};
use atelier_domain::wearit::tryon::TryOnQueries;
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint};

use crate::collections::FAVORITES;
use crate::document::{Fields, date, oid, oids};
use crate::indexes::keys;
use crate::page::{Order, time_cursor};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl FavoriteQueries for MongoStore {
    async fn list(&self, user_id: UserId, page: &Page) -> Result<Paged<FavoriteTryOn>, StoreError> {
        let (wanted, index) = (by("user_id", oid(user_id)), keys::USER_NEWEST.document());
        let total = self.count("favorites.count", FAVORITES, wanted.clone(), index.clone()).await?;
        let order = Order::NEWEST_FIRST;
        let found = self.all("favorites.list", FAVORITES, order.continued(wanted, page)?, order.options(page, index)).await?;
        let marks = found.iter().map(favorite).collect::<Result<_, _>>()?;
        let paged = Paged::from_fetched(marks, page.limit, total, |mark: &Favorite| time_cursor(mark.created_at, &mark.id));
        let ids: Vec<TryOnId> = paged.items.iter().map(|mark| mark.tryon_id).collect();
        let mut tryons = TryOnQueries::find_many(self, user_id, &ids).await?;
        // A try-on deleted since the marks were read has lost its mark too.
        let with_tryon = |favorite: Favorite| {
            let position = tryons.iter().position(|tryon| tryon.id == favorite.tryon_id)?;
            Some(FavoriteTryOn { favorite, tryon: tryons.swap_remove(position) })
        };
        Ok(Paged { items: paged.items.into_iter().filter_map(with_tryon).collect(), total: paged.total, next: paged.next })
    }

    async fn marked(&self, user_id: UserId, tryons: &[TryOnId]) -> Result<Vec<TryOnId>, StoreError> {
        if tryons.is_empty() {
            return Ok(Vec::new());
        }
        let filter = doc! { "user_id": oid(user_id), "tryon_id": { "$in": oids(tryons) } };
        let index = Hint::Keys(doc! { "user_id": 1, "tryon_id": 1 });
        let options = FindOptions::builder().projection(doc! { "tryon_id": 1 }).hint(index).build();
        let found = self.all("favorites.marked", FAVORITES, filter, options).await?;
        found.iter().map(|document| Fields::of("favorite", document).id("tryon_id")).collect()
    }
}

#[async_trait::async_trait]
impl FavoriteRepository for MongoTransaction {
    async fn insert(&mut self, favorite: &Favorite) -> Result<(), StoreError> {
        let document = doc! {
            "_id": oid(favorite.id),
            "user_id": oid(favorite.user_id),
            "tryon_id": oid(favorite.tryon_id),
            "created_at": date(favorite.created_at),
        };
        self.add("favorites.insert", FAVORITES, document).await
    }

    async fn find(&mut self, user_id: UserId, tryon: TryOnId) -> Result<Option<Favorite>, StoreError> {
        let document = self.locked("favorites.find", FAVORITES, of_tryon(user_id, tryon)).await?;
        document.as_ref().map(favorite).transpose()
    }

    async fn delete(&mut self, user_id: UserId, tryon: TryOnId) -> Result<bool, StoreError> {
        self.remove("favorites.delete", FAVORITES, of_tryon(user_id, tryon)).await
    }
}

fn of_tryon(user_id: UserId, tryon: TryOnId) -> Document {
    doc! { "user_id": oid(user_id), "tryon_id": oid(tryon) }
}

fn favorite(document: &Document) -> Result<Favorite, StoreError> {
    let fields = Fields::of("favorite", document);
    Ok(Favorite {
        id: fields.id("_id")?,
        user_id: fields.id("user_id")?,
        tryon_id: fields.id("tryon_id")?,
        created_at: fields.time("created_at")?,
    })
}
