//! Epochs of a TopK autoencoder, 784-4096 with 32 active units on batches of 256, beside other frameworks, in turns.
//!
//! ```text
//! LATENTS_MNIST=FOLDER cargo run --release -p latents-benches --example top_k_table -- [ROUNDS] \
//!     ["PyTorch=python3 benches/peers/torch_top_k.py"]
//! ```

use latents_benches::peer::{Peer, REST};
use latents_benches::{program, top_k};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(3);
    let mut peers = Peer::of_arguments(&arguments);
    let data = program::data();
    let mut model = top_k::model();
    let mut ours = Vec::new();
    for _ in 0..rounds {
        // Threads of whoever was before go on spinning for a while.
        std::thread::sleep(REST);
        ours.extend(program::seconds(&mut model, &data, 1));
        peers.iter_mut().for_each(Peer::epoch);
    }
    let (ours, rows) = (program::median(ours), data.rows() as f64);
    println!(
        "one epoch of a TopK autoencoder on {}, {} threads, medians of {rounds} rounds in turns",
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
