//! Puts a garment on a person: `fit PERSON GARMENT OUT [tops|bottoms|dresses|outerwear]`.
#![expect(clippy::print_stdout, reason = "a command-line example")]

use std::error::Error;
use std::time::Instant;

use atelier_adapter_fitting::{Category, Control, Engine, FitError, Stage};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (person, garment, out, category) = match args.as_slice() {
        [person, garment, out] => (person, garment, out, "tops"),
        [person, garment, out, category] => (person, garment, out, category.as_str()),
        _ => return Err("usage: fit PERSON GARMENT OUT [tops|bottoms|dresses|outerwear]".into()),
    };
    let category = match category {
        "tops" => Category::Tops,
        "bottoms" => Category::Bottoms,
        "dresses" => Category::Dresses,
        "outerwear" => Category::Outerwear,
        other => return Err(format!("no such category: {other}").into()),
    };
    let person = image::open(person)?.to_rgb8();
    let garment = image::open(garment)?.to_rgb8();
    let began = Instant::now();
    let engine = Engine::load()?;
    println!("loaded in {:?}", began.elapsed());
    let began = Instant::now();
    match engine.fit(&person, &garment, category, &mut |_| Control::Continue) {
        Ok(fitted) => {
            println!("fitted in {:?}: {:?}", began.elapsed(), fitted.report);
            for (stage, took) in Stage::ALL.iter().zip(fitted.report.timings) {
                println!("  {stage:?} {took:?}");
            }
            println!("confidence {:.2}, warnings {:?}", fitted.confidence, fitted.warnings);
            fitted.image.save(out)?;
        }
        Err(FitError::Refused(refusal)) => println!("refused: {} — {refusal} {}", refusal.reason(), refusal.advice()),
        Err(other) => return Err(other.into()),
    }
    Ok(())
}
