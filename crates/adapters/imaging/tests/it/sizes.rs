use crate::{BLUE, GREEN, RED, YELLOW, assert_colour, jpeg, pixels, process, stripes};

#[tokio::test]
async fn a_large_picture_fits_800_by_800_and_the_source_1600() {
    let made = process(jpeg(&stripes(3_200, 2_400, &[(3_200, RED)]))).await.unwrap();
    assert_eq!((made.width, made.height), (800, 600));
    assert_eq!(pixels(&made.display).dimensions(), (800, 600));
    assert_eq!(pixels(&made.source).dimensions(), (1_600, 1_200));
    assert_eq!(pixels(&made.thumbnail).dimensions(), (200, 200));
}

#[tokio::test]
async fn the_example_of_the_document_becomes_800_by_600() {
    let made = process(jpeg(&stripes(1_600, 1_200, &[(1_600, RED)]))).await.unwrap();
    assert_eq!(pixels(&made.display).dimensions(), (800, 600));
    assert_eq!(pixels(&made.source).dimensions(), (1_600, 1_200));
}

#[tokio::test]
async fn a_small_picture_is_never_enlarged() {
    let made = process(jpeg(&stripes(300, 200, &[(300, RED)]))).await.unwrap();
    assert_eq!((made.width, made.height), (300, 200));
    assert_eq!(pixels(&made.display).dimensions(), (300, 200));
    assert_eq!(pixels(&made.source).dimensions(), (300, 200));
}

#[tokio::test]
async fn the_thumbnail_is_the_centred_square() {
    let picture = stripes(1_600, 1_200, &[(190, RED), (800, GREEN), (1_410, BLUE), (1_600, YELLOW)]);
    let thumbnail = pixels(&process(jpeg(&picture)).await.unwrap().thumbnail);
    assert_eq!(thumbnail.dimensions(), (200, 200));
    for y in [1, 50, 99] {
        for (x, colour) in [(1, GREEN), (25, GREEN), (48, GREEN), (52, BLUE), (75, BLUE), (99, BLUE)] {
            assert_colour(&thumbnail, (x, y), colour);
        }
    }
    let upright = image::imageops::rotate90(&picture);
    let thumbnail = pixels(&process(jpeg(&upright)).await.unwrap().thumbnail);
    for (y, colour) in [(1, GREEN), (48, GREEN), (52, BLUE), (99, BLUE)] {
        assert_colour(&thumbnail, (50, y), colour);
    }
}

#[tokio::test]
async fn a_thumbnail_of_a_tiny_picture_covers_the_square() {
    for (width, height) in [(1, 1), (7, 1), (50, 40), (199, 400)] {
        let made = process(jpeg(&stripes(width, height, &[(width, BLUE)]))).await.unwrap();
        let thumbnail = pixels(&made.thumbnail);
        assert_eq!(thumbnail.dimensions(), (200, 200), "{width}×{height}");
        for place in [(0, 0), (99, 0), (50, 50), (0, 99), (99, 99)] {
            assert_colour(&thumbnail, place, BLUE);
        }
        assert_eq!((made.width, made.height), (width, height));
    }
}

#[tokio::test]
async fn the_thumbnail_of_a_panorama_is_cut_before_it_is_scaled() {
    let edges = [(5_850, RED), (6_000, GREEN), (6_150, BLUE), (12_000, YELLOW)];
    let made = process(jpeg(&stripes(12_000, 300, &edges))).await.unwrap();
    assert_eq!((made.width, made.height), (800, 20));
    let thumbnail = pixels(&made.thumbnail);
    for (x, colour) in [(2, GREEN), (48, GREEN), (52, BLUE), (98, BLUE)] {
        assert_colour(&thumbnail, (x, 50), colour);
    }
    // From the display rendition the border between the halves would be 10 pixels wide.
    assert_colour(&thumbnail, (49, 50), GREEN);
    assert_colour(&thumbnail, (51, 50), BLUE);
}

#[tokio::test]
async fn the_longest_pictures_keep_at_least_a_pixel() {
    let made = process(jpeg(&stripes(20_000, 2, &[(20_000, RED)]))).await.unwrap();
    assert_eq!((made.width, made.height), (800, 1));
    assert_eq!(pixels(&made.display).dimensions(), (800, 1));
}

#[tokio::test]
async fn renditions_are_as_small_as_their_quality_allows() {
    let noise = image::RgbImage::from_fn(1_600, 1_200, |x, y| {
        let value = u8::try_from(x.wrapping_mul(31).wrapping_add(y.wrapping_mul(17)).wrapping_mul(2_654_435_761) >> 24).unwrap();
        image::Rgb([value, value.wrapping_add(x as u8), value])
    });
    let made = process(jpeg(&noise)).await.unwrap();
    assert!(made.thumbnail.len() < made.display.len() && made.display.len() < made.source.len());
    // A bound for the worst picture there is: two bytes per pixel.
    assert!(made.display.len() < 800 * 600 * 2, "{}", made.display.len());
}
