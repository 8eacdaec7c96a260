//! Writes `docs/gallery`: every person of `samples/` in every garment, as before | garment | after, and why not where
//! the engine refuses. `gallery [FOLDER [FILTER [EXTENSION]]]`; only pairs whose name holds FILTER are made.
#![expect(clippy::print_stdout, reason = "a command-line example")]

use std::error::Error;
use std::fmt::Write;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use atelier_adapter_fitting::{Category, Control, Engine, FitError, Fitted, Stage};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

/// Rows of a picture of the gallery.
const HEIGHT: u32 = 400;
/// Of the JPEG files.
const QUALITY: u8 = 82;

const PEOPLE: &[&str] = &["person_1.jpg", "person_2.jpg", "person_3.jpg", "person_4.jpg", "fashn_model.png", "astronaut.png"];

const GARMENTS: &[(Category, &[&str])] = &[
    (
        Category::Tops,
        &[
            "g_tee",
            "g_longsleeve",
            "tee_plaid",
            "tee_floral",
            "tee_black",
            "tee_white",
            "tee_rotated",
            "tee_on_wood",
            "vneck",
            "tank_top",
            "camisole",
            "shirt_blue",
            "longsleeve_dark",
            "sweater_grey",
        ],
    ),
    (Category::Bottoms, &["g_jeans", "trousers_check", "shorts", "skirt"]),
    (Category::Dresses, &["g_dress", "dress_plain", "dress_floral"]),
    (Category::Outerwear, &["g_jacket", "coat"]),
];

/// Some garments sent in under a category they are not of.
const MISTAKEN: &[(Category, &str)] =
    &[(Category::Tops, "g_jeans"), (Category::Bottoms, "g_tee"), (Category::Dresses, "skirt"), (Category::Outerwear, "shorts")];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let folder = args.first().map_or_else(|| root.join("docs/gallery"), PathBuf::from);
    let filter = args.get(1).map_or("", String::as_str);
    let extension = args.get(2).map_or("jpg", String::as_str);
    std::fs::create_dir_all(&folder)?;

    let began = Instant::now();
    let engine = Engine::load()?;
    println!("loaded in {:?}", began.elapsed());
    let mut gallery = Gallery { engine, samples: root.join("samples"), folder, extension: extension.to_owned(), took: Vec::new() };
    let mut page = String::from(HEAD);
    for (category, garments) in GARMENTS {
        writeln!(page, "\n## {}\n", title(*category))?;
        for garment in *garments {
            for person in PEOPLE {
                if format!("{person}_{garment}").contains(filter) {
                    page.push_str(&gallery.pair(person, garment, *category)?);
                }
            }
        }
    }
    page.push_str("\n## Garments sent in as what they are not\n\n");
    for (category, garment) in MISTAKEN.iter().filter(|_| filter.is_empty()) {
        page.push_str(&gallery.pair("person_1.jpg", garment, *category)?);
    }
    if filter.is_empty() {
        std::fs::write(gallery.folder.join("index.md"), page)?;
    }
    gallery.tell_times();
    Ok(())
}

const HEAD: &str = "# Gallery of the local try-on engine

Written by `make gallery`. Each picture shows the photo, the garment and what the engine made of them; where it refuses,
the reason and the advice that a user gets. People and garments are those of [`samples/`](../../samples/README.md), with
their licences: our own renderings and drawings (CC0 1.0), the seated man (Apache-2.0), the astronaut (public domain).
How to take photos the engine does well with is told in [taking photos](../guides/taking-photos.md).
";

const fn title(category: Category) -> &'static str {
    match category {
        Category::Bottoms => "Bottoms",
        Category::Dresses => "Dresses",
        Category::Outerwear => "Outerwear",
        _ => "Tops",
    }
}

struct Gallery {
    engine: Engine,
    samples: PathBuf,
    folder: PathBuf,
    extension: String,
    took: Vec<(Category, [Duration; 5])>,
}

impl Gallery {
    /// Makes one pair and says what belongs on the page.
    fn pair(&mut self, person: &str, garment: &str, category: Category) -> Result<String, Box<dyn Error>> {
        let name = format!("{}_{garment}", stem(person));
        let photo = open(&self.samples.join(person))?;
        let flat = open(&self.samples.join(format!("garments/{garment}.jpg")))?;
        match self.engine.fit(&photo, &flat, category, &mut |_| Control::Continue) {
            Ok(fitted) => {
                let report = &fitted.report;
                let whole: Duration = report.timings.iter().sum();
                println!("{name}: {whole:.0?}, confidence {:.2}, {:?}, hem {:.2}", fitted.confidence, fitted.warnings, report.hem);
                self.took.push((category, report.timings));
                let file = format!("{name}.{}", self.extension);
                save(&sheet(&photo, &flat, &fitted, &self.extension), &self.folder.join(&file))?;
                let warnings: Vec<String> = fitted.warnings.iter().map(|w| format!("`{}`", w.code())).collect();
                let told = if warnings.is_empty() { String::new() } else { format!(", {}", warnings.join(", ")) };
                Ok(format!(
                    "![{} in {garment}]({file})\n\n{} in {garment}: confidence {:.2}{told}\n\n",
                    stem(person),
                    stem(person),
                    fitted.confidence
                ))
            }
            Err(FitError::Refused(refusal)) => {
                println!("{name}: refused, {}", refusal.reason());
                Ok(format!(
                    "{} in {garment}, as {}: refused, `{}`. {} {}\n\n",
                    stem(person),
                    title(category).to_lowercase(),
                    refusal.reason(),
                    refusal.message(),
                    refusal.advice()
                ))
            }
            Err(other) => Err(other.into()),
        }
    }

    fn tell_times(&self) {
        for (category, _) in GARMENTS {
            let mut of: Vec<_> = self.took.iter().filter(|(c, _)| c == category).map(|(_, t)| *t).collect();
            if of.is_empty() {
                continue;
            }
            of.sort_by_key(|t| t.iter().sum::<Duration>());
            let middle = of[of.len() / 2];
            let stages: Vec<String> = Stage::ALL.iter().zip(middle).map(|(s, t)| format!("{s:?} {} ms", t.as_millis())).collect();
            println!("{}: median {} ms ({})", title(*category), middle.iter().sum::<Duration>().as_millis(), stages.join(", "));
        }
    }
}

fn stem(file: &str) -> &str {
    file.split('.').next().unwrap_or(file)
}

fn open(path: &Path) -> Result<RgbImage, Box<dyn Error>> {
    Ok(image::open(path).map_err(|e| format!("{}: {e}", path.display()))?.to_rgb8())
}

/// Before | garment | after. As PNG, for looking closely, the result keeps its size.
fn sheet(photo: &RgbImage, garment: &RgbImage, fitted: &Fitted, extension: &str) -> RgbImage {
    let height = if extension == "png" { fitted.image.height() } else { HEIGHT };
    let scaled = |picture: &RgbImage, rows: u32| {
        let width = (f64::from(picture.width()) * f64::from(rows) / f64::from(picture.height())).round() as u32;
        imageops::resize(picture, width.max(1), rows, FilterType::CatmullRom)
    };
    let (before, after) = (scaled(photo, height), scaled(&fitted.image, height));
    let between = scaled(garment, height / 2);
    let mut sheet = RgbImage::from_pixel(before.width() + between.width() + after.width(), height, Rgb([255, 255, 255]));
    imageops::replace(&mut sheet, &before, 0, 0);
    imageops::replace(&mut sheet, &between, i64::from(before.width()), i64::from(height / 4));
    imageops::replace(&mut sheet, &after, i64::from(before.width() + between.width()), 0);
    sheet
}

fn save(sheet: &RgbImage, path: &Path) -> Result<(), Box<dyn Error>> {
    if path.extension().is_some_and(|e| e == "jpg") {
        let file = BufWriter::new(File::create(path)?);
        sheet.write_with_encoder(JpegEncoder::new_with_quality(file, QUALITY))?;
    } else {
        sheet.save(path)?;
    }
    Ok(())
}
