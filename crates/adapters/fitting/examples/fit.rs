//! Puts a garment on a person: `fit PERSON GARMENT OUT`.
#![expect(clippy::print_stdout, reason = "a command-line example")]

use std::error::Error;
use std::time::Instant;

use atelier_adapter_fitting::{Category, Control, Engine, FitError};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [person, garment, out] = args.as_slice() else {
        return Err("usage: fit PERSON GARMENT OUT".into());
    };
    let person = image::open(person)?.to_rgb8();
    let garment = image::open(garment)?.to_rgb8();
    let began = Instant::now();
    let engine = Engine::load()?;
    println!("loaded in {:?}", began.elapsed());
    let began = Instant::now();
    match engine.fit(&person, &garment, Category::Tops, &mut |_| Control::Continue) {
        Ok(fitted) => {
            println!("fitted in {:?}: {:?}", began.elapsed(), fitted.report);
            println!("confidence {:.2}, warnings {:?}", fitted.confidence, fitted.warnings);
            fitted.image.save(out)?;
        }
        Err(FitError::Refused(refusal)) => println!("refused: {} — {refusal} {}", refusal.reason(), refusal.advice()),
        Err(other) => return Err(other.into()),
    }
    Ok(())
}
