//! Image intake of 12-megapixel pictures to three renditions beside sharp and Pillow (`bench/peer-images`), in one run.
//!
//! Each side is a process of its own on one core and counts the time of an intake itself, so that no start is in it. They take turns,
//! beginning with another one in every round; what else the machine does is seen in the milliseconds, hardly in those of the processor.
//! Before, each side warms up, and its renditions are looked at: the same sizes, the same pictures.
//! Needs Node, npm, Python 3 with `venv`, and `taskset`; with the feature `simd-jpeg` also cmake and nasm.
//!
//! environment: ROUNDS (21), CORE (0), SIDES (atelier sharp-file sharp-cascade pillow)
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails")]
#![expect(clippy::print_stdout, reason = "a measurement's output goes to standard output")]
#![expect(clippy::disallowed_methods, reason = "a measurement is configured by its environment")]

mod intake;
mod pictures;
mod renditions;
mod side;
mod table;

use std::path::PathBuf;

use renditions::Renditions;
use side::Side;
use table::Row;

const WARM_UPS: usize = 3;

fn setting(name: &str, usual: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| usual.to_owned())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("side") {
        return intake::answer(&arguments.collect::<Vec<_>>());
    }
    let names = setting("SIDES", "atelier sharp-file sharp-cascade pillow");
    let rounds: usize = setting("ROUNDS", "21").parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pictures = pictures::write(folder.path());
    let files: Vec<PathBuf> = pictures.iter().map(|picture| picture.file.clone()).collect();
    let core = setting("CORE", "0");
    let mut sides: Vec<Side> = names.split_whitespace().map(|name| Side::start(name, &core, &files)).collect();
    for side in &sides {
        println!("{}: {}", side.name, side.version);
    }

    table::print_head();
    for (number, picture) in pictures.iter().enumerate() {
        let mut rows: Vec<Row> = Vec::new();
        for side in &mut sides {
            side.take_often(WARM_UPS, number);
            let made = Renditions::read(&side.show(number, folder.path()));
            made.check_against(rows.first().map(|row| &row.made), &side.name);
            rows.push(Row { side: side.name.clone(), made, taken: Vec::new() });
        }
        for round in 0..rounds {
            for turn in 0..sides.len() {
                let at = (round + turn) % sides.len();
                rows[at].taken.push(sides[at].take(number));
            }
        }
        table::print(&picture.name, &mut rows);
    }
}
