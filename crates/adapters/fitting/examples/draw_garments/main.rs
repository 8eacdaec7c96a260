//! Draws those sample garments of `samples/garments` that the repository can draw: `draw_garments [FOLDER]`.
//!
//! Each is a silhouette of splines, shaded and patterned; the same pictures come out every time. The silhouette itself
//! goes to `FOLDER/silhouettes` at a quarter of the size, for tests to compare the cut-out with.
#![expect(clippy::print_stdout, reason = "a command-line example")]

mod canvas;
mod wardrobe;

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use image::codecs::jpeg::JpegEncoder;

/// Of the JPEG files.
const QUALITY: u8 = 90;

fn main() -> Result<(), Box<dyn Error>> {
    let usual = format!("{}/../../../samples/garments", env!("CARGO_MANIFEST_DIR"));
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or(usual));
    std::fs::create_dir_all(folder.join("silhouettes"))?;
    for garment in wardrobe::all() {
        let drawn = canvas::draw(&garment);
        let file = BufWriter::new(File::create(folder.join(format!("{}.jpg", garment.name)))?);
        drawn.picture.write_with_encoder(JpegEncoder::new_with_quality(file, QUALITY))?;
        drawn.silhouette.save(folder.join(format!("silhouettes/{}.png", garment.name)))?;
        println!("{}", garment.name);
    }
    Ok(())
}
