//! The `latents` command with an additional model kind: `cargo run -p latents-own-variant -- train robust --delta 0.2`.

use std::process::ExitCode;

fn main() -> ExitCode {
    latents_cli::run(latents_own_variant::registry())
}
