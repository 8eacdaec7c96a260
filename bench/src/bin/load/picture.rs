//! A picture like a photo: smooth shapes under fine grain, the same on every run.

use bytes::Bytes;
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

const QUALITY: u8 = 90;
const BOUNDARY: &str = "atelier-load-5d1c7e9a";

/// A JPEG of this size, 4:2:0 as cameras make them.
pub(crate) fn jpeg(width: u16, height: u16) -> Result<Bytes, EncodingError> {
    let mut grain = 0x2545_f491_u32;
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (f32::from(x) / f32::from(width), f32::from(y) / f32::from(height));
            grain ^= grain << 13;
            grain ^= grain >> 17;
            grain ^= grain << 5;
            let noise = f32::from((grain & 15) as u8) - 7.5;
            for (frequency, phase) in [(9.0, 0.0), (7.0, 1.3), (5.0, 2.1)] {
                let shape =
                    ((u * frequency + phase).sin() * (v * frequency * 1.7 - phase).cos() + (u * v * 40.0 + phase).sin() * 0.4) / 1.4;
                pixels.push((128.0 + 90.0 * shape + noise).clamp(0.0, 255.0) as u8);
            }
        }
    }
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(&pixels, width, height, ColorType::Rgb)?;
    Ok(jpeg.into())
}

/// A multipart form of these fields and the picture as `image`: its content type and body.
pub(crate) fn form(fields: &[(&str, &str)], image: &[u8]) -> (String, Bytes) {
    let mut body = Vec::with_capacity(image.len() + 1_024);
    for (name, value) in fields {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"garment.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(image);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body.into())
}
