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
            "top_lace",
            "tee_black_on_black",
        ],
    ),
    (Category::Bottoms, &["g_jeans", "trousers_check", "shorts", "skirt"]),
    (Category::Dresses, &["g_dress", "dress_plain", "dress_floral"]),
    (Category::Outerwear, &["g_jacket", "coat"]),
];

/// Some garments sent in under a category they are not of.
const MISTAKEN: &[(Category, &str)] =
    &[(Category::Tops, "g_jeans"), (Category::Bottoms, "g_tee"), (Category::Dresses, "skirt"), (Category::Outerwear, "shorts")];

/// Two garments in one look, in the order they are put on.
const LOOKS: &[(&str, [(Category, &str); 2])] = &[
    ("person_2.jpg", [(Category::Bottoms, "trousers_check"), (Category::Tops, "longsleeve_plain")]),
    ("person_2.jpg", [(Category::Tops, "longsleeve_plain"), (Category::Bottoms, "trousers_check")]),
    ("person_1.jpg", [(Category::Tops, "tee_black"), (Category::Bottoms, "skirt")]),
    ("person_4.jpg", [(Category::Dresses, "dress_plain"), (Category::Outerwear, "coat")]),
];

/// What came out worse than the rest, and why; told beside the picture. People, garments as worn, reason.
const WEAK: &[(&[&str], &[&str], &str)] = &[
    (&["fashn_model"], LONG_SLEEVED, "the inside of a bent arm shows beside the sleeve"),
    (&["fashn_model"], SLEEVELESS, "a tip of the old sleeve stays at an upper arm, skin that was in sleeves is painted, and smooth"),
    (EVERYBODY, &["tee_white"], "white cloth on a white ground: its outline is only roughly found"),
    (EVERYBODY, &["g_jacket"], "the lining between the lapels belongs to the cut-out and hides what is worn below it"),
    (&["person_1", "person_2", "person_4"], SLEEVELESS, "shoulders and upper arms that were in sleeves are painted, and smooth"),
    (&["person_3"], SLEEVELESS, "arms that were in sleeves are painted, the bricks beside them continued and blurred"),
    (&["person_3"], LOW_NECKED, "dark tips of the old collar stay beside the neck"),
    (
        &["person_1", "person_2", "person_3"],
        &["shorts", "dress_floral", "g_dress", "dress_plain"],
        "legs that were in jeans are painted, and smooth",
    ),
    (&["person_4"], &["camisole", "tee_white", "top_lace", "dress_floral"], "the stripes of the old shirt are taken for light, faintly"),
    (&["person_4"], &["dress_plain"], "a trace of the old skirt's hem below the new one"),
    (&["person_2", "person_3"], &["skirt"], "the waist stands out a little at the sides of the top"),
    (&["person_2"], &["longsleeve_plain, then trousers_check"], "the hips stand out above the crotch"),
];
const EVERYBODY: &[&str] = &["person_1", "person_2", "person_3", "person_4", "fashn_model"];
const SLEEVELESS: &[&str] = &["tank_top", "camisole", "g_dress", "dress_plain"];
const LONG_SLEEVED: &[&str] = &["g_longsleeve", "longsleeve_dark", "shirt_blue", "sweater_grey", "coat", "g_jacket"];
const LOW_NECKED: &[&str] = &["tank_top", "camisole", "vneck", "top_lace", "g_dress", "dress_plain", "dress_floral", "tee_black_on_black"];

/// Every reason for which a picture is weak.
fn weaknesses(person: &str, worn: &str) -> Vec<&'static str> {
    WEAK.iter().filter(|(people, garments, _)| people.contains(&person) && garments.contains(&worn)).map(|(.., why)| *why).collect()
}

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
                if format!("{}_{garment}", stem(person)).contains(filter) {
                    page.push_str(&gallery.look(person, &[(*category, *garment)])?);
                }
            }
        }
    }
    page.push_str("\n## Two garments\n\nWhat is put on later goes over what is put on before: a top after trousers hangs over them.\n\n");
    for (person, garments) in LOOKS.iter().filter(|(person, g)| format!("{}_{}_{}", stem(person), g[0].1, g[1].1).contains(filter)) {
        page.push_str(&gallery.look(person, garments)?);
    }
    page.push_str("\n## Garments sent in as what they are not\n\n");
    for (category, garment) in MISTAKEN.iter().filter(|_| filter.is_empty()) {
        page.push_str(&gallery.look("person_1.jpg", &[(*category, *garment)])?);
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
    /// Makes one picture and says what belongs on the page.
    fn look(&mut self, person: &str, garments: &[(Category, &str)]) -> Result<String, Box<dyn Error>> {
        let person_name = stem(person);
        let worn: Vec<&str> = garments.iter().map(|(_, garment)| *garment).collect();
        let name = format!("{person_name}_{}", worn.join("_"));
        let worn = worn.join(", then ");
        let photo = open(&self.samples.join(person))?;
        let flat: Vec<RgbImage> =
            garments.iter().map(|(_, g)| open(&self.samples.join(format!("garments/{g}.jpg")))).collect::<Result<_, _>>()?;
        let look: Vec<_> = garments.iter().zip(&flat).map(|((category, _), picture)| (*category, picture)).collect();
        match self.engine.fit_look(&photo, &look, &mut |_| Control::Continue) {
            Ok(fitted) => {
                let report = &fitted.report;
                let whole: Duration = report.timings.iter().sum();
                println!("{name}: {whole:.0?}, confidence {:.2}, {:?}, hem {:.2}", fitted.confidence, fitted.warnings, report.hem);
                if let [(category, _)] = garments {
                    self.took.push((*category, report.timings));
                }
                let file = format!("{name}.{}", self.extension);
                save(&sheet(&photo, &flat, &fitted, &self.extension), &self.folder.join(&file))?;
                let mut told =
                    format!("![{person_name} in {worn}]({file})\n\n{person_name} in {worn}: confidence {:.2}", fitted.confidence);
                for warning in &fitted.warnings {
                    write!(told, ", `{}`", warning.code())?;
                }
                let weak = weaknesses(person_name, &worn);
                if !weak.is_empty() {
                    write!(told, ". Weak: {}", weak.join("; "))?;
                }
                Ok(told + "\n\n")
            }
            Err(FitError::Refused(refusal)) => {
                println!("{name}: refused, {}", refusal.reason());
                let category = garments.first().map_or("", |(category, _)| title(*category)).to_lowercase();
                Ok(format!(
                    "{person_name} in {worn}, as {category}: refused, `{}`. {} {}\n\n",
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
            let stages: Vec<String> = Stage::ALL.iter().zip(middle).map(|(s, t)| format!("{} {} ms", s.code(), t.as_millis())).collect();
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

/// Before | garments | after. As PNG, for looking closely, the result keeps its size.
fn sheet(photo: &RgbImage, garments: &[RgbImage], fitted: &Fitted, extension: &str) -> RgbImage {
    let height = if extension == "png" { fitted.image.height() } else { HEIGHT };
    let scaled = |picture: &RgbImage, rows: u32| {
        let width = (f64::from(picture.width()) * f64::from(rows) / f64::from(picture.height())).round() as u32;
        imageops::resize(picture, width.max(1), rows, FilterType::CatmullRom)
    };
    let (before, after) = (scaled(photo, height), scaled(&fitted.image, height));
    let between: Vec<RgbImage> = garments.iter().map(|g| scaled(g, height / 2)).collect();
    let wide = between.iter().map(RgbImage::width).max().unwrap_or(0);
    let mut sheet = RgbImage::from_pixel(before.width() + wide + after.width(), height, Rgb([255, 255, 255]));
    imageops::replace(&mut sheet, &before, 0, 0);
    let top = if between.len() > 1 { 0 } else { height / 4 };
    for (n, garment) in between.iter().enumerate() {
        imageops::replace(&mut sheet, garment, i64::from(before.width()), i64::from(top + n as u32 * (height / 2)));
    }
    imageops::replace(&mut sheet, &after, i64::from(before.width() + wide), 0);
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
