//! Other frameworks in processes of their own: they print `ready` after they have warmed up, and for each line on their
//! standard input train one epoch and print its seconds.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Between turns: threads of whoever was before go on spinning for a while.
pub const REST: Duration = Duration::from_millis(300);

/// Another framework in a process of its own.
pub struct Peer {
    /// How the table calls it.
    pub name: String,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The seconds of its epochs.
    pub seconds: Vec<f64>,
}

impl Peer {
    /// Starts `NAME=COMMAND` and waits until it has warmed up.
    ///
    /// # Panics
    /// If it does not start, or says anything but `ready`.
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
        assert_eq!(peer.line(), "ready", "{name} does not get ready");
        peer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line of text");
        line.trim().to_owned()
    }

    /// Has it train one epoch.
    ///
    /// # Panics
    /// If it does not answer with seconds.
    pub fn epoch(&mut self) {
        std::thread::sleep(REST);
        writeln!(self.input).expect("the peer listens");
        let line = self.line();
        self.seconds
            .push(line.parse().unwrap_or_else(|_| panic!("{}: {line:?}", self.name)));
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
