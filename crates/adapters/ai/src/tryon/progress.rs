//! How far a model says it is, read out of its logs: `45%`, `9/20`, progress bars of tqdm.

/// Past this much of a log, older lines say nothing new.
const LOOKED_AT: usize = 4_000;

/// The newest share of its work that a log tells, 0–99.
pub(super) fn percent(logs: &str) -> Option<u8> {
    let from = logs.len().saturating_sub(LOOKED_AT);
    let tail = (from..logs.len()).find(|at| logs.is_char_boundary(*at)).map_or("", |at| &logs[at..]);
    // Progress bars overwrite their line with a carriage return.
    tail.rsplit(['\n', '\r']).find_map(of_line)
}

fn of_line(line: &str) -> Option<u8> {
    by_sign(line).or_else(|| by_steps(line))
}

fn by_sign(line: &str) -> Option<u8> {
    let (before, _) = line.split_once('%')?;
    let digits = before.trim_end().rsplit(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    let value = digits.parse::<f64>().ok()?;
    share(value / 100.0)
}

fn by_steps(line: &str) -> Option<u8> {
    line.match_indices('/').find_map(|(at, _)| {
        let done = line[..at].trim_end().rsplit(|c: char| !c.is_ascii_digit()).next()?;
        let all = line[at + 1..].trim_start().split(|c: char| !c.is_ascii_digit()).next()?;
        let (done, all) = (done.parse::<u32>().ok()?, all.parse::<u32>().ok()?);
        if all < 2 || done > all {
            return None;
        }
        share(f64::from(done) / f64::from(all))
    })
}

fn share(part: f64) -> Option<u8> {
    if !(0.0..=1.0).contains(&part) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 99")]
    let percent = (part * 100.0).min(99.0) as u8;
    Some(percent)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn progress_is_read_out_of_logs() {
        for (logs, expected) in [
            ("", None),
            ("loading\n", None),
            ("step 3/10\nstep 4/10\n", Some(40)),
            (" 10%|#         | 2/20 [00:01<00:09]\r 45%|####5     | 9/20 [00:04<00:05]\n", Some(45)),
            ("progress: 100%", Some(99)),
            ("12.5 %", Some(12)),
            ("written /tmp/9/x\n", None),
            ("30/20", None),
            ("350%", None),
        ] {
            assert_eq!(percent(logs), expected, "{logs:?}");
        }
    }

    #[test]
    fn a_long_log_of_wide_characters_is_cut_at_a_character() {
        assert_eq!(percent(&format!("{}\n7/10", "█".repeat(5_000))), Some(70));
    }
}
