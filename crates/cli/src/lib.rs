//! The `latents` command as a library: [`run`] is the whole command, for the variants of any registry.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod console;
mod failure;
mod interrupt;
mod progress;
mod settings;
mod tables;

use crate::args::{Cli, Command};
use crate::console::Console;
use crate::failure::{Failure, MISUSE, Outcome};
use latents_autoencoders::Registry;
use latents_tensor::simd::Isa;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

/// Runs the command with the arguments of the process, and returns its exit code. Kinds of model, their options and their
/// help come from the registry.
///
/// A program with a variant of its own is a `main` of one line:
/// `latents_cli::run(Registry::standard().with(&MINE))`.
pub fn run(registry: Registry) -> ExitCode {
    let started = Instant::now();
    let cli = match args::parse(&registry) {
        Ok(cli) => cli,
        Err(text) if text.use_stderr() => {
            // Where even that cannot be written there is nobody to tell.
            let _ = text.print();
            return ExitCode::from(MISUSE);
        }
        Err(help) => return ended(console::arrived(help.print().and_then(|()| io::stdout().flush()))),
    };
    let console = Console::new(cli.command.common().output, started);
    let code = ended(dispatch(cli, &registry, &console));
    console.release();
    code
}

/// The exit code of an outcome, once its error is printed.
fn ended(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console::complain(&failure::told(&failure));
            ExitCode::from(failure::code(&failure))
        }
    }
}

fn dispatch(cli: Cli, registry: &Registry, console: &Console) -> Outcome {
    check_instruction_set()?;
    use_threads(cli.command.common().threads)?;
    match cli.command {
        Command::Train(args) => commands::train::run(*args, registry, console),
        Command::Eval(args) => commands::eval::run(&args, registry, console),
        Command::Encode(args) => commands::encode::run(&args, registry, console),
        Command::Decode(args) => commands::decode::run(&args, registry, console),
        Command::Reconstruct(args) => commands::reconstruct::run(&args, registry, console),
        Command::Denoise(args) => commands::denoise::run(&args, registry, console),
        Command::Detect(args) => commands::detect::run(&args, registry, console),
        Command::Probe(args) => commands::probe::run(&args, registry, console),
        Command::Sample(args) => commands::sample::run(&args, registry, console),
        Command::Interpolate(args) => commands::interpolate::run(&args, registry, console),
        Command::Traverse(args) => commands::traverse::run(&args, registry, console),
        Command::Compare(args) => commands::compare::run(&args, registry, console),
        Command::Summary(args) => commands::summary::run(&args, registry, console),
        Command::Reproduce(args) => commands::reproduce::run(&args, console),
        Command::Report(args) => commands::report::run(&args, registry, console),
        Command::Completions(args) => commands::completions::run(&args, registry),
        Command::Man(args) => commands::man::run(&args, registry, console),
    }?;
    console.check()
}

/// Refuses a `LATENTS_SIMD` that the kernels would refuse in the middle of the work.
fn check_instruction_set() -> Outcome {
    match Isa::from_env() {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(Failure::misuse(error.to_string()).hint("unset LATENTS_SIMD, or choose one of these"))
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
