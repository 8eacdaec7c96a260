use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

use crate::{BLUE, GREEN, RED, WHITE, assert_colour, pixels, process};

/// Text that must not come out again.
const SECRET: &[u8] = b"48.8584N 2.2945E";

/// EXIF data by hand (little-endian TIFF): the orientation, and a directory of GPS data with the secret in it.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend([1, 0, 0x1c, 0, 2, 0, SECRET.len() as u8, 0, 0, 0, 56, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(SECRET);
    tiff
}

/// Red, green, blue, white in the corners, in reading order; wider than high.
fn corners() -> RgbImage {
    RgbImage::from_fn(320, 200, |x, y| match (x < 160, y < 100) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    })
}

fn jpeg_with(segments: &[(u8, Vec<u8>)], picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    for (number, segment) in segments {
        encoder.add_app_segment(*number, segment.clone()).unwrap();
    }
    let (width, height) = (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap());
    encoder.encode(picture.as_raw(), width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

fn app1(exif: &[u8]) -> (u8, Vec<u8>) {
    (1, [b"Exif\0\0", exif].concat())
}

fn assert_corners(rendition: &[u8], expected: [Rgb<u8>; 4]) {
    let picture = pixels(rendition);
    for (place, colour) in [(20, 20), (80, 20), (20, 80), (80, 80)].into_iter().zip(expected) {
        assert_colour(&picture, place, colour);
    }
}

#[tokio::test]
async fn every_exif_orientation_comes_out_upright() {
    let upright = [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ];
    // Small enough to be kept, large enough to be scaled and to be decoded smaller, and too thin to be scaled before it is cut.
    for scale in [1, 11] {
        let picture = image::imageops::resize(&corners(), 320 * scale, 200 * scale, image::imageops::FilterType::Nearest);
        for (orientation, expected) in upright {
            let made = process(jpeg_with(&[app1(&exif(orientation))], &picture)).await.unwrap();
            let fitted = if scale == 1 { (320, 200) } else { (800, 500) };
            let size = if orientation < 5 { fitted } else { (fitted.1, fitted.0) };
            assert_eq!((made.width, made.height), size, "orientation {orientation}");
            for rendition in [&made.display, &made.source, &made.thumbnail] {
                assert_corners(rendition, expected);
            }
        }
    }
    let thin = image::imageops::resize(&corners(), 4_000, 240, image::imageops::FilterType::Nearest);
    for (orientation, expected) in upright {
        let made = process(jpeg_with(&[app1(&exif(orientation))], &thin)).await.unwrap();
        assert_corners(&made.thumbnail, expected);
        assert_eq!(made.width > made.height, orientation < 5);
    }
}

#[tokio::test]
async fn an_impossible_orientation_is_ignored() {
    for exif in [exif(0), exif(9), exif(6)[..12].to_vec(), Vec::new()] {
        let made = process(jpeg_with(&[app1(&exif)], &corners())).await.unwrap();
        assert_corners(&made.display, [RED, GREEN, BLUE, WHITE]);
    }
}

#[tokio::test]
async fn png_and_webp_are_turned_upright_too() {
    let (picture, mut png, mut webp) = (corners(), Vec::new(), Vec::new());
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif(6)).unwrap();
    encoder.write_image(picture.as_raw(), 320, 200, ExtendedColorType::Rgb8).unwrap();
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(exif(6)).unwrap();
    encoder.write_image(picture.as_raw(), 320, 200, ExtendedColorType::Rgb8).unwrap();
    for bytes in [png, webp] {
        assert!(contains(&bytes, SECRET));
        let made = process(bytes).await.unwrap();
        assert_corners(&made.display, [BLUE, RED, WHITE, GREEN]);
        assert!(![&made.display, &made.source, &made.thumbnail].into_iter().any(|rendition| contains(rendition, SECRET)));
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[tokio::test]
async fn no_metadata_come_out() {
    let segments = [
        app1(&exif(1)),
        (1, [b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>".as_slice(), SECRET].concat()),
        (2, [b"ICC_PROFILE\0\x01\x01".as_slice(), SECRET].concat()),
        (13, [b"Photoshop 3.0\0".as_slice(), SECRET].concat()),
    ];
    let bytes = jpeg_with(&segments, &corners());
    assert!(contains(&bytes, SECRET) && contains(&bytes, b"Exif"));
    let made = process(bytes).await.unwrap();
    for rendition in [&made.display, &made.source, &made.thumbnail] {
        assert!(!contains(rendition, SECRET));
        let markers = segments_before_scan(rendition);
        assert!(
            markers.iter().all(|marker| [0xe0, 0xdb, 0xc0, 0xc2].contains(marker)),
            "more than JFIF, tables and the frame: {markers:x?}"
        );
    }
}

/// The markers of a JPEG up to its first scan, code tables left out.
fn segments_before_scan(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut markers) = (2, Vec::new());
    while jpeg[at + 1] != 0xda {
        assert_eq!(jpeg[at], 0xff);
        markers.push(jpeg[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    markers.retain(|marker| *marker != 0xc4);
    markers
}
