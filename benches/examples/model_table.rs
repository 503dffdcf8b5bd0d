//! Epochs of a variational, a deep or a TopK autoencoder compared with other frameworks, alternating.
//!
//! ```text
//! LATENTS_MNIST=FOLDER cargo run --release -p latents-benches --features tables --example model_table -- vae|deep|top_k [ROUNDS] \
//!     ["PyTorch=python3 benches/peers/torch_vae.py"] ["JAX=python3 benches/peers/jax_vae.py"]
//! ```
//!
//! `vae` is 784-400-20 with a Bernoulli likelihood on batches of 128, `deep` 784-1000-500-250-30 and back on batches of 256,
//! `top_k` the model of `latents_benches::top_k`.

use latents::prelude::*;
use latents_benches::peer::{Peer, REST};
use latents_benches::{program, top_k};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map(String::as_str);
    let (mut model, batch_size) = model(name.unwrap_or_default());
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok());
    let rounds = rounds.unwrap_or(3);
    let mut peers = Peer::of_arguments(&arguments);
    let data = program::data();
    let mut ours = Vec::new();
    for _ in 0..rounds {
        // Threads of the previous contender keep spinning for a while.
        std::thread::sleep(REST);
        ours.extend(program::seconds_of_batches(&mut *model, &data, 1, batch_size));
        peers.iter_mut().for_each(Peer::epoch);
    }
    let (ours, rows) = (program::median(ours), data.rows() as f64);
    println!(
        "one epoch of {} on {}, {} threads, medians of {rounds} rounds in turns",
        name.unwrap_or_default(),
        data.name(),
        rayon::current_num_threads()
    );
    println!("{:20} {ours:8.3} s   {:8.0} samples/s", "latents", rows / ours);
    for peer in &peers {
        let seconds = peer.seconds();
        println!(
            "{:20} {seconds:8.3} s   {:8.0} samples/s   {:.2} × ours",
            peer.name(),
            rows / seconds,
            seconds / ours
        );
    }
}

/// The model of this name, and the rows of a step.
fn model(name: &str) -> (Box<dyn Trainable>, usize) {
    match name {
        "vae" => {
            let model = Variational::new(VariationalConfig::new(784, 20), 0);
            (Box::new(model.expect("a valid configuration")), 128)
        }
        "deep" => {
            let network = NetworkConfig::new(784, 30).hidden([1000, 500, 250]);
            let model = Undercomplete::new(network, 0);
            (Box::new(model.expect("a valid configuration")), 256)
        }
        "top_k" => (Box::new(top_k::model()), top_k::BATCH),
        other => panic!("{other:?} is no model: vae, deep or top_k"),
    }
}
