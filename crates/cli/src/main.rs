//! The `latents` command.
#![forbid(unsafe_code)]

mod args;
mod clock;
mod commands;
mod console;
mod failure;
mod model;
mod numbers;
mod page;
mod progress;
mod rows;
mod run_config;
mod run_folder;
mod settings;
mod tables;

use crate::args::{Cli, Command};
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use clap::Parser;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let started = Instant::now();
    match run(Cli::parse(), started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn run(cli: Cli, started: Instant) -> Outcome {
    let common = cli.command.common();
    let console = Console::new(common.output, started);
    use_threads(common.threads)?;
    match cli.command {
        Command::Train(args) => commands::train::run(*args, &console),
        Command::Eval(args) => commands::eval::run(&args, &console),
        Command::Encode(args) => commands::encode::run(&args, &console),
        Command::Decode(args) => commands::decode::run(&args, &console),
        Command::Reconstruct(args) => commands::reconstruct::run(&args, &console),
        Command::Summary(args) => commands::summary::run(&args, &console),
        Command::Report(args) => commands::report::run(&args, &console),
    }
}

/// Sets the size of the process's thread pool; without a number it has a thread for each core.
fn use_threads(threads: Option<usize>) -> Outcome {
    let Some(threads) = threads else { return Ok(()) };
    let built = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global();
    built.map_err(|error| {
        Failure::new(format!("cannot start {threads} threads: {error}")).hint("give fewer --threads")
    })
}
