//! What processes used, from `/proc`.

use std::fs;

/// Linux counts CPU time of processes in hundredths of a second (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;
const PAGE: u64 = 4_096;

/// A process with all its descendants.
#[derive(Debug, Clone, Copy)]
pub struct Tree(u32);

struct Process {
    pid: u32,
    parent: u32,
    ticks: u64,
    resident_pages: u64,
}

fn read(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold spaces: fields are counted from its end. See proc_pid_stat(5): 4 ppid, 14 utime, 15 stime, 24 rss.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let number = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok());
    Some(Process { pid, parent: u32::try_from(number(4)?).ok()?, ticks: number(14)? + number(15)?, resident_pages: number(24)? })
}

/// Bytes of the process, pages shared with others counted in part.
fn proportional(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let kibibytes = rollup.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1_024
}

impl Tree {
    /// Under this process.
    pub fn new(root: u32) -> Self {
        Self(root)
    }

    fn processes(self) -> Vec<Process> {
        let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
        let all: Vec<Process> = entries.filter_map(|entry| read(entry.file_name().to_str()?.parse().ok()?)).collect();
        let mut tree = vec![self.0];
        let mut grown = 0;
        while grown < tree.len() {
            let parent = tree[grown];
            tree.extend(all.iter().filter(|process| process.parent == parent).map(|process| process.pid));
            grown += 1;
        }
        all.into_iter().filter(|process| tree.contains(&process.pid)).collect()
    }

    /// Seconds of CPU used so far.
    pub fn cpu_seconds(self) -> f64 {
        self.processes().iter().map(|process| process.ticks).sum::<u64>() as f64 / TICKS_PER_SECOND
    }

    /// Resident bytes, every process counted in full.
    pub fn resident(self) -> u64 {
        self.processes().iter().map(|process| process.resident_pages).sum::<u64>() * PAGE
    }

    /// Resident bytes, shared pages counted once.
    pub fn proportional(self) -> u64 {
        self.processes().iter().map(|process| proportional(process.pid)).sum()
    }

    /// Most bytes its first process has been resident with so far (`VmHWM` of proc_pid_status(5)).
    pub fn peak(self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kibibytes.unwrap_or_default() * 1_024
    }

    /// How many processes there are.
    pub fn count(self) -> usize {
        self.processes().len()
    }
}
