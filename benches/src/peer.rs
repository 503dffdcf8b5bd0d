//! Other frameworks, each in its own process, alternating with ours.
//!
//! A peer is a program that reads MNIST from `LATENTS_MNIST`, prints `ready` after warming up, and for each line on its
//! standard input trains one epoch and prints its duration in seconds.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Pause between turns.
pub const REST: Duration = Duration::from_millis(300);

/// Another framework in its own process.
#[derive(Debug)]
pub struct Peer {
    name: String,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    seconds: Vec<f64>,
}

impl Peer {
    /// Starts the program of `NAME=COMMAND` and waits until it is ready.
    ///
    /// # Panics
    /// If it cannot be started or prints anything else.
    pub fn start(argument: &str) -> Self {
        let (name, command) = argument.split_once('=').expect("NAME=COMMAND");
        let mut words = command.split_whitespace();
        let mut process = Command::new(words.next().expect("a command"))
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command}: {error}"));
        let mut peer = Self {
            name: name.to_owned(),
            input: process.stdin.take().expect("a pipe"),
            output: BufReader::new(process.stdout.take().expect("a pipe")),
            process,
            seconds: Vec::new(),
        };
        assert_eq!(peer.line(), "ready", "{name} did not print `ready`");
        peer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line of text");
        line.trim().to_owned()
    }

    /// Makes it train one epoch.
    ///
    /// # Panics
    /// If it exits or does not print seconds.
    pub fn epoch(&mut self) {
        std::thread::sleep(REST);
        writeln!(self.input).expect("the peer listens");
        let line = self.line();
        self.seconds
            .push(line.parse().unwrap_or_else(|_| panic!("{}: {line:?}", self.name)));
    }
}

impl Peer {
    /// The peers among the command-line arguments of a program.
    pub fn of_arguments(arguments: &[String]) -> Vec<Self> {
        let peers = arguments.iter().filter(|argument| argument.contains('='));
        peers.map(|argument| Self::start(argument)).collect()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The duration of each of its epochs, in seconds.
    pub fn epochs(&self) -> &[f64] {
        &self.seconds
    }

    /// The median duration of its epochs.
    pub fn seconds(&self) -> f64 {
        crate::program::median(self.seconds.clone())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
