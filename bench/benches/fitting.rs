//! The local try-on engine: how long the models take to load, how much memory they and one job take, and how long each
//! stage of a try-on takes, as medians. One core: `taskset -c 1 cargo bench -p atelier-bench --bench fitting`.
//! Goals: models in 0.5 s, a try-on in 0.8 s, 250 MiB.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement fails by panicking and prints its table")]

use std::path::Path;
use std::time::{Duration, Instant};

use atelier_adapter_fitting::{Category, Control, Engine, Stage};
use image::RgbImage;

/// Runs of each pair after one that is not counted.
const RUNS: usize = 9;
/// Times the models are loaded.
const LOADS: usize = 5;

const PAIRS: &[(&str, &str, Category)] = &[
    ("person_1.jpg", "g_tee", Category::Tops),
    ("person_3.jpg", "g_longsleeve", Category::Tops),
    ("person_4.jpg", "tee_white", Category::Tops),
    ("person_2.jpg", "g_jeans", Category::Bottoms),
    ("person_1.jpg", "skirt", Category::Bottoms),
    ("person_1.jpg", "dress_floral", Category::Dresses),
    ("person_2.jpg", "coat", Category::Outerwear),
];

fn picture(name: &str) -> RgbImage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(name);
    image::open(path).unwrap().to_rgb8()
}

/// A line of `/proc/self/status` in MiB.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|l| l.strip_prefix(line)).and_then(|l| l.split_whitespace().nth(1)?.parse::<u64>().ok());
    found.unwrap_or(0) / 1024
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let before = memory("VmRSS");
    let timed = || {
        let began = Instant::now();
        let engine = Engine::load().unwrap();
        (began.elapsed(), engine)
    };
    let (first, engine) = timed();
    println!("models: {} ms the first time, {} MiB resident before, {} MiB after", first.as_millis(), before, memory("VmRSS"));

    println!("| person | garment | {} | whole | ms at most |", Stage::ALL.map(Stage::code).join(" | "));
    println!("| --- | --- |{} --- | --- |", " --- |".repeat(Stage::ALL.len()));
    for (person, garment, category) in PAIRS {
        let (photo, flat) = (picture(person), picture(&format!("garments/{garment}.jpg")));
        let runs: Vec<[Duration; 5]> =
            (0..=RUNS).map(|_| engine.fit(&photo, &flat, *category, &mut |_| Control::Continue).unwrap().report.timings).skip(1).collect();
        let stages = (0..Stage::ALL.len()).map(|i| median(runs.iter().map(|t| t[i]).collect()).as_millis().to_string());
        let whole: Vec<Duration> = runs.iter().map(|t| t.iter().sum()).collect();
        let most = whole.iter().max().unwrap().as_millis();
        println!("| {person} | {garment} | {} | {} | {most} |", stages.collect::<Vec<_>>().join(" | "), median(whole).as_millis());
    }
    println!("resident with one job after the other: {} MiB, at most {} MiB", memory("VmRSS"), memory("VmHWM"));
    let loads = median((0..LOADS).map(|_| timed().0).collect());
    println!("models: {} ms, median of {LOADS} further times", loads.as_millis());
}
