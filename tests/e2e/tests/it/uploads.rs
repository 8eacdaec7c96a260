//! What people upload: every file of `tests/corpus` becomes the right picture or the right refusal, and many large ones at once fit into
//! the memory that was promised.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use image::{ImageFormat, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder};
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::process::{Api, root};

/// Most resident memory with [`AT_ONCE`] uploads under way, in megabytes of 10⁶ bytes.
const MOST_RESIDENT_MB: u64 = 400;
const AT_ONCE: usize = 32;
const RED: Rgb<u8> = Rgb([220, 20, 20]);
const GREEN: Rgb<u8> = Rgb([20, 200, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 220]);
const YELLOW: Rgb<u8> = Rgb([220, 220, 20]);

/// A file and what has to become of it.
struct Upload {
    name: String,
    content_type: String,
    expected: String,
    content: Vec<u8>,
}

fn corpus() -> Vec<Upload> {
    let folder = root().join("tests/corpus");
    let list = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let line = |line: &str| {
        let [name, content_type, expected] = line.split('\t').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
        let content = std::fs::read(folder.join("uploads").join(&name)).unwrap();
        Upload { name, content_type, expected, content }
    };
    list.lines().filter(|line| !line.starts_with('#')).map(line).collect()
}

async fn send(api: &Api, upload: &Upload) -> (StatusCode, Value) {
    let part = Part::bytes(upload.content.clone()).file_name(upload.name.clone()).mime_str(&upload.content_type).unwrap();
    let form = Form::new().part("image", part).text("name", "Top").text("category", "tops");
    let request = api.client.post(format!("{}/api/v1/clothing", api.base)).bearer_auth(&api.token).multipart(form);
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or(json!({"no JSON": text})))
}

fn is_near(pixel: Rgb<u8>, expected: Rgb<u8>, tolerance: u8) -> bool {
    pixel.0.iter().zip(expected.0).all(|(a, b)| a.abs_diff(b) <= tolerance)
}

/// Whether the four quarters are upright and in their colours, or in the greys of these.
fn shows_the_quarters(picture: &RgbImage, is_grey: bool) -> bool {
    let quarters = [((25, 25), RED), ((75, 25), GREEN), ((25, 75), BLUE), ((75, 75), YELLOW)];
    quarters.into_iter().all(|((x, y), colour)| {
        let pixel = *picture.get_pixel(picture.width() * x / 100, picture.height() * y / 100);
        let luma = (299 * u32::from(colour[0]) + 587 * u32::from(colour[1]) + 114 * u32::from(colour[2])) / 1_000;
        if is_grey { is_near(pixel, Rgb([u8::try_from(luma).unwrap(); 3]), 12) } else { is_near(pixel, colour, 40) }
    })
}

/// What is wrong with the answer, if anything is.
async fn fault(api: &Api, upload: &Upload) -> Option<String> {
    let (status, body) = send(api, upload).await;
    let refused = |wanted: u16, word: &str| {
        let told = body["error"]["message"].as_str().unwrap_or_default();
        let fields = body["error"]["details"]["fields"].to_string();
        (status.as_u16() == wanted && (told.contains(word) || fields.contains(word))).then_some(())
    };
    let right = match upload.expected.as_str() {
        "unsupported" => refused(415, "JPEG, PNG or WebP"),
        "unreadable" => refused(400, "damaged or incomplete"),
        "too large" => refused(400, "megapixels"),
        made => {
            let (kind, size) = made.split_once(' ').unwrap();
            match body["data"]["clothing"]["image_url"].as_str() {
                Some(url) if status == StatusCode::CREATED => {
                    let bytes = api.picture(url).await;
                    let picture = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).unwrap().into_rgb8();
                    let is_bare = !bytes.windows(6).any(|window| window == b"Exif\0\0" || window == b"ICC_PR");
                    let shows = kind == "any" || picture.height() < 8 || shows_the_quarters(&picture, kind == "grey");
                    (is_bare && shows && format!("{}x{}", picture.width(), picture.height()) == size).then_some(())
                }
                _ => None,
            }
        }
    };
    right.is_none().then(|| format!("{}: wanted {}, got {status} {body}", upload.name, upload.expected))
}

/// The highest resident memory so far, in megabytes of 10⁶ bytes.
fn peak_mb(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1_024 / 1_000_000
}

/// Pictures as large as they may be: each takes 120 MB of pixels.
fn large() -> [(&'static str, Vec<u8>); 3] {
    let (width, height) = (7_600_u16, 5_200_u16);
    let pixels: Vec<u8> =
        (0..u32::from(height)).flat_map(|y| (0..u32::from(width)).flat_map(move |x| [(x / 32) as u8, (y / 24) as u8, 90])).collect();
    let jpeg = |progressive| {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 70);
        encoder.set_progressive(progressive);
        encoder.encode(&pixels, width, height, ColorType::Rgb).unwrap();
        bytes
    };
    let mut png = std::io::Cursor::new(Vec::new());
    image::write_buffer_with_format(&mut png, &pixels, width.into(), height.into(), image::ColorType::Rgb8, ImageFormat::Png).unwrap();
    [("large.jpg", jpeg(false)), ("large_progressive.jpg", jpeg(true)), ("large.png", png.into_inner())]
}

#[tokio::test]
async fn every_file_of_the_corpus_becomes_the_right_picture_or_the_right_refusal() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("user@example.com").await;
    let corpus = corpus();
    assert!(corpus.len() >= 100, "{} files", corpus.len());
    let mut faults = Vec::new();
    for upload in &corpus {
        faults.extend(fault(&api, upload).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(!api.process.log().contains("panicked"), "{}", api.process.log());
}

#[tokio::test]
async fn thirty_two_large_pictures_and_bombs_at_once_stay_under_the_promised_memory() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("user@example.com").await;
    let bombs = corpus().into_iter().filter(|upload| upload.expected == "too large" || upload.name.contains("bomb"));
    let large = large().map(|(name, content)| Upload {
        name: name.to_owned(),
        content_type: "image/jpeg".to_owned(),
        expected: "picture".to_owned(),
        content,
    });
    let bombs: Vec<_> = bombs.collect();
    // Each bomb once, large pictures for the rest.
    let answers = join_all(bombs.iter().chain(large.iter().cycle()).take(AT_ONCE).map(|upload| async {
        // A service that is asked for too much at once says when to come again.
        loop {
            let (status, _) = send(&api, upload).await;
            if status != StatusCode::SERVICE_UNAVAILABLE {
                return (upload.name.clone(), status.as_u16());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }))
    .await;
    let peak = peak_mb(api.process.id());
    let mut counted: BTreeMap<(String, u16), usize> = BTreeMap::new();
    for answer in answers {
        *counted.entry(answer).or_default() += 1;
    }
    assert!(counted.keys().all(|(_, status)| *status < 500), "{counted:?}");
    for name in ["large.jpg", "large_progressive.jpg", "large.png"] {
        assert!(counted.keys().any(|(file, status)| file == name && *status == 201), "{counted:?}");
    }
    assert!(peak < MOST_RESIDENT_MB, "{peak} MB with {counted:?}\n{}", api.process.log());
}
