//! The table.

use crate::renditions::Renditions;
use crate::side::Taken;

/// A side's intakes of one picture.
pub(crate) struct Row {
    pub(crate) side: String,
    pub(crate) made: Renditions,
    pub(crate) taken: Vec<Taken>,
}

impl Row {
    /// The value below which this share, in percent, of all intakes lies.
    fn percentile(&self, percent: usize, of: impl Fn(&Taken) -> f64) -> f64 {
        let mut values: Vec<f64> = self.taken.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[(values.len() - 1) * percent / 100]
    }
}

pub(crate) fn print_head() {
    println!("\n| picture | side | ms (median) | ms (10 to 90 %) | CPU ms (median) | of the faster sharp's speed (CPU) | kB made |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
}

pub(crate) fn print(picture: &str, rows: &mut [Row]) {
    let cpu = |row: &Row| row.percentile(50, |taken| taken.cpu);
    let sharp = rows.iter().filter(|row| row.side.starts_with("sharp")).map(cpu).min_by(f64::total_cmp);
    for row in rows {
        let wall = |percent| row.percentile(percent, |taken| taken.wall);
        let speed = sharp.map_or(String::new(), |sharp| format!("{:.2}", sharp / cpu(row)));
        let (side, made) = (&row.side, row.made.kilobytes());
        println!("| {picture} | {side} | {:.0} | {:.0}–{:.0} | {:.0} | {speed} | {made} |", wall(50), wall(10), wall(90), cpu(row));
    }
}
