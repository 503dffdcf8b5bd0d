//! The `latents` command.
#![forbid(unsafe_code)]

use latents_autoencoders::Registry;
use std::process::ExitCode;

fn main() -> ExitCode {
    latents_cli::run(Registry::standard())
}
