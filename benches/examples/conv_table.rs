//! Training of a convolutional autoencoder compared with other frameworks, alternating, in rows per second.
//!
//! ```text
//! LATENTS_MNIST=FOLDER cargo run --release -p latents-benches --features tables --example conv_table -- [ROUNDS] \
//!     ["PyTorch=python3 benches/peers/torch_conv.py"] ["JAX=python3 benches/peers/jax_conv.py"]
//! ```
//!
//! The model is that of `latents_benches::convolutional`; peers are as in `epoch_table`, and train on the first 12,800 rows.

use latents_benches::convolutional::{Convolutional, operations_a_row};
use latents_benches::peak::Peak;
use latents_benches::peer::{Peer, REST};
use latents_benches::program;
use latents_tensor::Tensor;
use latents_tensor::simd::Isa;

/// Rows of an epoch.
const ROWS: usize = 12_800;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(7);
    let mut peers = Peer::of_arguments(&arguments);
    let (all, threads) = (program::data(), rayon::current_num_threads());
    let mut data = Tensor::<f32>::zeros([ROWS, all.columns()]);
    all.gather_into(&(0..ROWS).collect::<Vec<_>>(), &mut data);
    let mut model = Convolutional::new();
    model.epoch(&data);
    let (mut ours, mut peak) = (Vec::new(), Peak::default());
    for _ in 0..rounds {
        std::thread::sleep(REST);
        ours.push(model.epoch(&data));
        peers.iter_mut().for_each(Peer::epoch);
        (0..20).for_each(|_| peak.sample::<f32>(Isa::active(), threads));
    }
    println!(
        "rows a second of 1→16→32 channels, 3×3, stride 2, code 64, and back, batch 128, on {}, {threads} threads, {}",
        all.name(),
        Isa::active().name()
    );
    let rate = |seconds: &[f64]| {
        let best = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        (
            ROWS as f64 / program::median(seconds.to_vec()),
            ROWS as f64 / best,
        )
    };
    let (median, best) = rate(&ours);
    println!(
        "{:20} median {median:8.0}, best {best:8.0}   ({:.1} GFLOP/s of {:.1})",
        "latents",
        median * operations_a_row() / 1e9,
        peak.rate() / 1e9
    );
    for peer in &peers {
        let (theirs, their_best) = rate(peer.epochs());
        println!(
            "{:20} median {theirs:8.0}, best {their_best:8.0}   ours: {:.2} × in the median, {:.2} × at best",
            peer.name(),
            median / theirs,
            best / their_best
        );
    }
}
