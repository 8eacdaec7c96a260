use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_imaging::{ImageLimits, ImagePipeline};
use atelier_domain::kernel::{ImageError, ImageInput, ImageProcessor};
use bytes::Bytes;

use crate::{RED, jpeg, stripes};

fn pipeline(memory_budget_mb: u32, threads: usize, queue_limit: usize) -> Arc<ImagePipeline> {
    Arc::new(ImagePipeline::new(ImageLimits { memory_budget_mb, threads, queue_limit, ..ImageLimits::default() }))
}

fn picture(width: u32, height: u32) -> Bytes {
    jpeg(&stripes(width, height, &[(width, RED)])).into()
}

/// Processes this picture many times at once; returns how many were made and how many found no place.
async fn flood(pipeline: &Arc<ImagePipeline>, picture: &Bytes, times: usize) -> (usize, usize) {
    let tasks: Vec<_> = (0..times)
        .map(|_| {
            let (pipeline, input) = (Arc::clone(pipeline), ImageInput::Bytes(picture.clone()));
            tokio::spawn(async move { pipeline.process(input).await })
        })
        .collect();
    let (mut made, mut busy) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            Err(ImageError::Busy) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    (made, busy)
}

#[tokio::test]
async fn many_pictures_at_once_share_one_budget() {
    let picture = picture(2_000, 1_500);
    let alone = pipeline(256, 1, 0);
    assert_eq!(flood(&alone, &picture, 1).await, (1, 0));
    let need = alone.peak_reserved_mb();
    assert!((10..60).contains(&need), "9 MB of pixels and what goes with them: {need}");

    let shared = pipeline(2 * need + 1, 8, 100);
    assert_eq!(flood(&shared, &picture, 12).await, (12, 0));
    assert_eq!(shared.peak_reserved_mb(), 2 * need, "two at a time, on threads enough for eight");
    assert_eq!(shared.reserved_mb(), 0);
}

#[tokio::test]
async fn a_picture_that_needs_more_than_the_whole_budget_is_too_large() {
    let answer = pipeline(10, 1, 0).process(ImageInput::Bytes(picture(2_000, 1_500))).await;
    assert!(matches!(answer, Err(ImageError::TooManyPixels { width: 2_000, height: 1_500 })));
}

#[tokio::test]
async fn a_flood_is_refused_and_what_waits_is_served() {
    let pipeline = pipeline(256, 1, 3);
    // The test's runtime has one thread: all ten ask before the first picture is seen to be done.
    assert_eq!(flood(&pipeline, &picture(300, 200), 10).await, (4, 6));
    assert_eq!(flood(&pipeline, &picture(300, 200), 4).await, (4, 0), "the places are free again");
}

#[tokio::test]
async fn refused_pictures_give_their_place_back() {
    let pipeline = pipeline(256, 1, 0);
    for bytes in [Bytes::from_static(b"nothing"), Bytes::from_static(b"\xff\xd8\xff"), picture(300, 200).slice(..500)] {
        assert!(!matches!(pipeline.process(ImageInput::Bytes(bytes)).await, Ok(_) | Err(ImageError::Busy)));
    }
    assert!(pipeline.process(ImageInput::Bytes(picture(300, 200))).await.is_ok());
    assert_eq!(pipeline.reserved_mb(), 0);
}

#[tokio::test]
async fn a_caller_that_went_away_keeps_memory_only_until_its_picture_is_done() {
    let pipeline = pipeline(256, 1, 0);
    let input = || ImageInput::Bytes(picture(3_000, 2_000));
    // Polled often enough to have begun, then dropped.
    let _abandoned = tokio::time::timeout(Duration::from_millis(5), pipeline.process(input())).await;
    let served = async {
        while pipeline.process(ImageInput::Bytes(picture(100, 100))).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), served).await.unwrap();
    assert_eq!(pipeline.reserved_mb(), 0);
}
