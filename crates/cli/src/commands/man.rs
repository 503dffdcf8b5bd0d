//! `latents man`: a man page for each command.

use crate::args::{ManArgs, command};
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use clap_mangen::Man;
use latents_autoencoders::Registry;
use latents_text::number::counted;
use std::fs;

pub(crate) fn run(args: &ManArgs, registry: &Registry, console: &Console) -> Outcome {
    let out = &args.out;
    let unwritable = |error: std::io::Error| {
        Failure::new(format!("{}: cannot be written: {error}", out.display())).hint("choose another --out")
    };
    fs::create_dir_all(out).map_err(unwritable)?;
    let mut command = command(registry);
    command.build();
    let commands = command
        .get_subcommands()
        .filter(|command| command.get_name() != "help");
    let mut pages = 0;
    for command in std::iter::once(&command).chain(commands) {
        let (page, mut text) = (Man::new(command.clone()), Vec::new());
        page.render(&mut text).map_err(unwritable)?;
        latents_durable::write(out.join(page.get_filename()), &text)?;
        pages += 1;
    }
    console.say(format!("{}: {}", out.display(), counted(pages, "page")));
    Ok(())
}
