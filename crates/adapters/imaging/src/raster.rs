//! Decoded pixels, brought to 8-bit grey or RGB inside the buffer they were decoded into.

/// 8-bit pixels in rows without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: Channels,
    pub(crate) pixels: Vec<u8>,
}

/// What a pixel consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    Grey,
    Rgb,
}

impl Channels {
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }
}

/// Keeps the more significant eight of every sixteen bits, rounded. `buffer` holds samples in the machine's byte order.
pub(crate) fn narrow_to_8_bits(buffer: &mut Vec<u8>) {
    let samples = buffer.len() / 2;
    for index in 0..samples {
        let sample = u32::from(u16::from_ne_bytes([buffer[2 * index], buffer[2 * index + 1]]));
        // At most (65535 + 128) / 257 = 255.
        buffer[index] = ((sample + 128) / 257) as u8;
    }
    buffer.truncate(samples);
}

/// Puts pixels with a last channel of opacity on white and drops that channel.
pub(crate) fn flatten_on_white(buffer: &mut Vec<u8>, colours: usize) {
    let pixels = buffer.len() / (colours + 1);
    for pixel in 0..pixels {
        let from = pixel * (colours + 1);
        let opacity = u32::from(buffer[from + colours]);
        for colour in 0..colours {
            let blended = u32::from(buffer[from + colour]) * opacity + 255 * (255 - opacity);
            buffer[pixel * colours + colour] = ((blended + 127) / 255) as u8;
        }
    }
    buffer.truncate(pixels * colours);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_rounded_to_eight() {
        let samples = [0_u16, 128, 129, 257, 32_768, 65_406, 65_407, 65_535];
        let mut buffer: Vec<u8> = samples.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        narrow_to_8_bits(&mut buffer);
        assert_eq!(buffer, [0, 0, 1, 1, 128, 254, 255, 255]);
    }

    #[test]
    fn transparency_shows_white() {
        let mut rgba = vec![10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128];
        flatten_on_white(&mut rgba, 3);
        assert_eq!(rgba, [10, 20, 30, 255, 255, 255, 127, 177, 255]);
        let mut grey = vec![7, 255, 7, 0];
        flatten_on_white(&mut grey, 1);
        assert_eq!(grey, [7, 255]);
    }
}
