//! Epochs of a TopK autoencoder, 784-4096 with 32 active units: samples a second.
use latents_benches::{program, top_k};
fn main() {
    let data = program::data();
    let rounds = std::env::args()
        .nth(1)
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(5);
    let mut training = top_k::Training::new(&data);
    for _ in 0..rounds {
        let (loss, rate) = training.epoch(20_000);
        println!("{rate:8.0} samples/s   loss {loss:.5}");
    }
}
