//! Trying the local engine on files.

use std::path::{Path, PathBuf};

use atelier_adapter_fitting::{Category, Engine, FitError, NotServed, Stage};
use atelier_domain::wearit::wardrobe;
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};

use super::print;
use crate::product::{StartError, failed};

const PART: &str = "the try-on";

/// What to put on whom.
#[derive(Debug, Clone, clap::Args)]
pub struct FitCommand {
    /// The person's photo (JPEG, PNG or WebP)
    person: PathBuf,
    /// A garment's picture and its category: tops=FILE, bottoms=FILE, dresses=FILE or outerwear=FILE. Several are put on in this order, a
    /// top after trousers hangs over them
    #[arg(required = true, num_args = 1..=3, value_parser = worn)]
    garments: Vec<(Category, PathBuf)>,
    /// Where the result goes (JPEG or PNG)
    #[arg(long, default_value = "fitted.png")]
    out: PathBuf,
    /// Write a picture of what each stage found into this folder
    #[arg(long)]
    debug: Option<PathBuf>,
}

fn worn(text: &str) -> Result<(Category, PathBuf), String> {
    let (category, file) = text.split_once('=').ok_or("CATEGORY=FILE is wanted, e.g. tops=tee.jpg")?;
    let known: Result<wardrobe::Category, _> = category.parse();
    let category = known.ok().and_then(|category| Category::try_from(category).ok());
    let category = category.ok_or_else(|| format!("`{text}`: {NotServed}"))?;
    Ok((category, file.into()))
}

pub(super) async fn fit(command: FitCommand) -> Result<(), StartError> {
    tokio::task::spawn_blocking(move || fit_files(&command)).await.map_err(failed(PART))?
}

fn fit_files(command: &FitCommand) -> Result<(), StartError> {
    let person = open(&command.person)?;
    let garments = command.garments.iter().map(|(category, file)| Ok((*category, open(file)?))).collect::<Result<Vec<_>, StartError>>()?;
    let garments: Vec<_> = garments.iter().map(|(category, picture)| (*category, picture)).collect();
    if let Some(folder) = &command.debug {
        std::fs::create_dir_all(folder).map_err(failed(PART))?;
    }
    let engine = Engine::load().map_err(failed(PART))?;
    let mut written: Result<(), StartError> = Ok(());
    let mut shown = 0;
    let fitted = engine.fit_in_pictures(&person, &garments, &mut |stage, picture| {
        shown += 1;
        if let (Some(folder), Ok(())) = (&command.debug, &written) {
            written = save(&picture, &folder.join(format!("{shown:02}_{}.png", stage.code())));
        }
    });
    written?;
    match fitted {
        Ok(fitted) => {
            save(&fitted.image, &command.out)?;
            let warnings: Vec<&str> = fitted.warnings.iter().map(|warning| warning.code()).collect();
            print(&format!("{}  confidence {:.2}  {}", command.out.display(), fitted.confidence, warnings.join(" ")));
            for (stage, took) in Stage::ALL.iter().zip(fitted.report.timings) {
                print(&format!("  {} {} ms", stage.code(), took.as_millis()));
            }
            Ok(())
        }
        Err(FitError::Refused(refusal)) => Err(failed(PART)(format!("{}: {refusal} {}", refusal.reason(), refusal.advice()))),
        Err(error) => Err(failed(PART)(error)),
    }
}

/// The picture upright, whichever way the camera was held.
fn open(path: &Path) -> Result<RgbImage, StartError> {
    let read = || -> Result<RgbImage, image::ImageError> {
        let mut decoder = ImageReader::open(path)?.with_guessed_format()?.into_decoder()?;
        let orientation = decoder.orientation()?;
        let mut picture = DynamicImage::from_decoder(decoder)?;
        picture.apply_orientation(orientation);
        Ok(picture.into_rgb8())
    };
    read().map_err(|error| failed(PART)(format!("{}: {error}", path.display())))
}

fn save(picture: &RgbImage, path: &Path) -> Result<(), StartError> {
    picture.save(path).map_err(|error| failed(PART)(format!("{}: {error}", path.display())))
}
