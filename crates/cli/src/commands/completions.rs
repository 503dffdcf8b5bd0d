//! `latents completions`: a script that completes commands and options in a shell.

use crate::args::{CompletionsArgs, command};
use crate::failure::{Failure, Outcome};
use clap_complete::generate;
use latents_autoencoders::Registry;
use std::io::{self, Write};

pub(crate) fn run(args: &CompletionsArgs, registry: &Registry) -> Outcome {
    let mut command = command(registry);
    let (name, mut script) = (command.get_name().to_owned(), Vec::new());
    generate(args.shell, &mut command, name, &mut script);
    match io::stdout().write_all(&script) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}
