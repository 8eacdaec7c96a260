//! What every paged list promises.

use std::fmt::Debug;
use std::future::Future;

use atelier_domain::kernel::{Page, Paged, StoreError};

/// The rows in another order than that of their ids, ascending or descending: a store that lists ties as they came is found out.
pub(crate) fn out_of_order<T: Clone>(rows: &[T]) -> Vec<T> {
    let mut rows = rows.to_vec();
    rows.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
    rows
}

/// Checks that `list` gives `expected` (ids in the list's order): all at once, by skip, by cursor, and beyond its end.
pub(crate) async fn check_paging<T, I, Fut>(expected: &[I], id: impl Fn(&T) -> I, list: impl Fn(Page) -> Fut)
where
    I: PartialEq + Debug + Clone,
    Fut: Future<Output = Result<Paged<T>, StoreError>>,
{
    let ids = |paged: &Paged<T>| paged.items.iter().map(&id).collect::<Vec<_>>();
    let total = expected.len() as u64;

    let all = list(Page { skip: 0, limit: 100, after: None }).await.unwrap();
    assert_eq!(ids(&all), expected, "one page holds everything, in order");
    assert_eq!((all.total, all.next.is_none()), (total, true), "the last page has no next");

    for limit in 1..=u32::try_from(expected.len()).unwrap() + 1 {
        let (mut by_skip, mut by_cursor) = (Vec::new(), Vec::new());
        let mut after = None;
        loop {
            let skipped = list(Page { skip: by_skip.len() as u64, limit, after: None }).await.unwrap();
            let continued = list(Page { skip: 0, limit, after: after.clone() }).await.unwrap();
            assert_eq!(ids(&skipped), ids(&continued), "cursor and skip agree at {} with limit {limit}", by_skip.len());
            assert_eq!((skipped.total, continued.total), (total, total), "the total does not depend on the page");
            assert!(continued.items.len() <= limit as usize);
            by_skip.extend(ids(&skipped));
            by_cursor.extend(ids(&continued));
            assert_eq!(continued.next.is_some(), by_cursor.len() < expected.len(), "a next page is announced exactly when there is one");
            assert_eq!(skipped.next, continued.next);
            match continued.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(by_cursor, expected, "pages of {limit} by cursor");
    }

    let beyond = list(Page { skip: total + 5, limit: 10, after: None }).await.unwrap();
    assert_eq!((beyond.items.len(), beyond.total, beyond.next.is_none()), (0, total, true), "beyond the end there is nothing");
}
