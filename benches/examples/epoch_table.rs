//! One epoch of 784-32-784 compared with other frameworks, alternating, so that a busy machine affects all equally.
//!
//! ```text
//! LATENTS_MNIST=FOLDER cargo run --release -p latents-benches --features tables --example epoch_table -- [ROUNDS] \
//!     ["PyTorch=python3 benches/peers/torch_epoch.py"] ["JAX=python3 benches/peers/jax_epoch.py"]
//! ```
//!
//! A peer is a program that reads MNIST from `LATENTS_MNIST`, prints `ready` after warming up, and for each line
//! on its standard input trains one epoch and prints its duration in seconds.

use latents_benches::peak::Peak;
use latents_benches::peer::{Peer, REST};
use latents_benches::program;
use latents_tensor::simd::Isa;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(7);
    let mut peers = Peer::of_arguments(&arguments);
    let threads = rayon::current_num_threads();
    let (data, mut model) = (program::data(), program::model());
    let (mut ours, mut peak) = (Vec::new(), Peak::default());
    for _ in 0..rounds {
        // Threads of the previous contender keep spinning for a while.
        std::thread::sleep(REST);
        // The first epoch warms up caches and pools, as the peers do.
        ours.push(program::seconds(&mut model, &data, 2)[1]);
        peers.iter_mut().for_each(Peer::epoch);
        (0..20).for_each(|_| peak.sample::<f32>(Isa::active(), threads));
    }
    let (ours, floor) = (program::median(ours), program::operations(&data) / peak.rate());
    println!(
        "one epoch of 784-32-784 on {}, {threads} threads, medians of {rounds} rounds in turns",
        data.name()
    );
    println!(
        "{:20} {floor:8.3} s   ({:.1} GFLOP at {:.1} GFLOP/s, {})",
        "arithmetic floor",
        program::operations(&data) / 1e9,
        peak.rate() / 1e9,
        Isa::active().name()
    );
    println!("{:20} {ours:8.3} s   {:5.2} × the floor", "latents", ours / floor);
    for peer in &peers {
        let seconds = peer.seconds();
        println!(
            "{:20} {seconds:8.3} s   {:5.2} × the floor, {:.2} × ours",
            peer.name(),
            seconds / floor,
            seconds / ours
        );
    }
}
