use atelier_domain::kernel::{ImageError, ImageInput, ImageProcessor};
use bytes::Bytes;
use image::{ExtendedColorType, ImageEncoder};
use proptest::prelude::*;

use crate::{RED, jpeg, pipeline, png, process, stripes};

fn small(format: &str) -> Vec<u8> {
    let picture = stripes(60, 40, &[(60, RED)]);
    match format {
        "jpeg" => jpeg(&picture),
        "png" => png(picture.as_raw(), 60, 40, ExtendedColorType::Rgb8),
        _ => {
            let mut bytes = Vec::new();
            image::codecs::webp::WebPEncoder::new_lossless(&mut bytes)
                .write_image(picture.as_raw(), 60, 40, ExtendedColorType::Rgb8)
                .unwrap();
            bytes
        }
    }
}

/// The beginning of a PNG of any size: its header and the first bytes of its pixels.
fn png_header(width: u32, height: u32, depth: u8, colours: u8) -> Vec<u8> {
    let chunk = |kind: &[u8], body: &[u8]| {
        let content = [kind, body].concat();
        // CRC-32 as in ISO 3309, bit by bit.
        let crc = !content.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        });
        [&u32::try_from(body.len()).unwrap().to_be_bytes(), content.as_slice(), &crc.to_be_bytes()].concat()
    };
    let header = [&width.to_be_bytes(), &height.to_be_bytes(), [depth, colours, 0, 0, 0].as_slice()].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &[0x78, 0x9c, 0, 0, 0, 0])].concat()
}

/// A small JPEG whose frame header claims another size.
fn jpeg_claiming(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = small("jpeg");
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

#[tokio::test]
async fn what_is_no_picture_is_unsupported() {
    for bytes in [
        b"".as_slice(),
        b"\xff",
        b"\xff\xd8",
        b"GIF89a\x01\0\x01\0",
        b"%PDF-1.7",
        b"<svg/>",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypheic",
        &[0; 1_000],
    ] {
        let answer = process(Bytes::copy_from_slice(bytes)).await;
        assert!(matches!(answer, Err(ImageError::UnsupportedFormat)), "{bytes:?}");
    }
}

#[tokio::test]
async fn the_header_of_a_picture_before_something_else_is_unreadable() {
    let headers: [&[u8]; 5] =
        [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x10JFIF\0", b"\x89PNG\r\n\x1a\n", b"RIFF\x20\0\0\0WEBPVP8 ", b"RIFF\x20\0\0\0WEBPVP8X"];
    for header in headers {
        for rest in [b"".as_slice(), b"<script>alert(1)</script>", &[0xff; 3_000], &[0; 3_000]] {
            let answer = process([header, rest].concat()).await;
            assert!(matches!(answer, Err(ImageError::Unreadable(_))), "{header:?} {}", rest.len());
        }
    }
}

#[tokio::test]
async fn a_picture_cut_off_anywhere_is_unreadable() {
    let noise = image::RgbImage::from_fn(90, 70, |x, y| image::Rgb([(x * y) as u8, (x ^ y) as u8, (x * 7 + y * 13) as u8]));
    let mut webp = Vec::new();
    image::codecs::webp::WebPEncoder::new_lossless(&mut webp).write_image(noise.as_raw(), 90, 70, ExtendedColorType::Rgb8).unwrap();
    for whole in [jpeg(&noise), png(noise.as_raw(), 90, 70, ExtendedColorType::Rgb8), webp] {
        assert!(process(whole.clone()).await.is_ok());
        for percent in [20, 50, 80, 95] {
            let cut = Bytes::copy_from_slice(&whole[..whole.len() * percent / 100]);
            let answer = process(cut).await;
            assert!(matches!(answer, Err(ImageError::Unreadable(_))), "{percent} % of {:?}", &whole[..4]);
        }
    }
}

#[tokio::test]
async fn bombs_are_refused_before_anything_is_decoded() {
    let mut webp = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0".to_vec();
    webp.extend([0xfe, 0x3f, 0, 0xfe, 0x3f, 0]);
    for bomb in
        [png_header(30_000, 30_000, 8, 2), jpeg_claiming(30_000, 30_000), png_header(40_000, 1_001, 8, 0), jpeg_claiming(65_535, 65_535)]
    {
        let pipeline = pipeline();
        let answer = pipeline.process(ImageInput::Bytes(bomb.into())).await;
        assert!(matches!(answer, Err(ImageError::TooManyPixels { width: 30_000.., .. })), "{:?}", answer.err());
        assert_eq!(pipeline.peak_reserved_mb(), 0);
    }
    assert!(process(webp).await.is_err());
}

#[tokio::test]
async fn decoded_bytes_count_as_well_as_pixels() {
    // 40 megapixels: 120 MB as RGB, 160 as RGBA, 240 and 320 with 16 bits.
    let pixels = |depth, colours| process(png_header(8_000, 5_000, depth, colours));
    for (depth, colours) in [(16, 2), (16, 6)] {
        assert!(
            matches!(pixels(depth, colours).await, Err(ImageError::TooManyPixels { width: 8_000, height: 5_000 })),
            "{depth} {colours}"
        );
    }
    // These pass the check, and then turn out to have no pixels.
    for (depth, colours) in [(8, 0), (8, 2), (8, 6)] {
        assert!(matches!(pixels(depth, colours).await, Err(ImageError::Unreadable(_))), "{depth} {colours}");
    }
    assert!(matches!(process(png_header(100_000, 100, 8, 2)).await, Err(ImageError::TooManyPixels { .. })), "one side beyond JPEG");
}

#[tokio::test]
async fn more_than_ten_mebibytes_are_refused() {
    let limit = 10 * 1_024 * 1_024;
    let mut bytes = small("jpeg");
    bytes.resize(limit, 0);
    assert!(process(bytes.clone()).await.is_ok(), "what stands behind the picture does not matter");
    bytes.push(0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    std::fs::write(&path, &bytes).unwrap();
    for input in [ImageInput::Bytes(bytes.into()), ImageInput::File(path)] {
        let answer = pipeline().process(input).await;
        assert!(matches!(answer, Err(ImageError::TooManyBytes { limit_bytes }) if limit_bytes == limit as u64));
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_our_failure() {
    let answer = pipeline().process(ImageInput::File("/nowhere/upload".into())).await;
    assert!(matches!(answer, Err(ImageError::Failed(_))));
}

#[tokio::test]
async fn a_second_frame_header_cannot_promise_another_size() {
    let bytes = small("jpeg");
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let header = bytes[frame..frame + 19].to_vec();
    for (width, height) in [(60_000_u16, 60_000_u16), (61, 40), (8, 8)] {
        let mut other = header.clone();
        other[5..7].copy_from_slice(&height.to_be_bytes());
        other[7..9].copy_from_slice(&width.to_be_bytes());
        for place in [frame, frame + 19] {
            let mut twice = bytes.clone();
            twice.splice(place..place, other.iter().copied());
            let answer = process(twice).await;
            assert!(
                !matches!(answer, Err(ImageError::Failed(_) | ImageError::UnsupportedFormat)),
                "{width}×{height} at {place}: {:?}",
                answer.err()
            );
        }
    }
}

/// Processes bytes; the pipeline may refuse them, a decoder must not panic over them.
fn survives(bytes: Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    match runtime.block_on(process(bytes)) {
        Ok(made) => assert!(made.width <= 800 && made.height <= 800),
        Err(ImageError::Unreadable(source)) => assert!(!source.is::<tokio::task::JoinError>(), "{source}"),
        Err(ImageError::UnsupportedFormat | ImageError::TooManyPixels { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_never_panic(magic in 0_usize..5, rest in proptest::collection::vec(any::<u8>(), 0..500)) {
        let start: [&[u8]; 5] = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8L", b"RIFF\0\0\0\0WEBPVP8X"];
        survives([start[magic], &rest].concat());
    }

    #[test]
    fn damaged_pictures_never_panic(format in 0_usize..3, damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = small(["jpeg", "png", "webp"][format]);
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        survives(bytes);
    }
}
