//! The `latents` command.
#![forbid(unsafe_code)]

mod args;
mod clock;
mod commands;
mod console;
mod density;
mod failure;
mod interrupt;
mod likeness;
mod model;
mod numbers;
mod page;
mod probing;
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
use latents_tensor::simd::Isa;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let started = Instant::now();
    match run(Cli::parse(), started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console::complain(&failure.to_string());
            ExitCode::from(failure.code())
        }
    }
}

fn run(cli: Cli, started: Instant) -> Outcome {
    let common = cli.command.common();
    let console = Console::new(common.output, started);
    check_instruction_set()?;
    use_threads(common.threads)?;
    match cli.command {
        Command::Train(args) => commands::train::run(*args, &console),
        Command::Eval(args) => commands::eval::run(&args, &console),
        Command::Encode(args) => commands::encode::run(&args, &console),
        Command::Decode(args) => commands::decode::run(&args, &console),
        Command::Reconstruct(args) => commands::reconstruct::run(&args, &console),
        Command::Denoise(args) => commands::denoise::run(&args, &console),
        Command::Detect(args) => commands::detect::run(&args, &console),
        Command::Probe(args) => commands::probe::run(&args, &console),
        Command::Sample(args) => commands::sample::run(&args, &console),
        Command::Interpolate(args) => commands::interpolate::run(&args, &console),
        Command::Traverse(args) => commands::traverse::run(&args, &console),
        Command::Compare(args) => commands::compare::run(&args, &console),
        Command::Summary(args) => commands::summary::run(&args, &console),
        Command::Reproduce(args) => commands::reproduce::run(&args, &console),
        Command::Report(args) => commands::report::run(&args, &console),
    }?;
    console.check()
}

/// Refuses a `LATENTS_SIMD` that the kernels would refuse in the middle of the work.
fn check_instruction_set() -> Outcome {
    match Isa::from_env() {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(Failure::usage(error.to_string()).hint("unset LATENTS_SIMD, or choose one of these"))
        }
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
