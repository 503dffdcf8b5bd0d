//! `latents completions`: a script that completes commands and options in a shell.

use crate::args::{CompletionsArgs, command};
use crate::console::print;
use crate::failure::Outcome;
use clap_complete::generate;
use latents_autoencoders::Registry;

pub(crate) fn run(args: &CompletionsArgs, registry: &Registry) -> Outcome {
    let mut command = command(registry);
    let (name, mut script) = (command.get_name().to_owned(), Vec::new());
    generate(args.shell, &mut command, name, &mut script);
    print(&script)
}
