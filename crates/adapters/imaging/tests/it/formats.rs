use atelier_domain::kernel::{ImageError, ImageInput, ImageProcessor};
use image::{ExtendedColorType, ImageEncoder, Rgb};

use crate::{BLUE, RED, WHITE, assert_colour, pipeline, pixels, png, process};

async fn left_and_right(bytes: &'static [u8], left: Rgb<u8>, right: Rgb<u8>) {
    let made = process(bytes).await.unwrap();
    assert_eq!((made.width, made.height), (64, 48));
    for rendition in [&made.display, &made.source] {
        assert_colour(&pixels(rendition), (20, 50), left);
        assert_colour(&pixels(rendition), (80, 50), right);
    }
}

#[tokio::test]
async fn a_cmyk_jpeg_is_read_in_its_colours() {
    left_and_right(include_bytes!("fixtures/cmyk.jpg"), RED, BLUE).await;
}

#[tokio::test]
async fn palettes_are_resolved() {
    left_and_right(include_bytes!("fixtures/palette.png"), RED, BLUE).await;
    left_and_right(include_bytes!("fixtures/palette_transparent.png"), RED, WHITE).await;
}

#[tokio::test]
async fn webp_is_read_with_and_without_transparency() {
    left_and_right(include_bytes!("fixtures/lossy.webp"), RED, BLUE).await;
    left_and_right(include_bytes!("fixtures/lossy_alpha.webp"), RED, WHITE).await;
}

#[tokio::test]
async fn the_first_frame_of_an_animation_counts() {
    left_and_right(include_bytes!("fixtures/animated.webp"), RED, BLUE).await;
}

#[tokio::test]
async fn lossless_webp_is_read_with_and_without_transparency() {
    let webp = |pixels: &[u8], colours| {
        let mut bytes = Vec::new();
        image::codecs::webp::WebPEncoder::new_lossless(&mut bytes).write_image(pixels, 40, 30, colours).unwrap();
        bytes
    };
    let made = process(webp(&[20, 20, 220].repeat(1_200), ExtendedColorType::Rgb8)).await.unwrap();
    assert_colour(&pixels(&made.display), (50, 50), BLUE);
    let made = process(webp(&[20, 20, 220, 0].repeat(1_200), ExtendedColorType::Rgba8)).await.unwrap();
    assert_colour(&pixels(&made.display), (50, 50), WHITE);
}

#[tokio::test]
async fn every_kind_of_png_becomes_rgb_on_white() {
    let wide = |samples: &[u16]| samples.repeat(100).iter().flat_map(|sample| sample.to_ne_bytes()).collect::<Vec<_>>();
    let grey = Rgb([100; 3]);
    let cases: [(ExtendedColorType, Vec<u8>, Rgb<u8>); 8] = [
        (ExtendedColorType::L8, [100].repeat(100), grey),
        (ExtendedColorType::La8, [100, 0].repeat(100), WHITE),
        (ExtendedColorType::Rgb8, [20, 20, 220].repeat(100), BLUE),
        (ExtendedColorType::Rgba8, [0, 0, 0, 127].repeat(100), Rgb([128; 3])),
        (ExtendedColorType::L16, wide(&[100 * 257]), grey),
        (ExtendedColorType::La16, wide(&[0, 65_535 / 2]), Rgb([128; 3])),
        (ExtendedColorType::Rgb16, wide(&[20 * 257, 20 * 257, 220 * 257]), BLUE),
        (ExtendedColorType::Rgba16, wide(&[20 * 257, 20 * 257, 220 * 257, 65_535]), BLUE),
    ];
    for (colours, samples, expected) in cases {
        let made = process(png(&samples, 10, 10, colours)).await.unwrap();
        assert_colour(&pixels(&made.display), (50, 50), expected);
        assert_colour(&pixels(&made.thumbnail), (50, 50), expected);
    }
}

#[tokio::test]
async fn grey_progressive_and_unsampled_jpegs_are_read() {
    let jpeg = |pixels: &[u8], colours, progressive, sampling| {
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
        encoder.set_progressive(progressive);
        encoder.set_sampling_factor(sampling);
        encoder.encode(pixels, 50, 30, colours).unwrap();
        bytes
    };
    use jpeg_encoder::{ColorType, SamplingFactor};
    let any = [SamplingFactor::R_4_4_4, SamplingFactor::R_4_4_0, SamplingFactor::R_4_2_2, SamplingFactor::R_4_2_0];
    for progressive in [false, true] {
        for sampling in any {
            let made = process(jpeg(&[220, 20, 20].repeat(1_500), ColorType::Rgb, progressive, sampling)).await.unwrap();
            assert_colour(&pixels(&made.display), (50, 50), RED);
        }
        let made = process(jpeg(&[100].repeat(1_500), ColorType::Luma, progressive, SamplingFactor::R_4_4_4)).await.unwrap();
        assert_colour(&pixels(&made.display), (50, 50), Rgb([100; 3]));
    }
}

#[tokio::test]
async fn a_spooled_file_is_read_by_its_content_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.jpg");
    std::fs::write(&path, include_bytes!("fixtures/lossy.webp")).unwrap();
    let made = pipeline().process(ImageInput::File(path)).await.unwrap();
    assert_colour(&pixels(&made.display), (20, 50), RED);
}

#[tokio::test]
async fn one_component_per_scan_is_refused_rather_than_shown_in_wrong_colours() {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_optimized_huffman_tables(true);
    encoder.encode(&[220, 20, 20].repeat(3_072), 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
    assert!(matches!(process(bytes).await, Err(ImageError::Unreadable(_))));
}

#[tokio::test]
async fn renditions_for_people_are_optimised_and_the_engine_s_is_sequential() {
    let made = process(include_bytes!("fixtures/lossy.webp").as_slice()).await.unwrap();
    let has = |jpeg: &[u8], marker: u8| jpeg.windows(2).any(|pair| pair == [0xff, marker]);
    assert!(has(&made.display, 0xc2) && has(&made.thumbnail, 0xc2));
    assert!(has(&made.source, 0xc0) && !has(&made.source, 0xc2));
}
