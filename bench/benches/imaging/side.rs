//! A process that takes in pictures when it is told to.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What one intake took, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// As the process itself counts.
    pub(crate) wall: f64,
    /// Of the processor, in all threads, as the system counts.
    pub(crate) cpu: f64,
}

pub(crate) struct Side {
    pub(crate) name: String,
    /// What it says about itself.
    pub(crate) version: String,
    process: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Side {
    /// Starts it on a core, with the files in its memory.
    pub(crate) fn start(name: &str, core: &str, files: &[PathBuf]) -> Self {
        let mut command = if name == "atelier" {
            let mut command = Command::new("taskset");
            command.args(["-c", core]).arg(std::env::current_exe().unwrap()).arg("side");
            command
        } else {
            let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/peer-images/run.sh"));
            // A name may have two parts: the program and the way in which it does it.
            command.args(name.split('-')).env("CORE", core);
            command
        };
        let mut process = command.args(files).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let questions = process.stdin.take().unwrap();
        let mut answers = BufReader::new(process.stdout.take().unwrap()).lines();
        let version = answers.next().expect("the side started").unwrap();
        Self { name: name.to_owned(), version, process, questions, answers }
    }

    fn ask(&mut self, question: &str) -> f64 {
        writeln!(self.questions, "{question}").unwrap();
        self.answers.next().expect("an answer").unwrap().parse().unwrap()
    }

    /// Has it take in the file of this number.
    pub(crate) fn take(&mut self, number: usize) -> Taken {
        let before = self.cpu_nanoseconds();
        let wall = self.ask(&number.to_string());
        Taken { wall, cpu: (self.cpu_nanoseconds() - before) as f64 / 1e6 }
    }

    pub(crate) fn take_often(&mut self, times: usize, number: usize) {
        for _ in 0..times {
            self.ask(&number.to_string());
        }
    }

    /// Has it take in the file and keep the renditions; says in which folder.
    pub(crate) fn show(&mut self, number: usize, folder: &Path) -> PathBuf {
        let folder = folder.join(format!("{}-{number}", self.name));
        fs::create_dir(&folder).unwrap();
        self.ask(&format!("{number} {}", folder.display()));
        folder
    }

    /// Threads stay as long as the process, so none of their time is lost. The first field of schedstat is time on a processor.
    fn cpu_nanoseconds(&self) -> u64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let of = |thread: fs::DirEntry| -> u64 {
            let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            text.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or_default()
        };
        threads.map(Result::unwrap).map(of).sum()
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _status = self.process.wait();
    }
}
